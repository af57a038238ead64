//! Packs with a name: layers, versions, renames, and what is deprecated.
//!
//! `INSTA_UPDATE=always cargo test --test packs` writes the snapshots anew; read them before you keep them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use certwhy::rule::file::{self, PackFile};
use certwhy::{Engine, Options, Pack};
use jiff::Timestamp;

const SITE: &str = "\
name: site
version: 1.2.0
engine: \">=0.1, <2\"
licence: MIT
description: What is special about our site.
renamed:
  deploy.no-rights: deploy.denied
  tool.done: tool.deployed
";

/// A cause that speaks of the same as `deploy.denied`.
const OLDER: &str = "\
title: A file was refused
prior: occasional
summary: Writing {{ path }} was refused.
shows: [{ signal: tool.denied, how: usually }]
related: [dcv.record-missing]
tests:
  - { log: 'ERROR cannot write /etc/ssl/a.pem: Permission denied', expect: absent }
fix:
  steps: [{ do: Look. }]
  verify: [{ do: Look again. }]
deprecated: { reason: It says too little., since: 2026-11-28, replaced_by: deploy.no-rights }
";

const REFUSED: &str = "ERROR cannot write /etc/ssl/a.pem: Permission denied\n";

struct Story {
    folder: tempfile::TempDir,
}

impl Story {
    /// The folder `site` holds a pack over the small one.
    fn new() -> Self {
        let story = Story { folder: tempfile::tempdir().expect("a folder") };
        story.file("site/pack.yaml", SITE);
        story.file("site/rules/deploy/older.yaml", OLDER);
        story.file("bot.log", REFUSED);
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

    fn run(&self, args: &str) -> (i32, String) {
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini");
        let mut command = Command::new(env!("CARGO_BIN_EXE_certwhy"));
        command.args(["--no-builtin", "--rules"]).arg(&pack).args(["--rules", "site"]);
        command.args(args.split(' ')).current_dir(self.folder.path());
        let Output { status, stdout, stderr } = command.output().expect("the program");
        // Where this was built is of no interest.
        let told = [stdout, stderr].concat();
        let told = String::from_utf8(told).expect("text").replace(&*pack.to_string_lossy(), "mini");
        (status.code().expect("an exit code"), told)
    }
}

macro_rules! keep {
    ($name:expr, $told:expr) => {{
        let (code, told) = $told;
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "packs" }, {
            insta::assert_snapshot!($name, format!("exit code {code}\n---\n{told}"));
        })
    }};
}

#[test]
fn the_built_in_pack_is_that_of_this_version() {
    let engine = Engine::embedded().expect("the rules");
    let [pack] = engine.knowledge.packs.as_slice() else { panic!("{:?}", engine.knowledge.packs) };
    assert_eq!((pack.name.as_str(), pack.version.as_str()), ("certwhy", env!("CARGO_PKG_VERSION")));
    assert_eq!(pack.licence.as_deref(), Some(env!("CARGO_PKG_LICENSE")));
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("pack.yaml")).expect("the file");
    assert_eq!(file::parse::<PackFile>(&text).expect("a pack").name.value, "certwhy");
}

#[test]
fn layers_are_listed_with_what_they_add_and_replace() {
    let story = Story::new();
    let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini");
    let read = |path: &str| fs::read_to_string(mini.join(path)).expect("a file of the small pack");
    story.file("site/rules/deploy/denied.yaml", &read("rules/deploy/denied.yaml").replace("occasional", "common"));
    story.file("site/rules/symptoms.yaml", &read("rules/symptoms.yaml"));
    // A third layer, without a name: the rules folder itself.
    story.file("own/signals/own.yaml", "title: Own\nsignals: {}\n");
    story.file("own/deploy/denied.yaml", &read("rules/deploy/denied.yaml"));
    keep!("listed", story.run("--rules own rules packs"));
    keep!("listed-json", story.run("--rules own rules packs --format json"));
}

