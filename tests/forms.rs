//! Forms of input: the same records come out, whatever carried, encoded or wrapped them.

use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use certwhy::input::read::{self, Content, Log, Reading};
use certwhy::input::time::Reference;
use certwhy::input::unpack::{self, Part, ReadSeek};
use certwhy::input::{Level, Record};
use jiff::Timestamp;

const LOG: &str = "2026-11-20T08:15:42Z INFO order created\n2026-11-20T08:15:43Z ERROR curl: (6) Could not resolve host: acme.example.com\n";

fn reading() -> Reading<'static> {
    Reading {
        reference: Reference { now: Timestamp::constant(1_795_500_000, 0) },
        format: None,
        sieve: None,
        stop: None,
    }
}

fn log(name: &str, bytes: &[u8]) -> (Log, Vec<Record>) {
    let mut records = Vec::new();
    let content = read::read(name, Cursor::new(bytes), reading(), &mut |_, record| {
        records.push(record);
        ControlFlow::Continue(())
    });
    match content {
        Ok(Content::Log(figures)) => (figures, records),
        other => panic!("not a log: {other:?}"),
    }
}

/// Name, wrapping and text of every input inside; a refusal as its reason.
fn inside(name: &str, bytes: &[u8], seekable: bool) -> Vec<(String, String, String)> {
    let mut out = Vec::new();
    let mut whole = Cursor::new(bytes);
    let file: Option<&mut dyn ReadSeek> = if seekable { Some(&mut whole) } else { None };
    unpack::each(name, &mut Cursor::new(bytes), file, None, &mut |name, part| {
        let (label, text) = match part {
            Part::Input(reader, label) => {
                let mut text = String::new();
                let read = reader.read_to_string(&mut text);
                (label.to_owned(), read.map_or_else(|error| error.to_string(), |_| text))
            }
            Part::Refused(why) => ("refused".to_owned(), why),
        };
        out.push((name.to_owned(), label, text));
    });
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("memory");
    packer.finish().expect("memory")
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut packer = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        packer.append_data(&mut header, name, *bytes).expect("memory");
    }
    packer.into_inner().expect("memory")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut packer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        packer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("memory");
        packer.write_all(bytes).expect("memory");
    }
    packer.finish().expect("memory").into_inner()
}

fn found(name: &str, label: &str) -> (String, String, String) {
    (name.to_owned(), label.to_owned(), LOG.to_owned())
}

