//! Stories of a person who writes rules: what was typed, and what came out.
//!
//! `INSTA_UPDATE=always cargo test --test authoring` writes the snapshots anew; read them before you keep them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const LINE: &str = "2026-11-28T03:00:01Z ERROR vaultpush[71]: slot 7 of keys is sealed, cannot push /srv/keys/web1.pem";

struct Story {
    folder: tempfile::TempDir,
}

impl Story {
    fn new() -> Self {
        let story = Story { folder: tempfile::tempdir().expect("a folder") };
        story.file("push.log", &format!("2026-11-28T03:00:00Z INFO vaultpush[71]: begins\n{LINE}\n"));
        story
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// With the small pack below the packs that are named.
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini");
        let mut command = Command::new(env!("CARGO_BIN_EXE_certwhy"));
        command.args(["--no-builtin", "--rules"]).arg(&pack).args(args).current_dir(self.folder.path());
        let Output { status, stdout, stderr } = command.output().expect("the program");
        // Where this was built is of no interest.
        let here = pack.to_string_lossy().into_owned();
        let text = |bytes| String::from_utf8(bytes).expect("text").replace(&here, "mini");
        (status.code().expect("an exit code"), text(stdout), text(stderr))
    }
}

macro_rules! keep {
    ($name:expr, $told:expr) => {{
        let (code, out, err) = $told;
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "authoring" }, {
            insta::assert_snapshot!($name, format!("exit code {code}\n--- standard output\n{out}--- standard error\n{err}"));
        })
    }};
}

/// From a line that no rule knows to a rule that is checked, tested and diagnoses it.
#[test]
fn a_line_becomes_a_rule() {
    let story = Story::new();
    let id = "connector.vaultpush-sealed";
    let new = ["--rules", "mypack", "rules", "new", id, "--from", "push.log", "--line", "2"];
    let told = ["--title", "The slot of vaultpush is sealed", "--fix", "Unseal the slot: vaultpush slot unseal"];
    keep!("new-cause", story.run(&[&new[..], &told, &["--miss", "vaultpush[71]: slot 7 of keys is open"]].concat()));
    assert!(story.read("mypack/rules/schema/cause.schema.json").contains("\"title\""));
    let (code, out, _) = story.run(&["--rules", "mypack", "rules", "check"]);
    assert_eq!(code, 0, "{out}");
    let (code, out, _) = story.run(&["--rules", "mypack", "rules", "test", id]);
    assert_eq!((code, out.as_str()), (0, "2 tests run, 0 failed\n"));
    let (code, out, _) = story.run(&["--rules", "mypack", "diagnose", "push.log"]);
    assert_eq!(code, 1);
    assert!(out.contains(id) && out.contains("vaultpush slot unseal"), "{out}");
    // What is there is not written over.
    let (code, _, err) = story.run(&[&new[..], &told].concat());
    assert_eq!(code, 2);
    assert!(err.contains("is there already"), "{err}");
}

#[test]
fn a_line_becomes_a_signal_of_a_known_cause() {
    let story = Story::new();
    let new = ["--rules", "mypack", "rules", "new", "vaultpush.sealed", "--for", "deploy.denied", "--log", LINE];
    keep!("new-signal", story.run(&[&new[..], &["--title", "vaultpush finds its slot sealed"]].concat()));
}

/// Whoever says more than a known signal takes its place.
#[test]
fn a_line_that_is_known_in_general_implies_what_knows_it() {
    let story = Story::new();
    let line = "ERROR cannot write /etc/ssl/a.pem: Permission denied by policy web-7 of the keeper";
    let new = ["--rules", "p", "rules", "new", "deploy.policy", "--log", line, "--title", "A policy forbids it"];
    let (code, out, err) = story.run(&[&new[..], &["--fix", "Ask the keeper to change the policy"]].concat());
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("implies: [tool.denied]") && out.contains("test: 2 run, 0 failed"), "{out}");
    let (_, out, _) = story.run(&["--rules", "p", "rules", "test", "deploy.policy"]);
    assert_eq!(out, "2 tests run, 0 failed\n");
}

