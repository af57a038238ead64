//! Finding what is known by words, codes or a line of a log: in titles, ids, summaries, what signals say, articles.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::input::Record;
use crate::remedy::Values;
use crate::report::page;
use crate::rule::model::SignalKind;

/// Bytes of a query at most: it is words or one line, not a log.
pub const QUERY: usize = 16 << 10;
/// Hits if not said otherwise, and at most.
pub const HITS: (usize, usize) = (10, 50);
/// Words of a query that count.
const WORDS: usize = 64;
/// Letters from which on a word also finds longer ones that begin with it.
const STEM: usize = 4;
/// What a longer word counts.
const LONGER: f64 = 0.6;
/// What a pattern that matches the query adds.
const MATCHED: f64 = 3.0;

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What a person must change.
    Cause,
    /// What people report.
    Symptom,
    /// A guide, an example or another page.
    Guide,
    /// What can be observed in logs and facts.
    Signal,
    /// What can be handed in as a fact.
    Fact,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] = [Kind::Cause, Kind::Symptom, Kind::Guide, Kind::Signal, Kind::Fact];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Cause => "cause",
            Kind::Symptom => "symptom",
            Kind::Guide => "guide",
            Kind::Signal => "signal",
            Kind::Fact => "fact",
        }
    }
}

/// Something that was found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Hit {
    /// What it is.
    pub kind: Kind,
    /// Its id: for `explain` and `why_not` (cause, symptom, guide), or as the name of a fact.
    pub id: String,
    /// What it says.
    pub title: String,
    /// How well it fits, 100 for the best hit.
    pub score: u32,
    /// Whether a pattern of it matches the query as a line of a log.
    pub matches: bool,
    /// Of a signal: the causes that show it. Of a symptom: the causes that bring it about.
    pub causes: Vec<String>,
    /// Of a fact: the values that it can have; empty where they are free.
    pub values: Vec<String>,
}

/// Everything that can be found, ready to be searched.
pub struct Index {
    entries: Vec<Entry>,
    /// Where a word stands, and what it weighs there.
    words: BTreeMap<String, Vec<(usize, f64)>>,
    /// Where each kind begins.
    signals: usize,
}

struct Entry {
    hit: Hit,
    /// What the kind weighs: there are many signals and few causes.
    weight: f64,
}

impl Index {
    /// Reads everything that is known.
    pub fn new(engine: &Engine) -> Self {
        let knowledge = &engine.knowledge;
        let mut index = Index { entries: Vec::new(), words: BTreeMap::new(), signals: 0 };
        for cause in &knowledge.causes {
            let summary = engine.remedy.text(&cause.summary, &Values::default()).unwrap_or_default();
            let shows: Vec<&str> = cause.shows.iter().map(|(ix, _)| knowledge.signals[*ix].title.as_str()).collect();
            let texts = [
                (4.0, cause.id.as_str()),
                (4.0, &cause.title),
                (2.0, &summary),
                (1.0, &shows.join("\n")),
                (0.5, &cause.article),
            ];
            index.add(hit(Kind::Cause, &cause.id, &cause.title), 1.5, &texts);
        }
        for (ix, symptom) in knowledge.symptoms.iter().enumerate() {
            let causes = knowledge.causes.iter().filter(|c| c.symptoms.iter().any(|(s, _)| *s == ix));
            let causes = causes.map(|cause| cause.id.clone()).collect();
            let found = Hit { causes, ..hit(Kind::Symptom, &symptom.id, &symptom.title) };
            index.add(found, 1.4, &[(4.0, &symptom.id), (4.0, &symptom.title)]);
        }
        for (path, text) in &knowledge.pages {
            let id = path.trim_end_matches(".md");
            let title = page::title(text).unwrap_or(id);
            index.add(hit(Kind::Guide, id, title), 1.1, &[(3.0, id), (4.0, title), (0.5, text)]);
        }
        index.signals = index.entries.len();
        let mut shown: Vec<Vec<String>> = vec![Vec::new(); knowledge.signals.len()];
        for cause in &knowledge.causes {
            cause.shows.iter().for_each(|(signal, _)| shown[*signal].push(cause.id.clone()));
        }
        for (signal, causes) in knowledge.signals.iter().zip(shown) {
            let patterns = match &signal.kind {
                SignalKind::Log(patterns) => {
                    patterns.iter().map(|pattern| pattern.text.as_str()).collect::<Vec<_>>().join("\n")
                }
                SignalKind::Fact(condition) => condition.paths().join("\n"),
            };
            let examples = signal.examples.matching.join("\n");
            let texts = [(3.0, signal.id.as_str()), (4.0, &signal.title), (1.5, &examples), (1.5, &patterns)];
            index.add(Hit { causes, ..hit(Kind::Signal, &signal.id, &signal.title) }, 0.8, &texts);
        }
        for fact in knowledge.facts.values() {
            let question = fact.question.as_deref().unwrap_or_default();
            let values = fact.values.join("\n");
            let texts = [(4.0, fact.path.as_str()), (3.0, &fact.meaning), (1.0, question), (1.0, &values)];
            let found = Hit { values: fact.values.clone(), ..hit(Kind::Fact, &fact.path, &fact.meaning) };
            index.add(found, 0.8, &texts);
        }
        index
    }

