//! The answer: the JSON contract `certwhy/diagnosis/1`. Text and Markdown are written from it, [`super::fill`] makes it.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::Serialize;

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Answer {
    /// `certwhy/diagnosis/1`.
    pub schema: &'static str,
    /// Ranked, best first; empty when nothing wrong was found.
    pub causes: Vec<CauseAnswer>,
    /// Probability of none of the known causes.
    pub none_probability: f64,
    /// What people would report.
    pub symptoms: Vec<SymptomAnswer>,
    /// By subject.
    pub incidents: Vec<IncidentAnswer>,
    /// Failures that a later success of the same subject turned into history.
    pub history: Vec<HistoryAnswer>,
    /// What to look at next, best first.
    pub next_checks: Vec<CheckAnswer>,
    /// Records that look like failures and that no rule knows.
    pub unexplained: Vec<RecordAnswer>,
    /// What was handed in.
    pub inputs: Vec<InputAnswer>,
    /// Whether reading was interrupted, so that this is the answer to a part of the inputs.
    pub partial: bool,
    /// The packs of rules that it comes from and that have a name, the lowest first.
    pub packs: Vec<PackAnswer>,
}

/// A pack of rules.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PackAnswer {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A cause with its proof and its fix.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CauseAnswer {
    /// `<stage>.<name>`.
    pub id: String,
    /// What is wrong.
    pub title: String,
    /// Where in the pipeline.
    pub stage: String,
    /// 0..1.
    pub probability: f64,
    /// The same in words.
    pub confidence: &'static str,
    /// Odds before any evidence, in decibans.
    pub prior_db: f64,
    /// Odds after it, in decibans.
    pub odds_db: f64,
    /// One sentence, with captured values.
    pub summary: String,
    /// What speaks for it, strongest first.
    pub evidence: Vec<EvidenceAnswer>,
    /// What speaks against it.
    pub against: Vec<AgainstAnswer>,
    /// What to do now.
    pub fix: FixAnswer,
    /// Causes it is confused with.
    pub looks_like: Vec<LookAlike>,
    /// Ids of the symptoms seen that it brings about.
    pub symptoms: Vec<String>,
    /// Path of its article in the knowledge base; `certwhy explain ID` prints it.
    pub article: String,
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EvidenceAnswer {
    /// Id of the signal.
    pub signal: String,
    /// What was seen.
    pub title: String,
    /// Contribution in decibans.
    pub weight_db: f64,
    /// The same in words.
    pub strength: &'static str,
    /// Name of the input; `--fact` for the command line.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// When, RFC 3339.
    pub time: Option<String>,
    /// The record or the fact.
    pub excerpt: String,
    /// Who told the fact, `GET /api/certinext/v2/domains/42`; only where its input says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_by: Option<String>,
    /// The part of the excerpt that decided.
    pub marked: Marked,
    /// Captured values.
    pub values: BTreeMap<String, String>,
    /// Records in which it was seen.
    pub count: u64,
}

/// A part of an excerpt, in characters (Unicode code points, neither bytes nor UTF-16 units): Python and jq take them as
/// they are, in JavaScript it is `[...excerpt].slice(start, end)`. Empty where no part stands out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Marked {
    /// The first character.
    pub start: usize,
    /// The one after the last character.
    pub end: usize,
}

impl Marked {
    /// The characters that stand in `bytes` of a text.
    pub fn of(text: &str, bytes: &Range<usize>) -> Self {
        let characters = |to: usize| text.char_indices().take_while(|(at, _)| *at < to).count();
        Marked { start: characters(bytes.start), end: characters(bytes.end) }
    }

    /// The bytes of a text in which these characters stand.
    pub fn bytes(&self, text: &str) -> Range<usize> {
        let byte = |character: usize| text.char_indices().nth(character).map_or(text.len(), |(at, _)| at);
        byte(self.start)..byte(self.end)
    }
}

