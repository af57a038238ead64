//! What differs between two packs: causes, signals, symptoms, practices, facts, mappings, articles, and the numbers behind the words.
//!
//! Meaning is compared, not text: comments, the order of fields and the way a value is quoted make no difference.

pub mod answers;
mod text;
mod things;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::knowledge::Understood;
use crate::rule::Pack;
use things::{Field, Thing};

/// What can be added, removed and changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A cause with its edges and its fix.
    Cause,
    /// A signal; one that stands inside a cause or symptom has its owner and title for an id.
    Signal,
    /// A symptom.
    Symptom,
    /// A practice.
    Practice,
    /// A fact of the vocabulary.
    Fact,
    /// A mapping.
    Mapping,
    /// The text below the front matter of a cause's article.
    Article,
    /// A guide, an example or another page.
    Page,
    /// The calibrated numbers behind the words.
    Numbers,
}

impl What {
    /// All of them, as they are told.
    const ALL: [(What, &'static str); 9] = [
        (What::Cause, "causes"),
        (What::Signal, "signals"),
        (What::Symptom, "symptoms"),
        (What::Practice, "practices"),
        (What::Fact, "facts"),
        (What::Mapping, "mappings"),
        (What::Article, "articles"),
        (What::Page, "pages"),
        (What::Numbers, "numbers"),
    ];
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What it is.
    pub what: What,
    /// Its id.
    pub id: String,
    /// Its title, the new one where both have one.
    pub title: String,
    /// What happened to it.
    #[serde(flatten)]
    pub how: How,
}

/// What happened to a thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "lowercase")]
pub enum How {
    /// It is new.
    Added,
    /// It is gone.
    Removed {
        /// A new one with the same title.
        #[serde(skip_serializing_if = "Option::is_none")]
        renamed_to: Option<String>,
        /// Files of the new pack, and labels of incidents, that still name it.
        still_named_in: Vec<String>,
    },
    /// Some of its fields differ.
    Changed {
        /// Which, and how.
        fields: Vec<FieldChange>,
    },
}

/// A field that differs. What does not apply is empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FieldChange {
    /// Its name.
    pub field: &'static str,
    /// Its single value before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Its single value now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Entries that are new.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
    /// Entries that are gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// Entries whose value differs: strengths of edges, for instance.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<EntryChange>,
    /// Whether the same entries stand in another order that matters.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reordered: bool,
}

/// An entry whose value differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EntryChange {
    /// Its name.
    pub entry: String,
    /// Its value before.
    pub before: String,
    /// Its value now.
    pub after: String,
}

/// Everything that differs between two packs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Difference {
    /// By kind and id.
    pub changes: Vec<Change>,
}

impl Difference {
    /// Compares two packs that load. `elsewhere` are other texts that name ids, each with the name of its file.
    pub fn between(old: &Understood, new: &Understood, new_pack: &Pack, elsewhere: &[(String, String)]) -> Self {
        let (old, new) = (things::of(old), things::of(new));
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        let changes = keys.into_iter().filter_map(|key| {
            let (what, id) = key;
            let (title, how) = match (old.get(key), new.get(key)) {
                (None, Some(new)) => (&new.title, How::Added),
                (Some(gone), None) => {
                    let renamed_to = renamed(*what, gone, &old, &new);
                    (&gone.title, How::Removed { renamed_to, still_named_in: naming(*what, id, new_pack, elsewhere) })
                }
                (Some(old), Some(new)) => {
                    let fields: Vec<FieldChange> = changed_fields(old, new);
                    if fields.is_empty() {
                        return None;
                    }
                    (&new.title, How::Changed { fields })
                }
                (None, None) => return None,
            };
            Some(Change { what: *what, id: id.clone(), title: title.clone(), how })
        });
        Difference { changes: changes.collect() }
    }

    /// How many are added, removed and changed.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |holds: fn(&How) -> bool| self.changes.iter().filter(|change| holds(&change.how)).count();
        (
            count(|how| matches!(how, How::Added)),
            count(|how| matches!(how, How::Removed { .. })),
            count(|how| matches!(how, How::Changed { .. })),
        )
    }

    /// For people.
    pub fn text(&self) -> String {
        text::text(self)
    }
}