    fn add(&mut self, hit: Hit, weight: f64, texts: &[(f64, &str)]) {
        let entry = self.entries.len();
        let mut weights: BTreeMap<String, f64> = BTreeMap::new();
        for (field, text) in texts {
            let mut often: BTreeMap<String, f64> = BTreeMap::new();
            words(text).for_each(|word| *often.entry(word).or_default() += 1.0);
            // The second time says less than the first.
            often.into_iter().for_each(|(word, n)| *weights.entry(word).or_default() += field * 2.0 * n / (n + 1.0));
        }
        weights.into_iter().for_each(|(word, weight)| self.words.entry(word).or_default().push((entry, weight)));
        self.entries.push(Entry { hit, weight });
    }

    /// What fits a query, best first.
    pub fn find(&self, engine: &Engine, query: &str, kinds: &[Kind], limit: usize) -> Vec<Hit> {
        let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
        let asked: BTreeSet<String> = words(query).take(WORDS).collect();
        let mut all = 0.0;
        for word in &asked {
            let places = self.places(word);
            // A word that stands nowhere would only lower every score alike.
            let Some(rare) = (!places.is_empty()).then(|| (1.0 + self.entries.len() as f64 / places.len() as f64).ln())
            else {
                continue;
            };
            all += rare;
            // Of two entries the one with all words wins, not the one with a word very often.
            places.into_iter().for_each(|(entry, weight)| *scores.entry(entry).or_default() += rare * weight.sqrt());
        }
        if all > 0.0 {
            scores.values_mut().for_each(|score| *score /= all);
        }
        let matched = self.matched(engine, query);
        matched.iter().for_each(|(entry, much)| *scores.entry(*entry).or_default() += MATCHED * much);
        let wanted = |entry: usize| kinds.is_empty() || kinds.contains(&self.entries[entry].hit.kind);
        let mut ranked: Vec<(usize, f64)> = scores
            .into_iter()
            .filter(|(entry, _)| wanted(*entry))
            .map(|(e, s)| (e, s * self.entries[e].weight))
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let best = ranked.first().map_or(1.0, |(_, score)| *score);
        let hit = |(entry, score): (usize, f64)| Hit {
            score: (100.0 * score / best).round() as u32,
            matches: matched.contains_key(&entry),
            ..self.entries[entry].hit.clone()
        };
        ranked.into_iter().take(limit).map(hit).collect()
    }

    /// Entries in which a word or a longer one that begins with it stands, each with the most that it weighs there.
    fn places(&self, word: &str) -> BTreeMap<usize, f64> {
        let mut places: BTreeMap<usize, f64> = BTreeMap::new();
        let longer = self.words.range(word.to_owned()..).take_while(|(other, _)| other.starts_with(word));
        for (other, found) in longer {
            let factor = match other == word {
                true => 1.0,
                false if word.len() >= STEM => LONGER,
                false => continue,
            };
            for (entry, weight) in found {
                let most = places.entry(*entry).or_default();
                *most = most.max(weight * factor);
            }
        }
        places
    }

    /// The signals whose patterns match the query as a record, and the causes that show them, with how much.
    fn matched(&self, engine: &Engine, query: &str) -> BTreeMap<usize, f64> {
        let mut out = BTreeMap::new();
        for mark in engine.scanner.scan(&Record::alone(query), &engine.knowledge) {
            out.insert(self.signals + mark.signal, 1.0);
            for (ix, cause) in engine.knowledge.causes.iter().enumerate() {
                let shows = cause.shows.iter().find(|(signal, _)| *signal == mark.signal);
                if let Some((_, how)) = shows {
                    let most: &mut f64 = out.entry(ix).or_default();
                    *most = most.max(*how);
                }
            }
        }
        out
    }
}

fn hit(kind: Kind, id: &str, title: &str) -> Hit {
    let (id, title) = (id.to_owned(), title.to_owned());
    Hit { kind, id, title, score: 0, matches: false, causes: Vec::new(), values: Vec::new() }
}

/// The words of a text in small letters; of `badNonce` also its parts.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).flat_map(|word| {
        let mut parts: Vec<String> = Vec::new();
        let mut lower = false;
        for c in word.chars() {
            if parts.is_empty() || (lower && c.is_uppercase()) {
                parts.push(String::new());
            }
            lower = c.is_lowercase();
            if let Some(part) = parts.last_mut() {
                part.extend(c.to_lowercase());
            }
        }
        if parts.len() > 1 {
            parts.push(word.to_lowercase());
        }
        parts.into_iter().filter(|part| part.chars().count() > 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_parts() {
        let all: Vec<String> = words("urn:ietf:params:acme:error:badNonce, a DNS-01 TXT").collect();
        assert_eq!(all, ["urn", "ietf", "params", "acme", "error", "bad", "nonce", "badnonce", "dns", "01", "txt"]);
    }

    #[test]
    fn what_one_looks_for_comes_first() {
        let engine = Engine::embedded().expect("the rules");
        let index = Index::new(&engine);
        for (query, kinds, first) in [
            ("badNonce", &[][..], "connector.bad-nonce"),
            ("CAA record forbids issuance", &[], "dcv.caa-forbidden"),
            ("rate limit", &[], "connector.rate-limited"),
            ("bot stopped", &[Kind::Fact], "bot.status"),
            ("deployment failed", &[Kind::Symptom], "deployment-failed"),
            ("No space left on device", &[Kind::Cause], "host.disk-full"),
            ("domain control validation", &[Kind::Guide], "guides/4-dcv"),
        ] {
            let hits = index.find(&engine, query, kinds, 5);
            let ids: Vec<&str> = hits.iter().map(|hit| hit.id.as_str()).collect();
            assert_eq!(ids.first(), Some(&first), "{query}: {ids:?}");
        }
        assert!(index.find(&engine, "", &[], 5).is_empty());
        assert!(index.find(&engine, "qqqqzzzz", &[], 5).is_empty());
    }
}
