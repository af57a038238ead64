//! `certwhy rules packs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::cli::Common;
use crate::diagnostic::count;
use crate::error::Result;
use crate::knowledge;
use crate::rule::layer::{Laid, Layer};
use crate::rule::model::PackInfo;

const HELP: &str = "\
A pack is a folder with rules/ and knowledge/, and with a pack.yaml that says what it is called:

  name: vaultpush                # small letters, digits, hyphens
  version: 1.4.0
  engine: \">=0.1, <2\"            # the versions of certwhy that it fits
  licence: Apache-2.0
  description: Rules for the vaultpush connector.
  homepage: https://example.com/vaultpush-rules
  renamed:                       # ids that are gone, and what they are called now
    connector.push-sealed: connector.vaultpush-sealed

Packs are laid over each other in the order of --rules, over the built-in one: of files of the same path
the last one counts.

Examples:
  certwhy rules packs                                       the built-in pack
  certwhy --rules site --rules team rules packs             three layers, the lowest first
  certwhy --rules site rules packs --format json            for a program (certwhy/packs/1)";

/// Replaced files that are named.
const SHOWN: usize = 20;

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct PacksArgs {
    /// How they are listed.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One document (certwhy/packs/1).
    Json,
}

/// A layer as it is listed.
#[derive(Debug, Serialize)]
struct Row {
    /// What its pack.yaml says; without one, nothing.
    #[serde(flatten)]
    info: Option<PackInfo>,
    /// Where it comes from.
    folder: Option<String>,
    builtin: bool,
    /// Files that no lower layer has.
    added: usize,
    /// Files that say the same as those of a lower layer.
    same: usize,
    /// Files that take the place of those of a lower layer.
    replaced: Vec<Replaced>,
}

#[derive(Debug, Serialize)]
struct Replaced {
    file: String,
    /// Number of the lower layer, from 0.
    layer: usize,
    /// Its name, or its folder where it has none.
    of: String,
}

pub fn run(args: &PacksArgs, common: &Common) -> Result<ExitCode> {
    let pack = common.pack()?;
    let named = knowledge::manifests(&pack)?;
    let mut infos: BTreeMap<usize, PackInfo> =
        named.into_iter().map(|manifest| (manifest.layer, manifest.info())).collect();
    let names: Vec<String> = pack.layers.iter().enumerate().map(|(n, layer)| name(layer, infos.get(&n))).collect();
    let rows: Vec<Row> =
        pack.layers.iter().enumerate().map(|(n, layer)| row(layer, infos.remove(&n), &names)).collect();
    common.print(&match args.format {
        Format::Text => text(&rows),
        Format::Json => format!("{:#}", serde_json::json!({ "schema": "certwhy/packs/1", "packs": rows })),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn name(layer: &Layer, info: Option<&PackInfo>) -> String {
    let folder = || layer.folder.as_ref().map(|folder| folder.display().to_string()).unwrap_or_default();
    info.map_or_else(folder, |info| info.name.clone())
}

fn row(layer: &Layer, info: Option<PackInfo>, names: &[String]) -> Row {
    let number = |wanted: fn(&Laid) -> bool| layer.files.values().filter(|laid| wanted(laid)).count();
    let replaced = layer.files.iter().filter_map(|(file, laid)| match laid {
        Laid::Replaces(below) => Some(Replaced { file: file.clone(), layer: *below, of: names[*below].clone() }),
        _ => None,
    });
    Row {
        info,
        folder: layer.folder.as_ref().map(|folder| folder.display().to_string()),
        builtin: layer.folder.is_none(),
        added: number(|laid| *laid == Laid::Added),
        same: number(|laid| matches!(laid, Laid::Same(_))),
        replaced: replaced.collect(),
    }
}

fn text(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows {
        match &row.info {
            Some(info) => out.push_str(&format!("{} {}", info.name, info.version)),
            None => out.push_str("without a pack.yaml"),
        }
        out.push_str(&row.folder.as_ref().map_or(", built in".to_owned(), |folder| format!(", {folder}")));
        out.push('\n');
        if let Some(info) = &row.info {
            let lines = [
                ("", info.description.as_ref()),
                ("for certwhy ", Some(&info.engine)),
                ("licence ", info.licence.as_ref()),
                ("", info.homepage.as_ref()),
            ];
            for (what, said) in lines.into_iter().filter_map(|(what, said)| Some((what, said?))) {
                _ = writeln!(out, "  {what}{said}");
            }
        }
        let mut files = format!("  {} added", count(row.added, "file"));
        if !row.replaced.is_empty() {
            files.push_str(&format!(", {} replaced", row.replaced.len()));
        }
        if row.same > 0 {
            files.push_str(&format!(", {} the same as below", row.same));
        }
        out.push_str(&files);
        out.push('\n');
        for replaced in row.replaced.iter().take(SHOWN) {
            out.push_str(&format!("    replaces {} of {}\n", replaced.file, replaced.of));
        }
        if row.replaced.len() > SHOWN {
            out.push_str(&format!("    and {} more (--format json)\n", row.replaced.len() - SHOWN));
        }
        out.push('\n');
    }
    crate::report::printable(out.trim_end())
}
