//! Stories of `certwhy audit`: each file of `tests/audit` says what was typed, one run after the other in the same folder, and
//! the snapshot beside it what came out.
//!
//! They use the small pack of `tests/audit/pack`, so that they speak of the program and not of the knowledge; with
//! `builtin: true` the shipped rules. A new story needs no Rust: add a file, run with `INSTA_UPDATE=always`, and read the
//! snapshot before you keep it.

mod stories;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use certwhy::rule::words::State;
use certwhy::{Engine, audit};
use serde::Deserialize;
use stories::stories;

const NOW: &str = "2026-11-24T12:00:00Z";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    about: String,
    runs: Vec<Vec<String>>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    builtin: bool,
}

fn command(builtin: bool, args: &[String], folder: &Path) -> Output {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit/pack");
    let mut command = Command::new(env!("CARGO_BIN_EXE_certwhy"));
    if !builtin {
        command.args(["--no-builtin", "--rules"]).arg(pack);
    }
    command.args(args).current_dir(folder).stdin(Stdio::null());
    if !args.iter().any(|arg| arg == "--now") {
        command.args(["--now", NOW]);
    }
    command.output().expect("the program")
}

#[test]
fn stories_go_as_they_are_told() {
    let stories = stories::<Story>("audit");
    assert!(stories.len() >= 7);
    for (name, story) in stories {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, content) in &story.files {
            fs::write(folder.path().join(name), content).expect("a file");
        }
        let mut page = format!("{}\n", story.about);
        for args in &story.runs {
            let done = command(story.builtin, args, folder.path());
            let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
            page.push_str(&format!("\n$ certwhy {}\n{out}", args.join(" ")));
            if !err.is_empty() {
                page.push_str(&format!("--- standard error\n{err}"));
            }
            page.push_str(&format!("--- exit code {}\n", done.status.code().expect("an exit code")));
        }
        let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        let page = page.replace(&version, "\"version\": \"…\"");
        insta::with_settings!({ snapshot_path => "audit", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name.clone(), page);
        });
    }
}

/// Every fact of the shipped practices says where a person finds it, so that "not checked" is of use.
#[test]
fn what_a_practice_asks_for_can_be_found() {
    let knowledge = Engine::embedded().expect("the rules").knowledge;
    assert!(knowledge.practices.len() >= 35);
    for practice in &knowledge.practices {
        for path in practice.paths() {
            let fact = &knowledge.facts[path];
            assert!(fact.place.is_some() && fact.question.is_some(), "{path} of {}", practice.id);
        }
        assert!(!practice.fix.steps.is_empty() && practice.fix.steps[0].risk.word() == "read-only", "{}", practice.id);
    }
}

/// No practice is broken or kept by facts that say nothing about it.
#[test]
fn nothing_is_concluded_from_what_is_not_known() {
    let engine = Engine::embedded().expect("the rules");
    let mut session = engine.session(NOW.parse().expect("a time"));
    session.fact("order.id=1").expect("a fact");
    let audit = audit::run(session.gathered(), &audit::Options::default()).expect("an audit");
    for finding in &audit.findings {
        let id = &engine.knowledge.practices[finding.practice].id;
        assert!(matches!(finding.state, State::NotChecked | State::DoesNotApply), "{id} is {}", finding.state);
        assert!(finding.state != State::NotChecked || !finding.missing.is_empty(), "{id} says not what is missing");
    }
}

/// Two programs that write at the same time wait for each other, and a file that is kept busy is told of.
#[test]
fn a_history_in_use_is_waited_for_and_then_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let args =
        |name: &str| ["audit", "--fact", "renewal.window_days=35", "--history", name].map(str::to_owned).to_vec();
    let children: Vec<_> = (0..8)
        .map(|_| {
            let folder = folder.path().to_owned();
            std::thread::spawn(move || command(false, &args("audit.sqlite"), &folder).status.code())
        })
        .collect();
    for child in children {
        assert_eq!(child.join().expect("a thread"), Some(0));
    }
    let path = folder.path().join("audit.sqlite");
    let busy = rusqlite::Connection::open(&path).expect("the history");
    let runs: i64 = busy.query_row("SELECT count(*) FROM runs", [], |row| row.get(0)).expect("a number");
    assert_eq!(runs, 8);
    busy.execute_batch("BEGIN EXCLUSIVE").expect("a lock");
    let done = command(false, &args("audit.sqlite"), folder.path());
    let err = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(2));
    assert!(err.contains("audit.sqlite is in use by another program"), "{err}");
    busy.execute_batch("COMMIT").expect("unlocked");
    busy.pragma_update(None, "user_version", 7).expect("a version");
    let done = command(false, &args("audit.sqlite"), folder.path());
    assert!(String::from_utf8_lossy(&done.stderr).contains("newer certwhy (form 7"));
}
