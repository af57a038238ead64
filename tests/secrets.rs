//! Secrets of every kind, in every form in which logs wrap them, and in everything that leaves the program: none comes out.
//! What is no secret stays as it is.

use std::fmt::Write as _;
use std::io::{Cursor, Read};
use std::process::{Command, Output};

use certwhy::report::redact::Redactor;
use serde::Deserialize;

const KINDS: &str = include_str!("secrets/kinds.yaml");
const PLAIN: &str = include_str!("secrets/plain.txt");

#[derive(Debug, Clone, Deserialize)]
struct Kind {
    kind: String,
    secret: String,
    text: String,
}

impl Kind {
    /// Pieces of the secret that stand nowhere else.
    fn pieces(&self) -> Vec<String> {
        let whole: Vec<char> = self.secret.chars().collect();
        whole.windows(10).map(|piece| piece.iter().collect()).collect()
    }
}

/// Characters that look random and are the same in each run.
struct Made(u64);

impl Made {
    fn next(&mut self, letters: &str) -> char {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let letters: Vec<char> = letters.chars().collect();
        letters[(self.0 >> 33) as usize % letters.len()]
    }

    /// Fills `{20}`, `{hex 20}`, `{64 20}` and `{colons 20}`.
    fn fill(&mut self, template: &str) -> String {
        const WORD: &str = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
        const HEX: &str = "0123456789abcdef";
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (order, after) = after.split_once('}').expect("a brace that ends");
            out.push_str(before);
            let (letters, count) = order.rsplit_once(' ').unwrap_or(("", order));
            let count: usize = count.parse().expect("a number");
            for n in 0..count {
                match letters {
                    "hex" => out.push(self.next(HEX)),
                    "64" => out.push(self.next(&format!("{WORD}+/"))),
                    "colons" => {
                        let pair = [self.next(HEX), self.next(HEX)];
                        out.extend(pair);
                        out.push_str(if n + 1 < count { ":" } else { "" });
                    }
                    _ => out.push(self.next(WORD)),
                }
            }
            rest = after;
        }
        out + rest
    }
}

fn kinds() -> Vec<Kind> {
    let kinds: Vec<Kind> = serde_yaml::from_str(KINDS).expect("the table");
    let mut made = Made(0x9e37_79b9_7f4a_7c15);
    let fill = |kind: Kind| {
        let secret = made.fill(&kind.secret);
        // The first of two signs is the secret, the other one is written.
        let text = kind.text.replacen('@', &secret, 1);
        Kind { text, secret, ..kind }
    };
    kinds.into_iter().map(fill).collect()
}

/// What programs make of a text when they log it.
fn forms(kind: &Kind) -> Vec<(&'static str, String)> {
    let text = &kind.text;
    let json = serde_json::to_string(text).expect("JSON");
    let xml = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let url: String = text.bytes().fold(String::new(), |mut out, byte| {
        match byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            true => out.push(byte as char),
            false => write!(out, "%{byte:02X}").expect("text"),
        }
        out
    });
    let inner = serde_json::to_string(&format!("{{\"detail\":{json}}}")).expect("JSON");
    let stamped: Vec<String> = text.lines().map(|line| format!("2026-11-24 03:00:05 DEBUG [bot] {line}")).collect();
    let mut forms = vec![
        ("plain", format!("2026-11-24 03:00:05 ERROR {text}")),
        ("alone", text.clone()),
        ("stamped", stamped.join("\n")),
        ("JSON", format!("{{\"time\":\"2026-11-24T03:00:05Z\",\"level\":\"error\",\"msg\":{json}}}")),
        ("JSON in JSON", format!("{{\"level\":\"error\",\"msg\":{inner}}}")),
        ("logfmt", format!("time=2026-11-24T03:00:05Z level=error msg={json}")),
        ("XML", format!("<Event><Message>{xml}</Message></Event>")),
        ("URL", format!("GET /log?line={url} HTTP/1.1")),
        ("quoted", format!("2026-11-24 03:00:05 ERROR command '{text}' ended with 1")),
        (
            "Docker",
            format!(
                "{{\"log\":{},\"stream\":\"stderr\",\"time\":\"2026-11-24T03:00:05Z\"}}",
                serde_json::to_string(&format!("{text}\n")).expect("JSON")
            ),
        ),
    ];
    let at = text.find(&kind.secret).expect("the secret stands in it");
    if kind.secret.len() >= 30 && !kind.secret.contains(':') && !text.contains('\n') {
        let (before, after) = text.split_at(at + kind.secret.len() / 2);
        forms.push((
            "wrapped",
            format!("2026-11-24 03:00:05 ERROR [provisioning] a long message {before}\n    {after}"),
        ));
        forms.push(("continued", format!("{before}\\\n{after}")));
    }
    forms
}

