//! Stories of the command line: what was typed, what came out on which stream, and the exit code.
//!
//! Most of them use the small pack of `tests/packs/mini`, so that they speak of the program and not of the knowledge.
//! `INSTA_UPDATE=always cargo test --test cmd` writes the snapshots anew; read them before you keep them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const NOW: &str = "2026-11-24T12:00:00Z";

/// A folder for one story, and the program in it.
struct Story {
    folder: tempfile::TempDir,
}

struct Told {
    code: i32,
    out: String,
    err: String,
}

impl Story {
    fn new() -> Self {
        Story { folder: tempfile::tempdir().expect("a folder") }
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, content).expect("a file");
        self
    }

    fn run(&self, args: &[&str], input: &[u8]) -> Told {
        self.command(args, input, &[])
    }

    /// With the small pack.
    fn mini(&self, args: &[&str], input: &[u8]) -> Told {
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini");
        let mut all = vec!["--no-builtin", "--rules", pack.to_str().expect("a path")];
        all.extend(args);
        self.command(&all, input, &[])
    }

    fn command(&self, args: &[&str], input: &[u8], env: &[(&str, &str)]) -> Told {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certwhy"));
        command.args(args).current_dir(self.folder.path()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command.envs(env.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        // A program that needs no input may have ended already.
        let _ = child.stdin.take().expect("its input").write_all(input);
        let done = child.wait_with_output().expect("its end");
        Told {
            code: done.status.code().expect("an exit code"),
            out: String::from_utf8(done.stdout).expect("text"),
            err: String::from_utf8(done.stderr).expect("text"),
        }
    }
}

impl Told {
    fn page(&self) -> String {
        format!("exit code {}\n--- standard output\n{}--- standard error\n{}", self.code, self.out, self.err)
    }
}

macro_rules! keep {
    ($name:expr, $told:expr) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "cmd" }, {
            insta::assert_snapshot!($name, $told.page());
        })
    };
}

const LOG: &str = "\
2026-11-24 03:00:00 INFO starting order for shop.example.org
2026-11-24 03:00:04 ERROR validation error: No TXT record found at _acme-challenge.shop.example.org for shop.example.org
2026-11-24 03:00:04 ERROR some challenges failed
2026-11-24 03:00:05 ERROR gremlins in the pipes
";

fn diagnose(format: &str) -> Told {
    Story::new().file("bot.log", LOG).mini(&["diagnose", "bot.log", "--format", format, "--now", NOW], b"")
}

#[test]
fn a_cause_as_text() {
    keep!("text", diagnose("text"));
}

#[test]
fn a_cause_as_json() {
    let told = diagnose("json");
    let json: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
    assert_eq!(json["schema"], "certwhy/diagnosis/1");
    for key in ["causes", "none_probability", "symptoms", "incidents", "next_checks", "unexplained", "inputs"] {
        assert!(json.get(key).is_some(), "{key} is missing");
    }
    let cause = &json["causes"][0];
    for key in ["id", "title", "stage", "probability", "confidence", "evidence", "against", "fix", "article"] {
        assert!(cause.get(key).is_some(), "causes[].{key} is missing");
    }
    for key in ["signal", "weight_db", "file", "line", "time", "excerpt", "values"] {
        assert!(cause["evidence"][0].get(key).is_some(), "evidence[].{key} is missing");
    }
    assert!(cause["fix"]["steps"].is_array() && cause["fix"]["verify"].is_array());
    keep!("json", told);
}

