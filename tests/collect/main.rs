//! Collecting against a server in the test process that speaks the recorded shapes. A case is a file of `tests/collect/cases`:
//! what is asked for, how the server answers, and which cause must lead when the snapshot is diagnosed; what a person reads is
//! kept beside it. In every case the credentials must stand in nothing that is printed or written.
//!
//! `INSTA_UPDATE=always cargo test --test collect` writes the snapshots anew; read them before you keep them.
#![cfg(all(feature = "probe", feature = "cli"))]

mod by_hand;
mod connection;
mod forms;
mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde::Deserialize;
use serde_json::{Value, json};
use server::{Asked, Reply, Server};

const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const KEY: &str = "AK-5f4dcc3b5aa765d61d8327deb882cf99";
const TOKEN: &str = "eyTokenOfTheTestThatNobodyMayEverSee.42";
const ACCOUNT: &str = "2170000001";

/// One case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it shows; for whoever reads the file.
    #[allow(dead_code, reason = "for people")]
    about: String,
    /// Arguments besides the address.
    #[serde(default)]
    args: Vec<String>,
    /// Credentials that are at hand: `secret`, `key`.
    #[serde(default = "secret")]
    credentials: Vec<String>,
    /// How each request is answered: by method and path, one after the other, the last one again and again.
    server: BTreeMap<String, Vec<Told>>,
    /// The cause that must lead when the snapshot is diagnosed; none: no cause may be named.
    #[serde(default)]
    first: Option<String>,
}

fn secret() -> Vec<String> {
    vec!["secret".to_owned()]
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Told {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// JSON as it stands here, or the name of a file in `bodies`, or text (`text:` before it).
    body: Value,
}

fn ok() -> u16 {
    200
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/collect")
}

pub(crate) fn reply(status: u16, body: &Value) -> Reply {
    Reply { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}

impl Told {
    fn reply(&self) -> Reply {
        let body = match &self.body {
            Value::String(text) => match text.strip_prefix("text:") {
                Some(text) => text.to_owned(),
                None => std::fs::read_to_string(folder().join("bodies").join(text)).expect("a body"),
            },
            body => body.to_string(),
        };
        // Whatever a server repeats must not come out.
        let body = body.replace("@SECRET", SECRET).replace("@KEY", KEY).replace("@TOKEN", TOKEN);
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), value.replace("@SECRET", SECRET)));
        Reply { status: self.status, headers: headers.collect(), body: body.into_bytes() }
    }
}

/// Answers as a case wants; what it does not name is unknown.
fn answers(mut script: BTreeMap<String, Vec<Told>>) -> Box<server::Answer> {
    let told = |body: Value| vec![Told { status: 200, headers: BTreeMap::new(), body }];
    script
        .entry("POST /oauth/token".to_owned())
        .or_insert_with(|| told(json!({ "access_token": "@TOKEN", "token_type": "Bearer", "expires_in": 3600 })));
    script
        .entry("GET /api/certinext/v2/auth/me".to_owned())
        .or_insert_with(|| told(json!({ "accountNumber": ACCOUNT, "authType": "oauth2" })));
    let ok = json!({ "meta": { "ver": "1.0", "ts": "2026-07-20T06:15:00+00:00", "txn": "1", "status": "1", "errorCode": "", "errorMessage": "" } });
    script.entry("POST /emSignHub-API/ValidateCredentials".to_owned()).or_insert_with(|| told(ok));
    let script = Mutex::new(script);
    Box::new(move |asked| {
        let path = asked.line.split('?').next().unwrap_or_default();
        let mut script = script.lock().expect("the script");
        // With its parameters, where the case names them.
        let key = if script.contains_key(&asked.line) { asked.line.clone() } else { path.to_owned() };
        let Some(list) = script.get_mut(&key) else {
            let body =
                json!({ "type": "about:blank", "title": "Not Found", "status": 404, "detail": "no such resource" });
            return Some(reply(404, &body));
        };
        Some(if list.len() > 1 { list.remove(0).reply() } else { list[0].reply() })
    })
}

