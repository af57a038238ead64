//! Labelled incidents: each folder of `tests/cases` must end in one of its expected causes, and nothing may be named
//! for the healthy inputs of `tests/quiet`.
//!
//! A new incident needs no Rust: add a folder with the files that a person would hand in and a `case.json` whose
//! `expected` lists the acceptable causes, best first (`[]`: healthy).

use std::fs;
use std::path::{Path, PathBuf};

use certwhy::{Answer, Engine, Options, report};

/// The time at which facts without their own are read.
const NOW: &str = "2026-11-24T12:00:00Z";

struct Case {
    name: String,
    expected: Vec<String>,
    files: Vec<PathBuf>,
}

fn cases(folder: &str) -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut folders: Vec<PathBuf> =
        fs::read_dir(&root).expect("the folder").map(|e| e.expect("an entry").path()).collect();
    folders.sort();
    let cases: Vec<Case> = folders.iter().map(|folder| case(folder)).collect();
    assert!(!cases.is_empty());
    cases
}

fn case(folder: &Path) -> Case {
    let text = fs::read_to_string(folder.join("case.json")).expect("case.json");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let expected = json["expected"].as_array().expect("expected is a list");
    let expected = expected.iter().map(|id| id.as_str().expect("an id").to_owned()).collect();
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder").map(|e| e.expect("an entry").path()).collect();
    files.retain(|file| file.file_name().is_some_and(|name| name != "case.json"));
    files.sort();
    Case { name: folder.file_name().and_then(|n| n.to_str()).expect("a name").to_owned(), expected, files }
}

fn answer(engine: &Engine, case: &Case) -> Answer {
    let mut session = engine.session(NOW.parse().expect("a time"));
    for file in &case.files {
        let bytes = fs::read(file).expect("a file");
        session.read(file.file_name().and_then(|n| n.to_str()).expect("a name"), bytes.as_slice());
    }
    Answer::new(&session.diagnose(Options::default()))
}

#[test]
fn every_incident_ends_in_its_cause() {
    let engine = Engine::embedded().expect("the embedded rules");
    let mut wrong = Vec::new();
    for case in cases("cases") {
        let answer = answer(&engine, &case);
        let first = answer.causes.first().map_or("nothing", |cause| cause.id.as_str());
        if !case.expected.iter().any(|id| id == first) {
            let got: Vec<String> = answer.causes.iter().map(|c| format!("{} {:.2}", c.id, c.probability)).collect();
            wrong.push(format!("{}: expected {}, got {got:?}", case.name, case.expected.join(" or ")));
        }
        for cause in &answer.causes {
            assert!(cause.evidence.iter().any(|e| !e.excerpt.is_empty()), "{}: {} without proof", case.name, cause.id);
            assert!(!cause.fix.steps.is_empty() && !cause.fix.verify.is_empty(), "{}: no plan", cause.id);
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn healthy_inputs_name_nothing() {
    let engine = Engine::embedded().expect("the embedded rules");
    for case in cases("quiet") {
        assert!(case.expected.is_empty(), "{} belongs to tests/cases", case.name);
        let answer = answer(&engine, &case);
        let named: Vec<&str> = answer.causes.iter().map(|c| c.id.as_str()).collect();
        assert!(named.is_empty(), "{}: {named:?}", case.name);
    }
}

/// What the person reads, whole, for a few incidents of different kinds.
#[test]
fn answers_read_as_they_should() {
    let engine = Engine::embedded().expect("the embedded rules");
    let shown = [
        "certinext-renewed-but-old-served-facts",
        "certinext-renewed-but-old-served-log",
        "certinext-stuck-in-deployment-pending-facts",
        "certinext-stuck-in-deployment-pending-log",
        "certbot-secondary-validation-timeout-geoblock",
        "nginx-reload-polkit-refused",
    ];
    let all = cases("cases");
    for name in shown {
        let case = all.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no case {name}"));
        let text = report::text::plain(&answer(&engine, case), 100);
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, text);
        });
    }
}
