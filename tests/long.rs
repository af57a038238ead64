//! Long logs: what is sifted gives the same as what is read whole.

use std::fs;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::LazyLock;

use certwhy::engine::ReadOptions;
use certwhy::input::Record;
use certwhy::input::read::{self, Reading};
use certwhy::input::sift::Sieve;
use certwhy::input::time::Reference;
use certwhy::{Answer, Engine, Options};
use jiff::Timestamp;
use memchr::memmem;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::constant(1_795_500_000, 0);
/// More than is read whole of a log.
const LONG: usize = 300 << 10;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::embedded().expect("the embedded rules"));

fn everyday() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let day = fs::read_to_string(root.join("src/scan/everyday.log")).expect("the everyday log");
        day.repeat(LONG / day.len() + 1)
    });
    &TEXT
}

/// Causes of a log with their probabilities, and the records that no rule knows.
fn answer(text: &str, whole: bool) -> (Vec<(String, String)>, usize) {
    let mut session = ENGINE.session(NOW);
    session.options(ReadOptions { limit: whole.then_some(u64::MAX), ..ReadOptions::default() });
    session.read("long.log", text.as_bytes());
    let answer = Answer::new(&session.diagnose(Options::default()));
    let causes = answer.causes.iter().map(|cause| (cause.id.clone(), format!("{:.3}", cause.probability)));
    (causes.collect(), answer.unexplained.len())
}

#[test]
fn a_long_log_gives_the_diagnosis_of_its_telling_part() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut wrong = Vec::new();
    let mut tried = 0;
    for case in fs::read_dir(folder).expect("the folder") {
        let case = case.expect("an entry").path();
        for file in fs::read_dir(&case).expect("a folder") {
            let file = file.expect("an entry").path();
            let Ok(text) = fs::read_to_string(&file) else { continue };
            if !file.extension().is_some_and(|kind| kind == "log" || kind == "txt") || text.starts_with('{') {
                continue;
            }
            let long = format!("{}{text}\n{}", everyday(), &everyday()[..20_000]);
            let (sifted, whole) = (answer(&long, false), answer(&long, true));
            tried += 1;
            if sifted != whole {
                wrong.push(format!("{}:\n  sifted {sifted:?}\n  whole  {whole:?}", file.display()));
            }
        }
    }
    assert!(tried > 50, "{tried}");
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
}

/// Wants the lines with a word.
struct Word;

const WORD: &[u8] = b"WANTED";

impl Sieve for Word {
    fn lines(&self, block: &[u8], from: usize, wanted: &mut Vec<usize>) {
        for at in memmem::find_iter(&block[from..], WORD) {
            wanted.push(memchr::memrchr(b'\n', &block[..from + at]).map_or(0, |end| end + 1));
        }
    }
}

/// The records with the word, and the figures that do not depend on how a log is read.
fn records(bytes: &[u8], sieve: Option<&dyn Sieve>) -> (Vec<Record>, usize, usize, u64) {
    let reading = Reading { reference: Reference { now: NOW }, format: None, sieve, stop: None };
    let mut out = Vec::new();
    let sample = String::from_utf8_lossy(&bytes[..bytes.len().min(64 << 10)]);
    let figures = read::log(&sample, Cursor::new(bytes), reading, &mut |_, record: Record| {
        if memmem::find(record.text.as_bytes(), WORD).is_some() {
            out.push(record);
        }
        ControlFlow::Continue(())
    });
    let figures = figures.expect("memory can be read");
    (out, figures.lines, figures.cut_lines, figures.bytes)
}

/// Events of a program that stamps its lines, and of one that does not.
fn event(stamped: bool) -> impl Strategy<Value = Vec<u8>> {
    let head = if stamped { "2026-11-20 08:15:42 [info] 7: " } else { "" };
    let words = prop_oneof![
        6 => "[a-z ]{1,60}",
        1 => "WANTED[a-z ]{0,20}",
        1 => "[a-z]{1,9}\r",
    ];
    let tail = prop_oneof![
        8 => Just(String::new()),
        1 => Just("  at x.y(z)\n\tat WANTED\n".to_owned()),
        1 => Just("Traceback (most recent call last):\n  File \"a.py\", line 1\n    WANTED()\nValueError: x\n".to_owned()),
        1 => Just("-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n".to_owned()),
        1 => Just("\n".to_owned()),
    ];
    let odd = prop_oneof![9 => Just(Vec::new()), 1 => Just(b"caf\xe9 WANTED \x00\n".to_vec())];
    (words, tail, odd).prop_map(move |(words, tail, odd)| {
        let line = format!("{head}{}\n{tail}", if words.trim().is_empty() { "x" } else { &words });
        [line.into_bytes(), odd].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn wanted_records_come_out_whole(
        events in prop::collection::vec(event(true), 20..60),
        long in prop::collection::vec((any::<prop::sample::Index>(), 60_000..70_000usize), 0..3),
    ) {
        let mut events = events;
        for (at, length) in long {
            let at = at.index(events.len());
            events.insert(at, [b"2026-11-20 08:15:43 [info] 7: ".as_slice(), &vec![b'w'; length], b" WANTED\n"].concat());
        }
        let once = events.concat();
        let text = once.repeat((600 << 10) / once.len() + 1);
        prop_assert_eq!(records(&text, Some(&Word)), records(&text, None));
    }
}

#[test]
fn a_line_of_ten_megabytes_is_cut_and_what_follows_is_read() {
    let line = |text: &str| format!("2026-11-20 08:15:42 [info] 7: {text}\n");
    let text = [line("x").repeat(12_000), line(&"y".repeat(10 << 20)), line("WANTED"), line("z")].concat();
    let (found, lines, cut, bytes) = records(text.as_bytes(), Some(&Word));
    assert_eq!((found.len(), lines, cut, bytes), (1, 12_003, 1, text.len() as u64));
    assert_eq!(found[0].line, 12_002);
    assert_eq!((found, lines, cut, bytes), records(text.as_bytes(), None));
}

#[test]
fn records_of_a_log_without_times_come_out_whole() {
    let block = "plain line\n  indented WANTED\nother line\n\nTraceback (most recent call last):\n  File \"a.py\", line 1\n    \
                 WANTED()\nValueError: x\nlast WANTED\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let text = block.repeat((600 << 10) / block.len() + 1);
    assert_eq!(records(text.as_bytes(), Some(&Word)), records(text.as_bytes(), None));
}
