//! The service, as clients meet it: over real connections, well-behaved and not.

#![cfg(feature = "serve")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use certwhy::publish::service::{self, Config, Running, api};
use certwhy::{Engine, Error, Pack};
use serde_json::{Value, json};

const REFUSED: &str = "2026-11-20T08:00:00Z ERROR cannot write /etc/ssl/a.pem: Permission denied\n";
const CAUSE: &str = "deploy.denied";

fn small() -> certwhy::error::Result<Engine> {
    let mut pack = Pack::default();
    pack.overlay(Path::new("tests/packs/mini"))?;
    Engine::new(&pack)
}

fn config() -> Config {
    Config { listen: "127.0.0.1:0".to_owned(), rate: 0, ..Config::default() }
}

/// A service of its own for a test.
struct Server {
    running: Option<Running>,
    at: SocketAddr,
}

impl Server {
    fn start(config: Config) -> Self {
        Self::loading(config, Box::new(small))
    }

    fn loading(config: Config, load: service::Load) -> Self {
        let running = service::start(config, load).unwrap_or_else(|error| panic!("{error}"));
        let at = running.address().expect("an address of the network");
        Server { running: Some(running), at }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.at).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        stream
    }

    /// Sends bytes as they are and reads to the end.
    fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // Who refuses may have closed the connection already.
        let _ = stream.write_all(bytes);
        Answer::read(&mut stream)
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.raw(&request(method, path, headers, body))
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send("POST", path, headers, body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: certwhy\r\nConnection: close\r\n");
    if !body.is_empty() || method == "POST" {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    [head.as_bytes(), b"\r\n", body].concat()
}

/// What came back.
#[derive(Debug)]
struct Answer {
    /// 0 where the connection was closed without a word.
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap_or_default().to_owned()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

fn form(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut body = String::new();
    for (disposition, text) in parts {
        body.push_str(&format!("--cut\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{text}\r\n"));
    }
    (body + "--cut--\r\n").into_bytes()
}

const FORM: (&str, &str) = ("Content-Type", "multipart/form-data; boundary=cut");
const JSON: (&str, &str) = ("Content-Type", "application/json");
const GZIP: (&str, &str) = ("Content-Encoding", "gzip");

#[test]
fn inputs_are_taken_in_every_wrapping() {
    let server = Server::start(config());
    let packed = gzip(REFUSED.as_bytes());
    let files = form(&[(r#"name="fact""#, "bot.status=Active"), (r#"name="file"; filename="a.log""#, REFUSED)]);
    let json = json!({ "inputs": [{ "name": "a.log", "text": REFUSED }], "facts": { "bot": { "status": "Active" } } });
    let json = json.to_string().into_bytes();
    type Case<'c> = (&'c str, &'c [(&'c str, &'c str)], &'c [u8], &'c str);
    let cases: &[Case] = &[
        ("", &[], REFUSED.as_bytes(), "body"),
        ("?name=a.log", &[("Content-Type", "text/plain")], REFUSED.as_bytes(), "a.log"),
        ("", &[("Content-Type", "application/x-www-form-urlencoded")], REFUSED.as_bytes(), "body"),
        ("", &[("Content-Type", "application/octet-stream")], &packed, "body"),
        ("", &[GZIP], &packed, "body"),
        ("", &[FORM], &files, "a.log"),
        ("", &[FORM, GZIP], &gzip(&files), "a.log"),
        ("", &[JSON], &json, "a.log"),
        ("", &[JSON, GZIP], &gzip(&json), "a.log"),
    ];
    for (query, headers, body, name) in cases {
        let answer = server.post(&format!("/api/v1/diagnose{query}"), headers, body);
        assert_eq!(answer.status, 200, "{headers:?}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let answer = answer.json();
        assert_eq!(answer["schema"], "certwhy/diagnosis/1");
        assert_eq!(answer["causes"][0]["id"], CAUSE, "{headers:?}: {answer:#}");
        assert_eq!(answer["causes"][0]["evidence"][0]["file"], *name, "{headers:?}");
    }
}

#[test]
fn facts_alone_are_enough() {
    let server = Server::start(config());
    for (path, headers, body) in [
        ("/api/v1/diagnose?fact=bot.status=Stopped&now=2026-11-20T08:00:00Z", &[][..], Vec::new()),
        ("/api/v1/diagnose", &[JSON][..], br#"{"facts": {"bot.status": "Stopped"}}"#.to_vec()),
        ("/api/v1/diagnose", &[FORM][..], form(&[(r#"name="fact""#, "bot.status=Stopped")])),
    ] {
        let answer = server.post(path, headers, &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["causes"][0]["id"], "renewal.not-triggered");
    }
}

#[test]
fn the_answer_comes_in_the_form_that_is_wanted() {
    let server = Server::start(config());
    for (query, accept, media_type, holds) in [
        ("", "text/markdown", "text/markdown; charset=utf-8", "## 1. The bot may not write"),
        ("?format=text", "*/*", "text/plain; charset=utf-8", "What to do now"),
        ("?format=json", "text/plain", "application/json", "\"causes\""),
        ("", "application/x-ndjson", "application/x-ndjson", "{\"type\":\"answer\""),
    ] {
        let answer = server.post(&format!("/api/v1/diagnose{query}"), &[("Accept", accept)], REFUSED.as_bytes());
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(media_type)));
        assert!(answer.body.contains(holds), "{answer:?}");
        assert!(!answer.body.contains('\x1b'), "colours");
    }
    let why_not = server.post("/api/v1/why-not/dcv.record-missing", &[], REFUSED.as_bytes()).json();
    assert_eq!((&why_not["schema"], &why_not["better"]["id"]), (&json!("certwhy/why-not/1"), &json!(CAUSE)));
    let why_not = server.post("/api/v1/why-not/dcv.record-missing?format=text", &[], REFUSED.as_bytes());
    assert!(why_not.body.contains("TXT record") && !why_not.body.contains('\x1b'), "{why_not:?}");
}

#[test]
fn a_long_log_is_answered_bit_by_bit() {
    let server = Server::start(config());
    let log: String =
        (0..40_000).map(|n| if n % 100 == 0 { REFUSED.into() } else { format!("line {n} is fine\n") }).collect();
    let answer = server.post("/api/v1/diagnose", &[("Accept", "application/x-ndjson")], log.as_bytes());
    // What stands between the lines are the lengths of chunks.
    let lines: Vec<Value> = answer.body.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let lines: Vec<&Value> = lines.iter().filter(|line| line.is_object()).collect();
    let partial = lines.iter().find(|line| line["type"] == "partial").unwrap_or_else(|| panic!("{answer:?}"));
    assert_eq!((&partial["answer"]["partial"], &partial["answer"]["causes"][0]["id"]), (&json!(true), &json!(CAUSE)));
    let last = lines.last().expect("lines");
    assert_eq!((&last["type"], &last["answer"]["partial"]), (&json!("answer"), &json!(false)));
    assert_eq!(last["answer"]["causes"][0]["evidence"][0]["count"], 400);
    let refused = server.post("/api/v1/diagnose", &[("Accept", "application/x-ndjson")], b"\0\x01\x02\x03");
    assert!(refused.body.contains("{\"type\":\"error\",\"error\":{") && refused.body.contains("422"), "{refused:?}");
}

#[test]
fn every_path_of_the_document_answers_as_it_says() {
    let server = Server::start(config());
    let document = server.get("/api/v1/openapi.json").json();
    assert_eq!(document, api::document());
    let mut compiler = boon::Compiler::new();
    compiler.set_default_draft(boon::Draft::V2020_12);
    compiler.add_resource("api.json", document.clone()).expect("a document");
    let mut schemas = boon::Schemas::new();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let id = match path.as_str() {
            path if path.starts_with("/api/v1/symptoms") => "dcv-failed",
            path if path.starts_with("/api/v1/signals") => "tool.denied",
            path if path.starts_with("/api/v1/guides") => "1-look",
            path if path.starts_with("/api/v1/schema") => "diagnosis",
            path if path.starts_with("/api/v1/problems") => "busy",
            _ => CAUSE,
        };
        let filled = path.replace("{id}", id).replace("{cause}", id).replace("{name}", id);
        let filled = if path.ends_with("/search") { filled + "?q=record" } else { filled };
        for (method, operation) in methods.as_object().expect("methods") {
            operations += 1;
            let body = if method == "post" { REFUSED.as_bytes() } else { b"" };
            let answer = server.send(&method.to_uppercase(), &filled, &[], body);
            assert_eq!(answer.status, 200, "{method} {filled}: {answer:?}");
            let media_type = answer.header("content-type").and_then(|it| it.split(';').next()).expect("a type");
            let content = &operation["responses"]["200"]["content"];
            assert!(content[media_type].is_object(), "{method} {path}: {media_type} is not in {content}");
            if media_type == "application/json" {
                let pointer = path.replace('~', "~0").replace('/', "~1").replace('{', "%7B").replace('}', "%7D");
                let place =
                    format!("api.json#/paths/{pointer}/{method}/responses/200/content/application~1json/schema");
                let schema = compiler.compile(&place, &mut schemas).unwrap_or_else(|error| panic!("{place}: {error}"));
                let valid = schemas.validate(&answer.json(), schema).map_err(|error| error.to_string());
                assert_eq!(valid, Ok(()), "{method} {path}");
            }
            let other = if method == "get" { "DELETE" } else { "GET" };
            let refused = server.send(other, &filled, &[], b"");
            assert_eq!(refused.status, 405, "{other} {path}");
            assert!(refused.header("allow").is_some_and(|allow| allow.contains(method)), "{refused:?}");
        }
    }
    assert!(operations >= 20, "{operations}");
}

#[test]
fn a_line_of_a_log_finds_what_knows_it() {
    let server = Server::start(config());
    let found = |query: &str| {
        let answer = server.get(&format!("/api/v1/search?q={query}")).json();
        answer["hits"].as_array().expect("hits").clone()
    };
    let line = percent_encoding::utf8_percent_encode(REFUSED, percent_encoding::NON_ALPHANUMERIC).to_string();
    let causes = found(&format!("{line}&kind=cause"));
    assert_eq!((&causes[0]["id"], &causes[0]["matches"]), (&CAUSE.into(), &true.into()));
    assert!(causes.iter().all(|hit| hit["kind"] == "cause"), "{causes:?}");
    assert_eq!(found("record&limit=1").len(), 1);
    assert_eq!(found("qqqqzzzz").len(), 0);
}

#[test]
fn what_is_wrong_is_told_with_the_way_out() {
    let server = Server::start(config());
    let log = REFUSED.as_bytes();
    let late = form(&[(r#"name="file"; filename="a.log""#, REFUSED), (r#"name="top""#, "1")]);
    let cut: &[u8] = b"--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhello";
    type Case<'c> = (&'c str, &'c str, &'c [(&'c str, &'c str)], &'c [u8], u16, &'c str);
    let cases: &[Case] = &[
        ("GET", "/nothing", &[], b"", 404, "GET /api/v1/openapi.json"),
        ("GET", "/api/v1/causes/deploy.denyed", &[], b"", 404, "did you mean deploy.denied?"),
        ("GET", "/api/v1/causes?stage=deplo", &[], b"", 400, "write one of bot, connector"),
        ("GET", "/api/v1/causes?stag=deploy", &[], b"", 400, "unknown field `stag`"),
        ("GET", "/api/v1/causes/%ff", &[], b"", 400, "not UTF-8"),
        ("GET", "/api/v1/graph?format=pdf", &[], b"", 400, "write one of json, dot"),
        ("GET", "/api/v1/search?q=", &[], b"", 400, "write some words"),
        ("GET", "/api/v1/search?q=caa&kind=page", &[], b"", 400, "kind"),
        ("GET", "/api/v1/search?q=caa&limit=51", &[], b"", 400, "from 1 to 50"),
        ("POST", "/api/v1/why-not/nix", &[], log, 404, "there is no cause nix"),
        ("POST", "/api/v1/diagnose?fact=bot.statu=Stopped", &[], log, 400, "did you mean `bot.status`?"),
        ("POST", "/api/v1/diagnose?fact=bot.status", &[], log, 400, "write path=value"),
        ("POST", "/api/v1/diagnose?formt=text", &[], log, 400, "did you mean format?"),
        ("POST", "/api/v1/diagnose?now=today", &[], log, 400, "2026-11-20T08:00:00Z"),
        ("POST", "/api/v1/diagnose?min_probability=7", &[], log, 400, "a number from 0 to 1"),
        ("POST", "/api/v1/diagnose?top=1000", &[], log, 400, "from 1 to 100"),
        ("POST", "/api/v1/diagnose", &[("Accept", "image/png")], log, 406, "application/json"),
        ("POST", "/api/v1/diagnose", &[("Content-Type", "image/png")], log, 415, "application/octet-stream"),
        ("POST", "/api/v1/diagnose", &[("Content-Encoding", "br")], log, 415, "send gzip"),
        ("POST", "/api/v1/diagnose", &[GZIP], log, 400, "is not the gzip"),
        ("POST", "/api/v1/diagnose", &[GZIP], &gzip(log)[..40], 400, "breaks off"),
        ("POST", "/api/v1/diagnose", &[], b"", 422, "the body is empty"),
        ("POST", "/api/v1/diagnose", &[], b"\0\x01\x02\x03", 422, "none of the inputs"),
        ("POST", "/api/v1/diagnose", &[], &gzip(log)[..12], 422, "none of the inputs"),
        ("POST", "/api/v1/diagnose", &[JSON], b"{", 400, "line 1"),
        ("POST", "/api/v1/diagnose", &[JSON], b"{\"input\": []}", 422, "unknown field `input`"),
        ("POST", "/api/v1/diagnose", &[JSON], b"{\"facts\": {\"bot.status\": null}}", 400, "facts: bot.status"),
        ("POST", "/api/v1/diagnose", &[JSON], b"{\"options\": {\"top\": []}}", 400, "options.top"),
        ("POST", "/api/v1/diagnose", &[("Content-Type", "multipart/form-data")], log, 400, "boundary"),
        ("POST", "/api/v1/diagnose", &[FORM], cut, 400, "incomplete"),
        ("POST", "/api/v1/diagnose", &[FORM], &late, 400, "before the files"),
    ];
    for (method, path, headers, body, status, says) in cases {
        let answer = server.send(method, path, headers, body);
        assert_eq!(answer.status, *status, "{method} {path} {headers:?}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        let problem = answer.json();
        assert_eq!(problem["status"], *status);
        assert!(answer.detail().contains(says), "{method} {path} {headers:?}: {problem:#}");
        assert_eq!(problem["request_id"].as_str(), answer.header("x-request-id"));
        let told = server.get(problem["type"].as_str().expect("an address"));
        assert!(told.status == 200 && told.body.contains(&status.to_string()), "{told:?}");
    }
    let unusable = server.post("/api/v1/diagnose", &[], b"\0\x01\x02\x03").json();
    assert!(unusable["inputs"][0].as_str().is_some_and(|why| why.starts_with("body: not text")), "{unusable:#}");
}

#[test]
fn what_is_too_large_is_refused_however_it_comes() {
    let server = Server::start(Config { max_body: 1 << 20, ..config() });
    let log = REFUSED.repeat(40_000);
    let chunks: Vec<u8> = log
        .as_bytes()
        .chunks(10_000)
        .flat_map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat())
        .collect();
    let chunked = [
        &b"POST /api/v1/diagnose HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"[..],
        &chunks,
        b"0\r\n\r\n",
    ]
    .concat();
    for answer in [
        server.post("/api/v1/diagnose", &[], log.as_bytes()),
        server.raw(&chunked),
        server.post("/api/v1/diagnose", &[GZIP], &gzip(log.as_bytes())),
    ] {
        assert_eq!((answer.status, answer.detail().contains("at most 1 MiB")), (413, true), "{answer:?}");
    }
    // As a file it may be larger: what comes out of it is not held in memory, and bounded by itself.
    assert_eq!(server.post("/api/v1/diagnose", &[], &gzip(log.as_bytes())).json()["causes"][0]["id"], CAUSE);
    let bomb = server.post("/api/v1/diagnose", &[], &gzip(&gzip(&vec![b'a'; 200 << 20]))).json();
    assert!(bomb.to_string().contains("as a decompression bomb does"), "{bomb:#}");
}

#[test]
fn a_refusal_reaches_who_is_still_sending() {
    let server = Server::start(Config { rate: 0, ..config() });
    // More than what the system keeps of a connection.
    let log = "x\n".repeat(8 << 20);
    for (method, path, headers, status) in [
        ("POST", "/nothing/here", &[][..], 404),
        ("POST", "/healthz", &[], 405),
        ("POST", "/api/v1/diagnose?nonsense=1", &[], 400),
        ("POST", "/api/v1/diagnose", &[GZIP], 400),
        ("POST", "/api/v1/diagnose", &[("Content-Type", "image/png")], 415),
        ("POST", "/api/v1/why-not/nonsense", &[], 404),
    ] {
        let mut stream = server.connect();
        stream.write_all(&request(method, path, headers, log.as_bytes())).expect("all of it is taken");
        assert_eq!(Answer::read(&mut stream).status, status, "{method} {path}");
    }
    // Who asks first need not send it.
    let mut polite = server.connect();
    let head = b"POST /nothing/here HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n";
    polite.write_all(head).expect("sent");
    assert_eq!(Answer::read(&mut polite).status, 404);
}

#[test]
fn slow_clients_are_left_alone() {
    let server = Server::start(Config { read_timeout: Duration::from_secs(1), max_concurrent: 1, ..config() });
    let begun = Instant::now();
    let mut slow = server.connect();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n").expect("sent");
    assert_eq!(Answer::read(&mut slow).status, 0, "headers that do not end");
    let mut silent = server.connect();
    assert_eq!(Answer::read(&mut silent).status, 0, "nothing at all");
    let mut slow = server.connect();
    slow.write_all(b"POST /api/v1/diagnose HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhello").expect("sent");
    // There is one place, and the slow one does not keep it.
    assert_eq!(server.post("/api/v1/diagnose", &[], REFUSED.as_bytes()).status, 200);
    let answer = Answer::read(&mut slow);
    assert_eq!((answer.status, answer.detail().contains("for 1 seconds")), (408, true), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[test]
fn a_body_that_trickles_in_ends_with_the_time_for_the_request() {
    let server = Server::start(Config { timeout: Duration::from_secs(1), ..config() });
    let mut slow = server.connect();
    slow.write_all(b"POST /api/v1/diagnose HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n")
        .expect("sent");
    for _ in 0..15 {
        std::thread::sleep(Duration::from_millis(100));
        if slow.write_all(b"hello\n").is_err() {
            break;
        }
    }
    let answer = Answer::read(&mut slow);
    assert_eq!((answer.status, answer.detail().contains("after 1 seconds")), (408, true), "{answer:?}");
}

#[test]
fn who_goes_away_leaves_nothing_behind() {
    let server = Server::start(Config { max_concurrent: 1, max_waiting: 0, ..config() });
    let mut first = server.connect();
    first.write_all(b"POST /api/v1/diagnose HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhello").expect("sent");
    std::thread::sleep(Duration::from_millis(300));
    let busy = server.post("/api/v1/diagnose", &[], REFUSED.as_bytes());
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("5")), "{busy:?}");
    // Half closed: nothing more will come, and it is told.
    first.shutdown(std::net::Shutdown::Write).expect("shut");
    assert!(matches!(Answer::read(&mut first).status, 0 | 400));
    let free = || server.post("/api/v1/diagnose", &[], REFUSED.as_bytes()).status == 200;
    assert!((0..50).any(|_| free() || {
        std::thread::sleep(Duration::from_millis(100));
        false
    }));
}

#[test]
fn an_address_may_ask_only_so_often() {
    let server = Server::start(Config { rate: 2, trust_proxy: true, ..config() });
    let ask = |from: &str| server.post("/api/v1/diagnose", &[("X-Forwarded-For", from)], REFUSED.as_bytes());
    assert_eq!([ask("192.0.2.1").status, ask("10.0.0.1, 192.0.2.1").status], [200, 200]);
    let refused = ask("198.51.100.7, 192.0.2.1");
    assert_eq!(refused.status, 429, "the last one is the proxy's word: {refused:?}");
    assert!(refused.header("retry-after").and_then(|s| s.parse::<u64>().ok()).is_some_and(|s| (1..=60).contains(&s)));
    assert_eq!([ask("192.0.2.2").status, server.get("/api/v1/causes").status], [200, 200]);
    let server = Server::start(Config { rate: 1, ..config() });
    let ask = |from: &str| server.post("/api/v1/diagnose", &[("X-Forwarded-For", from)], REFUSED.as_bytes()).status;
    assert_eq!([ask("192.0.2.1"), ask("192.0.2.2")], [200, 429], "anybody can write this header");
}

#[test]
fn browsers_are_kept_strict() {
    let origin = "https://help.example.com";
    let server = Server::start(Config { allow_origin: vec![origin.parse().expect("a value")], ..config() });
    for path in ["/", "/api/v1/causes", "/nothing/here", "/api/v1/graph?format=svg"] {
        let answer = server.get(path);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    }
    let page = server.get("/");
    assert!(page.status == 200 && page.header("content-type") == Some("text/html; charset=utf-8"), "{page:?}");
    for path in ["/../Cargo.toml", "/..%2fCargo.toml", "/.gitkeep"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    let preflight = |from| {
        let headers = [
            ("Origin", from),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type"),
        ];
        server
            .send("OPTIONS", "/api/v1/diagnose", &headers, b"")
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };
    assert_eq!(preflight(origin).as_deref(), Some(origin));
    assert_eq!(preflight("https://evil.example"), None);
}

#[test]
fn rules_are_read_anew_and_bad_ones_change_nothing() {
    let broken = Arc::new(AtomicBool::new(false));
    let told = broken.clone();
    let load = move || match told.load(Ordering::Relaxed) {
        true => Err(Error::Unknown("a mistake".to_owned())),
        false => small(),
    };
    let server = Server::loading(config(), Box::new(load));
    let service = server.running.as_ref().expect("it runs").service.clone();
    let before = service.engine();
    assert!(service.reload() && !Arc::ptr_eq(&before, &service.engine()));
    broken.store(true, Ordering::Relaxed);
    assert!(!service.reload());
    assert_eq!(server.post("/api/v1/diagnose", &[], REFUSED.as_bytes()).json()["causes"][0]["id"], CAUSE);
    assert!(server.get("/metrics").body.contains("certwhy_rule_reloads_failed_total 1"));
}

#[test]
fn what_is_under_way_is_answered_when_it_stops() {
    let mut server = Server::start(config());
    let mut stream = server.connect();
    let length = REFUSED.len();
    let head =
        format!("POST /api/v1/diagnose HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(&[head.as_bytes(), &REFUSED.as_bytes()[..10]].concat()).expect("sent");
    std::thread::sleep(Duration::from_millis(300));
    let running = server.running.take().expect("it runs");
    let stopping = std::thread::spawn(move || running.stop());
    std::thread::sleep(Duration::from_millis(300));
    assert!(TcpStream::connect(server.at).is_err(), "nobody new comes in");
    stream.write_all(&REFUSED.as_bytes()[10..]).expect("sent");
    let answer = Answer::read(&mut stream);
    assert_eq!(answer.status, 200, "{answer:?}");
    stopping.join().expect("it ends");
}

#[cfg(unix)]
#[test]
fn a_socket_of_the_file_system_serves_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("http.sock");
    // Left behind by one that was killed.
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
    let listen = format!("unix:{}", path.display());
    let running = service::start(Config { listen: listen.clone(), ..config() }, Box::new(small))
        .unwrap_or_else(|error| panic!("{error}"));
    let mut stream = std::os::unix::net::UnixStream::connect(&path).expect("it listens");
    stream.write_all(&request("GET", "/readyz", &[], b"")).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ready\n"), "{answer}");
    let second = service::start(Config { listen, ..config() }, Box::new(small)).err().map(|error| error.to_string());
    assert!(second.is_some_and(|why| why.contains("--listen takes another address")), "it is in use");
    running.stop();
    assert!(!path.exists());
}

#[test]
fn no_secret_reaches_the_log_the_figures_or_the_answer() {
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);
    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("one writes").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let kept = Kept::default();
    let writer = kept.clone();
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    lines.with_ansi(false).try_init().expect("the only one");
    let server = Server::start(config());
    let log = "ERROR cannot write /etc/ssl/a.pem: Permission denied password=hunter2\n";
    let answer = server.post("/api/v1/diagnose?name=hunter2name&fact=bot.name=hunter2", &[], log.as_bytes());
    assert!(answer.status == 200 && answer.body.contains("password=[secret 1]"), "{answer:?}");
    server.post("/api/v1/diagnose?fact=hunter2=hunter2", &[], b"");
    server.get("/api/v1/causes/hunter2?hunter2");
    server.get("/hunter2");
    let figures = server.get("/metrics").body;
    drop(server);
    let logged = String::from_utf8_lossy(&kept.0.lock().expect("one reads")).into_owned();
    assert!(logged.contains("route=/api/v1/diagnose status=200") && logged.contains("cause=deploy.denied"), "{logged}");
    for text in [&logged, &figures] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    for figure in [
        "certwhy_diagnoses_total{cause=\"deploy.denied\"} 1",
        "certwhy_http_requests_total{method=\"GET\",route=\"/api/v1/causes/{cause}\",status=\"400\"} 1",
        "certwhy_diagnoses_in_flight 0",
    ] {
        assert!(figures.contains(figure), "{figure} is not in {figures}");
    }
}