#[test]
fn what_is_missing_or_wrong_is_asked_for() {
    let story = Story::new();
    for (args, expected) in [
        (&["rules", "new"][..], "ID is missing"),
        (&["rules", "new", "connector.x", "--log", "a b", "--title", "t", "--fix", "f"], "hardly any words"),
        (&["rules", "new", "nowhere.x", "--log", LINE, "--title", "t"], "is no stage"),
        (&["rules", "new", "connector.x", "--from", "push.log", "--line", "9", "--title", "t"], "there is no line 9"),
        (
            &["rules", "new", "v.x", "--for", "deploy.denid", "--log", LINE, "--title", "t"],
            "there is no cause deploy.denid",
        ),
    ] {
        let (code, _, err) = story.run(&[&["--rules", "mypack"], args].concat());
        assert_eq!(code, 2, "{args:?}");
        assert!(err.contains(expected), "{args:?}: {err}");
    }
    assert!(!story.folder.path().join("mypack").exists());
}

/// A secret in a line does not find its way into a rule.
#[test]
fn a_secret_is_not_written_down() {
    let story = Story::new();
    let line = "ERROR vaultpush: login refused for user web with password=hunter2-hunter2, slot sealed by keeper";
    let new = ["--rules", "p", "rules", "new", "connector.x", "--log", line, "--title", "Refused", "--fix", "Log in"];
    let (code, out, err) = story.run(&new);
    assert_eq!(code, 0, "{err}");
    assert!(!out.contains("hunter2") && !story.read("p/rules/connector/x.yaml").contains("hunter2"), "{out}");
}

#[test]
fn where_patterns_stop_is_shown() {
    let story = Story::new();
    keep!("why-stops", story.run(&["rules", "why", "ERROR cannot write /etc/ssl/a.pem: Read-only file system"]));
    keep!("why-matches", story.run(&["rules", "why", "cannot write /etc/ssl/a.pem: Permission denied"]));
    let debug = "DEBUG cannot write /etc/ssl/a.pem: Permission denied";
    let (code, _, err) = story.run(&["rules", "why", &"long ".repeat(4000)]);
    assert!(code == 2 && err.contains("longer than 16 KiB"), "{err}");
    keep!("why-elsewhere", story.run(&["rules", "why", "--signal", "tool.", debug]));
}

#[test]
fn the_graph_is_drawn_in_three_ways() {
    let story = Story::new();
    for format in ["dot", "mermaid", "svg"] {
        keep!(format!("graph-{format}"), story.run(&["rules", "graph", "dcv.record-missing", "--format", format]));
    }
    keep!("graph-whole", story.run(&["rules", "graph"]));
    keep!("stats", story.run(&["rules", "stats"]));
    let (code, _, err) = story.run(&["rules", "graph", "dcv.record-mising"]);
    assert_eq!(code, 2);
    assert!(err.contains("did you mean dcv.record-missing?"), "{err}");
}

const BROKEN: &str = "title: The bot may not write the file
prior: comon
summary: Writing {{ path }} was refused.
shows: []
leads_to:
  - { symptom: dcv-faild, how: oftn }
tests:
  - log: \"ERROR cannot write /etc/ssl/a.pem: Permission denied\"
    expect: first
  - facts: { bot.status: Active }
    expect: absent
";

#[test]
fn findings_have_forms_for_machines() {
    let story = Story::new();
    story.file("mypack/rules/deploy/denied.yaml", BROKEN);
    for format in ["json", "github"] {
        keep!(format!("check-{format}"), story.run(&["--rules", "mypack", "rules", "check", "--format", format]));
    }
    let (code, out, _) = story.run(&["--rules", "mypack", "rules", "check", "--format", "sarif"]);
    assert_eq!(code, 2);
    let log: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let run = &log["runs"][0];
    assert_eq!((&log["version"], run["results"].as_array().map(Vec::len)), (&"2.1.0".into(), Some(3)));
    let result = &run["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "mypack/rules/deploy/denied.yaml");
    assert_eq!((&place["region"]["startLine"], &place["region"]["startColumn"]), (&2.into(), &8.into()));
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]));
}

