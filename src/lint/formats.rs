//! Findings for programs: JSON, annotations of GitHub, and SARIF for code scanning.

use serde_json::{Value, json};

use super::codes;
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Severity};

/// Version of the JSON form.
const SCHEMA: &str = "certwhy/check/1";

/// One JSON document with every finding; lines and columns count from 1, columns in characters.
pub fn json(diagnostics: &Diagnostics) -> Value {
    let (errors, warnings) = diagnostics.counts();
    let findings: Vec<Value> = diagnostics.0.iter().map(finding).collect();
    json!({ "schema": SCHEMA, "errors": errors, "warnings": warnings, "findings": findings })
}

fn finding(diagnostic: &Diagnostic) -> Value {
    let related = diagnostic.related.iter().map(|related| {
        let mut value = region(&related.place);
        value["label"] = json!(related.label);
        value
    });
    let edit = diagnostic.edit.as_ref().map(|edit| {
        let mut value = region(&edit.place);
        value["text"] = json!(edit.text);
        value
    });
    json!({
        "code": diagnostic.code,
        "severity": word(diagnostic.severity),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "place": diagnostic.place.as_ref().map(region),
        "related": related.collect::<Vec<_>>(),
        "edit": edit,
    })
}

fn region(place: &Place) -> Value {
    let ((line, column), (end_line, end_column)) = (place.line_column(), place.end());
    json!({ "file": place.file.shown(), "line": line, "column": column, "end_line": end_line, "end_column": end_column })
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A line for each finding, as GitHub's runners turn them into annotations.
pub fn github(diagnostics: &Diagnostics) -> String {
    let line = |diagnostic: &Diagnostic| {
        let mut properties: Vec<String> = Vec::new();
        if let Some(place) = &diagnostic.place {
            let ((line, column), (end_line, end_column)) = (place.line_column(), place.end());
            properties.push(format!("file={}", escaped(&place.file.shown(), true)));
            properties.push(format!("line={line},endLine={end_line}"));
            // A column is understood within one line only.
            if line == end_line {
                properties.push(format!("col={column},endColumn={end_column}"));
            }
        }
        properties.push(format!("title={}", diagnostic.code));
        let help = diagnostic.help.as_ref().map_or(String::new(), |help| format!("\n{help}"));
        let text = escaped(&format!("{}{help}", diagnostic.message), false);
        format!("::{} {}::{text}\n", word(diagnostic.severity), properties.join(","))
    };
    diagnostics.0.iter().map(line).collect()
}

/// The escapes of workflow commands: <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>.
fn escaped(text: &str, is_property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if is_property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}

/// A SARIF 2.1.0 log.
pub fn sarif(diagnostics: &Diagnostics) -> Value {
    let rules: Vec<Value> = codes::all()
        .into_iter()
        .map(|(code, title)| {
            let page = codes::page(code).unwrap_or_default();
            json!({ "id": code, "shortDescription": { "text": title }, "help": { "text": page, "markdown": page } })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": diagnostics.0.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(diagnostic: &Diagnostic) -> Value {
    let help = diagnostic.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
    let locations: Vec<Value> = diagnostic.place.iter().map(location).collect();
    let related = diagnostic.related.iter().map(|related| {
        let mut value = location(&related.place);
        value["message"] = json!({ "text": related.label });
        value
    });
    json!({
        "ruleId": diagnostic.code,
        "level": word(diagnostic.severity),
        "message": { "text": format!("{}{help}", diagnostic.message) },
        "locations": locations,
        "relatedLocations": related.collect::<Vec<_>>(),
    })
}

fn location(place: &Place) -> Value {
    let ((line, column), (end_line, end_column)) = (place.line_column(), place.end());
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": place.file.shown().replace('\\', "/") },
        "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
    } })
}
