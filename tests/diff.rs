//! What differs between two packs, as it is told.
//!
//! `INSTA_UPDATE=always cargo test --test diff` writes the snapshots anew; read them before you keep them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Story {
    folder: tempfile::TempDir,
}

impl Story {
    /// The small pack as `old`, and a changed copy of it as `new`.
    fn new() -> Self {
        let story = Story { folder: tempfile::tempdir().expect("a folder") };
        for name in ["old", "new"] {
            copy(&root().join("tests/packs/mini"), &story.path(name));
        }
        story
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    fn replace(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(text.contains(from), "{name} has no {from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    fn run(&self, args: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certwhy"));
        let done = command.args(["rules", "diff"]).args(args).current_dir(self.folder.path()).output().expect("run");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (done.status.code().expect("an exit code"), text(done.stdout) + &text(done.stderr))
    }

    /// A change of about everything.
    fn changed(&self) {
        let cause = "new/rules/dcv/record-missing.yaml";
        self.replace(cause, "prior: common", "prior: occasional   # calibrated");
        self.replace(cause, "leak: specific\n    how: always", "how: usually\n    leak: rare");
        self.replace(
            cause,
            "looks_like:\n",
            "looks_like:\n  - { cause: renewal.not-triggered, tell: nothing was tried }\n",
        );
        self.replace(
            cause,
            "expect: absent\n",
            "expect: absent\n  - log: No TXT record found at a for b\n    expect: listed\n",
        );
        let signals = "new/rules/signals/tool.yaml";
        self.replace(signals, "    log: 'No TXT record found at (?P<record>[^\\s\"]+) for (?P<domain>[^\\s\"]+)'", "    log:\n      - 'No TXT record found at (?P<record>[^\\s\"]+) for (?P<domain>[^\\s\"]+)'\n      - 'TXT record of (?P<domain>\\S+) is missing'");
        self.replace(signals, "leak: common", "leak: noisy");
        self.replace(
            signals,
            "{ dcv.record-missing: usually, deploy.denied: rarely }",
            "{ dcv.record-missing: often }",
        );
        self.replace(signals, "    implies: [tool.validation-error]\n", "");
        // The cause gets a new name, and a guide still has the old one.
        fs::remove_file(self.path("new/rules/deploy/denied.yaml")).expect("removed");
        fs::remove_file(self.path("new/knowledge/causes/deploy/denied.md")).expect("removed");
        copy_file(&self.path("old/rules/deploy/denied.yaml"), &self.path("new/rules/deploy/write-denied.yaml"));
        copy_file(
            &self.path("old/knowledge/causes/deploy/denied.md"),
            &self.path("new/knowledge/causes/deploy/write-denied.md"),
        );
        self.replace(signals, "{ deploy.denied: usually }", "{ deploy.write-denied: usually }");
        self.replace(cause, "cause: deploy.denied", "cause: deploy.write-denied");
        self.replace("new/knowledge/guides/1-look.md", "Look at it.", "Look at it, for `deploy.denied` too.");
        let article = "new/knowledge/causes/renewal/not-triggered.md";
        self.replace(article, "minutes: 2\n    risk: restart", "risk: reload\n    minutes: 3");
        self.replace(article, "Without a bot, nothing happens.", "Without a bot, nothing happens.\nStart it.");
        self.replace(
            "new/rules/facts.yaml",
            "values: [Active, Inactive, Stopped]",
            "values: [Stopped, Active, Inactive, Lost]",
        );
        self.replace(
            "new/rules/facts.yaml",
            "  bot.purpose:\n    type: list\n    values: [Discovery, Provisioning]\n    meaning: What the bot is for\n",
            "",
        );
        self.replace("new/rules/mappings/listing.yaml", "'@key'", "name");
        self.replace("new/rules/symptoms.yaml", "how: often", "how: usually");
    }

    fn incident(&self, name: &str, expected: &str, log: &str) {
        self.write(&format!("incidents/{name}/case.json"), &format!("{{ \"expected\": [{expected}] }}"));
        self.write(&format!("incidents/{name}/bot.log"), log);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { copy_file(&entry.path(), &target) }
    }
}

fn copy_file(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
    fs::copy(from, to).expect("copied");
}

