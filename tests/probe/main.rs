//! Probes against servers in the test process: each injected fault must be ranked first, and hostile servers must end in a
//! clear finding. Name servers listen at 127.0.0.2 and 127.0.0.3, which only Linux has without setup.
#![cfg(all(feature = "probe", target_os = "linux"))]

mod dns;
mod endpoint;
mod hostile;
mod local;
mod servers;
mod validation;

use std::net::Ipv4Addr;
use std::sync::OnceLock;
use std::time::Duration;

use certwhy::probe::{Check, Finding, Method, Probed, Request, Verdict, run, value_of};
use certwhy::report::probe::{ProbeAnswer, input, write};
use certwhy::{Answer, Engine, Options};
use hickory_proto::rr::rdata::A;
use servers::*;

const DOMAIN: &str = "www.example.test";
const CHALLENGE: &str = "_acme-challenge.www.example.test";
const KEY: &str = "tokenAbCdEfGh.NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
const TOKEN: &str = "tokenAbCdEfGh";

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::embedded().expect("the rules"))
}

fn zone() -> Zone {
    Zone::of("example.test").with(DOMAIN, A::new(127, 0, 0, 1))
}

/// A resolver and two name servers.
fn world(resolver: Zone, first: Zone, second: Zone, manners: [Manner; 3]) -> u16 {
    let [a, b, c] = manners;
    let at = |last| Ipv4Addr::new(127, 0, 0, last);
    dns(vec![(at(1), resolver, a), (at(2), first, b), (at(3), second, c)])
}

fn proper() -> [Manner; 3] {
    [Manner::Proper, Manner::Proper, Manner::Proper]
}

fn same(zone: &Zone) -> u16 {
    world(zone.clone(), zone.clone(), zone.clone(), proper())
}

fn request(port: u16, method: Option<Method>, checks: &[Check]) -> Request {
    let mut request = Request::new(DOMAIN).expect("a domain");
    request.resolvers = vec![(Ipv4Addr::LOCALHOST, port).into()];
    request.dns_port = port;
    request.allow_private = true;
    request.timeout = Duration::from_secs(10);
    request.method = method;
    request.checks = checks.to_vec();
    request
}

fn diagnosed(request: &Request) -> (Probed, Answer) {
    let probed = run(request).expect("findings");
    let mut session = engine().session(probed.at);
    session.found(input(&request.domain, &probed.findings), probed.facts(), probed.at);
    let answer = Answer::new(&session.diagnose(Options::default()));
    (probed, answer)
}

/// The cause must lead, and nothing that the rules do not know may be told.
fn leads(request: &Request, cause: &str) -> Probed {
    let (probed, answer) = diagnosed(request);
    let first = answer.causes.first().map(|c| c.id.as_str());
    assert_eq!(first, Some(cause), "{:#?}\n{:#?}", probed.facts(), probed.findings);
    known(&probed);
    probed
}

fn healthy(request: &Request) -> Probed {
    let (probed, answer) = diagnosed(request);
    let ids: Vec<&str> = answer.causes.iter().map(|c| c.id.as_str()).collect();
    assert!(ids.is_empty(), "{ids:?}\n{:#?}", probed.findings);
    assert!(!probed.findings.iter().any(|f| f.verdict == Verdict::Bad), "{:#?}", probed.findings);
    known(&probed);
    probed
}

fn known(probed: &Probed) {
    for path in probed.facts().keys() {
        assert!(engine().knowledge.facts.contains_key(path), "{path} is not in the vocabulary");
    }
}

fn bad(probed: &Probed) -> Vec<&Finding> {
    probed.findings.iter().filter(|f| f.verdict == Verdict::Bad).collect()
}

fn says(probed: &Probed, words: &str) {
    let found = probed.findings.iter().any(|f| f.meaning.contains(words) || f.answer.contains(words));
    assert!(found, "`{words}` is not said: {:#?}", probed.findings);
}

fn txt(port: u16, expect: Option<&str>) -> Request {
    let mut request = request(port, Some(Method::Dns01), &[Check::Dns]);
    request.expect = expect.map(str::to_owned).into_iter().collect();
    request
}

fn challenge_txt() -> String {
    value_of(KEY)
}

fn http_request(zone: Zone, port: u16) -> Request {
    let mut request = request(same(&zone), Some(Method::Http01), &[Check::Http]);
    request.http_port = port;
    request.token = Some(TOKEN.to_owned());
    request.key_authorization = Some(KEY.to_owned());
    request
}

fn tls_request(port: u16, ca: &Ca) -> Request {
    let mut request = request(same(&zone()), None, &[Check::Tls]);
    request.tls_port = port;
    request.roots = vec![ca.root.clone()];
    request
}

#[test]
fn the_page_and_the_contract() {
    let request = txt(same(&zone()), Some("value"));
    let (mut probed, answer) = diagnosed(&request);
    for finding in &mut probed.findings {
        (finding.took_ms, finding.at) = (3, "2026-11-24T12:00:00Z".to_owned());
    }
    probed.at = "2026-11-24T12:00:00Z".parse().expect("a time");
    let answer = ProbeAnswer::new(&request.domain, &probed, answer);
    let port = request.dns_port.to_string();
    let page = anstream::adapter::strip_str(&write(&answer, 100, false)).to_string().replace(&port, "PORT");
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "." }, {
        insta::assert_snapshot!("page", page);
    });
    let json: serde_json::Value = serde_json::from_str(&certwhy::report::probe_json(&answer)).expect("JSON");
    assert_eq!(json["schema"], "certwhy/probe/1");
    assert_eq!(json["facts"]["dcv.txt_found"], false);
    assert_eq!(json["findings"][0]["verdict"], "good");
    assert_eq!(json["diagnosis"]["causes"][0]["id"], "dcv.dns-record-missing");
    let schema = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
    let schema = schema.into_root_schema_for::<ProbeAnswer>().to_value();
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("probe.json", schema).expect("a schema");
    let compiled = compiler.compile("probe.json", &mut schemas).expect("a schema");
    assert!(schemas.validate(&json, compiled).is_ok());
}
