//! Which ids a file defines, and which it mentions.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::rule::file::{
    self, CauseFile, DeprecatedFile, FactsFile, LeadFile, MappingFile, Node, NodeKind, PackFile, ParseError,
    PracticeFile, ShowFile, SignalsFile, SymptomsFile, Text,
};
use crate::rule::schema::Kind;

/// What an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A cause.
    Cause,
    /// A shared signal.
    Signal,
    /// A symptom.
    Symptom,
    /// A fact.
    Fact,
    /// One of them: in prose nothing says which.
    Any,
}

/// An id in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// What it names.
    pub named: Named,
    /// The whole id.
    pub id: String,
    /// The bytes that stand for it: of the definition of a signal only its key, of a cause its title.
    pub range: Range<usize>,
    /// Whether this is where it is defined.
    pub defines: bool,
}

impl Mention {
    /// Whether this is about the same thing.
    pub fn is_of(&self, named: Named, id: &str) -> bool {
        self.id == id && (self.named == named || self.named == Named::Any)
    }
}

/// The id of the cause or the technology that a path stands for: `rules/dcv/x.yaml` is `dcv.x`.
pub fn id_of_path(path: &str) -> Option<String> {
    let stem = path.rsplit_once('.')?.0;
    match stem.split('/').collect::<Vec<_>>().as_slice() {
        ["rules", "signals" | "mappings" | "practices", name] => Some((*name).to_owned()),
        ["rules", stage, name] | ["knowledge", "causes", stage, name] => Some(format!("{stage}.{name}")),
        _ => None,
    }
}

/// The ids in a file of a pack; `None` where it does not parse.
pub fn mentions(path: &str, text: &str) -> Option<Vec<Mention>> {
    let mut collector = Collector { text, out: Vec::new() };
    collector.file(path).ok()?;
    let mut out = collector.out;
    out.sort_by_key(|mention| mention.range.start);
    Some(out)
}

struct Collector<'t> {
    text: &'t str,
    out: Vec<Mention>,
}

