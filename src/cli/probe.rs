//! `certwhy probe`, and what `diagnose --probe` shares with it.

mod local;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use regex::Regex;

pub use local::LocalArgs;

use super::Common;
use crate::engine::{Engine, Outcome, Session};
use crate::error::{Error, Result};
use crate::observe::normal_subject;
use crate::probe::{self, Certificate, Check, Method, Probed, Request, Verdict};
use crate::reason::Options;
use crate::report::probe::{ProbeAnswer, input, write};
use crate::report::{self, Answer, markdown};
use crate::rule::model::FactValue;

const HELP: &str = "\
Only what you name is contacted, and where it leads: the resolver, the name servers of the domain, its
addresses, the redirects of its challenge path. Addresses that are not of the internet are left alone
without --allow-private. Nothing is sent but questions.

While the order is pending:
  certwhy probe www.example.org --method dns-01 --expect VALUE --ca letsencrypt.org
  certwhy probe www.example.org --token TOKEN --key-authorization TOKEN.THUMBPRINT
  certwhy probe www.example.org --method tls-alpn-01

After the renewal:
  certwhy probe www.example.org --certificate /etc/letsencrypt/live/www.example.org/fullchain.pem

From the host of the bot:
  certwhy probe web1.example.org --port 22,5986 --allow-private
  certwhy probe ca.example.org --url https://ca.example.org/certsrv/ --allow-private

This machine, without the network:
  certwhy probe --key privkey.pem --certificate fullchain.pem
  certwhy probe --path /etc/letsencrypt --service nginx --service certbot.timer

With a DOMAIN alone, DNS, CAA and the certificate of the endpoint are looked at.

Exit codes: 0 no cause found, 1 a cause found, 2 wrong use, or nothing could be found out.";

/// What is looked at beside the inputs of a command.
#[derive(Debug, Args)]
pub struct BesideArgs {
    /// Ask the DNS and the servers of the domain too, of the one that the inputs are about or the one named
    /// (--probe=www.example.org). What will be contacted is said before.
    #[arg(long, value_name = "DOMAIN", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    probe: Option<String>,
    #[command(flatten, next_help_heading = "With --probe")]
    network: NetworkArgs,
    #[command(flatten)]
    local: LocalArgs,
}

impl BesideArgs {
    /// Probes the domain that a diagnosis is about, if that was asked for, and this machine, and adds what is found. `tell` says
    /// what will be contacted.
    ///
    /// # Errors
    /// A file that was named cannot be read.
    pub fn probe(&self, session: &mut Session, tell: &mut dyn FnMut(&str)) -> Result<()> {
        let about = self.probe.as_deref().and_then(|domain| {
            let outcome = session.so_far(Timestamp::now(), Options::default());
            request_about(&outcome, domain, &self.network, tell)
        });
        let request = match about {
            Some(mut request) => {
                self.local.set(&mut request)?;
                request.checks = checks(&request, &[]);
                request
            }
            None if self.local.local().any() => {
                let mut request = self.local.alone()?;
                self.network.set(&mut request);
                request
            }
            None => return Ok(()),
        };
        announce(&request, tell);
        match probe::run(&request) {
            Ok(probed) => take(session, &request, &probed),
            Err(why) => session.skip(&format!("probe of {}", request.domain), why),
        }
        Ok(())
    }
}

