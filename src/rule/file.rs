//! The shape of the YAML files, as people write them: every value with its place, nothing resolved yet.
//!
//! This is the only module that names the YAML reader of rule files. Words (`common`, `usually`, …),
//! ids and patterns stay text here; [`super::compile`] gives them meaning and collects what is wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::schema::{
    CauseId, Commands, Condition, DayText, FactPath, FactsOfTest, Keyed, Mapped, Recognised, SignalId, SymptomId, Word,
};
use super::words::{Expect, FactKind, How, Leak, Prior, Risk, Stage, Status};
use crate::input::Level;

/// A value and the bytes of the file where it stands. Two are equal when their values are.
#[derive(Debug, Clone, Default)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Byte range in the file; empty where it is not known.
    pub range: Range<usize>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The compact form of the embedded pack holds plain values: its places are of no use at run time.
        if !deserializer.is_human_readable() {
            let value = T::deserialize(deserializer)?;
            return Ok(Located { value, range: 0..0 });
        }
        #[cfg(feature = "packs")]
        {
            let spanned = serde_saphyr::Spanned::<T>::deserialize(deserializer)?;
            let span = spanned.referenced.span();
            let start = span.byte_offset().unwrap_or(0) as usize;
            let len = span.byte_len().unwrap_or(0) as usize;
            Ok(Located { value: spanned.value, range: start..start + len })
        }
        #[cfg(not(feature = "packs"))]
        Err(de::Error::custom(NO_PACKS))
    }
}

impl<T: Serialize> Serialize for Located<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

/// Text with its place.
pub type Text = Located<String>;

/// A list that may be written as its single element.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OneOrMany(pub Vec<Text>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Located::<Strings>::deserialize(deserializer)?;
        Ok(match node.value {
            Strings::One(value) => OneOrMany(vec![Located { value, range: node.range }]),
            Strings::Many(list) => OneOrMany(list),
        })
    }
}

enum Strings {
    One(String),
    Many(Vec<Text>),
}

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StringsVisitor;
        impl<'de> Visitor<'de> for StringsVisitor {
            type Value = Strings;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Strings, E> {
                Ok(Strings::One(v.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Strings, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = seq.next_element::<Text>()? {
                    list.push(item);
                }
                Ok(Strings::Many(list))
            }
        }
        deserializer.deserialize_any(StringsVisitor)
    }
}

/// Any YAML value with its place: conditions over facts and values of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What stands there.
    pub kind: NodeKind,
    /// Where.
    pub range: Range<usize>,
}

/// The kinds of [`Node`]. Numbers keep their text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// `~` or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// Any other scalar.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(Text, Node)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Located::<NodeKind>::deserialize(deserializer)?;
        Ok(Node { kind: node.value, range: node.range })
    }
}

