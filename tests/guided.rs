//! Stories of `certwhy ask` and `certwhy escalate`: each file of `tests/guided` says what was typed, the snapshot beside it what
//! came out.
//!
//! They use the small pack of `tests/packs/mini`, so that they speak of the program and not of the knowledge. A new story needs
//! no Rust: add a file, run with `INSTA_UPDATE=always`, and read the snapshot before you keep it.

mod stories;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use stories::stories;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    about: String,
    args: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    input: String,
    /// A ZIP archive that it writes, the content of which is shown too.
    #[serde(default)]
    archive: Option<String>,
}

struct Told {
    folder: tempfile::TempDir,
    code: i32,
    out: String,
    err: String,
}

fn run(args: &[&str], files: &BTreeMap<String, String>, input: &str, folder: Option<tempfile::TempDir>) -> Told {
    let folder = folder.unwrap_or_else(|| tempfile::tempdir().expect("a folder"));
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("a file");
    }
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini");
    let mut command = Command::new(env!("CARGO_BIN_EXE_certwhy"));
    command.args(["--no-builtin", "--rules"]).arg(pack).args(args).current_dir(folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program");
    // A program that needs no input may have ended already.
    let _ = child.stdin.take().expect("its input").write_all(input.as_bytes());
    let done = child.wait_with_output().expect("its end");
    Told {
        folder,
        code: done.status.code().expect("an exit code"),
        out: String::from_utf8(done.stdout).expect("text"),
        err: String::from_utf8(done.stderr).expect("text"),
    }
}

fn entries(path: &Path) -> Vec<(String, String)> {
    let bytes = fs::read(path).expect("the archive");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    (0..archive.len())
        .map(|ix| {
            let mut entry = archive.by_index(ix).expect("a file");
            let name = entry.name().expect("a name").into_owned();
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("text");
            (name, text)
        })
        .collect()
}

#[test]
fn every_story_goes_as_it_should() {
    for (name, story) in stories::<Story>("guided") {
        let args: Vec<&str> = story.args.iter().map(String::as_str).collect();
        let told = run(&args, &story.files, &story.input, None);
        let mut page = format!("# {}\nexit code {}\n--- standard output\n{}", story.about, told.code, told.out);
        page.push_str(&format!("--- standard error\n{}", told.err));
        if let Some(archive) = &story.archive {
            for (name, text) in entries(&told.folder.path().join(archive)) {
                // The others are the report, which has stories of its own.
                if name.starts_with("logs/") || name == "manifest.json" {
                    page.push_str(&format!("--- {name}\n{text}\n"));
                }
            }
        }
        let settings = {
            let mut settings = insta::Settings::clone_current();
            settings.set_omit_expression(true);
            settings.set_prepend_module_to_snapshot(false);
            settings.set_snapshot_path("guided");
            settings.add_filter(r"certwhy \d+\.\d+\.\d+", "certwhy VERSION");
            settings.add_filter(r#"("certwhy"|"version"): "\d+\.\d+\.\d+""#, "$1: \"VERSION\"");
            settings.add_filter(r#""sha256": "[0-9a-f]{64}""#, "\"sha256\": \"HASH\"");
            settings.add_filter(r#""bytes": \d+"#, "\"bytes\": N");
            settings
        };
        settings.bind(|| insta::assert_snapshot!(name, page));
    }
}

#[test]
fn an_archive_is_the_same_each_time_and_its_hashes_hold() {
    let log = "2026-11-24 03:00:04 ERROR No TXT record found at _acme-challenge.shop.example.org\n";
    let files = BTreeMap::from([("bot.log".to_owned(), log.to_owned())]);
    let args = ["escalate", "bot.log", "--zip", "case.zip", "--now", "2026-11-24T12:00:00Z"];
    let archive = || {
        let told = run(&args, &files, "", None);
        (
            fs::read(told.folder.path().join("case.zip")).expect("the archive"),
            entries(&told.folder.path().join("case.zip")),
        )
    };
    let ((first, parts), (second, _)) = (archive(), archive());
    assert!(first == second, "the same case gave other bytes");
    let (_, manifest) = parts.iter().find(|(name, _)| name == "manifest.json").expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_str(manifest).expect("JSON");
    let listed = manifest["files"].as_array().expect("a list");
    assert_eq!(listed.len() + 1, parts.len());
    for file in listed {
        let (_, text) = parts.iter().find(|(name, _)| *name == file["path"]).expect("the file");
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(file["sha256"], digest, "{}", file["path"]);
    }
}

#[test]
fn a_session_that_breaks_off_goes_on() {
    let none = BTreeMap::new();
    let first = run(&["ask", "--save", "case.json"], &none, "dcv-failed\n", None);
    let saved: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(first.folder.path().join("case.json")).expect("the session"))
            .expect("JSON");
    assert_eq!(saved["schema"], "certwhy/session/1");
    assert_eq!(saved["answers"][0]["symptom"], "dcv-failed");
    let second =
        run(&["ask", "--resume", "case.json", "--save", "case.json"], &none, "back\nback\n", Some(first.folder));
    assert!(
        second.out.contains("Taken back.") && second.out.contains("There is no answer to take back."),
        "{}",
        second.out
    );
    let saved = fs::read_to_string(second.folder.path().join("case.json")).expect("the session");
    assert!(!saved.contains("dcv-failed"), "{saved}");
}
