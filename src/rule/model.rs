//! What rules mean: every id resolved, every word a number, every pattern known to compile.
//!
//! Values of these types are valid by construction; only [`super::compile`] makes them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::numbers::Numbers;
use super::words::{Expect, FactKind, Leak, Prior, Risk, Severity, Stage, State, Status};
use crate::input::Level;

/// Index of a signal in [`Knowledge::signals`].
pub type SignalIx = usize;
/// Index of a cause in [`Knowledge::causes`].
pub type CauseIx = usize;
/// Index of a practice in [`Knowledge::practices`].
pub type PracticeIx = usize;
/// Index of a symptom in [`Knowledge::symptoms`].
pub type SymptomIx = usize;

/// The whole knowledge base. Causes, signals, symptoms and practices are sorted by id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Knowledge {
    /// The vocabulary of facts by path.
    pub facts: BTreeMap<String, Fact>,
    /// Everything observable.
    pub signals: Vec<Signal>,
    /// Everything that a person can change.
    pub causes: Vec<Cause>,
    /// What people report.
    pub symptoms: Vec<Symptom>,
    /// What should be so before anything fails.
    pub practices: Vec<Practice>,
    /// Known status documents.
    pub mappings: Vec<Mapping>,
    /// Markdown of the guides, examples and other pages, by path under `knowledge/`.
    pub pages: BTreeMap<String, String>,
    /// What the words stand for.
    pub numbers: Numbers,
    /// The packs that it is made of and that have a name, the lowest first.
    pub packs: Vec<PackInfo>,
    /// Ids that are gone, and those that took their place.
    pub renamed: BTreeMap<String, String>,
}

impl Knowledge {
    /// The cause with this id, also by an id that it had once.
    pub fn cause(&self, id: &str) -> Option<CauseIx> {
        let find = |id: &str| self.causes.binary_search_by(|c| c.id.as_str().cmp(id)).ok();
        find(id).or_else(|| find(self.renamed.get(id)?))
    }

    /// The signal with this id, also by an id that it had once.
    pub fn signal(&self, id: &str) -> Option<SignalIx> {
        let find = |id: &str| self.signals.binary_search_by(|s| s.id.as_str().cmp(id)).ok();
        find(id).or_else(|| find(self.renamed.get(id)?))
    }

    /// The id that took the place of this one; the same one where it was not renamed.
    pub fn current<'k>(&'k self, id: &'k str) -> &'k str {
        self.renamed.get(id).map_or(id, String::as_str)
    }

    /// The practice with this id, `practice.renewal-window`; also without `practice.`.
    pub fn practice(&self, id: &str) -> Option<PracticeIx> {
        let name = id.strip_prefix(Practice::PREFIX).unwrap_or(id);
        self.practices.binary_search_by(|p| p.id[Practice::PREFIX.len()..].cmp(name)).ok()
    }

    /// The symptom with this id.
    pub fn symptom(&self, id: &str) -> Option<SymptomIx> {
        self.symptoms.binary_search_by(|s| s.id.as_str().cmp(id)).ok()
    }
}

/// What a pack says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackInfo {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The versions of certwhy that it fits.
    pub engine: String,
    /// Its licence, as SPDX writes it.
    pub licence: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Where one reads about it.
    pub homepage: Option<String>,
}

/// Why a cause or a signal should no longer be used. It still works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deprecation {
    /// Why.
    pub reason: String,
    /// Since which day.
    pub since: Date,
    /// The id of what is used instead.
    pub replaced_by: Option<String>,
}

impl std::fmt::Display for Deprecation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "deprecated since {}: {}", self.since, self.reason.trim_end_matches('.'))?;
        match &self.replaced_by {
            Some(id) => write!(f, "; `{id}` replaces it"),
            None => Ok(()),
        }
    }
}

/// A fact of the vocabulary.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fact {
    /// Path, `bot.status`.
    pub path: String,
    /// Type of its values.
    pub kind: FactKind,
    /// Allowed values; empty for free ones.
    pub values: Vec<String>,
    /// Unit of a number.
    pub unit: Option<String>,
    /// What it says.
    pub meaning: String,
    /// Where a person finds it.
    pub place: Option<String>,
    /// The question that asks for it.
    pub question: Option<String>,
    /// Minutes that finding out takes.
    pub minutes: f64,
}

/// A value of a fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FactValue {
    /// Text and choices.
    Text(String),
    /// A number in the fact's unit.
    Number(f64),
    /// Yes or no.
    YesNo(bool),
    /// A point in time.
    Time(Timestamp),
    /// Words.
    List(Vec<String>),
}