#[test]
fn a_cause_as_markdown() {
    keep!("markdown", diagnose("markdown"));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let story = Story::new().file("bot.log", LOG);
    let plain = story.mini(&["diagnose", "bot.log"], b"");
    assert!(!plain.out.contains('\x1b'), "a pipe gets no colours");
    let forced = story.mini(&["diagnose", "bot.log", "--color", "always"], b"");
    assert!(forced.out.contains("\x1b["));
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini");
    let args = ["--no-builtin", "--rules", pack.to_str().expect("a path"), "diagnose", "bot.log"];
    let refused = story.command(&args, b"", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
    assert!(!refused.out.contains('\x1b'), "NO_COLOR wins");
}

#[test]
fn exit_codes_say_what_was_found() {
    let story = Story::new().file("bot.log", LOG).file("fine.log", "2026-11-24 03:00:00 INFO all is well\n");
    assert_eq!(story.mini(&["diagnose", "bot.log"], b"").code, 1);
    assert_eq!(story.mini(&["diagnose", "fine.log"], b"").code, 0);
    assert_eq!(story.mini(&["diagnose", "-"], LOG.as_bytes()).code, 1);
    assert_eq!(story.mini(&["diagnose"], LOG.as_bytes()).code, 1, "without paths, standard input is read");
    assert_eq!(story.mini(&["diagnose", "absent.log"], b"").code, 2);
    assert_eq!(story.mini(&["diagnose", "fine.log", "absent.log"], b"").code, 2, "the missing one may hold the cause");
    assert_eq!(story.mini(&["diagnose", "bot.log", "absent.log"], b"").code, 1);
    assert_eq!(story.mini(&["diagnose", "bot.log", "--min-probability", "2"], b"").code, 2);
    assert_eq!(story.mini(&["explain", "dcv.nothing"], b"").code, 2);
    assert_eq!(story.mini(&["--help"], b"").code, 0);
    assert_eq!(story.mini(&["diagnose"], b"").code, 2, "nothing was looked at");
    let story = story.file("status.yaml", "facts: [\n").file("core.bin", [0u8; 500]);
    assert_eq!(story.mini(&["diagnose", "fine.log", "status.yaml"], b"").code, 2, "the facts are missing");
    assert_eq!(story.mini(&["diagnose", "fine.log", "core.bin"], b"").code, 2);
    assert_eq!(story.mini(&["diagnose", "fine.log", "--fact", "bot.status=Active"], b"").code, 0);
}

#[test]
fn the_threshold_and_the_top_are_the_persons() {
    let story = Story::new().file("bot.log", LOG);
    let none = story.mini(&["diagnose", "bot.log", "--min-probability", "1"], b"");
    assert_eq!((none.code, none.out.starts_with("No known cause")), (0, true), "{}", none.out);
    let one = story.mini(&["diagnose", "bot.log", "--top", "1", "--format", "json"], b"");
    let json: serde_json::Value = serde_json::from_str(&one.out).expect("JSON");
    assert_eq!(json["causes"].as_array().map(Vec::len), Some(1));
}

/// Every bad input has its own sentence, and the good one beside it is still diagnosed.
#[test]
fn bad_inputs_are_named_and_the_rest_is_diagnosed() {
    let mut utf16 = vec![0xFF, 0xFE];
    utf16.extend("an innocent line\r\n".encode_utf16().flat_map(u16::to_le_bytes));
    let story = Story::new()
        .file("in/bot.log", LOG)
        .file(
            "in/a-binary.bin",
            (0..4000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect::<Vec<u8>>(),
        )
        .file("in/b-empty.log", "")
        .file("in/c-broken.json", "{ \"facts\": { \"bot.status\": }")
        .file("in/d-broken.yaml", "facts:\n  bot: [\n")
        .file("in/e-unknown.json", "{ \"weather\": \"rain\" }")
        .file("in/f-facts.yaml", "facts:\n  bot.staus: Stopped\n  bot.status: Sleeping\n")
        .file("in/g-rotated.log.gz", [0x1f, 0x8b, 8, 0, 0])
        .file("in/h-windows.log", utf16)
        .file("in/i-long.log", "x".repeat(300_000));
    std::fs::create_dir_all(story.folder.path().join("nothing")).expect("a folder");
    let told = story.mini(&["diagnose", "in", "nothing", "absent.log", "--now", NOW], b"");
    assert_eq!(told.code, 1);
    keep!("bad-inputs", told);
}

#[test]
fn nothing_usable_is_an_error_with_a_way_out() {
    keep!("nothing-usable", Story::new().mini(&["diagnose", "absent.log"], b""));
    keep!("wrong-fact", Story::new().mini(&["diagnose", "--fact", "bot.staus=Stopped"], b""));
    keep!("wrong-fact-value", Story::new().mini(&["diagnose", "--fact", "bot.status=Sleeping"], b""));
    keep!("unknown-cause", Story::new().mini(&["explain", "dcv.record-misssing"], b""));
}

/// A message among facts is looked at as a record of a log is, wherever it comes from.
#[test]
fn what_a_program_said_may_come_as_a_fact() {
    let said = "cannot write /etc/ssl/a.pem: Permission denied";
    let fact = format!("connector.last_error={said}");
    let facts = format!("at: {NOW}\nfacts:\n  connector:\n    last_error: '{said}'\n");
    let story = Story::new().file("status.yaml", facts);
    for (args, file, line) in [
        (["diagnose", "--fact", &fact], "--fact", None),
        (["diagnose", "--snapshot", "status.yaml"], "status.yaml", Some(4)),
    ] {
        let told = story.mini(&[&args[..], &["--format", "json"]].concat(), b"");
        let json: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
        let cause = &json["causes"][0];
        assert_eq!(cause["id"], "deploy.denied");
        let evidence = &cause["evidence"][0];
        assert_eq!((evidence["file"].as_str(), evidence["line"].as_u64()), (Some(file), line));
        assert_eq!(evidence["values"]["path"], "/etc/ssl/a.pem");
    }
}

#[test]
fn answers_are_measured_on_labelled_incidents() {
    let story = Story::new()
        .file("cases/found/log.txt", LOG)
        .file("cases/found/case.json", "{ \"expected\": [\"dcv.record-missing\"] }")
        .file("cases/missed/log.txt", "2026-11-24 03:00:05 ERROR gremlins in the pipes\n")
        .file("cases/missed/case.json", "{ \"expected\": [\"deploy.denied\"] }")
        .file("cases/quiet/log.txt", "2026-11-24 03:00:05 INFO all is well\n")
        .file("cases/quiet/case.json", "{ \"expected\": [] }");
    keep!("evaluate", story.mini(&["evaluate", "cases", "--list", "--now", NOW], b""));
    assert_eq!(story.mini(&["evaluate", "cases/found/log.txt"], b"").code, 2, "no case in it");
}

#[test]
fn a_calibration_is_refused_where_it_predicts_no_better() {
    let mut story = Story::new();
    for n in 0..8 {
        let found = n % 2 == 0;
        // What the rules expect, and what teaches nothing: the same record under changing labels.
        story = story.file(&format!("taught/{n}/log.txt"), "2026-11-24 03:00:05 ERROR validation error\n");
        story = story.file(&format!("taught/{n}/case.json"), "{ \"expected\": [\"deploy.denied\"] }");
        story = story.file(&format!("noise/{n}/log.txt"), "2026-11-24 03:00:05 ERROR gremlins in the pipes\n");
        let label = if found { "{ \"expected\": [] }" } else { "{ \"expected\": [\"deploy.denied\"] }" };
        story = story.file(&format!("noise/{n}/case.json"), label);
    }
    let refused = story.mini(&["calibrate", "noise", "--out", "lock.yaml", "--now", NOW], b"");
    assert_eq!((refused.code, story.folder.path().join("lock.yaml").exists()), (1, false), "{}", refused.out);
    keep!("calibrate-refused", refused);
    let taken = story.mini(&["calibrate", "taught", "--out", "lock.yaml", "--now", NOW], b"");
    assert_eq!(taken.code, 0, "{}{}", taken.out, taken.err);
    keep!("calibrate", taken);
    let lock = std::fs::read_to_string(story.folder.path().join("lock.yaml")).expect("the lock file");
    assert!(lock.contains("cases: 8") && lock.contains("usually:"), "{lock}");
    keep!("evaluate-folds", story.mini(&["evaluate", "taught", "--folds", "4", "--now", NOW], b""));
}

#[test]
fn why_not_says_what_is_missing_and_what_is_more_likely() {
    let story = Story::new().file("bot.log", LOG);
    keep!("why-not", story.mini(&["why-not", "deploy.denied", "bot.log", "--now", NOW], b""));
    let first = story.mini(&["why-not", "dcv.record-missing", "bot.log", "--now", NOW], b"");
    assert_eq!(first.code, 1, "{}", first.out);
    let args = ["why-not", "dcv.record-missing", "bot.log", "--fact", "dcv.method=http-01", "--now", NOW];
    let excluded = story.mini(&args, b"");
    assert_eq!((excluded.code, excluded.out.contains("cannot be")), (0, true), "{}", excluded.out);
    assert_eq!(story.mini(&["why-not", "deploy.denid", "bot.log"], b"").code, 2);
    let json = story.mini(&["why-not", "deploy.denied", "bot.log", "--format", "json", "--now", NOW], b"");
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(
        (json["schema"].as_str(), json["cause"]["id"].as_str()),
        (Some("certwhy/why-not/1"), Some("deploy.denied"))
    );
    keep!("explain", story.mini(&["diagnose", "bot.log", "--explain", "--now", NOW], b""));
}

#[test]
fn incidents_are_split_by_subject_and_time_and_what_is_over_is_history() {
    let failed = |day: u32, domain: &str| {
        format!("2026-11-{day:02} 03:00:05 ERROR No TXT record found at _acme-challenge.{domain} for {domain}\n")
    };
    let log = [
        failed(10, "a.example"),
        failed(10, "b.example"),
        "2026-11-10 09:00:00 INFO domain b.example is valid\n".to_owned(),
        // The same failure day after day is one incident.
        failed(11, "a.example"),
        failed(12, "a.example"),
        "2026-11-13 03:00:06 ERROR cannot write /etc/ssl/a.pem: Permission denied\n".to_owned(),
    ];
    let story = Story::new().file("bot.log", log.concat());
    let json = story.mini(&["diagnose", "bot.log", "--format", "json", "--now", NOW], b"");
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let incidents: Vec<[&str; 3]> = json["incidents"]
        .as_array()
        .expect("incidents")
        .iter()
        .map(|i| [&i["subject"], &i["from"], &i["causes"][0]["id"]].map(|v| v.as_str().unwrap_or("")))
        .collect();
    let expected = [
        ["a.example", "2026-11-10T03:00:05Z", "dcv.record-missing"],
        ["a.example", "2026-11-13T03:00:06Z", "deploy.denied"],
    ];
    assert_eq!(incidents, expected);
    let history = &json["history"][0];
    assert_eq!((history["line"].as_u64(), history["cleared_at"].as_str()), (Some(2), Some("bot.log:3")));
    keep!("incidents", story.mini(&["diagnose", "bot.log", "--now", NOW], b""));
}

/// Documents that are made to take time or memory.
#[test]
fn hostile_documents_are_read_or_refused_at_once() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let before = format!("*a{}, ", n - 1).repeat(9);
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", before.trim_end_matches(", ")));
    }
    let many: String = (0..100_000).map(|n| format!("  x{n}: 1\n")).collect();
    let story = Story::new()
        .file("bomb.yaml", bomb)
        .file("deep.json", "[".repeat(200_000))
        .file("deep.yaml", "[".repeat(200_000))
        .file("flow.yaml", "{ facts: { bot.status: Stopped } }\n")
        .file("many.yaml", format!("facts:\n{many}  bot.status: Stopped\n"));
    for name in ["bomb.yaml", "deep.json", "deep.yaml"] {
        let told = story.mini(&["diagnose", name], b"");
        assert_eq!((told.code, told.out.contains("not valid")), (2, true), "{name}: {}", told.out);
    }
    for name in ["flow.yaml", "many.yaml"] {
        let told = story.mini(&["diagnose", name], b"");
        assert_eq!(told.code, 1, "{name}: {}", told.out);
    }
    assert!(story.mini(&["diagnose", "many.yaml"], b"").out.contains("99980 more paths are no known facts"));
}