impl Collector<'_> {
    fn file(&mut self, path: &str) -> Result<(), ParseError> {
        match Kind::of_path(path) {
            Some(Kind::Cause) => {
                let cause: CauseFile = file::parse(self.text)?;
                self.define(Named::Cause, id_of_path(path).unwrap_or_default(), &cause.title);
                cause.requires.iter().for_each(|node| self.condition(node));
                self.shows(&cause.shows);
                self.all(Named::Signal, &cause.rules_out);
                cause.leads_to.iter().for_each(|lead| self.lead(lead));
                cause.looks_like.iter().for_each(|other| self.mention(Named::Cause, &other.cause));
                self.all(Named::Cause, &cause.related);
                self.replacement(Named::Cause, cause.deprecated.as_ref());
                for facts in cause.tests.iter().filter_map(|test| test.facts.as_ref()) {
                    self.condition(facts);
                }
            }
            Some(Kind::Signals) => {
                let technology = id_of_path(path).unwrap_or_default();
                let signals: SignalsFile = file::parse(self.text)?;
                for (key, signal) in &signals.signals {
                    self.define(Named::Signal, format!("{technology}.{}", key.value), key);
                    signal.fact.iter().for_each(|node| self.condition(node));
                    signal.shown_by.keys().for_each(|cause| self.mention(Named::Cause, cause));
                    self.all(Named::Signal, &signal.implies);
                    self.all(Named::Signal, &signal.cleared_by);
                    self.replacement(Named::Signal, signal.deprecated.as_ref());
                }
            }
            Some(Kind::Pack) => {
                let pack: PackFile = file::parse(self.text)?;
                pack.renamed.values().for_each(|id| self.mention(Named::Any, id));
            }
            Some(Kind::Facts) => {
                let facts: FactsFile = file::parse(self.text)?;
                facts.facts.keys().for_each(|path| self.define(Named::Fact, path.value.clone(), path));
            }
            Some(Kind::Symptoms) => {
                let symptoms: SymptomsFile = file::parse(self.text)?;
                for (key, symptom) in &symptoms.symptoms {
                    self.define(Named::Symptom, key.value.clone(), key);
                    self.shows(&symptom.shows);
                }
            }
            Some(Kind::Practice) => {
                let practice: PracticeFile = file::parse(self.text)?;
                let conditions = [practice.applies_if.as_ref(), Some(&practice.violated_by), practice.kept_by.as_ref()];
                conditions.into_iter().flatten().for_each(|node| self.condition(node));
                self.all(Named::Cause, &practice.causes);
                practice.tests.iter().for_each(|test| self.condition(&test.facts));
            }
            Some(Kind::Mapping) => {
                let mapping: MappingFile = file::parse(self.text)?;
                mapping.subject.iter().for_each(|path| self.mention(Named::Fact, path));
                mapping.facts.keys().for_each(|path| self.mention(Named::Fact, path));
            }
            _ if path.ends_with(".md") => self.prose(),
            _ => {}
        }
        Ok(())
    }

    fn define(&mut self, named: Named, id: String, at: &Text) {
        self.out.push(Mention { named, id, range: self.exact(at), defines: true });
    }

    fn mention(&mut self, named: Named, id: &Text) {
        self.out.push(Mention { named, id: id.value.clone(), range: self.exact(id), defines: false });
    }

    fn all(&mut self, named: Named, ids: &[Text]) {
        ids.iter().for_each(|id| self.mention(named, id));
    }

    fn replacement(&mut self, named: Named, deprecated: Option<&DeprecatedFile>) {
        let id = deprecated.and_then(|deprecated| deprecated.replaced_by.as_ref());
        id.into_iter().for_each(|id| self.mention(named, id));
    }

    /// Without quotes, where the text stands there as it is.
    fn exact(&self, at: &Text) -> Range<usize> {
        let raw = self.text.get(at.range.clone()).unwrap_or("");
        match raw.find(&at.value) {
            Some(skip) if !at.value.is_empty() => at.range.start + skip..at.range.start + skip + at.value.len(),
            _ => at.range.clone(),
        }
    }

    fn shows(&mut self, shows: &[ShowFile]) {
        for show in shows {
            show.signal.iter().for_each(|id| self.mention(Named::Signal, id));
            show.fact.iter().for_each(|node| self.condition(node));
            self.all(Named::Signal, &show.implies);
            self.all(Named::Signal, &show.cleared_by);
        }
    }

    fn lead(&mut self, lead: &LeadFile) {
        lead.symptom.iter().for_each(|id| self.mention(Named::Symptom, id));
        lead.cause.iter().for_each(|id| self.mention(Named::Cause, id));
    }

    /// The facts of a condition: keys with a dot, and values of `fact:`.
    fn condition(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::List(list) => list.iter().for_each(|node| self.condition(node)),
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    match &value.kind {
                        NodeKind::Text(path) if key.value == "fact" => {
                            self.mention(Named::Fact, &Text { value: path.clone(), range: value.range.clone() });
                        }
                        _ if key.value.contains('.') => self.mention(Named::Fact, key),
                        _ => {}
                    }
                    self.condition(value);
                }
            }
            _ => {}
        }
    }

    /// Ids in backquotes, and links to articles.
    fn prose(&mut self) {
        static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"causes/(?P<stage>[a-z]+)/(?P<name>[a-z0-9-]+)\.md|`(?P<id>[a-z0-9][a-z0-9_.-]*)`").ok()
        });
        for found in LINK.iter().flat_map(|link| link.captures_iter(self.text)) {
            let mention = match (found.name("stage"), found.name("name"), found.name("id")) {
                (Some(stage), Some(name), _) => {
                    let id = format!("{}.{}", stage.as_str(), name.as_str());
                    Mention { named: Named::Cause, id, range: stage.start()..name.end(), defines: false }
                }
                (_, _, Some(id)) => {
                    Mention { named: Named::Any, id: id.as_str().to_owned(), range: id.range(), defines: false }
                }
                _ => continue,
            };
            self.out.push(mention);
        }
    }
}