#[test]
fn mistakes_of_typing_are_mended() {
    let story = Story::new();
    story.file("mypack/rules/deploy/denied.yaml", BROKEN);
    let (code, out, _) = story.run(&["--rules", "mypack", "rules", "check", "--fix"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.starts_with("3 mistakes mended"), "{out}");
    let mended = BROKEN.replace("comon", "common").replace("dcv-faild", "dcv-failed").replace("oftn", "often");
    assert_eq!(story.read("mypack/rules/deploy/denied.yaml"), mended);
}

const NOISY: &str = "title: A tool of ours
signals:
  begun:
    title: A push begins
    log: 'push begins'
    leak: specific
    shown_by: { deploy.denied: usually }
    examples:
      match: ['the push begins', 'the pull begins']
      miss: ['no push begins here']
";

#[test]
fn tests_tell_what_was_expected_and_what_was_found() {
    let story = Story::new();
    story.file("mypack/rules/signals/ours.yaml", NOISY);
    let mut denied = BROKEN.replace("comon", "common").replace("dcv-faild", "dcv-failed").replace("oftn", "often");
    denied = denied.replacen("expect: first", "expect: absent", 1);
    story.file("mypack/rules/deploy/denied.yaml", &denied);
    story.file("mypack/tests/quiet/case.json", "{\"expected\": [], \"title\": \"nothing\"}");
    story.file("mypack/tests/quiet/bot.log", "ERROR cannot write /etc/ssl/a.pem: Permission denied\n");
    story.file("mypack/tests/right/case.json", "{\"expected\": [\"deploy.denied\"]}");
    story.file("mypack/tests/right/bot.log", "ERROR cannot write /etc/ssl/a.pem: Permission denied\n");
    keep!("test-verdicts", story.run(&["--rules", "mypack", "rules", "test"]));
    keep!("test-coverage", story.run(&["rules", "test", "--coverage"]));
    let (code, out, _) = story.run(&["rules", "test", "--coverage", "--min-coverage", "77.78"]);
    assert_eq!(code, 1, "{out}");
    let (code, out, _) = story.run(&["--rules", "mypack", "rules", "test", "--format", "junit"]);
    assert_eq!(code, 1);
    assert!(out.contains("<testcase classname=\"quiet\" name=\"case\">\n      <failure message=\"noisy\">"), "{out}");
    // What came out is written down where it can be.
    let (_, out, _) = story.run(&["--rules", "mypack", "rules", "test", "--update"]);
    assert!(out.contains("2 tests updated"), "{out}");
    assert!(story.read("mypack/rules/deploy/denied.yaml").contains("denied\"\n    expect: first"));
    assert!(story.read("mypack/tests/quiet/case.json").contains("\"deploy.denied\""));
    let (_, out, _) = story.run(&["--rules", "mypack", "rules", "test"]);
    assert!(out.ends_with("2 failed\n"), "{out}");
}

#[test]
fn an_invalid_rule_fails_the_tests() {
    let story = Story::new();
    story.file("mypack/rules/deploy/denied.yaml", BROKEN);
    let (code, _, err) = story.run(&["--rules", "mypack", "rules", "test"]);
    assert_eq!(code, 2);
    assert!(err.contains("mypack/rules/deploy/denied.yaml:2:8"), "{err}");
}

#[test]
fn codes_and_commands_have_help() {
    let story = Story::new();
    let (code, page, _) = story.run(&["help", "e0103"]);
    assert_eq!(code, 0);
    assert!(page.starts_with("# E0103: "), "{page}");
    let (_, list, _) = story.run(&["help", "codes"]);
    assert!(list.contains("W0310  "), "{list}");
    let (code, page, _) = story.run(&["help", "rules", "new"]);
    assert!(code == 0 && page.contains("--from <LOG>"), "{page}");
    for (topic, expected) in [("E0999", "there is no code E0999"), ("diagnoze", "did you mean diagnose?")] {
        let (code, _, err) = story.run(&["help", topic]);
        assert_eq!(code, 2);
        assert!(err.contains(expected), "{err}");
    }
}

#[test]
fn incidents_speak_against_words() {
    let story = Story::new();
    for n in 0..6 {
        story.file(&format!("incidents/{n}/case.json"), "{\"expected\": [\"renewal.not-triggered\"]}");
        story.file(&format!("incidents/{n}/bot.log"), "ERROR cannot write /etc/ssl/a.pem: Permission denied\n");
    }
    let (code, out, _) = story.run(&["rules", "check", "--incidents", "incidents"]);
    assert_eq!(code, 0);
    assert!(out.contains("W0311") && out.contains("in 6 of 6 incidents"), "{out}");
    let (code, ..) = story.run(&["rules", "check", "--incidents", "incidents", "--deny-warnings"]);
    assert_eq!(code, 1);
}