#[test]
fn compressed_files_are_read_as_what_is_in_them() {
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(LOG.as_bytes()).expect("memory");
    let zst = ruzstd::encoding::compress_to_vec(LOG.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    let mut two = gzip(&LOG.as_bytes()[..40]);
    two.extend(gzip(&LOG.as_bytes()[40..]));
    for (name, bytes, label) in [
        ("bot.log.gz", gzip(LOG.as_bytes()), "gzip"),
        ("bot.log.gz", two, "gzip"),
        ("bot.log.bz2", bz.finish().expect("memory"), "bzip2"),
        ("bot.log.zst", [zst.clone(), Vec::new()].concat(), "zstd"),
        ("bot.log.xz", include_bytes!("forms/two-lines.xz").to_vec(), "xz"),
    ] {
        assert_eq!(inside(name, &bytes, false), [found(name, label)], "{label}");
    }
    let twice = inside("bot.log.zst", &[zst.clone(), zst].concat(), false);
    assert_eq!(twice[0].2, LOG.repeat(2), "frames of zstd one after the other");
}

#[test]
fn archives_give_every_file_in_them() {
    let files: [(&str, &[u8]); 2] = [("logs/a.log", LOG.as_bytes()), ("logs/b.log.gz", &gzip(LOG.as_bytes()))];
    let expected = |archive: &str, label: &str| {
        [
            found(&format!("{archive}!logs/a.log"), label),
            found(&format!("{archive}!logs/b.log.gz"), &format!("gzip in {label}")),
        ]
    };
    assert_eq!(inside("x.tar", &tar(&files), false), expected("x.tar", "tar"));
    assert_eq!(inside("x.tar.gz", &gzip(&tar(&files)), false), expected("x.tar.gz", "tar in gzip"));
    assert_eq!(inside("x.zip", &zip(&files), true), expected("x.zip", "zip"));
    assert_eq!(inside("x.zip", &zip(&files), false), expected("x.zip", "zip"), "without seeking");
}

#[test]
fn what_is_broken_or_made_to_exhaust_is_refused_with_a_reason() {
    let bomb = gzip(&gzip(&vec![b'a'; 65 << 20]));
    assert!(bomb.len() < 64 << 10, "{}", bomb.len());
    let out = inside("bomb.gz", &bomb, false);
    assert!(out[0].2.contains("decompression bomb"), "{}", &out[0].2[..200]);

    let cut = gzip(LOG.repeat(50).as_bytes());
    let out = inside("cut.gz", &cut[..cut.len() - 20], false);
    assert!(!out[0].2.starts_with("2026"), "a cut file must not look whole");

    let mut nested = LOG.as_bytes().to_vec();
    (0..5).for_each(|_| nested = gzip(&nested));
    assert_eq!(inside("deep.gz", &nested, false)[0].1, "refused");
    assert_eq!(inside("bad.zip", b"PK\x03\x04 and nothing that follows", true)[0].1, "refused");
    let many: Vec<(String, &[u8])> = (0..10_010).map(|n| (format!("{n}.log"), b"x\n".as_slice())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let out = inside("many.tar", &tar(&many), false);
    assert_eq!(out.len(), 10_001);
    assert!(out[10_000].2.contains("more than 10000 files"), "{:?}", out[10_000]);
}

#[test]
fn encodings_of_windows_are_read() {
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
        mark.then_some(0xFEFF).into_iter().chain(LOG.encode_utf16()).flat_map(bytes).collect()
    };
    let plain = log("bot.log", LOG.as_bytes()).1;
    for (bytes, mark) in
        [(u16::to_le_bytes as fn(u16) -> [u8; 2], true), (u16::to_be_bytes, true), (u16::to_le_bytes, false)]
    {
        let (figures, records) = log("bot.log", &utf16(bytes, mark));
        assert!(figures.utf16);
        assert_eq!(records, plain);
    }
    let latin = log("bot.log", b"Zugriff verweigert: Schl\xfcssel f\xfcr m\xfcnchen.example\n").1;
    assert_eq!(latin[0].text, "Zugriff verweigert: Schlüssel für münchen.example");
    let marked = log("bot.log", format!("\u{feff}{LOG}").as_bytes()).1;
    assert_eq!(marked, plain);
}

/// Form, text, and the record that must come out: its text, level and program.
#[test]
fn carriers_are_taken_off() {
    let at: Timestamp = "2026-11-20T08:15:43Z".parse().expect("a time");
    for (form, text, expected, level, program) in [
        (
            "docker",
            r#"{"log":"curl: (6) Could not resolve host: acme.example.com\n","stream":"stderr","time":"2026-11-20T08:15:43.000Z"}"#,
            "curl: (6) Could not resolve host: acme.example.com",
            None,
            None,
        ),
        (
            "cri",
            "2026-11-20T08:15:43.000Z stderr P curl: (6) Could not\n2026-11-20T08:15:43.000Z stderr F  resolve host",
            "curl: (6) Could not resolve host",
            None,
            None,
        ),
        (
            "journal-json",
            r#"{"__REALTIME_TIMESTAMP":"1795162543000000","PRIORITY":"3","SYSLOG_IDENTIFIER":"certbot","MESSAGE":"no\nway"}"#,
            "no\nway",
            Some(Level::Error),
            Some("certbot"),
        ),
        (
            "journal-export",
            "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795162543000000\nPRIORITY=4\n_COMM=nginx\nMESSAGE=no way\n\n",
            "no way",
            Some(Level::Warning),
            Some("nginx"),
        ),
        (
            "json-lines",
            r#"{"level":50,"time":1795162543000,"msg":"open \"/etc/key.pem\": permission denied"}"#,
            r#"{"level":50,"time":1795162543000,"msg":"open "/etc/key.pem": permission denied"}"#,
            Some(Level::Error),
            None,
        ),
        (
            "logfmt",
            r#"time="2026-11-20T08:15:43Z" level=error msg="no way""#,
            r#"time="2026-11-20T08:15:43Z" level=error msg="no way""#,
            Some(Level::Error),
            None,
        ),
        (
            "windows-events-xml",
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Level>2</Level><TimeCreated SystemTime='2026-11-20T08:15:43.0000000Z'/></System><Data>a &amp; b</Data></Event>",
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Level>2</Level><TimeCreated SystemTime='2026-11-20T08:15:43.0000000Z'/></System><Data>a & b</Data></Event>",
            Some(Level::Error),
            None,
        ),
    ] {
        // A single object of JSON would be a document.
        let text = if form == "json-lines" { format!("{text}\n{text}\n") } else { format!("{text}\n") };
        let (figures, mut records) = log("x.log", text.as_bytes());
        records.dedup_by(|a, b| a.text == b.text);
        assert_eq!(figures.format.word(), form);
        assert_eq!(records.len(), 1, "{form}: {records:?}");
        let record = &records[0];
        assert_eq!(
            (record.text.as_str(), record.level, record.source.as_deref()),
            (expected, level, program),
            "{form}"
        );
        assert_eq!(record.time, Some(at), "{form}");
    }
}

#[test]
fn events_of_several_lines_stay_whole() {
    let csv = "Level,Date and Time,Source,Event ID,Task Category\nError,11/20/2026 8:15:43 AM,Schannel,36871,None,\"A fatal error occurred.\nThe internal error state is 10013.\"\nInformation,11/20/2026 8:16:00 AM,X,1,None,fine\n";
    let (figures, records) = log("events.csv", csv.as_bytes());
    assert_eq!(figures.format.word(), "windows-events-csv");
    assert_eq!(records.iter().map(|r| r.text.lines().count()).collect::<Vec<_>>(), [1, 2, 1]);
    let text =
        "Event[0]:\n  Log Name: System\n  Description:\nA fatal error occurred.\n\nEvent[1]:\n  Log Name: System\n";
    let (figures, records) = log("events.txt", text.as_bytes());
    assert_eq!(figures.format.word(), "windows-events-text");
    assert_eq!(records.len(), 2, "{records:?}");
}

#[test]
fn messages_of_the_journal_may_have_blank_lines() {
    let message = "no way ::\n\nMESSAGE=not a field\nat all";
    let mut export = b"__CURSOR=s=1\nPRIORITY=3\nMESSAGE\n".to_vec();
    export.extend((message.len() as u64).to_le_bytes());
    export.extend(format!("{message}\n_COMM=certbot\n\n__CURSOR=s=2\nMESSAGE=fine\n\n").as_bytes());
    let (_, records) = log("journal.export", &export);
    let told: Vec<_> = records.iter().map(|r| (r.text.as_str(), r.source.as_deref())).collect();
    assert_eq!(told, [(message, Some("certbot")), ("fine", None)]);
}

#[test]
fn events_in_one_long_line_are_told_apart() {
    let scheme = "http://schemas.microsoft.com/win/2004/08/events/event";
    let event = |level| {
        format!(
            "<Event xmlns='{scheme}'><System><Level>{level}</Level></System><Data>{}</Data></Event>",
            "x".repeat(500)
        )
    };
    let text = format!("<?xml version=\"1.0\"?><Events>{}{}</Events>", event(4).repeat(999), event(2));
    let (figures, records) = log("events.xml", text.as_bytes());
    assert_eq!((figures.format.word(), figures.cut_lines, records.len()), ("windows-events-xml", 0, 1000));
    assert_eq!(records.last().and_then(|record| record.level), Some(Level::Error));
}

#[test]
fn dress_of_terminals_is_taken_off() {
    let (_, records) = log("typescript", b"\x1b[31mError:\x1b[0m no \x1b]0;title\x07way\nnext\n");
    assert_eq!(records[0].text, "Error: no way");
}
