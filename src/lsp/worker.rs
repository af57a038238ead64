//! What takes long, in a thread of its own: checking a pack, running tests.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender};

use lsp_server::RequestId;
use lsp_types::{Code, Diagnostic, DiagnosticSeverity, Message};

use super::server::Event;
use super::{lens, text, workspace};
use crate::diagnostic::{self, Severity, count};
use crate::error::Error;
use crate::lint;
use crate::rule::{Knowledge, Pack};
use crate::rule_tests::Report;

/// Something to do.
pub enum Job {
    /// Check a pack.
    Check {
        /// Which of the workspaces.
        workspace: usize,
        /// Its files.
        pack: Pack,
        /// The versions of those that are open.
        versions: BTreeMap<String, i32>,
    },
    /// Run the tests of one rule.
    Test {
        /// The request that asked for it.
        request: RequestId,
        /// Which of the workspaces.
        workspace: usize,
        /// Its files.
        pack: Pack,
        /// The file of the rule.
        path: String,
        /// Its version, where it is open.
        version: Option<i32>,
        /// The rule.
        id: String,
    },
}

/// What a check found.
pub struct Checked {
    /// Which of the workspaces.
    pub workspace: usize,
    /// What is known.
    pub knowledge: Knowledge,
    /// Whether every file could be read.
    pub complete: bool,
    /// The versions of the open files that were checked.
    pub versions: BTreeMap<String, i32>,
    /// Findings by file; the empty path is for those that have no file.
    pub findings: BTreeMap<String, Vec<Diagnostic>>,
}

/// What tests found.
pub struct Tested {
    /// The request that asked for it.
    pub request: RequestId,
    /// Which of the workspaces.
    pub workspace: usize,
    /// The file of the rule.
    pub path: String,
    /// The version that was tested, where it was open.
    pub version: Option<i32>,
    /// The rule.
    pub id: String,
    /// How many ran and how many failed, in words.
    pub summary: String,
    /// How many ran; `None` where the pack has mistakes.
    pub run: Option<usize>,
    /// Failures.
    pub failures: Vec<Diagnostic>,
}

/// Works until nobody asks any more, or nobody listens.
pub fn work(jobs: &Receiver<Job>, events: &Sender<Event>) {
    for job in jobs {
        let event = match job {
            Job::Check { workspace, pack, versions } => Event::Checked(Box::new(check(workspace, pack, versions))),
            Job::Test { request, workspace, pack, path, version, id } => {
                let (summary, run, failures) = test(pack, &path, &id);
                Event::Tested(Box::new(Tested { request, workspace, path, version, id, summary, run, failures }))
            }
        };
        if events.send(event).is_err() {
            return;
        }
    }
}

fn check(workspace: usize, pack: Pack, versions: BTreeMap<String, i32>) -> Checked {
    let (examined, pack) = workspace::examine(pack);
    let lints = lint::written(&examined, &pack);
    let mut findings: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    let mut complete = true;
    for finding in examined.diagnostics.0.iter().chain(&lints.0) {
        complete &= finding.code != "E0101";
        let path = finding.place.as_ref().map_or("", |place| place.file.path.as_str());
        findings.entry(path.to_owned()).or_default().push(shown(finding));
    }
    Checked { workspace, knowledge: examined.knowledge, complete, versions, findings }
}

/// A finding as editors show it.
fn shown(finding: &diagnostic::Diagnostic) -> Diagnostic {
    let range = finding.place.as_ref().map(|place| text::span(&place.file.text, &place.range)).unwrap_or_default();
    let mut message = finding.message.clone();
    if !finding.label.is_empty() {
        message.push_str(&format!(" ({})", finding.label));
    }
    if let Some(help) = &finding.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    let severity = match finding.severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
    };
    Diagnostic { code: Some(Code::String(finding.code.to_owned())), ..note(range, severity, message) }
}

/// A diagnostic without a code.
pub fn note(range: lsp_types::Range, severity: DiagnosticSeverity, message: String) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(severity),
        code: None,
        code_description: None,
        source: Some("certwhy".to_owned()),
        message: Message::String(message),
        tags: None,
        related_information: None,
        data: None,
    }
}

/// The outcome in words, how many tests ran, and what failed.
fn test(mut pack: Pack, path: &str, id: &str) -> (String, Option<usize>, Vec<Diagnostic>) {
    // Examples and tests stand in the text only.
    pack.expand(path);
    let text = pack.files.get(path).map(|file| file.text.clone()).unwrap_or_default();
    match lens::run(&pack, id) {
        Ok(report) => (summary(id, &report), Some(report.tests.len()), failures(path, &text, id, &report)),
        Err(Error::Rules(found)) => {
            let mistakes = count(found.0.len(), "mistake");
            (format!("{id}: the tests cannot run, the rules have {mistakes}"), None, Vec::new())
        }
        Err(error) => (format!("{id}: the tests cannot run: {error}"), None, Vec::new()),
    }
}

fn summary(id: &str, report: &Report) -> String {
    let run = count(report.tests.len(), "test");
    match report.failures().count() {
        0 => format!("{id}: {run} passed"),
        failed => format!("{id}: {failed} of {run} failed"),
    }
}

fn failures(path: &str, text: &str, id: &str, report: &Report) -> Vec<Diagnostic> {
    let shown = |failure: &crate::rule_tests::Tested| {
        let range = text::span(text, &lens::place(path, text, id, failure.number));
        let code = Some(Code::String("test".to_owned()));
        Diagnostic {
            code,
            ..note(
                range,
                DiagnosticSeverity::Error,
                format!("{id}: expected: {}; found: {}", failure.expected, failure.found),
            )
        }
    };
    report.failures().map(shown).collect()
}