fn leaks(kind: &Kind, output: &str) -> Option<String> {
    kind.pieces().into_iter().find(|piece| output.contains(piece.as_str()))
}

#[test]
fn there_are_more_than_forty_kinds() {
    let kinds = kinds();
    assert!(kinds.len() >= 40, "{}", kinds.len());
    for kind in &kinds {
        assert!(kind.text.contains(&kind.secret) && kind.pieces().len() > 2, "{kind:?}");
    }
}

#[test]
fn no_kind_comes_through_in_any_form() {
    let mut through = Vec::new();
    for kind in kinds() {
        for (form, text) in forms(&kind) {
            let output = Redactor::default().text(&text);
            if let Some(piece) = leaks(&kind, &output) {
                through.push(format!("{} ({form}): {piece} of\n    {text}\n    {output}", kind.kind));
            }
        }
    }
    assert!(through.is_empty(), "{} come through:\n{}", through.len(), through.join("\n"));
}

#[test]
fn what_is_no_secret_stays_as_it_is() {
    let changed: Vec<String> = PLAIN
        .lines()
        .map(|line| (line, Redactor::default().text(line)))
        .filter(|(line, output)| line != output)
        .map(|(line, output)| format!("{line}\n    became {output}"))
        .collect();
    assert!(changed.is_empty(), "\n{}", changed.join("\n"));
}

struct Case {
    folder: tempfile::TempDir,
    kinds: Vec<Kind>,
}

impl Case {
    /// One folder with every kind in every form: logs, a facts document, a status document that is none.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let kinds = kinds();
        let mut log = String::from("2026-11-24 03:00:00 INFO [bot] starting order for shop.example.org\n");
        for kind in &kinds {
            // The redactor itself is tried with all of them.
            for (_, text) in forms(kind).into_iter().filter(|(form, _)| ["stamped", "JSON", "XML"].contains(form)) {
                log.push_str(&text);
                log.push_str("\n2026-11-24 03:00:05 ERROR [bot] the step failed\n");
            }
        }
        log.push_str(
            "2026-11-24 03:00:06 ERROR validation error: No TXT record found at _acme-challenge.shop.example.org\n",
        );
        let messages = [&kinds[0], &kinds[42], &kinds[70]];
        let message: Vec<&str> = messages.iter().map(|kind| kind.text.as_str()).collect();
        let facts = serde_json::json!({
            "at": "2026-11-24T03:00:00Z",
            "facts": { "connector.last_error": message.join(" / "), "bot.name": "PROV-BOT-03", "dcv.status": "failed" },
        });
        let texts: Vec<&str> = kinds.iter().map(|kind| kind.text.as_str()).collect();
        let odd = serde_json::json!({ "status": "error", "messages": texts });
        std::fs::write(folder.path().join("bot.log"), log).expect("a file");
        std::fs::write(folder.path().join("facts.json"), facts.to_string()).expect("a file");
        std::fs::write(folder.path().join("odd.json"), odd.to_string()).expect("a file");
        // Every kind as the record that proves a cause: what is quoted.
        let proof: String = kinds
            .iter()
            .map(|kind| {
                let text = kind.text.replace('\n', "\n    ");
                format!("2026-11-24 03:00:06 ERROR No TXT record found at _acme-challenge.shop.example.org {text}\n")
            })
            .collect();
        std::fs::write(folder.path().join("proof.log"), proof).expect("a file");
        Case { folder, kinds }
    }

    fn run(&self, args: &[&str], input: &str) -> String {
        use std::io::Write as _;
        use std::process::Stdio;
        let mut command = Command::new(env!("CARGO_BIN_EXE_certwhy"));
        command.args(args).current_dir(self.folder.path());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let _ = child.stdin.take().expect("its input").write_all(input.as_bytes());
        let Output { stdout, stderr, status } = child.wait_with_output().expect("it ends");
        assert_eq!(status.code().map(|code| code < 3), Some(true), "{args:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr)
    }

    fn holds(&self, what: &str, output: &str) {
        assert!(output.len() > 40, "{what}: {output}");
        let through: Vec<String> = self
            .kinds
            .iter()
            .filter_map(|kind| leaks(kind, output).map(|piece| format!("{}: {piece}", kind.kind)))
            .collect();
        assert!(through.is_empty(), "{what} lets through:\n{}", through.join("\n"));
    }
}

const NOW: [&str; 2] = ["--now", "2026-11-24T12:00:00Z"];

