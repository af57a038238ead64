//! What a person hands in: the template, and tables that a portal exports.

use std::path::Path;

use serde_json::Value;

use super::{Told2, run};

const BOTS: &str = "\
\"Bot Name\";\"IP Address\";\"Description\";\"Status\";\"Last Bot Update\";\"Bot Version\";\"Purpose\";\"Scanning Status\"\r
\"PROV-BOT-03\";\"10.0.0.3\";\"web; shop\";\"Stopped\";\"2026-11-20 07:00:00\";\"2.4.0.0\";\"Provisioning\";\"idle\"\r
\"DISC-BOT-01\";\"10.0.0.1\";\"scans\";\"Active\";\"2026-11-24 11:59:00\";\"2.4.0.0\";\"Discovery\";\"running\"\r
";

fn keep(name: &str, told: &Told2) {
    let page = format!("exit code {}\n--- standard output\n{}--- standard error\n{}", told.code, told.out, told.err);
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "." }, {
        insta::assert_snapshot!(name, page);
    });
}

fn template(args: &[&str]) -> Told2 {
    let here = tempfile::tempdir().expect("a folder");
    run(here.path(), &[&["collect", "template", "--now", "2026-11-24T12:00:00Z"], args].concat(), &[])
}

fn diagnosed(here: &Path, args: &[&str]) -> (i32, Value) {
    let told = run(here, &[&["diagnose", "--format", "json", "--now", "2026-11-24T12:00:00Z"], args].concat(), &[]);
    (told.code, serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("no JSON: {}{}", told.out, told.err)))
}

#[test]
fn the_template_of_a_cause() {
    keep("template", &template(&["--for", "bot.service-stopped"]));
    keep("template-unknown", &template(&["--for", "bot.service-stoped"]));
}

#[test]
fn blank_is_unknown_and_what_is_filled_in_counts() {
    let here = tempfile::tempdir().expect("a folder");
    let whole = template(&[]).out;
    let vocabulary = certwhy::Engine::embedded().expect("the rules").knowledge.facts.clone();
    for path in vocabulary.keys() {
        let times = whole.lines().filter(|line| line.trim() == format!("{path}:")).count();
        assert_eq!(times, 1, "{path}");
    }
    std::fs::write(here.path().join("facts.yaml"), &whole).expect("a file");
    let (code, answer) = diagnosed(here.path(), &["facts.yaml"]);
    assert_eq!((code, &answer["inputs"][0]["notes"]), (0, &serde_json::json!([])), "blank is no mistake");
    let filled = whole.replace("  bot.status:\n", "  bot.status: Stopped\n");
    std::fs::write(here.path().join("facts.yaml"), filled).expect("a file");
    let (code, answer) = diagnosed(here.path(), &["facts.yaml"]);
    assert_eq!((code, answer["causes"][0]["id"].as_str()), (1, Some("bot.service-stopped")));
}

#[test]
fn a_template_for_every_stage_and_symptom_is_a_facts_file() {
    let knowledge = certwhy::Engine::embedded().expect("the rules").knowledge;
    let causes = knowledge.causes.iter().map(|cause| cause.id.as_str());
    let stages = knowledge.causes.iter().map(|cause| cause.stage.word());
    for name in causes.chain(stages).chain(knowledge.symptoms.iter().map(|symptom| symptom.id.as_str())) {
        let paths = certwhy::report::template::paths_for(&knowledge, name).expect("a name");
        let about = [name.to_owned()];
        let page = certwhy::report::template::write(&knowledge, Some(&paths), &about, jiff::Timestamp::UNIX_EPOCH);
        let read: Value = serde_yaml::from_str(&page).unwrap_or_else(|error| panic!("{name}: {error}\n{page}"));
        assert_eq!(read["facts"].as_object().map_or(0, |facts| facts.len()), paths.len(), "{name}");
    }
}

#[test]
fn a_template_is_not_written_over() {
    let here = tempfile::tempdir().expect("a folder");
    let go = || run(here.path(), &["collect", "template", "--for", "bot", "--out", "facts.yaml"], &[]);
    assert_eq!(go().code, 0);
    let again = go();
    assert_eq!((again.code, again.err.contains("facts.yaml")), (2, true), "{}", again.err);
}