/// With which care it is contacted.
#[derive(Debug, Clone, Args)]
pub struct NetworkArgs {
    /// Ask this resolver instead of the one of this machine. May be repeated.
    #[arg(long, value_name = "IP[:PORT]", value_parser = resolver)]
    resolver: Vec<SocketAddr>,
    /// Contact private, loopback and link-local addresses too.
    #[arg(long)]
    allow_private: bool,
    /// Seconds for all probes together.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
}

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct ProbeArgs {
    /// The domain as in the certificate, or an address. Not needed where this machine alone is looked at.
    #[arg(value_name = "DOMAIN", required_unless_present_any = ["path", "key", "service", "check"])]
    domain: Option<String>,
    /// Look only at these: several with commas.
    #[arg(long, value_name = "PROBE", value_delimiter = ',')]
    check: Vec<Check>,
    /// How the domain is proved.
    #[arg(long, value_name = "METHOD", requires = "domain")]
    method: Option<Method>,
    /// DNS-01: the value that should stand in the TXT record. May be repeated.
    #[arg(long, value_name = "VALUE", requires = "domain")]
    expect: Vec<String>,
    /// DNS-01: where the TXT record should stand, if not at _acme-challenge.DOMAIN.
    #[arg(long, value_name = "NAME", requires = "domain")]
    txt_name: Option<String>,
    /// HTTP-01: the token of the challenge.
    #[arg(long, value_name = "TOKEN", requires = "domain")]
    token: Option<String>,
    /// What the client was told to answer, TOKEN.THUMBPRINT, whatever the method.
    #[arg(long, value_name = "VALUE", requires = "domain")]
    key_authorization: Option<String>,
    /// CAA: the domain by which the CA is named in CAA records, letsencrypt.org. May be repeated.
    #[arg(long, value_name = "DOMAIN", requires = "domain")]
    ca: Vec<String>,
    /// Endpoint: the serial number that should be presented, in hexadecimal.
    #[arg(long, value_name = "HEX", requires = "domain")]
    expect_serial: Option<String>,
    /// Endpoint: the SHA-256 that should be presented, in hexadecimal.
    #[arg(long, value_name = "HEX", requires = "domain")]
    expect_fingerprint: Option<String>,
    /// Target: try these ports, several with commas.
    #[arg(long, value_name = "PORT", requires = "domain", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..))]
    port: Vec<u16>,
    /// API of a CA: ask for this address. May be repeated.
    #[arg(long, value_name = "URL", requires = "domain", value_parser = url)]
    url: Vec<reqwest::Url>,
    /// Trust the CA certificates in this file too.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    ca_file: Option<PathBuf>,
    #[command(flatten)]
    local: LocalArgs,
    #[command(flatten)]
    network: NetworkArgs,
    /// Port for HTTP-01, where it is not the real CA that asks (Pebble: 5002).
    #[arg(long, value_name = "PORT", default_value_t = 80, value_parser = clap::value_parser!(u16).range(1..))]
    http_port: u16,
    /// Port for TLS and TLS-ALPN-01.
    #[arg(long, value_name = "PORT", default_value_t = 443, value_parser = clap::value_parser!(u16).range(1..))]
    tls_port: u16,
    /// Port of authoritative name servers.
    #[arg(long, value_name = "PORT", default_value_t = 53, value_parser = clap::value_parser!(u16).range(1..))]
    dns_port: u16,
    /// A fact that you know, for instance dcv.status=failed. May be repeated.
    #[arg(long = "fact", value_name = "PATH=VALUE")]
    facts: Vec<String>,
    /// How to print the answer.
    #[arg(long, default_value = "text")]
    format: Format,
    /// List this many causes at most.
    #[arg(long, value_name = "N", default_value_t = 5)]
    top: usize,
    /// Name a cause only if the leading one is at least this likely (0 to 1).
    #[arg(long, value_name = "P", default_value_t = 0.4, value_parser = super::diagnose::probability)]
    min_probability: f64,
    /// Show everything that was weighed, with its numbers.
    #[arg(long)]
    explain: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// For a program: the contract certwhy/probe/1.
    Json,
    /// The diagnosis alone, for a ticket or a page.
    Markdown,
}

fn resolver(text: &str) -> std::result::Result<SocketAddr, String> {
    let bare = || text.trim_matches(['[', ']']).parse::<IpAddr>().map(|address| SocketAddr::new(address, 53));
    text.parse().or_else(|_| bare()).map_err(|_| "write an address, 192.0.2.53, with a port 192.0.2.53:5353".to_owned())
}

fn url(text: &str) -> std::result::Result<reqwest::Url, String> {
    let url: reqwest::Url =
        text.parse().map_err(|error| format!("{error}; write it whole, https://ca.example.org/health"))?;
    match url.scheme() {
        "http" | "https" if url.username().is_empty() && url.password().is_none() => Ok(url),
        "http" | "https" => Err("leave name and password out: nothing is signed in to".to_owned()),
        _ => Err("only http and https are probed".to_owned()),
    }
}