#[test]
fn broken_rules_are_all_told_at_once() {
    let broken = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken/several-mistakes");
    let told = Story::new().mini(&["--rules", broken.to_str().expect("a path"), "rules", "check"], b"");
    assert_eq!(told.code, 2);
    assert!(told.out.contains("rules/deploy/denied.yaml:2:8"), "{}", told.out);
    assert!(told.out.contains("rules/renewal/not-triggered.yaml:8:10"), "{}", told.out);
    let gone = Story::new().run(&["--rules", "no-such-folder", "rules", "check"], b"");
    assert_eq!(gone.code, 2);
    assert!(gone.err.contains("no-such-folder"), "{}", gone.err);
}

#[test]
fn a_log_cannot_play_with_the_terminal_or_the_shell() {
    let hostile = "2026-11-24 03:00:04 ERROR validation error: No TXT record found at $(reboot); for \u{1b}]0;x\u{7}\u{202e}evil\n";
    let story = Story::new().file("bot.log", hostile);
    let told = story.mini(&["diagnose", "bot.log"], b"");
    assert!(
        !told.out.contains('\x1b') && !told.out.contains('\u{7}') && !told.out.contains('\u{202e}'),
        "{}",
        told.out
    );
    for line in told.out.lines().filter(|line| line.trim_start().starts_with("$ ")) {
        assert!(!line.contains("$(reboot)") || line.contains("'$(reboot)"), "unquoted in a command: {line}");
    }
}