/// Something that speaks against a cause.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AgainstAnswer {
    /// Id of the signal.
    pub signal: String,
    /// Contribution in decibans, negative.
    pub weight_db: f64,
    /// A sentence.
    pub reason: String,
}

/// Something that it is confused with.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LookAlike {
    /// Id of the other cause.
    pub id: String,
    /// What is wrong there.
    pub title: String,
    /// What tells them apart.
    pub tell: String,
}

/// Steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct FixAnswer {
    /// What to do, in order.
    pub steps: Vec<StepAnswer>,
    /// How to know that it worked.
    pub verify: Vec<StepAnswer>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StepAnswer {
    /// The instruction.
    #[serde(rename = "do")]
    pub instruction: String,
    /// Minutes that it takes.
    pub minutes: u32,
    /// What it can break.
    pub risk: &'static str,
    /// Commands by platform: `linux`, `windows`, `any`.
    pub commands: BTreeMap<&'static str, Vec<String>>,
}

/// A symptom.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SymptomAnswer {
    /// Its key.
    pub id: String,
    /// What people say.
    pub title: String,
    /// Guides that answer it.
    pub guides: Vec<String>,
}

/// An incident in short.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct IncidentAnswer {
    /// `domain`, `bot`, `order`, `host`, `subject` for the row of a listing, or `input` where nothing is named.
    pub kind: &'static str,
    /// Its name.
    pub subject: String,
    /// Time of its first record, RFC 3339.
    pub from: Option<String>,
    /// Time of its last record, RFC 3339.
    pub to: Option<String>,
    /// Its causes, best first.
    pub causes: Vec<IncidentCause>,
}

/// A cause of an incident in short.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct IncidentCause {
    /// `<stage>.<name>`.
    pub id: String,
    /// What is wrong.
    pub title: String,
    /// 0..1.
    pub probability: f64,
    /// The same in words.
    pub confidence: &'static str,
    /// The strongest evidence: `file:line`.
    pub proof: String,
}

/// A failure that is over.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HistoryAnswer {
    /// Id of the signal.
    pub signal: String,
    /// What was seen.
    pub title: String,
    /// Name of the input.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// When, RFC 3339.
    pub time: Option<String>,
    /// The record.
    pub excerpt: String,
    /// What came later.
    pub cleared_by: String,
    /// Where that stands, `file:line`; empty where facts say so.
    pub cleared_at: String,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CheckAnswer {
    /// The fact to find out; hand it in as `--fact path=value`.
    pub fact: String,
    /// The question.
    pub question: String,
    /// Where a person finds it.
    pub place: String,
    /// Minutes that it takes.
    pub minutes: f64,
    /// What its answer tells, in bits.
    pub information_bits: f64,
}

/// A record that no rule knows.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RecordAnswer {
    /// Name of the input.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// The record.
    pub excerpt: String,
    /// Records that differ only in digits.
    pub count: u64,
}

/// An input.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct InputAnswer {
    /// Its name.
    pub name: String,
    /// What it is; `skipped` when it was not used.
    pub kind: String,
    /// Its form (`docker, nginx-error, tar in gzip`); empty for plain text of an unknown program.
    pub format: String,
    /// Lines.
    pub lines: usize,
    /// Records that were looked at: all of a log, or of a long one those that may matter.
    pub records: u64,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::Marked;

    #[test]
    fn characters_and_bytes_of_the_same_part() {
        let text = "größe 🔑 fehlt: Schlüssel";
        let bytes = text.find("🔑").unwrap()..text.find(':').unwrap();
        let marked = Marked::of(text, &bytes);
        assert_eq!(marked, Marked { start: 6, end: 13 });
        assert_eq!(text.chars().skip(marked.start).take(marked.end - marked.start).collect::<String>(), "🔑 fehlt");
        assert_eq!(marked.bytes(text), bytes);
        assert_eq!(Marked::of(text, &(0..text.len())).bytes(text), 0..text.len());
        assert_eq!(Marked { start: 90, end: 99 }.bytes(text), text.len()..text.len());
    }
}