macro_rules! keep {
    ($name:expr, $told:expr) => {{
        let (code, told) = $told;
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "authoring" }, {
            insta::assert_snapshot!($name, format!("exit code {code}\n{told}"));
        })
    }};
}

#[test]
fn every_field_that_differs_is_told() {
    let story = Story::new();
    story.changed();
    keep!("diff-text", story.run(&["old", "new"]));
    keep!("diff-json", story.run(&["old", "new", "--format", "json"]));
    keep!("diff-back", story.run(&["new", "old"]));
}

#[test]
fn incidents_that_are_answered_otherwise_are_told() {
    let story = Story::new();
    story.incident(
        "record",
        "\"dcv.record-missing\"",
        "ERROR No TXT record found at _acme-challenge.a.example for a.example\n",
    );
    story.incident("missing", "\"dcv.record-missing\"", "ERROR TXT record of a.example is missing\n");
    story.incident("denied", "\"deploy.denied\"", "ERROR cannot write /etc/ssl/a.pem: Permission denied\n");
    story.incident("healthy", "", "INFO deployed certificate of a.example\n");
    story.changed();
    keep!("diff-incidents", story.run(&["old", "new", "--incidents", "incidents"]));
    let (code, told) = story.run(&["old", "new", "--incidents", "incidents", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(code, 1);
    assert_eq!(told["incidents"]["cases"], 4);
    let verdicts = told["incidents"]["changed"].as_array().expect("a list").iter();
    let verdicts: Vec<_> = verdicts.map(|case| (case["id"].as_str(), case["verdict"].as_str())).collect();
    assert!(verdicts.contains(&(Some("missing"), Some("better"))), "{verdicts:?}");
    assert!(verdicts.contains(&(Some("denied"), Some("worse"))), "{verdicts:?}");
    assert_eq!(story.run(&["old", "old", "--incidents", "incidents"]).0, 0);
}

#[test]
fn what_means_the_same_makes_no_difference() {
    let story = Story::new();
    story.replace(
        "new/rules/dcv/record-missing.yaml",
        "title: The TXT record is missing\nprior: common",
        "# a comment\nprior: 'common'\ntitle: The TXT record is missing",
    );
    story.replace("new/rules/facts.yaml", "[Active, Inactive, Stopped]", "[Stopped, Active, Inactive]");
    assert_eq!(story.run(&["old", "new"]), (0, "the rules are the same\n".to_owned()));
    assert_eq!(story.run(&["builtin", "builtin"]).0, 0);
}

#[test]
fn a_pack_that_is_not_whole_is_laid_over_the_built_in_rules() {
    let story = Story::new();
    story.write(
        "part/rules/deploy/odd.yaml",
        "title: Something odd\nprior: rare\nsummary: Odd.\nshows:\n  - { title: Odd, log: oddly odd odds, leak: specific, how: usually }\nfix:\n  steps:\n    - do: Look.\n      minutes: 1\n  verify:\n    - do: Look again.\n      minutes: 1\ntests:\n  - { log: oddly odd odds, expect: first }\n  - { log: even, expect: absent }\n",
    );
    keep!("diff-part", story.run(&["builtin", "part"]));
    // Over the small pack alone.
    let mut command = Command::new(env!("CARGO_BIN_EXE_certwhy"));
    command.args(["--no-builtin", "--rules", "old", "rules", "diff", "old", "part"]).current_dir(story.folder.path());
    let told = command.output().expect("run");
    assert!(String::from_utf8_lossy(&told.stdout).ends_with("2 added, 0 removed, 0 changed\n"), "{told:?}");
}

#[test]
fn what_cannot_be_compared_is_told() {
    let story = Story::new();
    let (code, told) = story.run(&["old", "nowhere"]);
    assert_eq!(code, 2);
    assert!(told.contains("cannot read the rule pack nowhere"), "{told}");
    story.replace("new/rules/signals/tool.yaml", "deploy.denied: usually", "deploy.nothing: usually");
    let (code, told) = story.run(&["old", "new"]);
    assert_eq!(code, 2);
    assert!(told.contains("deploy.nothing") && told.contains("new/rules/signals/tool.yaml"), "{told}");
    let (code, told) = story.run(&["old", "old", "--incidents", "nowhere"]);
    assert_eq!(code, 2, "{told}");
    assert_eq!(story.run(&["old"]).0, 2);
}
