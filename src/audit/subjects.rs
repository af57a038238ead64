//! Whom facts are about, and which facts hold for whom.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::observe::condition::shown;
use crate::observe::facts::FactSet;
use crate::observe::normal_subject;
use crate::observe::snapshot::STALE_AFTER;
use crate::rule::model::FactValue;

/// Facts by which things of one kind are told apart, and the beginnings of the paths that speak of such a thing.
const KINDS: [(&str, &[&str], &[&str]); 3] = [
    ("bot", &["bot.name"], &["bot."]),
    ("connector", &["connector.name"], &["connector."]),
    (
        "certificate",
        &["certificate.cn", "order.id"],
        &["certificate.", "order.", "csr.", "dcv.", "dns.", "endpoint.", "deployment."],
    ),
];

/// A fact, and who told it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its value.
    pub value: FactValue,
    /// Index of the input, and the line; `None` for the command line and for what was worked out.
    pub place: Option<(usize, Option<usize>)>,
    /// The endpoint or the program that told it, where that is known.
    pub from: Option<String>,
    /// The moment at which it was so.
    pub at: Timestamp,
    /// Whether it was told of this subject, and not of everything.
    pub own: bool,
}

impl Told {
    /// How old it is, where it is too old to be taken for the present.
    pub fn stale(&self, now: Timestamp) -> Option<SignedDuration> {
        Some(now.duration_since(self.at)).filter(|age| *age > STALE_AFTER)
    }
}

/// Something that facts are about.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// Its name; `None` where the facts hold for everything.
    pub name: Option<String>,
    /// The facts by path, those that hold for everything too.
    pub facts: BTreeMap<String, Told>,
}

impl Subject {
    /// Its name in one spelling, to compare it by.
    fn key(&self) -> Option<String> {
        self.name.as_deref().map(normal_subject)
    }

    /// Whether it was told this fact itself.
    pub fn tells(&self, path: &str) -> bool {
        self.facts.get(path).is_some_and(|told| told.own)
    }

    /// The kinds of things that it is, as far as its own facts name one.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        let is = |names: &[&str]| names.iter().any(|path| self.tells(path));
        KINDS.iter().filter(move |(_, names, _)| is(names)).map(|(kind, ..)| *kind)
    }
}

/// Puts facts together by subject. The first subject has no name; what it was told holds for the others too, as far as it
/// does not speak of another thing of the same kind.
pub fn of(sets: &[FactSet], given: &FactSet, now: Timestamp) -> Vec<Subject> {
    let mut general = Subject::default();
    for (path, value) in &given.values {
        let told = Told { value: value.clone(), place: None, from: None, at: now, own: true };
        general.facts.insert(path.clone(), told);
    }
    let mut named = Named::default();
    for set in sets {
        let facts = facts_of(set);
        // Several outputs of openssl are told apart by the name in the certificate.
        let name = set.subject.clone().or_else(|| set.values.get("certificate.cn").filter(|_| !set.shared).map(shown));
        match name {
            Some(name) => named.add(Subject { name: Some(name.trim().to_owned()), facts }),
            None => facts.into_iter().for_each(|(path, told)| _ = general.facts.entry(path).or_insert(told)),
        }
    }
    let mut named = named.all;
    drop_superseded(&mut named);
    let all = lend(&general, named);
    std::iter::once(general).chain(all).collect()
}

fn facts_of(set: &FactSet) -> BTreeMap<String, Told> {
    let one = |(path, value): (&String, &FactValue)| {
        let origin = set.origins.get(path);
        let told = Told {
            value: value.clone(),
            place: set.places.get(path).copied(),
            from: origin.map(|origin| origin.from.clone()),
            at: origin.and_then(|origin| origin.at).unwrap_or(set.at),
            own: true,
        };
        (path.clone(), told)
    };
    set.values.iter().map(one).collect()
}

/// Subjects with a name, and where those of each name stand.
#[derive(Default)]
struct Named {
    all: Vec<Subject>,
    of_name: BTreeMap<String, Vec<usize>>,
}

impl Named {
    /// Joins what is about the same thing and does not contradict; of two orders for a name, each stays its own.
    fn add(&mut self, new: Subject) {
        let same = self.of_name.entry(new.key().unwrap_or_default()).or_default();
        let agrees = |old: &Subject| {
            new.facts.iter().all(|(path, told)| old.facts.get(path).is_none_or(|o| o.value == told.value))
        };
        match same.iter().find(|ix| agrees(&self.all[**ix])) {
            Some(ix) => {
                let old = &mut self.all[*ix].facts;
                new.facts.into_iter().for_each(|(path, told)| _ = old.entry(path).or_insert(told));
            }
            None => {
                same.push(self.all.len());
                self.all.push(new);
            }
        }
    }
}