#[test]
fn nothing_secret_leaves_a_diagnosis() {
    let case = Case::new();
    let password = &case.kinds[42].secret;
    let fact = format!("connector.last_error=login failed: password={password}");
    for format in ["text", "json", "markdown"] {
        let args = [
            "diagnose",
            "bot.log",
            "proof.log",
            "facts.json",
            "odd.json",
            "--format",
            format,
            "--fact",
            &fact,
            NOW[0],
            NOW[1],
        ];
        case.holds(format, &case.run(&args, ""));
    }
    case.holds(
        "text of everything",
        &case.run(&["diagnose", "proof.log", "odd.json", "--explain", NOW[0], NOW[1]], ""),
    );
    case.holds("why not", &case.run(&["why-not", "dcv.caa-forbidden", "proof.log", "bot.log", "--format", "json"], ""));
    let wrong = format!("no.such.fact=password={password}");
    case.holds("an error about an argument", &case.run(&["diagnose", "bot.log", "--fact", &wrong], ""));
}

#[test]
fn nothing_secret_leaves_an_audit() {
    let case = Case::new();
    let password = &case.kinds[42].secret;
    // A secret where a practice quotes it: as a fact, as the name of a subject, and as the name of a file.
    let facts = serde_json::json!({
        "at": "2026-11-24T03:00:00Z",
        "facts": {
            "connector.base_url": format!("https://admin:{password}@acme-staging.example.org/sandbox"),
            "bot.name": format!("password={password}"), "bot.status": "Stopped",
            "renewal.time_zone": case.kinds[24].text, "connector.last_error": case.kinds[0].text,
        },
    });
    std::fs::write(case.folder.path().join("audit.json"), facts.to_string()).expect("a file");
    let objects = serde_json::json!({
        "kind": "Certificate", "apiVersion": "cert-manager.io/v1",
        "metadata": { "name": format!("token={password}") },
        "spec": { "issuerRef": { "name": "x" }, "secretName": "y" },
        "status": { "notAfter": "2026-11-25T00:00:00Z", "notBefore": "2026-08-25T00:00:00Z",
            "conditions": [{ "reason": "Ready" }] },
    });
    std::fs::write(case.folder.path().join("certificate.json"), objects.to_string()).expect("a file");
    let fact = format!("connector.name=password={password}");
    for format in ["text", "json", "ndjson", "markdown", "nagios", "prometheus"] {
        let inputs = ["audit", "bot.log", "facts.json", "odd.json", "audit.json", "certificate.json"];
        let options = ["--all", "--history", "audit.sqlite", "--fact", &fact, "--format", format, NOW[0], NOW[1]];
        let output = case.run(&[&inputs[..], &options[..]].concat(), "");
        case.holds(format, &output);
    }
    let history = std::fs::read(case.folder.path().join("audit.sqlite")).expect("the history");
    assert!(history.starts_with(b"SQLite format 3"));
    case.holds("the history", &String::from_utf8_lossy(&history));
    case.holds("the trend", &case.run(&["audit", "--history", "audit.sqlite", "--trend", NOW[0], NOW[1]], ""));
}

#[test]
fn nothing_secret_leaves_an_escalation() {
    let case = Case::new();
    let inputs = ["escalate", "bot.log", "proof.log", "facts.json", "odd.json", NOW[0], NOW[1]];
    let note = format!("--note=we tried password={}", case.kinds[42].secret);
    let changes = format!("--changes=new token: {}", case.kinds[24].secret);
    let with = |more: &[&str]| case.run(&[&inputs[..], &[note.as_str(), changes.as_str()][..], more].concat(), "");
    case.holds("markdown", &with(&[]));
    case.holds("json", &with(&["--format", "json"]));
    for logs in ["excerpt", "whole"] {
        case.holds("the list", &with(&["--zip", "case.zip", "--logs", logs]));
        let bytes = std::fs::read(case.folder.path().join("case.zip")).expect("the archive");
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
        for ix in 0..archive.len() {
            let mut entry = archive.by_index(ix).expect("a file");
            let name = format!("{:?} ({logs})", entry.name());
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("text");
            case.holds(&name, &text);
        }
    }
}

#[test]
fn nothing_secret_leaves_a_session() {
    let case = Case::new();
    let log = std::fs::read_to_string(case.folder.path().join("proof.log")).expect("the log");
    let typed = format!("?\nlog\n{log}.\npassword={}\nwhy\nplan\n", case.kinds[42].secret);
    for format in ["text", "json", "ndjson"] {
        let args = ["ask", "--symptom", "dcv-failed", "--save", "case.json", "--format", format, "--sure", "1"];
        case.holds(format, &case.run(&args, &typed));
        let saved = std::fs::read_to_string(case.folder.path().join("case.json")).expect("the session");
        case.holds("the saved session", &saved);
    }
}