#[test]
fn the_built_in_pack_is_a_layer_too() {
    let mut pack = Pack::embedded();
    let text = pack.from_text().files["rules/facts.yaml"].text.clone();
    pack.begin_layer(None);
    pack.lay("rules/facts.yaml".to_owned(), text);
    let cause = pack.files.keys().find(|path| path.starts_with("rules/dcv/")).expect("a cause").clone();
    pack.lay(cause.clone(), "title: another\n".to_owned());
    use certwhy::rule::layer::Laid;
    let [builtin, own] = pack.layers.as_slice() else { panic!("two layers") };
    assert_eq!(builtin.files.len(), pack.files.len());
    assert!(builtin.files.values().all(|laid| *laid == Laid::Added));
    assert_eq!((own.files["rules/facts.yaml"], own.files[&cause]), (Laid::Same(0), Laid::Replaces(0)));
}

#[test]
fn a_pack_for_another_version_is_refused() {
    let story = Story::new();
    story.file("site/pack.yaml", &SITE.replace(">=0.1, <2", ">=7"));
    for args in ["rules packs", "rules check", "diagnose bot.log", "list causes"] {
        let (code, told) = story.run(args);
        assert_eq!(code, 2, "{args}: {told}");
        assert!(told.contains("E0113") && told.contains("site/pack.yaml:3:9"), "{args}: {told}");
        assert!(told.contains(&format!("this is certwhy {}", env!("CARGO_PKG_VERSION"))), "{args}: {told}");
    }
}