/// What a run of the program left.
pub(crate) struct Told2 {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program in a folder, without what the environment of the test says about proxies and accounts.
pub(crate) fn run(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Told2 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certwhy"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    for name in ["CERTINEXT_ACCOUNT_NUMBER", "CERTINEXT_CLIENT_SECRET", "CERTINEXT_ACCESS_KEY"] {
        command.env_remove(name);
    }
    let done = command.envs(environment.iter().copied()).output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Told2 { code: done.status.code().expect("an exit code"), out: text(done.stdout), err: text(done.stderr) }
}

pub(crate) fn signed_in() -> Vec<(&'static str, &'static str)> {
    vec![("CERTINEXT_ACCOUNT_NUMBER", ACCOUNT), ("CERTINEXT_CLIENT_SECRET", SECRET)]
}

/// All that was written and printed holds none of the secrets, in any spelling.
pub(crate) fn no_secret_in(texts: &[String]) {
    use base64::Engine as _;
    for secret in [SECRET, KEY, TOKEN] {
        let base64 = base64::prelude::BASE64_STANDARD.encode(secret);
        for text in texts {
            assert!(
                !text.contains(secret) && !text.contains(base64.trim_end_matches('=')),
                "{secret} stands in:\n{text}"
            );
        }
    }
}

pub(crate) fn files_in(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts.extend(files_in(&path));
        } else {
            texts.push(format!("{}\n{}", path.display(), std::fs::read_to_string(&path).expect("text")));
        }
    }
    texts
}

/// Times of this run, and its port, as words.
fn steady(text: &str, port: u16) -> String {
    let now = jiff::Timestamp::now();
    let mut text = text.replace(&format!("127.0.0.1:{port}"), "127.0.0.1:PORT");
    for (days, word) in [(0, "TODAY"), (30, "30-DAYS-AGO")] {
        let day = now.checked_sub(jiff::SignedDuration::from_hours(24 * days)).expect("a day");
        text = text.replace(&day.strftime("%Y-%m-%d").to_string(), word);
    }
    let clock = regex::Regex::new(r"TODAY[T ]\d\d:\d\d:\d\d(\.\d+)?Z").expect("a pattern");
    clock.replace_all(&text, "NOW").into_owned()
}

/// The snapshot is what its schema says.
fn fits_the_contract(text: &str) {
    let json: Value = serde_json::from_str(text).expect("JSON");
    let schema = schemars::schema_for!(certwhy::input::snapshot::Snapshot).to_value();
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("snapshot.json", schema).expect("a schema");
    let compiled = compiler.compile("snapshot.json", &mut schemas).expect("a schema");
    assert!(schemas.validate(&json, compiled).is_ok(), "{text}");
    let read = certwhy::input::snapshot::read(&json).expect("a snapshot");
    assert!(read.sets.iter().flat_map(|about| about.facts.values()).all(|told| !told.from.is_empty()), "{text}");
}