#[test]
fn a_secret_in_a_log_stays_there() {
    let log = LOG.replace("gremlins", "password=Tr0ub4dor&3x9 gremlins");
    let story = Story::new().file("bot.log", log);
    for format in ["text", "json", "markdown"] {
        let told = story.mini(&["diagnose", "bot.log", "--format", format], b"");
        assert!(told.out.contains("gremlins") && !told.out.contains("Tr0ub4dor"), "{format}: {}", told.out);
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let list = Command::new(env!("CARGO_BIN_EXE_certwhy")).args(["list"]).stdout(Stdio::piped()).spawn();
    let mut list = list.expect("the program");
    drop(list.stdout.take());
    assert_eq!(list.wait().expect("its end").code(), Some(0));
}

#[test]
fn help_teaches() {
    keep!("help", Story::new().run(&["--help"], b""));
    keep!("help-diagnose", Story::new().run(&["diagnose", "--help"], b""));
}

#[test]
fn lists_and_pages_of_the_small_pack() {
    let story = Story::new();
    keep!("list", story.mini(&["list"], b""));
    keep!("explain-cause", story.mini(&["explain", "dcv.record-missing"], b""));
    keep!("explain-symptom", story.mini(&["explain", "dcv-failed"], b""));
    keep!("rules-test", story.mini(&["rules", "test"], b""));
}

/// The README's "rule in five minutes", as its reader types it.
#[test]
fn the_rule_of_the_readme_works() {
    let readme = include_str!("../README.md");
    let (_, after) = readme.split_once("## A rule in five minutes").expect("the section");
    let record = after.split("```text\n").nth(1).and_then(|t| t.split("\n```").next()).expect("the record");
    let rule = after.split("```yaml\n").nth(1).and_then(|t| t.split("```").next()).expect("the rule");
    let rule: String = rule.lines().map(|line| format!("{}\n", line.strip_prefix("   ").unwrap_or(line))).collect();
    let story = Story::new()
        .file("mypack/rules/connector/vaultpush-slot-sealed.yaml", rule)
        .file("push.log", format!("{record}\n"));
    let checked = story.run(&["--rules", "mypack", "rules", "check"], b"");
    assert_eq!(checked.code, 0, "{}", checked.err);
    let tested = story.run(&["--rules", "mypack", "rules", "test", "connector.vaultpush"], b"");
    assert_eq!((tested.code, tested.out.as_str()), (0, "2 tests run, 0 failed\n"));
    let told = story.run(&["--rules", "mypack", "diagnose", "push.log"], b"");
    assert_eq!(told.code, 1);
    assert!(told.out.starts_with("The slot of vaultpush is sealed: almost certain"), "{}", told.out);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let story = Story::new().file("secret.log", LOG);
    let path: PathBuf = story.folder.path().join("secret.log");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("permissions");
    if std::fs::File::open(&path).is_ok() {
        // The superuser reads everything.
        return;
    }
    let told = story.mini(&["diagnose", "secret.log"], b"");
    assert_eq!(told.code, 2);
    assert!(told.err.contains("secret.log") && told.err.contains("sudo"), "{}", told.err);
}