#[test]
fn old_ids_lead_to_the_new_ones() {
    let story = Story::new();
    story.file("site/tests/refused/case.json", r#"{ "expected": ["deploy.no-rights"] }"#);
    story.file("site/tests/refused/bot.log", REFUSED);
    keep!("explain-old-id", story.run("explain deploy.no-rights"));
    let (code, told) = story.run("why-not deploy.no-rights bot.log");
    assert!(code == 1 && told.contains("deploy.denied"), "{code}: {told}");
    let (code, told) = story.run("rules graph deploy.no-rights");
    assert!(code == 0 && told.contains("The bot may not write the file"), "{told}");
    assert_eq!(story.run("rules test deploy.no-rights"), (0, "2 tests run, 0 failed\n".to_owned()));
    assert_eq!(story.run("rules test tool.done"), (0, "2 tests run, 0 failed\n".to_owned()));
    let (code, told) = story.run("rules test --format json");
    assert!(code == 0 && told.contains("\"expected\": \"deploy.denied\""), "{code}: {told}");
    let (code, told) = story.run("evaluate site/tests --format json");
    assert!(code == 0 && told.contains("\"top1\": 1.0"), "{code}: {told}");
    assert_eq!(story.run("explain deploy.never-heard-of").0, 2);
}

#[test]
fn a_file_of_the_old_name_in_an_upper_pack_is_told_its_new_name() {
    let story = Story::new();
    story.file("site/pack.yaml", &SITE.replace("renamed:", "renamed:\n  deploy.oldest: deploy.older"));
    story.file("upper/rules/deploy/oldest.yaml", OLDER);
    keep!("old-name-above", story.run("--rules upper rules check"));
    // Of two packs that say what became of an id, the upper one counts.
    story.file("upper/pack.yaml", &SITE.replace("deploy.no-rights: deploy.denied", "deploy.no-rights: deploy.older"));
    fs::remove_file(story.folder.path().join("upper/rules/deploy/oldest.yaml")).expect("removed");
    story.file("site/rules/deploy/older.yaml", &OLDER.replace("deploy.no-rights", "deploy.denied"));
    let (code, told) = story.run("--rules upper explain deploy.no-rights");
    assert!(code == 0 && told.starts_with("> `deploy.no-rights` is called `deploy.older` now."), "{told}");
}

#[test]
fn fix_writes_the_new_ids() {
    let story = Story::new();
    let signals = "\
title: Other
signals:
  refused:
    title: The other tool was refused
    log: 'other tool: refused'
    leak: rare
    shown_by: { deploy.no-rights: often }
    cleared_by: ['tool.done']
    examples: { match: ['other tool: refused'], miss: ['other tool: done'] }
";
    story.file("site/rules/signals/other.yaml", signals);
    let (code, told) = story.run("rules check");
    assert_eq!((code, told.matches("warning[W0314]").count()), (0, 3), "{told}");
    let (code, told) = story.run("rules check --fix");
    assert!(code == 0 && told.starts_with("3 mistakes mended"), "{told}");
    assert!(!told.contains("W0314"), "{told}");
    let mended = signals.replace("deploy.no-rights", "deploy.denied").replace("tool.done", "tool.deployed");
    assert_eq!(story.read("site/rules/signals/other.yaml"), mended);
    assert!(story.read("site/rules/deploy/older.yaml").contains("replaced_by: deploy.denied }"));
}

#[test]
fn what_is_deprecated_says_so() {
    let story = Story::new();
    keep!("explain-deprecated", story.run("explain deploy.older"));
    keep!("list-deprecated", story.run("list causes --prefix deploy."));
    let (_, told) = story.run("list causes --prefix deploy.older --format json");
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let row = &told["causes"][0];
    assert_eq!((&row["status"], &row["deprecated"]["replaced_by"]), (&"deprecated".into(), &"deploy.denied".into()));
    assert_eq!(row["deprecated"]["since"], "2026-11-28");
}

fn diagnosed(older: Option<&str>) -> Vec<(String, f64)> {
    let mut pack = Pack::default();
    pack.overlay(Path::new("tests/packs/mini")).expect("the small pack");
    pack.add("pack.yaml", SITE);
    if let Some(older) = older {
        pack.add("rules/deploy/older.yaml", older);
    }
    let engine = Engine::new(&pack).unwrap_or_else(|error| panic!("{error}"));
    let mut session = engine.session(Timestamp::UNIX_EPOCH);
    session.read("bot.log", REFUSED.as_bytes());
    let whole = session.diagnose(Options::default()).diagnosis.whole;
    whole.causes.iter().map(|c| (engine.knowledge.causes[c.cause].id.clone(), c.probability)).collect()
}

#[test]
fn a_deprecated_cause_gives_way_to_what_replaces_it() {
    let (alone, both) = (diagnosed(None), diagnosed(Some(OLDER)));
    assert_eq!((alone.len(), both.len()), (1, 1), "{both:?}");
    assert_eq!(alone[0].0, both[0].0);
    // It is as likely as both are together.
    assert!(both[0].1 >= alone[0].1, "{alone:?} {both:?}");
    let rivals = diagnosed(Some(OLDER.split("deprecated:").next().expect("the rule")));
    assert_eq!(rivals.len(), 2, "without a word on it, both are named: {rivals:?}");
    // Where nothing replaces it, it still works.
    let older = OLDER.replace(", replaced_by: deploy.no-rights", "");
    assert_eq!(diagnosed(Some(&older)).len(), 2);
}

#[test]
fn answers_name_the_packs_that_they_come_from() {
    let (_, told) = Story::new().run("diagnose bot.log --format json");
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["packs"], serde_json::json!([{ "name": "site", "version": "1.2.0" }]));
}

#[test]
fn hostile_packs_are_refused() {
    let mut chain = String::from("name: site\nversion: 1.0.0\nengine: '*'\nrenamed:\n");
    (0..2000).for_each(|n| chain.push_str(&format!("  a.n{n}: a.n{}\n", n + 1)));
    for text in
        ["", "[]", "name: [a]", "engine: >-\n  >=9\nname: &a [*a]", "\u{feff}name: a", "name: a\nname: b", &chain]
    {
        let mut pack = Pack::default();
        pack.overlay(Path::new("tests/packs/mini")).expect("the small pack");
        pack.add("pack.yaml", text);
        assert!(Engine::new(&pack).is_err(), "{text:.40}");
    }
    let story = Story::new();
    fs::write(story.folder.path().join("site/pack.yaml"), b"name: \xff\n").expect("a file");
    let (code, told) = story.run("list causes");
    assert!(code == 2 && told.contains("site/pack.yaml"), "{told}");
}