impl<'de> Deserialize<'de> for NodeKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NodeVisitor;
        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = NodeKind;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E: de::Error>(self) -> Result<NodeKind, E> {
                Ok(NodeKind::Null)
            }
            fn visit_none<E: de::Error>(self) -> Result<NodeKind, E> {
                Ok(NodeKind::Null)
            }
            fn visit_bool<E: de::Error>(self, v: bool) -> Result<NodeKind, E> {
                Ok(NodeKind::Bool(v))
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<NodeKind, E> {
                Ok(NodeKind::Number(v.to_string()))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<NodeKind, E> {
                Ok(NodeKind::Number(v.to_string()))
            }
            fn visit_f64<E: de::Error>(self, v: f64) -> Result<NodeKind, E> {
                Ok(NodeKind::Number(v.to_string()))
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<NodeKind, E> {
                Ok(NodeKind::Text(v.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<NodeKind, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = seq.next_element()? {
                    list.push(item);
                }
                Ok(NodeKind::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NodeKind, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(NodeKind::Map(entries))
            }
        }
        deserializer.deserialize_any(NodeVisitor)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.kind {
            NodeKind::Null => serializer.serialize_unit(),
            NodeKind::Bool(v) => serializer.serialize_bool(*v),
            NodeKind::Number(text) => match text.parse::<i64>() {
                Ok(v) => serializer.serialize_i64(v),
                Err(_) => serializer.serialize_f64(text.parse().unwrap_or(f64::NAN)),
            },
            NodeKind::Text(v) => serializer.serialize_str(v),
            NodeKind::List(list) => serializer.collect_seq(list),
            NodeKind::Map(map) => serializer.collect_map(map.iter().map(|(k, v)| (&k.value, v))),
        }
    }
}

/// `rules/<stage>/<name>.yaml`: one cause.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CauseFile {
    /// What is wrong, as a short sentence.
    pub title: Text,
    /// How often this is the cause among all incidents.
    #[schemars(with = "Word<Prior>")]
    pub prior: Text,
    /// One sentence for the person, a template over captured values.
    pub summary: Text,
    /// Context: a fact known to be otherwise removes the cause.
    #[serde(default)]
    #[schemars(with = "Condition")]
    pub requires: Option<Node>,
    /// What the cause makes visible.
    pub shows: Vec<ShowFile>,
    /// Signals that speak strongly against it.
    #[serde(default)]
    #[schemars(with = "Vec<SignalId>")]
    pub rules_out: Vec<Text>,
    /// What it brings about.
    #[serde(default)]
    pub leads_to: Vec<LeadFile>,
    /// Causes it is confused with.
    #[serde(default)]
    pub looks_like: Vec<LooksLikeFile>,
    /// Causes that one reads about next.
    #[serde(default)]
    #[schemars(with = "Vec<CauseId>")]
    pub related: Vec<Text>,
    /// The remediation, where no article carries it.
    #[serde(default)]
    pub fix: Option<FixFile>,
    /// Where to read on.
    #[serde(default)]
    pub references: Vec<Text>,
    /// Examples that the rule is tested with.
    pub tests: Vec<TestFile>,
    /// `experimental`, `stable` or `deprecated`.
    #[serde(default)]
    #[schemars(with = "Word<Status>")]
    pub status: Option<Text>,
    /// Why it should no longer be used, since when, and what replaces it.
    #[serde(default)]
    pub deprecated: Option<DeprecatedFile>,
}

/// Why a cause or a signal should no longer be used. It still works.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeprecatedFile {
    /// Why, as a short sentence.
    pub reason: Text,
    /// Since which day: `2026-11-28`.
    #[schemars(with = "DayText")]
    pub since: Located<Day>,
    /// The id of what is used instead.
    #[serde(default)]
    pub replaced_by: Option<Text>,
}

/// A day, `2026-11-28`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day(pub jiff::civil::Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let day = text.parse().map_err(|_| de::Error::custom(format_args!("`{text}` is no day: write 2026-11-28")));
        day.map(Day)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// An entry of `shows`: a signal by id, or an inline one.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["signal"] },
    { "required": ["leak"], "anyOf": [{ "required": ["log"] }, { "required": ["said"] }] },
    { "required": ["fact", "leak"] }
]))]
pub struct ShowFile {
    /// Id of a shared signal.
    #[serde(default)]
    #[schemars(with = "SignalId")]
    pub signal: Option<Text>,
    /// Title of an inline signal.
    #[serde(default)]
    pub title: Option<Text>,
    /// Patterns of an inline signal.
    #[serde(default)]
    pub log: Option<OneOrMany>,
    /// Patterns that count only where a program says them, not in the middle of prose.
    #[serde(default)]
    pub said: Option<OneOrMany>,
    /// Condition of an inline signal.
    #[serde(default)]
    #[schemars(with = "Condition")]
    pub fact: Option<Node>,
    /// How often it stands there for no reason that matters.
    #[serde(default)]
    #[schemars(with = "Word<Leak>")]
    pub leak: Option<Text>,
    /// More general signals.
    #[serde(default)]
    #[schemars(with = "Vec<SignalId>")]
    pub implies: Vec<Text>,
    /// Later successes that turn it into history.
    #[serde(default)]
    #[schemars(with = "Vec<SignalId>")]
    pub cleared_by: Vec<Text>,
    /// Kinds of records that can show it.
    #[serde(default)]
    pub source: Vec<Text>,
    /// Stage at which it is seen.
    #[serde(default)]
    #[schemars(with = "Word<Stage>")]
    pub stage: Option<Text>,
    /// Lowest level of a record that can show it.
    #[serde(default)]
    #[schemars(with = "Word<Level>")]
    pub min_level: Option<Text>,
    /// How often the cause shows it.
    #[schemars(with = "Word<How>")]
    pub how: Text,
}

