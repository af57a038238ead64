//! `certwhy list`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Common;
use crate::error::Result;
use crate::report::{FactAnswer, page};
use crate::rule::model::{Deprecation, Knowledge};

#[derive(Debug, Args)]
pub struct ListArgs {
    /// What to list.
    #[arg(value_name = "WHAT")]
    what: Option<What>,
    /// Only names that begin with this.
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,
    /// How to print it.
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum What {
    /// What a person must change.
    Causes,
    /// What people report.
    Symptoms,
    /// What can be observed.
    Signals,
    /// What can be handed in as --fact or in a facts file.
    Facts,
    /// What should be so before anything fails.
    Practices,
    /// Guides, examples and other pages.
    Pages,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// For a program.
    Json,
}

pub fn run(args: &ListArgs, common: &Common) -> Result<ExitCode> {
    let knowledge = common.engine()?.knowledge;
    let wanted = match args.what {
        Some(what) => vec![what],
        None => vec![What::Causes, What::Symptoms, What::Signals],
    };
    let mut text = String::new();
    let mut document = serde_json::Map::new();
    for what in wanted {
        let prefix = args.prefix.as_deref().unwrap_or("");
        let rows: Vec<(String, String, Value)> =
            rows(&knowledge, what).into_iter().filter(|r| r.0.starts_with(prefix)).collect();
        let name = what.to_possible_value().map_or(String::new(), |v| v.get_name().to_owned());
        let width = rows.iter().map(|r| r.0.len()).max().unwrap_or(0).min(48);
        text.push_str(&format!("{name} ({})\n", rows.len()));
        for (id, title, _) in &rows {
            text.push_str(&format!("  {id:width$}  {title}\n"));
        }
        text.push('\n');
        document.insert(name, rows.into_iter().map(|r| r.2).collect());
    }
    match args.format {
        Format::Text => common.print(text.trim_end())?,
        Format::Json => common.print(&serde_json::to_string_pretty(&document).unwrap_or_default())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn titled(title: &str, deprecated: Option<&Deprecation>) -> String {
    deprecated.map_or_else(|| title.to_owned(), |why| format!("{title} ({why})"))
}

fn rows(knowledge: &Knowledge, what: What) -> Vec<(String, String, Value)> {
    match what {
        What::Causes => {
            let row = |c: &crate::rule::model::Cause| {
                (
                    c.id.clone(),
                    titled(&c.title, c.deprecated.as_ref()),
                    json!({ "id": c.id, "title": c.title, "stage": c.stage, "prior": c.prior, "status": c.status,
                        "deprecated": c.deprecated }),
                )
            };
            knowledge.causes.iter().map(row).collect()
        }
        What::Symptoms => {
            let row = |s: &crate::rule::model::Symptom| {
                (
                    s.id.clone(),
                    s.title.clone(),
                    json!({ "id": s.id, "title": s.title, "stage": s.stage, "guides": s.guides }),
                )
            };
            knowledge.symptoms.iter().map(row).collect()
        }
        What::Signals => {
            let row = |s: &crate::rule::model::Signal| {
                (
                    s.id.clone(),
                    titled(&s.title, s.deprecated.as_ref()),
                    json!({ "id": s.id, "title": s.title, "leak": s.leak, "proves": s.proves, "file": s.file,
                        "deprecated": s.deprecated }),
                )
            };
            knowledge.signals.iter().map(row).collect()
        }
        What::Facts => {
            let row = |f: &crate::rule::model::Fact| {
                let values = if f.values.is_empty() { f.kind.to_string() } else { f.values.join(" | ") };
                let value = json!(FactAnswer::new(f));
                (f.path.clone(), format!("{} ({values})", f.meaning), value)
            };
            knowledge.facts.values().map(row).collect()
        }
        What::Practices => {
            let row = |p: &crate::rule::model::Practice| {
                let title = format!("{} ({})", p.title, p.severity);
                let value =
                    json!({ "id": p.id, "title": p.title, "severity": p.severity, "why": p.why, "facts": p.paths() });
                (p.id.clone(), title, value)
            };
            knowledge.practices.iter().map(row).collect()
        }
        What::Pages => {
            let row = |(path, text): (&String, &String)| {
                let (path, title) =
                    (path.trim_end_matches(".md").to_owned(), page::title(text).unwrap_or_default().to_owned());
                (path.clone(), title.clone(), json!({ "path": path, "title": title }))
            };
            knowledge.pages.iter().map(row).collect()
        }
    }
}