impl NetworkArgs {
    fn set(&self, request: &mut Request) {
        request.resolvers.clone_from(&self.resolver);
        request.allow_private = self.allow_private;
        request.timeout = Duration::from_secs(self.timeout);
    }
}

impl ProbeArgs {
    fn request(&self) -> Result<Request> {
        let Some(domain) = &self.domain else {
            if let Some(check) = self.check.iter().find(|check| **check != Check::Local) {
                let why = format!("--check {}: name the DOMAIN; only `local` goes without one", check.word());
                return Err(Error::Unknown(why));
            }
            let mut request = self.local.alone()?;
            self.network.set(&mut request);
            return Ok(request);
        };
        let mut request = Request::new(domain).map_err(Error::Unknown)?;
        self.network.set(&mut request);
        self.local.set(&mut request)?;
        request.issuers = self.ca.iter().map(|ca| ca.trim_end_matches('.').to_ascii_lowercase()).collect();
        if let Some(word) = request.issuers.iter().find(|ca| !ca.contains('.')) {
            let why = format!("--ca {word}: write the domain that CAA records name, for instance letsencrypt.org");
            return Err(Error::Unknown(why));
        }
        request.expect.clone_from(&self.expect);
        request.token.clone_from(&self.token);
        request.key_authorization.clone_from(&self.key_authorization);
        if let Some(key) = &self.key_authorization {
            let Some((token, _)) = key.split_once('.') else {
                return Err(Error::Unknown(format!("--key-authorization {key}: write TOKEN.THUMBPRINT")));
            };
            request.token.get_or_insert_with(|| token.to_owned());
            request.expect.push(probe::value_of(key));
        }
        let odd = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if let Some(token) = request.token.as_ref().filter(|token| token.is_empty() || token.contains(odd)) {
            return Err(Error::Unknown(format!("--token {token}: a token is made of letters, digits, - and _")));
        }
        let name = |text: &String| probe::name(text).map_err(|why| Error::Unknown(format!("--txt-name {text}: {why}")));
        request.txt_name = self.txt_name.as_ref().map(name).transpose()?;
        request.expected.serial.clone_from(&self.expect_serial);
        request.expected.fingerprint.clone_from(&self.expect_fingerprint);
        for (option, value) in [("serial", &self.expect_serial), ("fingerprint", &self.expect_fingerprint)] {
            if let Some(value) = value.as_ref().filter(|value| probe::hexadecimal(value) == "0") {
                return Err(Error::Unknown(format!("--expect-{option} {value}: write it in hexadecimal, 03:a1:0b")));
            }
        }
        if let Some(path) = &self.ca_file {
            request.roots = certificates(path)?.into_iter().map(|certificate| certificate.der).collect();
        }
        (request.ports, request.urls) = (self.port.clone(), self.url.clone());
        (request.http_port, request.tls_port, request.dns_port) = (self.http_port, self.tls_port, self.dns_port);
        let dns = !self.expect.is_empty() || self.txt_name.is_some();
        request.method = self.method.or(match (dns, self.token.is_some() || self.key_authorization.is_some()) {
            (true, _) => Some(Method::Dns01),
            (false, true) => Some(Method::Http01),
            (false, false) => None,
        });
        request.checks = checks(&request, &self.check);
        Ok(request)
    }
}

/// What is looked at: what was named, else what fits to the options.
fn checks(request: &Request, named: &[Check]) -> Vec<Check> {
    let mut checks = named.to_vec();
    let method = request.method.map(Method::check);
    let endpoint = request.expected.any();
    if named.is_empty() {
        let elsewhere = !request.ports.is_empty() || !request.urls.is_empty();
        match (method, endpoint, elsewhere) {
            (Some(_), ..) => checks.extend([Check::Dns, Check::Caa]),
            (None, true, _) => {}
            (None, false, true) => {}
            (None, false, false) => checks.extend([Check::Dns, Check::Caa, Check::Tls]),
        }
        checks.extend([Check::Clock]);
    }
    checks.extend(method);
    checks.extend(endpoint.then_some(Check::Tls));
    checks.extend((!request.ports.is_empty()).then_some(Check::Port));
    checks.extend((!request.urls.is_empty()).then_some(Check::Url));
    checks.extend(request.local.any().then_some(Check::Local));
    checks.sort();
    checks.dedup();
    checks
}