/// An observable thing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signal {
    /// `<technology>.<key>`, or `<cause>#<n>` for an inline one.
    pub id: String,
    /// What is seen.
    pub title: String,
    /// How it is recognised.
    pub kind: SignalKind,
    /// How often it stands there for no reason that matters.
    pub leak: Leak,
    /// More general signals that it makes redundant, the transitive closure.
    pub implies: Vec<SignalIx>,
    /// Later successes that turn it into history.
    pub cleared_by: Vec<SignalIx>,
    /// Kinds of records that can show it; empty: any.
    pub sources: Vec<String>,
    /// Stage at which it is seen.
    pub stage: Option<Stage>,
    /// Lowest level of a record that can show it.
    pub min_level: Option<Level>,
    /// The stage that it proves passed.
    pub proves: Option<Stage>,
    /// Why it should no longer be used.
    pub deprecated: Option<Deprecation>,
    /// File that defines it.
    pub file: String,
    /// Records that it must match, and records that it must not.
    #[serde(skip)]
    pub examples: Examples,
}

/// Examples of a signal.
#[derive(Debug, Clone, Default)]
pub struct Examples {
    /// Must match.
    pub matching: Vec<String>,
    /// Must not match.
    pub miss: Vec<String>,
}

/// A pattern over records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPattern {
    /// The regex.
    pub text: String,
    /// Whether it counts only where a program says it: see [`crate::observe::said`].
    pub said: bool,
}

/// How a signal is recognised.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum SignalKind {
    /// One of these patterns matches a record.
    Log(Vec<LogPattern>),
    /// A condition over facts holds.
    Fact(Condition),
}

/// A condition over facts, three-valued: what is not known is neither true nor false.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Condition {
    /// All hold.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A test of one fact.
    Test {
        /// The fact's path.
        path: String,
        /// What is asked of it.
        test: Test,
    },
}

impl Condition {
    /// Paths of the facts that it looks at, and of those that they are compared with.
    pub fn all_paths(&self) -> Vec<&str> {
        fn walk<'a>(condition: &'a Condition, out: &mut Vec<&'a str>) {
            match condition {
                Condition::All(list) | Condition::Any(list) => list.iter().for_each(|c| walk(c, out)),
                Condition::Not(inner) => walk(inner, out),
                Condition::Test { path, test } => {
                    out.push(path);
                    if let Some(Operand::Fact { path, .. }) = test.operand() {
                        out.push(path);
                    }
                }
            }
        }
        let mut out = Vec::new();
        walk(self, &mut out);
        let mut seen = std::collections::BTreeSet::new();
        out.retain(|path| seen.insert(*path));
        out
    }

    /// Paths of the facts that it looks at.
    pub fn paths(&self) -> Vec<&str> {
        fn walk<'a>(condition: &'a Condition, out: &mut Vec<&'a str>) {
            match condition {
                Condition::All(list) | Condition::Any(list) => {
                    list.iter().for_each(|c| walk(c, out));
                }
                Condition::Not(inner) => walk(inner, out),
                Condition::Test { path, .. } => out.push(path),
            }
        }
        let mut out = Vec::new();
        walk(self, &mut out);
        out.dedup();
        out
    }
}

/// A test of one fact.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Test {
    /// Is this value, or the value of another fact.
    Equals(Operand),
    /// Is another value.
    Differs(Operand),
    /// Is one of these.
    In(Vec<FactValue>),
    /// Its text matches this regex.
    Matches(String),
    /// Is known at all.
    Exists(bool),
    /// Number below.
    Below(Operand),
    /// Number above.
    Above(Operand),
    /// Time before this one, or before that of another fact.
    Before(Operand),
    /// Time after this one, or after that of another fact.
    After(Operand),
    /// Time before now minus this.
    OlderThan(SignedDuration),
    /// Time between now and now plus this.
    Within(SignedDuration),
    /// List that holds this word.
    Includes(String),
    /// List that does not hold this word.
    Excludes(String),
}

impl Test {
    /// What the fact is compared with, where it is one value.
    pub fn operand(&self) -> Option<&Operand> {
        match self {
            Test::Equals(operand)
            | Test::Differs(operand)
            | Test::Below(operand)
            | Test::Above(operand)
            | Test::Before(operand)
            | Test::After(operand) => Some(operand),
            Test::In(_)
            | Test::Matches(_)
            | Test::Exists(_)
            | Test::OlderThan(_)
            | Test::Within(_)
            | Test::Includes(_)
            | Test::Excludes(_) => None,
        }
    }
}

/// What a fact is compared with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Operand {
    /// A value.
    Value(FactValue),
    /// Another fact, times a factor.
    Fact {
        /// Its path.
        path: String,
        /// Factor for numbers.
        times: f64,
    },
}

/// What a person must change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cause {
    /// `<stage>.<name>`.
    pub id: String,
    /// What is wrong.
    pub title: String,
    /// The stage it belongs to.
    pub stage: Stage,
    /// How often it is the cause.
    pub prior: Prior,
    /// One sentence, a template.
    pub summary: String,
    /// Context that must not be known to be otherwise.
    pub requires: Option<Condition>,
    /// Direct edges: signal and strength.
    pub shows: Vec<(SignalIx, f64)>,
    /// All edges, with what symptoms and consequences lend (see [`crate::graph`]).
    pub effects: Vec<(SignalIx, f64)>,
    /// Signals that speak strongly against it.
    pub rules_out: Vec<SignalIx>,
    /// Symptoms it brings about, and how often.
    pub symptoms: Vec<(SymptomIx, f64)>,
    /// Consequences that are causes themselves, and how often.
    pub consequences: Vec<(CauseIx, f64)>,
    /// Causes it is confused with, and what tells them apart.
    pub looks_like: Vec<(CauseIx, String)>,
    /// Causes that one reads about next.
    pub related: Vec<CauseIx>,
    /// Where to read on.
    pub references: Vec<String>,
    /// How finished the rule is.
    pub status: Status,
    /// Why it should no longer be used.
    pub deprecated: Option<Deprecation>,
    /// The remediation.
    pub fix: Fix,
    /// Body of the article, a template.
    pub article: String,
    /// Examples that it is tested with.
    #[serde(skip)]
    pub tests: Vec<CauseTest>,
}