impl ShowFile {
    /// The patterns of an inline signal.
    pub fn patterns(&self) -> Patterns<'_> {
        Patterns { log: self.log.as_ref(), said: self.said.as_ref() }
    }
}

/// The patterns of a signal, as they are written.
#[derive(Debug, Clone, Copy)]
pub struct Patterns<'s> {
    /// Those that count anywhere.
    pub log: Option<&'s OneOrMany>,
    /// Those that count only where a program says them.
    pub said: Option<&'s OneOrMany>,
}

impl<'s> Patterns<'s> {
    /// Whether there is neither list.
    pub fn is_absent(self) -> bool {
        self.log.is_none() && self.said.is_none()
    }

    /// All of them, and whether each must be said.
    pub fn all(self) -> impl Iterator<Item = (&'s Text, bool)> {
        let list = |patterns: Option<&'s OneOrMany>| patterns.map_or(&[][..], |patterns| &patterns.0).iter();
        list(self.log).map(|text| (text, false)).chain(list(self.said).map(|text| (text, true)))
    }
}

/// An entry of `leads_to`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["symptom"] }, { "required": ["cause"] }]))]
pub struct LeadFile {
    /// A symptom …
    #[serde(default)]
    #[schemars(with = "SymptomId")]
    pub symptom: Option<Text>,
    /// … or another cause.
    #[serde(default)]
    #[schemars(with = "CauseId")]
    pub cause: Option<Text>,
    /// How often.
    #[schemars(with = "Word<How>")]
    pub how: Text,
}

/// An entry of `looks_like`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LooksLikeFile {
    /// The other cause.
    #[schemars(with = "CauseId")]
    pub cause: Text,
    /// What tells them apart.
    pub tell: Text,
}

/// One test of a cause.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestFile {
    /// Text of a log file.
    #[serde(default)]
    pub log: Option<Text>,
    /// A facts document.
    #[serde(default)]
    #[schemars(with = "FactsOfTest")]
    pub facts: Option<Node>,
    /// Time of the facts, RFC 3339.
    #[serde(default)]
    pub at: Option<Text>,
    /// `first`, `listed` or `absent`.
    #[schemars(with = "Word<Expect>")]
    pub expect: Text,
}

/// `rules/signals/<technology>.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalsFile {
    /// The technology.
    pub title: Text,
    /// Its signals by key.
    pub signals: BTreeMap<Text, SignalFile>,
}

/// One shared signal.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "anyOf": [{ "required": ["log"] }, { "required": ["said"] }] }, { "required": ["fact"] }
]))]
pub struct SignalFile {
    /// What is seen, as a short sentence.
    pub title: Text,
    /// Patterns over records.
    #[serde(default)]
    pub log: Option<OneOrMany>,
    /// Patterns that count only where a program says them, not in the middle of prose.
    #[serde(default)]
    pub said: Option<OneOrMany>,
    /// Condition over facts.
    #[serde(default)]
    #[schemars(with = "Condition")]
    pub fact: Option<Node>,
    /// How often it stands there for no reason that matters.
    #[schemars(with = "Word<Leak>")]
    pub leak: Text,
    /// Causes that show it, and how often.
    #[serde(default)]
    #[schemars(with = "Keyed<CauseId, Word<How>>")]
    pub shown_by: BTreeMap<Text, Text>,
    /// More general signals that this one makes redundant.
    #[serde(default)]
    #[schemars(with = "Vec<SignalId>")]
    pub implies: Vec<Text>,
    /// Later successes that turn it into history.
    #[serde(default)]
    #[schemars(with = "Vec<SignalId>")]
    pub cleared_by: Vec<Text>,
    /// Kinds of records that can show it.
    #[serde(default)]
    pub source: Vec<Text>,
    /// Stage at which it is seen.
    #[serde(default)]
    #[schemars(with = "Word<Stage>")]
    pub stage: Option<Text>,
    /// Lowest level of a record that can show it.
    #[serde(default)]
    #[schemars(with = "Word<Level>")]
    pub min_level: Option<Text>,
    /// For a success: the stage that is passed.
    #[serde(default)]
    #[schemars(with = "Word<Stage>")]
    pub proves: Option<Text>,
    /// Why it should no longer be used, since when, and what replaces it.
    #[serde(default)]
    pub deprecated: Option<DeprecatedFile>,
    /// Records that must match and must not.
    #[serde(default)]
    pub examples: ExamplesFile,
}

