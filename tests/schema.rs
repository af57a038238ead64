//! The schemas of the rule files: up to date, and true of every file that is shipped.

use std::path::{Path, PathBuf};

use boon::{Compiler, Draft, Schemas};
use certwhy::Engine;
use certwhy::rule::schema::Kind;
use certwhy::rule::words::Words;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().map(|(_, kind)| *kind)
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

/// All schemas, made ready.
struct Validator {
    schemas: Schemas,
    of: Vec<(Kind, boon::SchemaIndex)>,
}

impl Validator {
    fn new() -> Self {
        let knowledge = Engine::embedded().expect("the rules").knowledge;
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V7);
        let mut of = Vec::new();
        for kind in kinds() {
            let name = kind.file_name();
            compiler.add_resource(&name, kind.schema(&knowledge)).expect("a document");
            of.push((kind, compiler.compile(&name, &mut schemas).expect("a schema")));
        }
        Validator { schemas, of }
    }

    fn check(&self, kind: Kind, yaml: &str) -> Result<(), String> {
        let value: Value = serde_yaml::from_str(yaml).map_err(|e| e.to_string())?;
        let (_, index) = self.of.iter().find(|(of, _)| *of == kind).expect("every kind");
        self.schemas.validate(&value, *index).map_err(|error| format!("{error:#}"))
    }
}

#[test]
fn the_schemas_in_the_repository_are_up_to_date() {
    let knowledge = Engine::embedded().expect("the rules").knowledge;
    for kind in kinds() {
        let path = root().join("rules/schema").join(kind.file_name());
        let found = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        let help = "run: cargo run -- rules schema --out rules/schema";
        assert!(found == kind.text(&knowledge), "{} differs; {help}", path.display());
    }
}