#[test]
fn rows_of_a_table_are_picked_by_name() {
    let here = tempfile::tempdir().expect("a folder");
    std::fs::write(here.path().join("bots.csv"), BOTS).expect("a file");
    let cause = |args: &[&str]| {
        let (_, answer) = diagnosed(here.path(), &[&["bots.csv"], args].concat());
        let notes = answer["inputs"][0]["notes"].to_string();
        (answer["causes"][0]["id"].as_str().unwrap_or_default().to_owned(), notes)
    };
    let (first, notes) = cause(&[]);
    assert!(first.is_empty() && notes.contains("--bot NAME") && notes.contains("DISC-BOT-01"), "{first} {notes}");
    assert_eq!(cause(&["--bot", "prov-bot-03"]).0, "bot.service-stopped");
    assert_eq!(cause(&["--bot", "DISC-BOT-01"]).0, "bot.purpose-mismatch");
    let (none, notes) = cause(&["--bot", "PROV-BOT-04"]);
    assert!(none.is_empty() && notes.contains("no row is about PROV-BOT-04"), "{none} {notes}");
    let again = BOTS.lines().find(|line| line.contains("PROV-BOT-03")).expect("a row");
    std::fs::write(here.path().join("bots.csv"), format!("{BOTS}{again}\n")).expect("a file");
    let (first, notes) = cause(&["--bot", "PROV-BOT-03"]);
    assert!(first == "bot.service-stopped" && notes.contains("2 rows are about PROV-BOT-03"), "{first} {notes}");
    let only: String = BOTS.split_inclusive('\n').take(2).collect();
    std::fs::write(here.path().join("bots.csv"), only).expect("a file");
    assert_eq!(cause(&[]).0, "bot.service-stopped");
}

#[test]
fn a_table_that_nothing_knows_is_read_as_a_log() {
    let here = tempfile::tempdir().expect("a folder");
    let text = "Time,Level,Text\n2026-11-24 03:00:04,ERROR,No TXT record found at _acme-challenge.shop.example.org\n";
    std::fs::write(here.path().join("export.csv"), text).expect("a file");
    let (code, answer) = diagnosed(here.path(), &["export.csv"]);
    assert_eq!((code, answer["causes"][0]["id"].as_str()), (1, Some("dcv.dns-record-missing")));
    let connectors = "Name,Base URL,Status,Actions\nAD CS,https://pki.example.com/certsrv,Inactive,\n";
    std::fs::write(here.path().join("connectors.csv"), connectors).expect("a file");
    let (_, answer) = diagnosed(here.path(), &["connectors.csv"]);
    assert_eq!(answer["inputs"][0]["kind"], "CERTInext portal, table of CA connectors");
}

const OLD: &str = r#"{
  "schema": "certwhy/snapshot/1",
  "source": "CERTInext API v2",
  "base": "https://us-api.certinext.io",
  "collected_at": "2026-11-20T08:00:00Z",
  "sets": [
    {
      "subject": "api.example.com",
      "facts": {
        "dcv.method": { "value": "dns-01", "from": "GET /api/certinext/v2/domains/2", "at": "2026-11-20T08:00:01Z" },
        "dcv.status": { "value": "pending", "from": "GET /api/certinext/v2/domains/2", "at": "2026-11-20T08:00:01Z" },
        "order.colour": { "value": "red", "from": "GET /api/certinext/v2/ssl-certificates/1", "at": "2026-11-20T08:00:02Z" },
        "order.status": { "value": "pending-dcv", "from": "GET /api/certinext/v2/ssl-certificates/1", "at": "2026-11-20T08:00:02Z" }
      }
    }
  ],
  "missing": [{ "endpoint": "GET /api/certinext/v2/reports/orders?page=1", "why": "HTTP 501: this endpoint is not there" }]
}
"#;

#[test]
fn old_facts_say_so_and_so_does_what_did_not_come() {
    let here = tempfile::tempdir().expect("a folder");
    std::fs::write(here.path().join("snapshot.json"), OLD).expect("a file");
    let at = |now: &str| run(here.path(), &["diagnose", "snapshot.json", "--now", now], &[]);
    keep("old", &at("2026-11-24T12:00:00Z"));
    let fresh = at("2026-11-20T12:00:00Z").out;
    assert!(!fresh.contains("days ago") && !fresh.contains("older than"), "{fresh}");
    std::fs::write(
        here.path().join("snapshot.json"),
        OLD.replace("pending-dcv", "issued").replace("\"pending\"", "\"verified\""),
    )
    .expect("a file");
    assert_eq!(at("2026-11-20T12:00:00Z").code, 2, "what did not come may hold the cause");
    std::fs::write(here.path().join("snapshot.json"), OLD.replace("snapshot/1", "snapshot/9")).expect("a file");
    let newer = at("2026-11-20T12:00:00Z");
    assert_eq!((newer.code, newer.out.contains("certwhy/snapshot/9")), (2, true), "{}", newer.out);
}
