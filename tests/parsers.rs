//! Properties of what reads foreign bytes: no input makes it panic, lose a record or see what is not there.

use std::io::Cursor;
use std::ops::ControlFlow;

use certwhy::input::decode;
use certwhy::input::read::{self, Content, Reading};
use certwhy::input::time::{self, Reference};
use certwhy::input::{Level, Record};
use certwhy::report::redact::Redactor;
use certwhy::{Answer, Engine, Options, Pack, report};
use jiff::Timestamp;
use proptest::prelude::*;

fn now() -> Timestamp {
    Timestamp::constant(1_795_500_000, 0)
}

fn reference() -> Reference {
    Reference { now: now() }
}

fn reading() -> Reading<'static> {
    Reading { reference: reference(), format: None, sieve: None, stop: None }
}

/// The records of a text, and how many lines were read.
fn records(name: &str, bytes: &[u8]) -> Option<(Vec<Record>, usize)> {
    let mut out = Vec::new();
    match read::read(name, Cursor::new(bytes), reading(), &mut |_, record| {
        out.push(record);
        ControlFlow::Continue(())
    }) {
        Ok(Content::Log(figures)) => Some((out, figures.lines)),
        Ok(_) => None,
        Err(error) => panic!("reading from memory failed: {error}"),
    }
}

fn embedded() -> &'static Engine {
    static ENGINE: std::sync::LazyLock<Engine> =
        std::sync::LazyLock::new(|| Engine::new(&Pack::embedded().from_text()).expect("the embedded pack"));
    &ENGINE
}

/// Lines as programs write them, mixed with debris.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,80}",
        "2026-1[0-2]-2[0-8] 0[0-9]:[0-5][0-9]:[0-5][0-9],[0-9]{3} (INFO|ERROR) [a-z ]{0,30}",
        "    at [a-z.]{1,20}\\([A-Z][a-z]{1,8}\\.java:[0-9]{1,3}\\)",
        Just("Traceback (most recent call last):".to_owned()),
        Just("-----BEGIN CERTIFICATE-----".to_owned()),
        Just("-----END CERTIFICATE-----".to_owned()),
        Just(String::new()),
        "\\PC{0,40}",
    ]
}

#[test]
fn times_of_every_usual_form_are_read() {
    let moment = "2026-11-20T08:15:42Z";
    for text in [
        "2026-11-20T08:15:42Z x",
        "2026-11-20T09:15:42+01:00 x",
        "2026-11-20T08:15:42.000Z x",
        "2026-11-20 08:15:42,000 INFO x",
        "2026-11-20 08:15:42.000 INFO x",
        "[2026-11-20 08:15:42] x",
        "2026/11/20 08:15:42 x",
        "2026/11/20 08:15:42 [error] 12#12: x",
        "[Fri Nov 20 08:15:42.123456 2026] [ssl:error] x",
        "[Fri Nov 20 08:15:42 UTC 2026] x",
        "Fri Nov 20 08:15:42 AM CET 2026 x",
        "Fri Nov 20 08:15:42 2026 x",
        "20-Nov-2026 08:15:42.000 SEVERE [main] x",
        "Nov 20, 2026 8:15:42 AM org.apache.Catalina x",
        "Nov 20 08:15:42 host nginx[12]: x",
        "<34>Nov 20 08:15:42 host nginx[12]: x",
        "<34>1 2026-11-20T08:15:42Z host nginx 12 - - x",
        "E1120 08:15:42.000000 1 controller.go:1] x",
        "203.0.113.9 - - [20/Nov/2026:08:15:42 +0000] \"GET / HTTP/1.1\" 200 1",
        "1795162542 x",
        "1795162542.250 x",
        "1795162542000 x",
    ] {
        let (found, _) = time::at_start(text, reference()).unwrap_or_else(|| panic!("no time in: {text}"));
        let whole = Timestamp::from_second(found.as_second()).expect("in range");
        assert_eq!(whole.to_string(), moment, "{text}");
    }
    for text in ["", "order 1795162542", "99999999999 x", "Mayor 20 08:15:42", "2026-13-40 08:15:42 x"] {
        assert_eq!(time::at_start(text, reference()), None, "{text}");
    }
}