/// A test of a cause.
#[derive(Debug, Clone)]
pub struct CauseTest {
    /// Text of a log file.
    pub log: Option<String>,
    /// A facts document.
    pub facts: Option<serde_json::Value>,
    /// Time of the facts.
    pub at: Option<Timestamp>,
    /// What must come out.
    pub expect: Expect,
}

/// The remediation of a cause.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Fix {
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// How to know that it worked.
    pub verify: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    /// The instruction, a template.
    pub instruction: String,
    /// Minutes that it takes.
    pub minutes: u32,
    /// What it can break.
    pub risk: Risk,
    /// Commands, templates, per platform.
    pub commands: Vec<(Platform, String)>,
}

super::words::words! {
    /// Where a command runs; decides how values are quoted.
    Platform {
        /// POSIX shell.
        Linux = "linux",
        /// PowerShell.
        Windows = "windows",
        /// The same text works in both; quoted as for a POSIX shell.
        Any = "any",
    }
}

use super::words::Words;

/// What should be so before anything fails.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Practice {
    /// `practice.<name>`.
    pub id: String,
    /// What should be so.
    pub title: String,
    /// How much it matters that it is not.
    pub severity: Severity,
    /// One sentence for where it is broken, a template.
    pub summary: String,
    /// Why it should be so.
    pub why: String,
    /// Where it has a meaning.
    pub applies_if: Option<Condition>,
    /// It is broken where this holds.
    pub violated_by: Condition,
    /// It is kept where this holds, also where the other condition is not known.
    pub kept_by: Option<Condition>,
    /// What to do.
    pub fix: Fix,
    /// Causes that it keeps away.
    pub causes: Vec<CauseIx>,
    /// Where to read on.
    pub references: Vec<String>,
    /// Facts that it is tested with.
    #[serde(skip)]
    pub tests: Vec<PracticeTest>,
}

impl Practice {
    /// How the ids of practices begin.
    pub const PREFIX: &'static str = "practice.";

    /// The file that it is written in.
    pub fn file(&self) -> String {
        format!("rules/practices/{}.yaml", &self.id[Self::PREFIX.len()..])
    }

    /// Paths of the facts that decide about it, those of `violated_by` first.
    pub fn paths(&self) -> Vec<&str> {
        let conditions = [Some(&self.violated_by), self.kept_by.as_ref(), self.applies_if.as_ref()];
        let mut paths: Vec<&str> = Vec::new();
        for path in conditions.into_iter().flatten().flat_map(Condition::all_paths) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }
}

/// A test of a practice.
#[derive(Debug, Clone)]
pub struct PracticeTest {
    /// A facts document.
    pub facts: serde_json::Value,
    /// Time of the facts.
    pub at: Option<Timestamp>,
    /// What must come out.
    pub expect: State,
}

/// What people report.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Symptom {
    /// Its key.
    pub id: String,
    /// What people say.
    pub title: String,
    /// Where it is seen.
    pub stage: Stage,
    /// Signals and strengths.
    pub shows: Vec<(SignalIx, f64)>,
    /// Guides that answer it, by file stem.
    pub guides: Vec<String>,
}

/// How a known document becomes facts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mapping {
    /// File stem.
    pub id: String,
    /// What the document is.
    pub title: String,
    /// What must stand in the document.
    pub recognise: Vec<Recognise>,
    /// Path of a list or map whose entries are fact sets of their own.
    pub rows: Option<String>,
    /// The fact that names the subject.
    pub subject: Option<String>,
    /// Whether its words count too, as those of a log.
    pub also_text: bool,
    /// Facts and where they come from.
    pub facts: Vec<MappedFact>,
}

/// A path that must exist in a document, and the value that must stand there, if any is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recognise {
    /// Dotted path.
    pub path: String,
    /// The value as text.
    pub equals: Option<String>,
}

/// One fact of a mapping.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MappedFact {
    /// Path of the fact.
    pub fact: String,
    /// Paths in the document, the first that exists counts.
    pub from: Vec<String>,
    /// A regex whose first group is taken of what the document says; without it, all of it.
    pub extract: Option<String>,
    /// Values by what the document says, `*` for anything else; empty: taken as they are.
    pub map: BTreeMap<String, String>,
    /// Time zone of times without an offset.
    pub time_zone: Option<String>,
}