#[test]
fn every_shipped_file_fits_its_schema() {
    let validator = Validator::new();
    let mut all = Vec::new();
    for pack in ["", "tests/packs/mini"] {
        files(&root().join(pack).join("rules"), &mut all);
        files(&root().join(pack).join("knowledge"), &mut all);
    }
    all.push(root().join("pack.yaml"));
    let mut checked = 0;
    let mut wrong = Vec::new();
    for path in all {
        let mut id = path.strip_prefix(root()).expect("inside").to_string_lossy().replace('\\', "/");
        id = id.trim_start_matches("tests/packs/mini/").to_owned();
        let Some(kind) = Kind::of_path(&id) else { continue };
        let text = std::fs::read_to_string(&path).expect("text");
        let yaml = match kind {
            Kind::Article => text.strip_prefix("---\n").and_then(|t| t.split_once("\n---\n")).expect("front matter").0,
            _ => &text,
        };
        checked += 1;
        if let Err(error) = validator.check(kind, yaml) {
            wrong.push(format!("{}: {error}", path.display()));
        }
    }
    assert!(checked > 350, "{checked} files");
    assert!(wrong.is_empty(), "{} of {checked} files:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_wrong_does_not_fit() {
    let validator = Validator::new();
    let cause = "title: a\nprior: common\nsummary: b\nshows: []\ntests: []\n";
    validator.check(Kind::Cause, cause).expect("sound");
    for (what, text) in [
        ("a word", cause.replace("common", "often")),
        ("a field", format!("{cause}prio: common\n")),
        ("a missing field", cause.replace("summary: b\n", "")),
        (
            "a signal that is named and described",
            cause.replace("[]\ntests", "[{ signal: a.b, log: x, leak: rare, how: often }]\ntests"),
        ),
        ("an edge without how", cause.replace("[]\ntests", "[{ signal: a.b }]\ntests")),
        ("a type", cause.replace("title: a", "title: [a]")),
        ("an operator", format!("{cause}requires: {{ bot.status: {{ equal: Active }} }}\n")),
        ("two operators", format!("{cause}requires: {{ bot.status: {{ equals: Active, not: Stopped }} }}\n")),
        ("a duration", format!("{cause}requires: {{ bot.last_update: {{ within: soon }} }}\n")),
        ("nothing", "title:\n".to_owned()),
    ] {
        assert!(validator.check(Kind::Cause, &text).is_err(), "{what} was accepted:\n{text}");
    }
    let step = "steps: [{ do: a, commands: { linux: [b] } }]\nverify: []\n";
    validator.check(Kind::Article, step).expect("sound");
    assert!(validator.check(Kind::Article, &step.replace("linux", "plan9")).is_err());
    let pack = "name: a\nversion: 1.0.0\nengine: '>=0.1'\nrenamed: { a.b: a.c }\n";
    validator.check(Kind::Pack, pack).expect("sound");
    assert!(validator.check(Kind::Pack, &format!("{pack}license: MIT\n")).is_err());
    assert!(validator.check(Kind::Pack, &pack.replace("version", "versions")).is_err());
    let deprecated = format!("{cause}related: [a.b]\ndeprecated: {{ reason: a, since: 2026-11-28 }}\n");
    validator.check(Kind::Cause, &deprecated).expect("sound");
    assert!(validator.check(Kind::Cause, &deprecated.replace("since", "from")).is_err());
    let facts = "at: 2026-11-20T08:00:00Z\nfacts: { bot: { status: Stopped }, renewal.provisioning_linked: no }\n";
    validator.check(Kind::FactsDocument, facts).expect("sound");
    assert!(validator.check(Kind::FactsDocument, &facts.replace("Stopped", "Stoped")).is_err());
}

#[test]
fn every_field_and_word_is_described() {
    fn walk(value: &Value, path: &str, missing: &mut Vec<String>) {
        let Some(map) = value.as_object() else { return };
        if let Some(words) = map.get("enum").and_then(Value::as_array).filter(|_| map.get("type").is_some()) {
            let meanings = map.get("enumDescriptions").and_then(Value::as_array).expect("meanings");
            assert_eq!(words.len(), meanings.len(), "{path}");
            assert!(meanings.iter().all(|m| m.as_str().is_some_and(|m| !m.is_empty())), "{path}");
        }
        for (name, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let described = property.get("description").is_some() || property.get("properties").is_some();
            // What a fact is compared with is told by its operator.
            if !described && !["fact", "times"].contains(&name.as_str()) {
                missing.push(format!("{path}/{name}"));
            }
        }
        for (key, inner) in map {
            match inner {
                Value::Array(list) => list.iter().for_each(|inner| walk(inner, &format!("{path}/{key}"), missing)),
                inner => walk(inner, &format!("{path}/{key}"), missing),
            }
        }
    }
    let knowledge = Engine::embedded().expect("the rules").knowledge;
    let mut missing = Vec::new();
    for kind in kinds() {
        walk(&kind.schema(&knowledge), kind.word(), &mut missing);
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_command_prints_writes_and_checks() {
    let run = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_certwhy"));
        let done = command.args(["rules", "schema"]).args(args).current_dir(root()).output().expect("the program");
        (done.status.code(), String::from_utf8(done.stdout).expect("text"))
    };
    let (code, text) = run(&["cause"]);
    let printed: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, &printed["title"]), (Some(0), &Value::from("certwhy: cause")));
    assert_eq!(run(&["--check"]), (Some(0), "9 schemas up to date\n".to_owned()));
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("deep/schema");
    let out = out.to_str().expect("a path");
    assert_eq!(run(&["--out", out]), (Some(0), format!("9 schemas written to {out}\n")));
    std::fs::write(Path::new(out).join("facts.schema.json"), "{}").expect("written");
    std::fs::remove_file(Path::new(out).join("cause.schema.json")).expect("removed");
    let (code, text) = run(&["--check", "--out", out]);
    assert_eq!(code, Some(1));
    assert!(
        text.contains("facts.schema.json: differs\n") && text.contains("cause.schema.json: cannot be read"),
        "{text}"
    );
    assert_eq!(run(&["signals", "--check", "--out", out]).0, Some(0));
    assert_eq!(run(&["no-such-kind"]).0, Some(2));
}
