//! An audit for other programs that read lines: monitoring, and whoever takes one finding after the other.

use serde_json::json;

use super::AuditAnswer;
use crate::report::printable;
use crate::rule::words::{Severity, State, Words};

/// Broken practices that a line for monitoring names.
const NAMED: usize = 3;

/// One line as a plugin of Nagios prints it, with figures behind the bar, and its exit code: 2 where something critical or
/// high is broken, 1 where something else is, of what matters by `least`; 3 where inputs could not be used and nothing is
/// broken.
pub fn nagios(answer: &AuditAnswer, least: Option<Severity>, incomplete: bool) -> (String, u8) {
    let severity = |word: &str| Severity::from_word(word).unwrap_or(Severity::Critical);
    let matters = answer.broken.iter().filter(|b| least.is_some_and(|least| severity(b.severity) <= least));
    let matters: Vec<_> = matters.collect();
    let worst = matters.iter().map(|broken| severity(broken.severity)).min();
    let (word, code) = match worst {
        Some(Severity::Critical | Severity::High) => ("CRITICAL", 2),
        Some(_) => ("WARNING", 1),
        None if incomplete => ("UNKNOWN", 3),
        None => ("OK", 0),
    };
    let counts = &answer.counts;
    let named = matters.iter().take(NAMED).map(|broken| broken.told().trim_end_matches('.').to_owned());
    let mut parts: Vec<String> = named.collect();
    if matters.len() > NAMED {
        parts.push(format!("and {} more", matters.len() - NAMED));
    }
    if incomplete {
        parts.push("some inputs could not be used".to_owned());
    }
    if parts.is_empty() {
        parts.push(format!("{} kept, {} not checked", counts.kept, counts.not_checked));
    }
    // A bar begins the figures, and a line end the long text.
    let text = printable(&parts.join("; ")).replace(['|', '\n'], " ");
    let mut figures = format!(
        "critical={};;;0 high={};;;0 medium={};;;0 low={};;;0 kept={};;;0 not_checked={};;;0",
        counts.critical, counts.high, counts.medium, counts.low, counts.kept, counts.not_checked
    );
    if let Some(failed) = answer.failed_deployments {
        figures.push_str(&format!(" failed_deployments={failed};;;0"));
    }
    (format!("CERTWHY {word} - {text} | {figures}"), code)
}

/// Figures in the text format of Prometheus, for the textfile collector of its node exporter.
pub fn prometheus(answer: &AuditAnswer) -> String {
    let mut out = String::new();
    out.push_str("# HELP certwhy_audit_broken A practice that is not kept.\n# TYPE certwhy_audit_broken gauge\n");
    for broken in &answer.broken {
        let labels = [
            ("practice", broken.practice.as_str()),
            ("severity", broken.severity),
            ("subject", broken.subject.as_deref().unwrap_or_default()),
        ];
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", label(value))).collect();
        out.push_str(&format!("certwhy_audit_broken{{{}}} 1\n", labels.join(",")));
    }
    out.push_str("# HELP certwhy_audit_findings Findings by what was found.\n# TYPE certwhy_audit_findings gauge\n");
    let counts = &answer.counts;
    for (severity, number) in
        [("critical", counts.critical), ("high", counts.high), ("medium", counts.medium), ("low", counts.low)]
    {
        out.push_str(&format!("certwhy_audit_findings{{state=\"broken\",severity=\"{severity}\"}} {number}\n"));
    }
    out.push_str(&format!("certwhy_audit_findings{{state=\"kept\",severity=\"\"}} {}\n", counts.kept));
    out.push_str(&format!("certwhy_audit_findings{{state=\"not-checked\",severity=\"\"}} {}\n", counts.not_checked));
    if let Some(failed) = answer.failed_deployments {
        out.push_str("# HELP certwhy_audit_failed_deployments Deployments that have failed.\n");
        out.push_str(&format!(
            "# TYPE certwhy_audit_failed_deployments gauge\ncertwhy_audit_failed_deployments {failed}\n"
        ));
    }
    let at = answer.at.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_second);
    out.push_str(
        "# HELP certwhy_audit_time_seconds When the audit was made.\n# TYPE certwhy_audit_time_seconds gauge\n",
    );
    out.push_str(&format!("certwhy_audit_time_seconds {at}\n"));
    out
}

/// The value of a label, as the text format wants it.
fn label(value: &str) -> String {
    printable(&value.replace('\n', " ")).replace('\\', "\\\\").replace('"', "\\\"")
}

/// A line of JSON for each finding that is broken or not checked (with `all`, for each), with its `state`.
pub fn ndjson(answer: &AuditAnswer, all: bool) -> String {
    let mut lines = Vec::new();
    let mut add = |state: State, value: serde_json::Value| {
        let mut line = json!({ "schema": "certwhy/audit-finding/1", "at": answer.at, "state": state.word() });
        if let (Some(line), serde_json::Value::Object(value)) = (line.as_object_mut(), value) {
            line.extend(value);
        }
        lines.push(line.to_string());
    };
    answer.broken.iter().for_each(|one| add(State::Broken, json!(one)));
    answer.not_checked.iter().for_each(|one| add(State::NotChecked, json!(one)));
    if all {
        answer.kept.iter().for_each(|one| add(State::Kept, json!(one)));
        answer.does_not_apply.iter().for_each(|one| add(State::DoesNotApply, json!(one)));
    }
    lines.join("\n")
}
