//! Labelled incidents, read and observed.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use walkdir::WalkDir;

use super::inputs;
use crate::calibrate::Case;
use crate::engine::{Engine, Outcome};
use crate::error::{Error, Result};
use crate::evaluate::{Label, Row};
use crate::reason::Options;

/// One incident: what it is in the figures, and what can be fitted to.
pub struct Labelled {
    pub row: Row,
    pub case: Case,
    /// Its case.json.
    pub label: PathBuf,
}

/// Reads every folder with a `case.json` below these, ordered by the expected cause: relatives stand side by side.
pub fn read(engine: &Engine, tops: &[PathBuf], now: Timestamp) -> Result<Vec<Labelled>> {
    let labels = labels(tops)?;
    let mut all: Vec<Labelled> =
        labels.iter().map(|(set, label)| one(engine, set, label, now)).collect::<Result<_>>()?;
    all.sort_by(|a, b| (&a.row.expected, &a.row.set, &a.row.id).cmp(&(&b.row.expected, &b.row.set, &b.row.id)));
    Ok(all)
}

/// The label of every case below these folders, with the name of its set.
pub fn labels(tops: &[PathBuf]) -> Result<Vec<(String, PathBuf)>> {
    let mut all = Vec::new();
    for top in tops {
        let set = top.file_name().map_or_else(|| top.display().to_string(), |name| name.to_string_lossy().into_owned());
        let before = all.len();
        for entry in WalkDir::new(top).sort_by_file_name() {
            let entry = entry.map_err(|error| Error::NoInput(vec![error.to_string()]))?;
            if entry.file_name() == "case.json" {
                all.push((set.clone(), entry.into_path()));
            }
        }
        if all.len() == before {
            let why = format!("{}: no case in it; a case is a folder with a case.json", top.display());
            return Err(Error::NoInput(vec![why]));
        }
    }
    Ok(all)
}

fn one(engine: &Engine, set: &str, label: &Path, now: Timestamp) -> Result<Labelled> {
    let (name, expected, outcome) = read_one(engine, label, now)?;
    let whole = outcome.diagnosis.whole;
    let id = |cause: usize| engine.knowledge.causes[cause].id.clone();
    let got = whole.causes.iter().map(|ranked| (id(ranked.cause), ranked.probability)).collect();
    let case = Case {
        evidence: whole.evidence,
        expected: expected.iter().filter_map(|id| engine.knowledge.cause(id)).collect(),
    };
    Ok(Labelled { row: Row { set: set.to_owned(), id: name, expected, got }, case, label: label.to_owned() })
}

/// The name of a case, what is expected of it, and what its files say.
pub fn read_one<'e>(engine: &'e Engine, label: &Path, now: Timestamp) -> Result<(String, Vec<String>, Outcome<'e>)> {
    let unusable = |why: String| Error::NoInput(vec![format!("{}: {why}", label.display())]);
    let text = fs::read_to_string(label).map_err(|error| unusable(error.to_string()))?;
    let Label { expected } = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    let expected: Vec<String> = expected.iter().map(|id| engine.knowledge.current(id).to_owned()).collect();
    let folder = label.parent().unwrap_or(label);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| unusable(error.to_string()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.file_name() != label.file_name())
        .collect();
    files.sort();
    let mut session = engine.session(now);
    inputs::read_paths(&mut session, &files);
    let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok((name, expected, session.diagnose(Options::default())))
}