/// Certificates in a file.
pub(super) fn certificates(path: &Path) -> Result<Vec<Certificate>> {
    let named = |why: String| Error::NoInput(vec![format!("{}: {why}", path.display())]);
    let content = std::fs::read(path).map_err(|error| named(error.to_string()))?;
    Certificate::read_all(&content).map_err(named)
}

pub fn run(args: &ProbeArgs, common: &Common) -> Result<ExitCode> {
    let request = args.request()?;
    // The process ends with the answer: to take the rules apart piece by piece would only delay it.
    let engine: &Engine = Box::leak(Box::new(common.engine()?));
    let mut session = engine.session(Timestamp::now());
    for fact in &args.facts {
        session.fact(fact)?;
    }
    let probed = probe::run(&request).map_err(|why| Error::NoInput(vec![why]))?;
    take(&mut session, &request, &probed);
    let outcome = session.diagnose(Options { min_probability: args.min_probability, top: args.top });
    let answer = ProbeAnswer::new(&request.domain, &probed, Answer::new(&outcome));
    let page = match args.format {
        Format::Text => write(&answer, super::width(), args.explain),
        Format::Json => report::probe_json(&answer),
        Format::Markdown => markdown::write(&answer.diagnosis),
    };
    common.print(&page)?;
    let nothing = probed.findings.iter().all(|finding| finding.verdict == Verdict::Unknown);
    Ok(match (answer.diagnosis.causes.is_empty(), nothing) {
        (false, _) => ExitCode::from(1),
        (true, false) => ExitCode::SUCCESS,
        (true, true) => ExitCode::from(2),
    })
}

fn take(session: &mut Session, request: &Request, probed: &Probed) {
    session.found(input(&request.domain, &probed.findings), probed.facts(), probed.at);
}

/// What a probe of the domain that a diagnosis is about finds, as a facts document with its name; `tell` says what will be
/// contacted, or why nothing is.
pub fn document(
    outcome: &Outcome,
    domain: &str,
    network: &NetworkArgs,
    tell: &mut dyn FnMut(&str),
) -> Option<(String, String)> {
    let request = request_about(outcome, domain, network, tell)?;
    announce(&request, tell);
    match probe::run(&request) {
        Ok(probed) => {
            let document = serde_json::json!({ "at": probed.at.to_string(), "facts": probed.facts() });
            Some((format!("probe of {}.json", request.domain), document.to_string()))
        }
        Err(why) => {
            tell(&format!("nothing could be found out: {why}"));
            None
        }
    }
}

fn request_about(
    outcome: &Outcome,
    domain: &str,
    network: &NetworkArgs,
    tell: &mut dyn FnMut(&str),
) -> Option<Request> {
    let suspect = Suspect::of(outcome);
    let domain = match (domain, &suspect.domain) {
        ("", None) => {
            tell("nothing is probed: no record names a domain; name it with --probe=www.example.org");
            return None;
        }
        ("", Some(found)) => found,
        (named, _) => named,
    };
    let mut request = match Request::new(domain) {
        Ok(request) => request,
        Err(why) => {
            tell(&format!("nothing is probed: {why}"));
            return None;
        }
    };
    network.set(&mut request);
    (request.method, request.token) = (suspect.method, suspect.token);
    request.checks = checks(&request, &[]);
    Some(request)
}

fn announce(request: &Request, tell: &mut dyn FnMut(&str)) {
    let method = request.method.map_or_else(String::new, |method| format!(" for {}", method.word()));
    tell(&format!("probing {}{method}: {}", request.domain, request.plan().join(", ")));
}