impl SignalFile {
    /// Its patterns.
    pub fn patterns(&self) -> Patterns<'_> {
        Patterns { log: self.log.as_ref(), said: self.said.as_ref() }
    }
}

/// Examples of a signal.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExamplesFile {
    /// Records that it must match.
    #[serde(default, rename = "match")]
    pub matching: Vec<Text>,
    /// Records that it must not match.
    #[serde(default)]
    pub miss: Vec<Text>,
}

/// `rules/facts.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactsFile {
    /// Facts by path.
    pub facts: BTreeMap<Text, FactFile>,
}

/// One fact of the vocabulary.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactFile {
    /// `text`, `number`, `yes-no`, `time`, `list` or `choice`.
    #[serde(rename = "type")]
    #[schemars(with = "Word<FactKind>")]
    pub kind: Text,
    /// Allowed values of a choice or a list.
    #[serde(default)]
    pub values: Vec<Text>,
    /// Unit of a number.
    #[serde(default)]
    pub unit: Option<Text>,
    /// What it says.
    pub meaning: Text,
    /// Where a person finds it.
    #[serde(rename = "where", default)]
    pub place: Option<Text>,
    /// The question that asks for it.
    #[serde(default)]
    pub question: Option<Text>,
    /// Cost of finding out.
    #[serde(default)]
    pub minutes: Option<f64>,
}

/// `rules/symptoms.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SymptomsFile {
    /// Symptoms by key.
    pub symptoms: BTreeMap<Text, SymptomFile>,
}

/// One symptom.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SymptomFile {
    /// What people report.
    pub title: Text,
    /// Where in the pipeline it is seen.
    #[schemars(with = "Word<Stage>")]
    pub stage: Text,
    /// How it shows.
    #[serde(default)]
    pub shows: Vec<ShowFile>,
    /// Guides that answer it, by file stem.
    #[serde(default)]
    pub guides: Vec<Text>,
}

/// `rules/mappings/<name>.yaml`: how a known document becomes facts.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingFile {
    /// What the document is.
    pub title: Text,
    /// Paths that must exist; `{ path, equals }` where a value must stand there.
    #[schemars(with = "Vec<Recognised>")]
    pub recognise: Vec<Node>,
    /// A list or map whose entries are fact sets of their own.
    #[serde(default)]
    pub rows: Option<Text>,
    /// The fact that names the subject.
    #[serde(default)]
    #[schemars(with = "FactPath")]
    pub subject: Option<Text>,
    /// Facts and where they come from.
    #[schemars(with = "Keyed<FactPath, Mapped>")]
    pub facts: BTreeMap<Text, Node>,
}

/// Front matter of `knowledge/causes/<stage>/<name>.md`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixFile {
    /// What to do, in order.
    pub steps: Vec<StepFile>,
    /// How to know that it worked.
    pub verify: Vec<StepFile>,
}

/// One step of a fix or of its verification.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepFile {
    /// The instruction, a template.
    #[serde(rename = "do")]
    pub instruction: Text,
    /// Minutes that it takes.
    #[serde(default)]
    pub minutes: Option<u32>,
    /// `read-only`, `change`, `reload`, `restart` or `reissue`.
    #[serde(default)]
    #[schemars(with = "Word<Risk>")]
    pub risk: Option<Text>,
    /// Commands per platform: `linux`, `windows`, `any`.
    #[serde(default)]
    #[schemars(with = "Commands")]
    pub commands: BTreeMap<Text, Vec<Text>>,
}