/// A certificate gives way to a later one of the same name: that it ends is no news.
fn drop_superseded(named: &mut Vec<Subject>) {
    let end = |subject: &Subject| match subject.facts.get("certificate.expires_at").map(|told| &told.value) {
        Some(FactValue::Time(end)) => Some(*end),
        _ => None,
    };
    let mut latest: BTreeMap<String, Timestamp> = BTreeMap::new();
    for subject in named.iter() {
        if let (Some(name), Some(end)) = (subject.key(), end(subject)) {
            let entry = latest.entry(name).or_insert(end);
            *entry = (*entry).max(end);
        }
    }
    named.retain(|subject| {
        let of_name = subject.key().and_then(|name| latest.get(&name));
        !matches!((end(subject), of_name), (Some(end), Some(latest)) if end < *latest)
    });
}

/// Gives every subject what holds for everything. A fact about a bot is not lent to one of several bots: nobody knows which
/// one is meant.
fn lend(general: &Subject, mut named: Vec<Subject>) -> Vec<Subject> {
    let of_kind = |kind: &str, all: &[Subject]| all.iter().filter(|s| s.kinds().any(|k| k == kind)).count();
    let several: BTreeSet<&str> =
        KINDS.iter().map(|(kind, ..)| *kind).filter(|kind| of_kind(kind, &named) > 1).collect();
    for subject in &mut named {
        let own: BTreeSet<&str> = subject.kinds().collect();
        for (path, told) in &general.facts {
            let kind = KINDS.iter().find(|(_, _, paths)| paths.iter().any(|start| path.starts_with(start)));
            let of_another = kind.is_some_and(|(kind, ..)| own.contains(kind) && several.contains(kind));
            if !of_another {
                subject.facts.entry(path.clone()).or_insert_with(|| Told { own: false, ..told.clone() });
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(subject: Option<&str>, shared: bool, values: &[(&str, &str)]) -> FactSet {
        let mut set = FactSet::empty(shared, Timestamp::UNIX_EPOCH);
        set.subject = subject.map(str::to_owned);
        for (path, value) in values {
            let time = value.parse().map(FactValue::Time);
            set.values.insert((*path).to_owned(), time.unwrap_or_else(|_| FactValue::Text((*value).to_owned())));
        }
        set
    }

    fn put(sets: &[FactSet]) -> Vec<Subject> {
        of(sets, &FactSet::empty(true, Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn what_agrees_is_one_subject() {
        let all = put(&[
            set(Some("a.example"), false, &[("certificate.cn", "a.example")]),
            set(Some("A.example."), false, &[("dcv.status", "verified")]),
            set(Some("a.example"), false, &[("dcv.status", "failed")]),
        ]);
        assert_eq!(all.len(), 3, "nobody, and two that contradict each other: {all:?}");
        assert!(all[1].tells("dcv.status") && all[1].tells("certificate.cn"));
    }

    #[test]
    fn a_later_certificate_takes_the_place_of_an_earlier_one() {
        let end = |order, end| set(Some("a.example"), false, &[("order.id", order), ("certificate.expires_at", end)]);
        let all =
            put(&[end("1", "2026-01-01T00:00:00Z"), end("2", "2027-01-01T00:00:00Z"), set(Some("b"), false, &[])]);
        assert_eq!(all.len(), 3);
        assert_eq!(all[1].facts["order.id"].value, FactValue::Text("2".to_owned()));
    }

    #[test]
    fn a_fact_about_one_bot_is_not_lent_to_several() {
        let row = |name| set(Some(name), false, &[("bot.name", name)]);
        let general = set(None, true, &[("bot.status", "Stopped"), ("renewal.time_zone", "UTC")]);
        let all = put(&[row("one"), row("two"), general.clone()]);
        assert!(all[1..].iter().all(|bot| !bot.facts.contains_key("bot.status") && !bot.tells("renewal.time_zone")));
        assert!(all[1..].iter().all(|bot| bot.facts.contains_key("renewal.time_zone")));
        let alone = put(&[row("one"), general]);
        assert!(alone[1].facts.contains_key("bot.status"));
    }
}