#[test]
fn line_ends_and_debris_change_nothing() {
    let plain = "2026-11-20 08:15:42 ERROR one\n  more of it\n2026-11-20 08:15:43 INFO two\n";
    let (expected, _) = records("a.log", plain.as_bytes()).expect("a log");
    assert_eq!(expected.iter().map(|r| r.line).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(expected[0].level, Some(Level::Error));
    let (windows, _) = records("a.log", plain.replace('\n', "\r\n").as_bytes()).expect("a log");
    assert_eq!(windows, expected);
    let (marked, _) = records("a.log", format!("\u{feff}{plain}").as_bytes()).expect("a log");
    assert_eq!(marked, expected);
    let mut utf16 = vec![0xFF, 0xFE];
    utf16.extend(plain.encode_utf16().flat_map(u16::to_le_bytes));
    let (wide, _) = records("a.log", &utf16).expect("a log");
    assert_eq!(wide, expected);
    let mut dirty = b"2026-11-20 08:15:42 ERROR caf\xe9 \x00 x\n".to_vec();
    dirty.extend(b"2026-11-20 08:15:43 INFO two\n");
    let (dirty, _) = records("a.log", &dirty).expect("a log");
    assert_eq!(dirty.len(), 2);
    assert!(dirty[0].text.contains("café"), "Windows-1252, where it is not UTF-8");
}

#[test]
fn each_line_of_json_is_a_record() {
    let text = "{\"level\":\"error\",\"msg\":\"one\"}\n{\"level\":\"info\",\"msg\":\"two\"}\n";
    let (found, _) = records("caddy.log", text.as_bytes()).expect("a log");
    assert_eq!(found.iter().map(|r| r.level).collect::<Vec<_>>(), [Some(Level::Error), Some(Level::Info)]);
}

#[test]
fn a_line_without_end_is_cut_and_counted() {
    let long = vec![b'x'; 10 << 20];
    let mut found = Vec::new();
    let content = read::read("a.log", Cursor::new(&long), reading(), &mut |_, record| {
        found.push(record);
        ControlFlow::Continue(())
    });
    let Ok(Content::Log(figures)) = content else { panic!("no log") };
    assert_eq!((figures.lines, figures.cut_lines, figures.bytes), (1, 1, 10 << 20));
    assert!(found[0].text.len() <= 64 << 10);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_reading_fail(bytes in proptest::collection::vec(any::<u8>(), 0..2000), name in "[a-z]{1,4}(\\.(log|json|yaml))?") {
        let _ = records(&name, &bytes);
    }

    #[test]
    fn every_line_stands_in_exactly_one_record(lines in proptest::collection::vec(line(), 1..60)) {
        let text = lines.join("\n");
        if let Some((records, read)) = records("a.log", text.as_bytes()) {
            let mut last = 0;
            let mut kept: Vec<String> = Vec::new();
            for record in &records {
                prop_assert!(record.line > last, "records in the order of their lines");
                last = record.line + record.text.matches('\n').count();
                kept.extend(record.text.split('\n').map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()));
            }
            prop_assert!(last <= read);
            let given: Vec<String> = text
                .split('\n')
                .map(|l| decode::plain(l.trim_start_matches('\u{feff}')).trim().to_owned())
                .filter(|l| !l.is_empty())
                .collect();
            prop_assert_eq!(kept, given);
        }
    }

    #[test]
    fn the_filter_loses_no_match(lines in proptest::collection::vec(signal_line(), 1..8)) {
        let engine = embedded();
        let text = lines.join("\n");
        let record = Record { line: 1, text, time: None, level: None, source: None };
        prop_assert_eq!(
            engine.scanner.scan(&record, &engine.knowledge),
            engine.scanner.scan_all(&record, &engine.knowledge)
        );
    }

    #[test]
    fn what_is_remembered_is_what_would_be_found(
        lines in proptest::collection::vec(signal_line(), 1..4),
        digits in proptest::collection::vec("[0-9]{1,12}", 4),
        ending in prop_oneof![Just(""), Just("\r"), Just("\0"), Just("\n\n"), Just("\u{fffd}é")],
    ) {
        let engine = remembering();
        for digits in digits {
            let mut digits = digits.chars().cycle();
            let other = |c: char| if c.is_ascii_digit() { digits.next().unwrap_or(c) } else { c };
            let text = lines.join("\n").chars().map(other).collect::<String>() + ending;
            let record = Record { line: 1, text, time: None, level: None, source: None };
            prop_assert_eq!(
                engine.scanner.scan(&record, &engine.knowledge),
                engine.scanner.scan_all(&record, &engine.knowledge)
            );
        }
    }

    #[test]
    fn no_log_makes_the_answer_fail(lines in proptest::collection::vec(prop_oneof![line(), signal_line()], 0..30)) {
        let mut session = embedded().session(now());
        session.read("a.log", Cursor::new(lines.join("\n")));
        let answer = Answer::new(&session.diagnose(Options::default()));
        let none = answer.none_probability;
        prop_assert!((0.0..=1.0).contains(&none));
        for cause in &answer.causes {
            prop_assert!((0.0..=1.0).contains(&cause.probability));
            prop_assert!(cause.evidence.iter().any(|e| e.line.is_some()), "a cause without proof");
        }
        let page = report::text::plain(&answer, 80);
        let coloured = page.contains('\x1b');
        prop_assert!(!coloured);
        let json: serde_json::Value = serde_json::from_str(&report::json(&answer)).expect("JSON");
        prop_assert_eq!(json["schema"].as_str(), Some("certwhy/diagnosis/1"));
    }

    #[test]
    fn a_password_never_comes_through(secret in "[A-Za-z0-9]{8,30}", before in "[ -~]{0,20}") {
        prop_assume!(!before.contains(&secret));
        for form in ["password={}", "--storepass {}", "Authorization: Bearer {}", "https://user:{}@host.example/"] {
            let text = format!("{before} {}", form.replace("{}", &secret));
            let out = Redactor::default().text(&text);
            prop_assert!(!out.contains(&secret), "{}", out);
        }
    }
}

/// An engine that has looked through so many records that it remembers what they show.
fn remembering() -> &'static Engine {
    static WARM: std::sync::LazyLock<&Engine> = std::sync::LazyLock::new(|| {
        let engine = embedded();
        let record = Record { line: 1, text: "fine".to_owned(), time: None, level: None, source: None };
        (0..2000).for_each(|_| assert_eq!(engine.scanner.scan(&record, &engine.knowledge), []));
        engine
    });
    &WARM
}

/// Records that the signals of the knowledge base know.
fn signal_line() -> impl Strategy<Value = String> {
    let examples: Vec<String> =
        embedded().knowledge.signals.iter().flat_map(|s| s.examples.matching.iter().cloned()).collect();
    proptest::sample::select(examples)
}