/// What a diagnosis tells about what to probe.
#[derive(Debug, Default, PartialEq)]
struct Suspect {
    domain: Option<String>,
    method: Option<Method>,
    token: Option<String>,
}

impl Suspect {
    fn of(outcome: &Outcome) -> Self {
        let answer = Answer::new(outcome);
        let first = answer.causes.first();
        let value = |name: &str| {
            first.and_then(|cause| cause.evidence.iter().find_map(|evidence| evidence.values.get(name)).cloned())
        };
        let host = |url: String| url.parse::<reqwest::Url>().ok()?.host_str().map(str::to_owned);
        let sightings = &outcome.seen.sightings;
        let any = || sightings.iter().rev().find_map(|sighting| sighting.subject().remove("domain"));
        let domain = value("domain").or_else(|| value("record")).or_else(|| value("url").and_then(host)).or_else(any);
        let known = outcome.seen.sets.iter().find_map(|set| match set.values.get("dcv.method") {
            Some(FactValue::Text(word)) => Method::from_word(word),
            _ => None,
        });
        let by_cause = first.and_then(|cause| by_cause(&cause.id));
        let texts = || sightings.iter().rev().map(|sighting| sighting.record.text.as_str());
        let in_text = || texts().find_map(by_text);
        let path = Regex::new(r"/\.well-known/acme-challenge/([A-Za-z0-9_-]{8,200})").ok();
        let token = path.and_then(|path| texts().find_map(|text| Some(path.captures(text)?[1].to_owned())));
        let method = known.or(by_cause).or_else(in_text);
        Suspect {
            domain: domain.map(|d| normal_subject(&d)),
            method,
            token: token.filter(|_| method == Some(Method::Http01)),
        }
    }
}

/// The method that a cause speaks of.
fn by_cause(id: &str) -> Option<Method> {
    let name = id.strip_prefix("dcv.")?;
    match name {
        _ if name.starts_with("dns-record") || name == "dns-not-propagated" => Some(Method::Dns01),
        _ if name.starts_with("http-") || name == "webroot-misconfigured" => Some(Method::Http01),
        _ if name.starts_with("tls-alpn-") => Some(Method::TlsAlpn01),
        _ => None,
    }
}

/// The method that a record speaks of.
fn by_text(text: &str) -> Option<Method> {
    let text = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match () {
        () if has(&["dns-01", "_acme-challenge."]) => Some(Method::Dns01),
        () if has(&["http-01", "/.well-known/acme-challenge/"]) => Some(Method::Http01),
        () if has(&["tls-alpn-01", "acme-tls/1"]) => Some(Method::TlsAlpn01),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(log: &str) -> Suspect {
        let engine = Engine::embedded().expect("the rules");
        let mut session = engine.session("2026-11-24T12:00:00Z".parse().expect("a time"));
        session.read("client.log", log.as_bytes());
        Suspect::of(&session.diagnose(Options::default()))
    }

    #[test]
    fn what_a_log_says_about_what_to_probe() {
        let dns = suspect("No TXT record found at _acme-challenge.shop.example.org\n");
        assert_eq!((dns.domain.as_deref(), dns.method), (Some("shop.example.org"), Some(Method::Dns01)));
        let log = "Detail: 203.0.113.9: Invalid response from http://www.example.org/.well-known/acme-challenge/AbCdEfGh-12: 404\n";
        let http = suspect(log);
        assert_eq!((http.domain.as_deref(), http.method), (Some("www.example.org"), Some(Method::Http01)));
        assert_eq!(http.token.as_deref(), Some("AbCdEfGh-12"));
        assert_eq!(suspect("all is well\n"), Suspect::default());
    }

    #[test]
    fn resolvers_and_addresses() {
        assert_eq!(resolver("192.0.2.53"), Ok("192.0.2.53:53".parse().expect("an address")));
        assert_eq!(resolver("[2001:db8::53]:5353"), Ok("[2001:db8::53]:5353".parse().expect("an address")));
        assert!(resolver("dns.example.org").is_err() && url("ftp://example.org").is_err());
        assert!(url("https://me:secret@example.org/").is_err() && url("https://example.org/health").is_ok());
    }
}