type Things = BTreeMap<(What, String), Thing>;

/// The one new thing that has the title of one that is gone.
fn renamed(what: What, gone: &Thing, old: &Things, new: &Things) -> Option<String> {
    let is_it = |(key, thing): &(&(What, String), &Thing)| {
        key.0 == what && !gone.title.is_empty() && thing.title == gone.title && !old.contains_key(*key)
    };
    let mut candidates = new.iter().filter(is_it);
    let (key, _) = candidates.next()?;
    candidates.next().is_none().then(|| key.1.clone())
}

/// Files that name an id; what is no id is named by nothing.
fn naming(what: What, id: &str, pack: &Pack, elsewhere: &[(String, String)]) -> Vec<String> {
    if !matches!(what, What::Cause | What::Signal | What::Symptom | What::Practice | What::Fact) || id.contains(' ') {
        return Vec::new();
    }
    let files = pack.files.values().map(|file| (file.shown().into_owned(), file.text.as_str()));
    let others = elsewhere.iter().map(|(name, text)| (name.clone(), text.as_str()));
    files.chain(others).filter(|(_, text)| names(text, id)).map(|(name, _)| name).collect()
}

/// Whether an id stands in a text as a word of its own.
fn names(text: &str, id: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(id).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + id.len()..].chars();
        let goes_on = match after.next() {
            Some('.') => after.next().is_some_and(is_part),
            next => next.is_some_and(is_part),
        };
        !goes_on && !before.is_some_and(|c| is_part(c) || c == '.')
    })
}

fn changed_fields(old: &Thing, new: &Thing) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    for ((field, old), (_, new)) in old.fields.iter().zip(&new.fields) {
        let change = FieldChange { field, ..FieldChange::default() };
        fields.extend(match (old, new) {
            (old, new) if old == new => None,
            (Field::One(old), Field::One(new)) => {
                Some(FieldChange { before: old.clone(), after: new.clone(), ..change })
            }
            (Field::Edges(old), Field::Edges(new)) => Some(edges(change, old, new)),
            (Field::Set(old), Field::Set(new)) => entries(change, old, new, false),
            (Field::Ordered(old), Field::Ordered(new)) => entries(change, old, new, true),
            _ => None,
        });
    }
    fields
}

fn edges(change: FieldChange, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> FieldChange {
    let only = |these: &BTreeMap<String, String>, others: &BTreeMap<String, String>| -> Vec<String> {
        let these = these.iter().filter(|(entry, _)| !others.contains_key(*entry));
        these.map(|(entry, value)| format!("{entry}: {value}")).collect()
    };
    let both = old.iter().filter_map(|(entry, before)| Some((entry, before, new.get(entry)?)));
    let changed = both.filter(|(_, before, after)| before != after).map(|(entry, before, after)| EntryChange {
        entry: entry.clone(),
        before: before.clone(),
        after: after.clone(),
    });
    FieldChange { added: only(new, old), removed: only(old, new), changed: changed.collect(), ..change }
}

fn entries(change: FieldChange, old: &[String], new: &[String], order_matters: bool) -> Option<FieldChange> {
    // The same entry may stand there twice.
    let only = |these: &[String], others: &[String]| {
        let mut others: Vec<&String> = others.iter().collect();
        let mut only = Vec::new();
        for entry in these {
            match others.iter().position(|other| *other == entry) {
                Some(at) => _ = others.remove(at),
                None => only.push(entry.clone()),
            }
        }
        only
    };
    let (added, removed) = (only(new, old), only(old, new));
    let reordered = order_matters && added.is_empty() && removed.is_empty();
    let differs = reordered || !added.is_empty() || !removed.is_empty();
    differs.then_some(FieldChange { added, removed, reordered, ..change })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn an_id_is_named_as_a_word() {
        for text in ["see dcv.caa.", "`dcv.caa`", "shows: { dcv.caa: usually }", "dcv.caa"] {
            assert!(names(text, "dcv.caa"), "{text}");
        }
        for text in ["dcv.caa-forbidden", "x.dcv.caa", "dcv.caa.more", "dcv.caa_1", ""] {
            assert!(!names(text, "dcv.caa"), "{text}");
        }
    }
}
