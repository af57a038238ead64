//! Whatever opens a connection: status documents by URL, and probes of what a CA and clients see; and, beside these, what
//! this machine itself tells. Only what a person asked for is contacted or looked at.
//!
//! A probe asks, and returns [`Finding`]s: what was asked of whom, what came back, and the facts that follow. It draws no
//! conclusions; rules do that, from the facts. Every question ends by itself before the overall deadline, every answer is
//! read up to a bound, and addresses that are not of the internet are left alone unless they were allowed: the address
//! that was judged is the one that is contacted, so a second answer of the DNS changes nothing.

mod alpn;
mod caa;
mod certificate;
mod clock;
mod dns;
mod fetch;
mod finding;
mod guard;
mod handshake;
mod http;
mod http01;
mod local;
mod lookup;
mod port;
mod reach;
mod request;
mod tls;
mod trust;
mod txt;
mod url;
mod wire;
mod zone;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

pub use certificate::{Certificate, hexadecimal};
pub use fetch::fetch;
pub use finding::{Check, Finding, Verdict};
pub use local::{Local, unit};
pub use request::{Expected, Method, Request, name};
pub use txt::value_of;

use finding::Asked;
use lookup::Dns;
pub(crate) use trust::Trust;

/// Part of the time that finding addresses may take.
const FOR_ADDRESSES: f64 = 0.4;
/// One connection, with what is asked over it.
const ONE: Duration = Duration::from_secs(8);
/// Questions end by themselves at the deadline; so much later they are cut off.
const GRACE: Duration = Duration::from_millis(500);

/// What all probes found.
#[derive(Debug, Clone)]
pub struct Probed {
    /// When it began.
    pub at: Timestamp,
    /// Question by question.
    pub findings: Vec<Finding>,
}

impl Probed {
    /// The facts, the later finding before the earlier one.
    pub fn facts(&self) -> BTreeMap<String, Value> {
        self.findings.iter().flat_map(|f| f.facts.iter().map(|(path, value)| (path.clone(), value.clone()))).collect()
    }
}

/// Probes what was asked for, within its time.
///
/// # Errors
/// A sentence for the person: nothing could be begun.
pub fn run(request: &Request) -> Result<Probed, String> {
    // A second call finds the provider installed, which is as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let probed = runtime.block_on(probe(request));
    // A blocking task, if any, is not waited for.
    runtime.shutdown_background();
    probed
}

async fn probe(request: &Request) -> Result<Probed, String> {
    let at = Timestamp::now();
    let start = Instant::now();
    let deadline = start + request.timeout;
    if !request.leaves_host() {
        return Ok(Probed { at, findings: local::probe(&request.local, &request.expected.chain, deadline).await });
    }
    let dns = request.dns(deadline)?;
    let mut findings = Vec::new();
    let addresses = match request.address {
        Some(address) => named(&dns, address, &mut findings),
        None => {
            let hurry = Dns { deadline: start + request.timeout.mul_f64(FOR_ADDRESSES), ..dns.clone() };
            let found = dns::addresses(&hurry, request).await;
            findings.extend(found.findings);
            found.usable
        }
    };
    findings.extend(unfit(request));
    let trust =
        if request.wants(Check::Tls) || !request.urls.is_empty() { Trust::load(&request.roots) } else { Trust::none() };
    let limit = ONE.min(deadline.saturating_duration_since(Instant::now()).mul_f64(0.9));
    let jobs = jobs(request, &dns, &addresses, &trust, limit);
    let mut clocks = Vec::new();
    for (found, ahead) in join_all(jobs).await {
        findings.extend(found);
        clocks.extend(ahead);
    }
    if request.wants(Check::Clock) {
        findings.extend(clock::judge(clocks));
    }
    if let Some(first) = findings.first_mut() {
        first.facts.extend(asked_about(request));
    }
    Ok(Probed { at, findings })
}