/// `pack.yaml` at the root of a pack: what it is called, and what it fits.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackFile {
    /// The name of the pack: small letters, digits and hyphens.
    pub name: Text,
    /// Its version: `1.4.0`.
    pub version: Text,
    /// The versions of certwhy that it fits: `>=0.1, <2`.
    pub engine: Text,
    /// Its licence, as SPDX writes it: `MIT OR Apache-2.0`.
    #[serde(default)]
    pub licence: Option<Text>,
    /// What it is about, in a sentence.
    #[serde(default)]
    pub description: Option<Text>,
    /// Where one reads about it.
    #[serde(default)]
    pub homepage: Option<Text>,
    /// Causes and signals that have a new id: the old one, and the new one.
    #[serde(default)]
    pub renamed: BTreeMap<Text, Text>,
}

/// What is wrong with the text of a file: message and byte range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The reader's message.
    pub message: String,
    /// Where.
    pub range: Range<usize>,
}

/// Why rules are not read.
#[cfg(not(feature = "packs"))]
const NO_PACKS: &str = "this build has only the built-in rules; to read others, build it with the feature `packs`";

/// Refuses to read rules: only what the build has read is known.
///
/// # Errors
/// Always.
#[cfg(not(feature = "packs"))]
pub fn parse<T: de::DeserializeOwned>(_: &str) -> Result<T, ParseError> {
    Err(ParseError { message: NO_PACKS.to_owned(), range: 0..0 })
}

/// Reads one YAML file into its shape.
///
/// # Errors
/// The first syntax or shape error of the file, with its place. Limits on nodes, depth and
/// aliases keep hostile files from taking time or memory.
#[cfg(feature = "packs")]
pub fn parse<T: de::DeserializeOwned>(text: &str) -> Result<T, ParseError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: 60_000, max_depth: 32, max_aliases: 100 },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let range = error.location().map_or(0..0, |location| {
            let span = location.span();
            let start = span.byte_offset().map_or(0, |v| v as usize).min(text.len());
            start..(start + span.byte_len().unwrap_or(1).max(1) as usize).min(text.len())
        });
        // The place is shown beside the message, and options of the reader are no way out for an author.
        let message = error.without_snippet().to_string();
        let message = message.split(" at line ").next().unwrap_or(&message);
        let message = message.split(", set ").next().unwrap_or(message).to_owned();
        ParseError { message, range }
    })
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Located<T> {}

impl<T: Ord> PartialOrd for Located<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> Ord for Located<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAUSE: &str = "title: a\nprior: common\nsummary: b\nshows: []\ntests: []\nrelated: [a.b, c.d]\n\
        deprecated: { reason: old, since: 2026-11-28, replaced_by: a.b }\n";

    /// As the build does it: from YAML to plain values, and from these to what the program holds.
    #[test]
    fn the_compact_form_carries_what_is_deprecated_and_related() {
        let text: CauseFile = parse(CAUSE).unwrap();
        let plain: serde_json::Value = serde_yaml::from_str(CAUSE).unwrap();
        let compact: CauseFile = rmp_serde::from_slice(&rmp_serde::to_vec_named(&plain).unwrap()).unwrap();
        assert_eq!((&text.related, text.related.len()), (&compact.related, 2));
        let (text, compact) = (text.deprecated.unwrap(), compact.deprecated.unwrap());
        assert_eq!(compact.since.value.0, jiff::civil::date(2026, 11, 28));
        assert_eq!((text.reason, text.since, text.replaced_by), (compact.reason, compact.since, compact.replaced_by));
    }

    #[test]
    fn a_day_is_a_day() {
        for day in ["soon", "2026-02-30", "28.11.2026", "[]", "''"] {
            assert!(parse::<CauseFile>(&CAUSE.replace("2026-11-28", day)).is_err(), "{day}");
        }
    }
}
