//! What probes found, with the diagnosis that follows: the JSON contract `certwhy/probe/1`, and the page for a person.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::answer::Answer;
use super::{printable, text};
use crate::engine::InputReport;
use crate::probe::{Check, Finding, Probed, Verdict};

const HEAD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const ODD: Style = AnsiColor::Yellow.on_default();

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProbeAnswer {
    /// `certwhy/probe/1`.
    pub schema: &'static str,
    /// What was probed.
    pub domain: String,
    /// When it began, RFC 3339.
    pub at: String,
    /// Question by question.
    pub findings: Vec<Finding>,
    /// The facts that follow, by path (`certwhy list facts`).
    pub facts: BTreeMap<String, Value>,
    /// What they mean.
    pub diagnosis: Answer,
}

impl ProbeAnswer {
    /// Puts findings and diagnosis together.
    pub fn new(domain: &str, probed: &Probed, diagnosis: Answer) -> Self {
        ProbeAnswer {
            schema: "certwhy/probe/1",
            domain: domain.to_owned(),
            at: probed.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            findings: probed.findings.clone(),
            facts: probed.facts(),
            diagnosis,
        }
    }
}

/// What probes found, as an input of a diagnosis; its notes are what is not as it should be.
pub fn input(domain: &str, findings: &[Finding]) -> InputReport {
    let wrong = findings.iter().filter(|finding| finding.verdict == Verdict::Bad);
    InputReport {
        name: format!("probe of {domain}"),
        kind: "probe".to_owned(),
        notes: wrong
            .map(|finding| printable(&format!("{}, {}: {}", finding.asked, finding.of, finding.answer)))
            .collect(),
        ..InputReport::default()
    }
}

/// Writes the findings, then the diagnosis, wrapped at `width`.
pub fn write(answer: &ProbeAnswer, width: usize, explain: bool) -> String {
    let mut out = format!("{HEAD}Probe of {}{HEAD:#}\n", printable(&answer.domain));
    let mut checks: Vec<Check> = answer.findings.iter().map(|finding| finding.check).collect();
    checks.sort();
    checks.dedup();
    for check in checks {
        out.push_str(&format!("\n{HEAD}{}{HEAD:#}\n", title(check)));
        for finding in answer.findings.iter().filter(|finding| finding.check == check) {
            one(&mut out, finding, width.clamp(50, 110));
        }
    }
    out.push('\n');
    // The notes of the probe stand above already.
    let mut diagnosis = answer.diagnosis.clone();
    diagnosis.inputs.iter_mut().filter(|input| input.kind == "probe").for_each(|input| input.notes.clear());
    out.push_str(&text::write(&diagnosis, width, explain));
    out
}

fn title(check: Check) -> &'static str {
    match check {
        Check::Dns => "DNS",
        Check::Caa => "CAA",
        Check::Http => "HTTP-01",
        Check::Alpn => "TLS-ALPN-01",
        Check::Tls => "The endpoint",
        Check::Port => "Ports",
        Check::Url => "The API",
        Check::Clock => "Clock",
        Check::Local => "This machine",
    }
}

fn one(out: &mut String, finding: &Finding, width: usize) {
    let (style, word) = match finding.verdict {
        Verdict::Good => (GOOD, "ok  "),
        Verdict::Bad => (BAD, "FAIL"),
        Verdict::Odd => (ODD, "look"),
        Verdict::Unknown => (FAINT, "?   "),
    };
    let whom = if finding.of.is_empty() { String::new() } else { format!(", {}", finding.of) };
    out.push_str(&format!(
        "  {style}{word}{style:#}  {}{FAINT}{} ({} ms){FAINT:#}\n",
        printable(&finding.asked),
        printable(&whom),
        finding.took_ms
    ));
    for text in [&finding.answer, &finding.meaning].into_iter().filter(|text| !text.is_empty()) {
        let options = textwrap::Options::new(width).initial_indent("        ").subsequent_indent("        ");
        out.push_str(&textwrap::fill(&printable(text), options));
        out.push('\n');
    }
}