#[test]
fn cases() {
    insta::glob!("cases/*.yaml", |path| {
        let case: Case = serde_yaml::from_str(&std::fs::read_to_string(path).expect("a case")).expect("a case");
        let server = Server::start(answers(case.server));
        let base = format!("http://127.0.0.1:{}", server.port);
        let here = tempfile::tempdir().expect("a folder");
        let mut args = vec!["collect", "certinext", "--base", &base, "--allow-http", "--no-proxy"];
        args.extend(["--out", "snapshot.json", "--raw", "raw", "--facts"]);
        args.extend(case.args.iter().map(String::as_str));
        let at_hand = |name: &str| case.credentials.iter().any(|known| known == name);
        let mut environment = vec![("CERTINEXT_ACCOUNT_NUMBER", ACCOUNT)];
        environment.extend(at_hand("secret").then_some(("CERTINEXT_CLIENT_SECRET", SECRET)));
        environment.extend(at_hand("key").then_some(("CERTINEXT_ACCESS_KEY", KEY)));
        let told = run(here.path(), &args, &environment);
        let mut texts = vec![told.out.clone(), told.err.clone()];
        texts.extend(files_in(here.path()));
        let mut page = format!("exit code {}\n", told.code);
        page.push_str("--- asked\n");
        for line in server.lines() {
            page.push_str(&format!("{line}\n"));
        }
        page.push_str(&format!("--- standard output\n{}--- standard error\n{}", told.out, told.err));
        if here.path().join("snapshot.json").exists() {
            fits_the_contract(&std::fs::read_to_string(here.path().join("snapshot.json")).expect("text"));
            let json = run(here.path(), &["diagnose", "snapshot.json", "--format", "json"], &[]);
            let answer: Value = serde_json::from_str(&json.out).expect("JSON");
            let first = answer["causes"][0]["id"].as_str();
            page.push_str(&format!("--- diagnosis\nexit code {}\n", json.code));
            for cause in answer["causes"].as_array().into_iter().flatten() {
                page.push_str(&format!("{}\n", cause["id"].as_str().unwrap_or_default()));
                for evidence in cause["evidence"].as_array().into_iter().flatten() {
                    let word = |key: &str| evidence[key].as_str().unwrap_or_default().to_owned();
                    page.push_str(&format!("  {} ({})\n", word("excerpt"), word("told_by")));
                }
            }
            texts.push(json.out.clone());
            assert_eq!(first, case.first.as_deref(), "{}\n{page}", path.display());
        } else {
            assert_eq!(case.first, None, "{}: nothing was written\n{page}", path.display());
        }
        no_secret_in(&texts);
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "cases" }, {
            insta::assert_snapshot!("page", steady(&page, server.port));
        });
    });
}

#[test]
fn requests_carry_what_they_should() {
    let asked = |args: &[&str], environment: &[(&str, &str)]| -> Vec<Asked> {
        let server = Server::start(answers(BTreeMap::new()));
        let base = format!("http://127.0.0.1:{}", server.port);
        let here = tempfile::tempdir().expect("a folder");
        let mut all =
            vec!["collect", "certinext", "--base", &base, "--allow-http", "--no-proxy", "--order", "7100000003"];
        all.extend(args);
        run(here.path(), &all, environment);
        server.asked.lock().expect("what was asked").clone()
    };
    let v2 = asked(&[], &signed_in());
    assert_eq!(v2[0].body, format!("grant_type=client_credentials&client_id={ACCOUNT}&client_secret={SECRET}"));
    assert_eq!(v2[0].headers["content-type"], "application/x-www-form-urlencoded");
    assert!(v2[1..].iter().all(|asked| asked.headers["authorization"] == format!("Bearer {TOKEN}")), "{v2:?}");
    assert!(v2[1..].iter().all(|asked| asked.line.starts_with("GET ")), "only readers are called");
    let v1 = asked(&["--api", "v1"], &[("CERTINEXT_ACCOUNT_NUMBER", ACCOUNT), ("CERTINEXT_ACCESS_KEY", KEY)]);
    let bodies: Vec<Value> = v1.iter().map(|asked| serde_json::from_str(&asked.body).expect("JSON")).collect();
    for body in &bodies {
        let meta = |key: &str| body["meta"][key].as_str().expect("a text");
        let text = format!("{KEY}{}{}", meta("ts"), meta("txn"));
        let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((meta("authKey"), meta("accountNumber"), meta("ver")), (hash.as_str(), ACCOUNT, "1.0"));
    }
    assert_eq!(bodies[1]["orderDetails"]["orderNumber"], "7100000003");
    assert_ne!(bodies[0]["meta"]["txn"], bodies[1]["meta"]["txn"], "a number counts once");
    assert!(v1.iter().all(|asked| !asked.body.contains(KEY)), "the key itself is never sent");
}