/// Facts that the person told with the request: how the domain is proved, and which one it is.
fn asked_about(request: &Request) -> Vec<(String, Value)> {
    let method = request.method.map(|method| ("dcv.method".to_owned(), method.word().into()));
    let of_certificate = [Check::Dns, Check::Caa, Check::Tls].into_iter().any(|check| request.wants(check));
    let named = of_certificate.then(|| ("certificate.cn".to_owned(), request.domain.clone().into()));
    method.into_iter().chain(named).collect()
}

type Job<'a> = BoxFuture<'a, (Vec<Finding>, Vec<f64>)>;

/// All probes that were asked for, to run side by side.
fn jobs<'a>(
    request: &'a Request,
    dns: &'a Dns,
    addresses: &'a [IpAddr],
    trust: &'a Trust,
    limit: Duration,
) -> Vec<Job<'a>> {
    let mut jobs: Vec<(Check, Job<'a>)> = Vec::new();
    let by_name = request.address.is_none();
    let at_name = !request.wildcard && !addresses.is_empty();
    let only = |findings: Vec<Finding>| (findings, Vec::new());
    if request.wants(Check::Dns) && by_name {
        jobs.push((Check::Dns, async move { only(dns::zone(dns, &request.name).await.1) }.boxed()));
        if request.method == Some(Method::Dns01) {
            jobs.push((Check::Dns, txt::probe(dns, request).map(only).boxed()));
        }
    }
    if request.wants(Check::Caa) && by_name {
        jobs.push((Check::Caa, caa::probe(dns, request).map(only).boxed()));
    }
    if request.wants(Check::Http) && at_name {
        jobs.push((Check::Http, http01::probe(dns, request, addresses, limit).boxed()));
    }
    if request.wants(Check::Alpn) && at_name {
        jobs.push((Check::Alpn, alpn::probe(request, addresses, limit).map(only).boxed()));
    }
    if request.wants(Check::Tls) && at_name {
        jobs.push((Check::Tls, tls::probe(request, addresses, trust, limit).map(only).boxed()));
    }
    if request.wants(Check::Port) && at_name {
        jobs.push((Check::Port, port::probe(request, addresses, limit).map(only).boxed()));
    }
    for url in &request.urls {
        let ask = async move {
            let (finding, ahead) = url::probe(dns, url, trust, limit).await;
            (vec![finding], ahead.into_iter().collect())
        };
        jobs.push((Check::Url, ask.boxed()));
    }
    if request.wants(Check::Local) {
        jobs.push((
            Check::Local,
            local::probe(&request.local, &request.expected.chain, dns.deadline).map(only).boxed(),
        ));
    }
    let deadline = dns.deadline + GRACE;
    let bound = |(check, job): (Check, Job<'a>)| {
        async move {
            let asked = Asked::new(check, format!("the probe {}", check.word()), "");
            let late = |_| {
                let meaning = "It was cut off at the end of the time: --timeout gives more.";
                (vec![asked.found(Verdict::Unknown, "no whole answer in time", meaning)], Vec::new())
            };
            timeout_at(deadline, job).await.unwrap_or_else(late)
        }
        .boxed()
    };
    jobs.into_iter().map(bound).collect()
}

/// An address that was named instead of a domain.
fn named(dns: &Dns, address: IpAddr, findings: &mut Vec<Finding>) -> Vec<IpAddr> {
    let Some(why) = dns.barred(address) else { return vec![address] };
    let asked = Asked::new(Check::Dns, address.to_string(), "");
    let meaning = format!("It is {why}; --allow-private contacts it.");
    findings.push(asked.found(Verdict::Unknown, "not contacted", meaning));
    Vec::new()
}

/// A method that cannot prove such a name.
fn unfit(request: &Request) -> Option<Finding> {
    let method = request.method.filter(|method| request.wildcard && method.needs_address())?;
    let asked = Asked::new(Check::Dns, format!("{} for {}", method.word(), request.domain), "the rules of CAs");
    let meaning = "A wildcard can be proved by DNS-01 only.";
    let finding = asked.found(Verdict::Bad, "not possible", meaning);
    Some(finding.fact("dcv.method_fits_name", false).fact("certificate.cn", request.domain.clone()))
}
