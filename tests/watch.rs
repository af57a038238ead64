//! Logs that grow, through the library and through the program: what opens, what changes, what clears.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use certwhy::input::Record;
use certwhy::report::EventAnswer;
use certwhy::watch::Watch;
use certwhy::{Engine, Options, Pack};
use serde_json::Value;

const FAILED: &str =
    "ERROR validation error: No TXT record found at _acme-challenge.shop.example.org for shop.example.org";
const VALID: &str = "INFO domain shop.example.org is valid";
const DENIED: &str = "ERROR cannot write /etc/ssl/shop.pem: Permission denied";

fn pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini")
}

fn engine() -> Engine {
    let mut mini = Pack::default();
    mini.overlay(&pack()).expect("the small pack");
    Engine::new(&mini).expect("sound rules")
}

/// What a log tells, one line at a time: `opened shop.example.org dcv.record-missing`.
fn told(lines: &[(&str, &str)]) -> Vec<Vec<String>> {
    let engine = engine();
    let now = "2026-11-28T12:00:00Z".parse().expect("a time");
    let mut session = engine.session(now);
    let log = session.growing("bot.log");
    let mut watch = Watch::default();
    let mut out = Vec::new();
    for (ix, (time, text)) in lines.iter().enumerate() {
        let time = format!("2026-11-28T{time}Z").parse().ok();
        session.record(log, Record { line: ix + 1, text: (*text).to_owned(), time, level: None, source: None });
        let outcome = session.so_far(now, Options::default());
        let events = watch.take(&outcome).into_iter().map(|change| EventAnswer::new(&outcome, &change, now));
        let named = |event: EventAnswer| {
            let cause = event.cause.map(|cause| cause.id).or(event.before.map(|before| before.id));
            format!("{} {} {}", event.event, event.subject, cause.unwrap_or_default())
        };
        out.push(events.map(named).collect());
    }
    out
}

#[test]
fn an_incident_opens_once_and_clears() {
    let lines = [("10:00:00", FAILED), ("10:00:05", FAILED), ("10:09:00", "all quiet"), ("10:10:00", VALID)];
    let opened = "opened shop.example.org dcv.record-missing".to_owned();
    let cleared = "cleared shop.example.org dcv.record-missing".to_owned();
    assert_eq!(told(&lines), [vec![opened], vec![], vec![], vec![cleared]]);
}

#[test]
fn another_cause_of_the_same_subject_is_a_change() {
    let lines = [
        ("10:00:00", FAILED),
        ("10:10:00", "INFO domain shop.example.org is valid; cannot write /a: Permission denied"),
    ];
    let changed = vec!["changed shop.example.org deploy.denied".to_owned()];
    assert_eq!(told(&lines)[1], changed);
}

#[test]
fn an_incident_that_gets_a_name_is_the_same() {
    let lines = [("10:00:00", DENIED), ("10:00:01", "INFO deployed certificate of other.example.org")];
    let first = told(&lines);
    assert_eq!(first[0], ["opened bot.log deploy.denied"]);
    assert!(!first[1].iter().any(|event| event.starts_with("opened")), "{:?}", first[1]);
}

#[test]
fn what_is_forgotten_opens_anew() {
    let engine = engine();
    let now = "2026-11-28T12:00:00Z".parse().expect("a time");
    let mut session = engine.session(now);
    let log = session.growing("bot.log");
    let mut watch = Watch::default();
    let record =
        |time: &str| Record { line: 1, text: FAILED.to_owned(), time: time.parse().ok(), level: None, source: None };
    session.record(log, record("2026-11-26T10:00:00Z"));
    assert_eq!(watch.take(&session.so_far(now, Options::default())).len(), 1);
    session.forget("2026-11-27T10:00:00Z".parse().expect("a time"));
    let outcome = session.so_far(now, Options::default());
    assert!(outcome.seen.sightings.is_empty());
    assert_eq!(watch.take(&outcome).len(), 1);
    assert_eq!(watch.open(), 0);
}

/// The program, watching.
struct Watching {
    child: Child,
    events: Receiver<String>,
    notes: Receiver<String>,
}

impl Watching {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certwhy"));
        command.args(["--no-builtin", "--rules"]).arg(pack()).arg("watch").args(args).current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        let events = lines(child.stdout.take().expect("its output"));
        let notes = lines(child.stderr.take().expect("its errors"));
        Watching { child, events, notes }
    }

    fn event(&self) -> Value {
        serde_json::from_str(&next(&self.events)).expect("JSON")
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    receive
}

/// The next line; a machine may be busy, but not forever.
fn next(lines: &Receiver<String>) -> String {
    lines.recv_timeout(Duration::from_secs(60)).expect("a line within a minute")
}

fn add(path: &Path, line: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).expect("writable");
    writeln!(file, "{line}").expect("room");
}

#[test]
fn a_log_is_followed_through_its_rotation() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("bot.log");
    add(&log, &format!("2026-11-28 09:00:00 {FAILED}"));
    let watching = Watching::start(folder.path(), &[".", "--format", "ndjson"]);
    assert_eq!(next(&watching.notes), "certwhy: watching 1 log; Ctrl-C ends it");
    add(&log, &format!("2026-11-28 10:00:00 {DENIED}"));
    let event = watching.event();
    assert_eq!(event["schema"], "certwhy/event/1");
    assert_eq!((&event["event"], &event["cause"]["id"]), (&"opened".into(), &"deploy.denied".into()));
    assert_eq!(event["cause"]["evidence"][0]["line"], 2);
    fs::rename(&log, folder.path().join("bot.log.1")).expect("renamed");
    add(&log, &format!("2026-11-28 10:05:00 {FAILED}"));
    let event = watching.event();
    assert_eq!((&event["event"], &event["subject"]), (&"opened".into(), &"shop.example.org".into()), "{event}");
    assert!(next(&watching.notes).contains("bot.log: rotated"));
}

#[test]
fn standard_input_is_watched_to_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut watching = Watching::start(folder.path(), &["-", "--format", "ndjson"]);
    let mut input = watching.child.stdin.take().expect("its input");
    writeln!(input, "2026-11-28 10:00:00 {FAILED}").expect("it reads");
    assert_eq!(watching.event()["event"], "opened");
    writeln!(input, "2026-11-28 10:05:00 {VALID}").expect("it reads");
    drop(input);
    let event = watching.event();
    assert_eq!((&event["event"], &event["cleared_at"]), (&"cleared".into(), &"standard input:2".into()));
    assert_eq!(watching.child.wait().expect("its end").code(), Some(0));
}

#[test]
fn what_is_there_is_read_first_where_that_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    add(&folder.path().join("bot.log"), &format!("2026-11-28 09:00:00 {FAILED}"));
    let watching = Watching::start(folder.path(), &["bot.log", "later.log", "--from-start"]);
    assert!(next(&watching.notes).contains("later.log: is not there yet"));
    let first = next(&watching.events);
    assert!(first.ends_with("OPENED shop.example.org"), "{first}");
}
