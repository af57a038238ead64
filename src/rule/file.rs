//! The shape of the YAML files, as people write them: every value with its place, nothing resolved yet.
//!
//! Words (`common`, `usually`, …), ids and patterns stay text here; [`super::compile`] gives them meaning and collects
//! what is wrong. [`super::located`] reads the values.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

pub use super::located::{Located, Node, NodeKind, OneOrMany, ParseError, Text, parse};
use super::schema::{
    CauseId, Commands, Condition, DayText, FactPath, FactsOfTest, Keyed, Mapped, Recognised, SignalId, SymptomId, Word,
};
use super::words::{Expect, FactKind, How, Leak, Prior, Risk, Severity, Stage, State, Status};
use crate::input::Level;

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
    /// Whether its words count too, as those of a log: for documents that quote what a program said.
    #[serde(default)]
    pub also_text: bool,
    /// Facts and where they come from.
    #[schemars(with = "Keyed<FactPath, Mapped>")]
    pub facts: BTreeMap<Text, Node>,
}

/// `rules/practices/<name>.yaml`: what should be so before anything fails.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PracticeFile {
    /// What should be so, as a short sentence.
    pub title: Text,
    /// How much it matters that it is not.
    #[schemars(with = "Word<Severity>")]
    pub severity: Text,
    /// One sentence for the person where it is broken, a template over facts.
    pub summary: Text,
    /// Why it should be so.
    pub why: Text,
    /// Where the practice has a meaning; known to be otherwise, it does not apply.
    #[serde(default)]
    #[schemars(with = "Condition")]
    pub applies_if: Option<Node>,
    /// It is broken where this holds.
    #[schemars(with = "Condition")]
    pub violated_by: Node,
    /// It is kept where this holds, also where not all is known that `violated_by` asks for.
    #[serde(default)]
    #[schemars(with = "Condition")]
    pub kept_by: Option<Node>,
    /// What to do now, and how to know that it worked.
    pub fix: FixFile,
    /// Causes that it keeps away.
    #[serde(default)]
    #[schemars(with = "Vec<CauseId>")]
    pub causes: Vec<Text>,
    /// Where to read on.
    #[serde(default)]
    pub references: Vec<Text>,
    /// Facts that it is tested with.
    pub tests: Vec<PracticeTestFile>,
}

/// One test of a practice.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PracticeTestFile {
    /// A facts document.
    #[schemars(with = "FactsOfTest")]
    pub facts: Node,
    /// Time of the facts, RFC 3339.
    #[serde(default)]
    pub at: Option<Text>,
    /// `broken`, `kept`, `not-checked` or `does-not-apply`.
    #[schemars(with = "Word<State>")]
    pub expect: Text,
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
