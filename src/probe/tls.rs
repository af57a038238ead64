//! The certificate that an endpoint presents: at every address, with its chain, beside the one that is expected.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::certificate::{Certificate, hexadecimal};
use super::finding::{Asked, Check, Finding, Verdict};
use super::handshake::{self, NoHandshake, Shown};
use super::reach::Failure;
use super::request::{Expected, Request};
use super::trust::{Judgement, Trust};

/// Handshakes under way at the same time.
const AT_ONCE: usize = 4;

/// Looks at every address, and once without SNI.
pub async fn probe(request: &Request, addresses: &[IpAddr], trust: &Trust, limit: Duration) -> Vec<Finding> {
    let host = request.host();
    let look = |address: IpAddr| {
        let (host, at) = (host.clone(), SocketAddr::new(address, request.tls_port));
        async move {
            let asked = Asked::new(Check::Tls, format!("the certificate of {host}"), at.to_string());
            (at, asked, handshake::shake(at, &host, true, &[], limit).await)
        }
    };
    let looks: Vec<_> = stream::iter(addresses.to_vec()).map(look).buffered(AT_ONCE).collect().await;
    let shown: Vec<Certificate> =
        looks.iter().filter_map(|(_, _, shown)| shown.as_ref().ok()?.chain.first().cloned()).collect();
    let mut sides = Vec::new();
    let mut findings: Vec<Finding> =
        looks.into_iter().map(|(_, asked, shown)| one(asked, shown, request, trust, &mut sides)).collect();
    let facts = together(&sides, !request.expected.chain.is_empty());
    findings.extend(disagreement(&shown, request));
    if let Some(last) = findings.last_mut() {
        for (path, value) in facts {
            last.facts.entry(path.to_owned()).or_insert(value);
        }
    }
    if let (Some(address), Some(first), None) = (addresses.first(), shown.first(), request.address) {
        findings.extend(without_sni(SocketAddr::new(*address, request.tls_port), &host, first, limit).await);
    }
    findings
}

/// What one address is like; `None` where it is not known.
#[derive(Debug, Default, Clone)]
struct Side {
    open: Option<bool>,
    speaks_tls: Option<bool>,
    old: Option<bool>,
    named: Option<bool>,
    ordered: Option<bool>,
    complete: Option<bool>,
    certificate: Option<Certificate>,
}

fn one(
    asked: Asked,
    shown: Result<Shown, NoHandshake>,
    request: &Request,
    trust: &Trust,
    sides: &mut Vec<Side>,
) -> Finding {
    let shown = match shown {
        Ok(shown) if !shown.chain.is_empty() => shown,
        Ok(_) => return asked.found(Verdict::Bad, "no certificate", "The server presents none."),
        Err(why) => {
            let (side, finding) = no_handshake(asked, &why);
            sides.push(side);
            return finding;
        }
    };
    let mut side = Side { open: Some(true), speaks_tls: Some(true), ..Side::default() };
    let mut wrong = faults(&shown.chain, &request.host(), trust, &request.expected, &mut side);
    let first = &shown.chain[0];
    let mut odd = Vec::new();
    match age(first, &request.expected) {
        Age::Older => {
            side.old = Some(true);
            wrong.insert(0, "This is not the expected certificate but an older one".to_owned());
        }
        Age::Newer => {
            side.old = Some(false);
            odd.push("This is a newer certificate than the expected one".to_owned());
        }
        Age::Same => side.old = Some(false),
        Age::NotAsked => {}
    }
    side.certificate = Some(first.clone());
    sides.push(side);
    let answer = first.line();
    match (wrong.is_empty(), odd.is_empty()) {
        (false, _) => asked.found(Verdict::Bad, answer, format!("{}.", wrong.join(". "))),
        (true, false) => asked.found(Verdict::Odd, answer, format!("{}.", odd.join(". "))),
        (true, true) => asked.found(Verdict::Good, answer, ""),
    }
}

fn no_handshake(asked: Asked, why: &NoHandshake) -> (Side, Finding) {
    let (side, verdict, meaning) = match why {
        NoHandshake::Connect(Failure::NoRoute) => {
            (Side::default(), Verdict::Unknown, "It says nothing about the server.")
        }
        NoHandshake::Connect(failure) if failure.closed() => {
            let side = Side { open: Some(false), ..Side::default() };
            (side, Verdict::Bad, "Nobody can connect: a stopped service, a firewall, or another address.")
        }
        NoHandshake::NotTls => {
            let side = Side { open: Some(true), speaks_tls: Some(false), ..Side::default() };
            (side, Verdict::Bad, "The port is open, and something else than TLS answers.")
        }
        NoHandshake::UnknownName => {
            let side = Side { open: Some(true), named: Some(false), ..Side::default() };
            (side, Verdict::Bad, "No certificate is bound to this name.")
        }
        _ => {
            let side = Side { open: Some(true), ..Side::default() };
            (side, Verdict::Bad, "The port is open, and the handshake fails.")
        }
    };
    (side, asked.found(verdict, why.to_string(), meaning))
}

/// What is wrong with a chain for a host.
fn faults(chain: &[Certificate], host: &str, trust: &Trust, expected: &Expected, side: &mut Side) -> Vec<String> {
    let mut wrong = Vec::new();
    let (first, now) = (&chain[0], Timestamp::now());
    if first.not_after < now {
        wrong.push(format!("It expired at {}", first.not_after));
    }
    if first.not_before > now {
        wrong.push(format!("It is not valid before {}", first.not_before));
    }
    let named = first.is_for(host);
    side.named = Some(named);
    if !named {
        wrong.push(format!("It is not for {host}"));
    }
    let ordered = chain.windows(2).all(|pair| pair[0].issued_by(&pair[1]));
    side.ordered = Some(ordered);
    if !ordered {
        wrong.push(
            "The certificates of the chain do not follow each other: each is to be issued by the next".to_owned(),
        );
    }
    let mut end = first;
    for _ in chain {
        match chain.iter().find(|other| !end.self_issued() && end.issued_by(other)) {
            Some(next) => end = next,
            None => break,
        }
    }
    let known = end.self_issued() || trust.knows_issuer_of(end);
    let missing = expected.chain.iter().skip(1).find(|certificate| end.issued_by(certificate));
    side.complete = match (known, missing) {
        (true, _) => Some(true),
        (false, Some(_)) => Some(false),
        (false, None) => end.tells_issuer.then_some(false),
    };
    if side.complete == Some(false) {
        wrong.push(format!("The intermediate certificate {} is not sent along", end.issuer));
    } else {
        match trust.judge(chain, host) {
            Judgement::UnknownIssuer | Judgement::Other(_) if first.self_issued() => {
                wrong.push("It is self-signed".to_owned())
            }
            Judgement::UnknownIssuer => {
                let way_out = "if it is a private CA, --ca-file FILE trusts it";
                wrong.push(format!(
                    "This machine knows no root that leads to it ({} is not known; {way_out})",
                    end.issuer
                ));
            }
            Judgement::Other(why) if wrong.is_empty() => wrong.push(why),
            _ => {}
        }
    }
    wrong
}

enum Age {
    Same,
    Older,
    Newer,
    NotAsked,
}

/// How a certificate stands to the expected one. Without dates to compare, another one counts as the older.
fn age(shown: &Certificate, expected: &Expected) -> Age {
    let same = |a: &str, b: &str| hexadecimal(a) == hexadecimal(b);
    let serial = expected.serial.as_deref().map(|serial| same(serial, &shown.serial));
    let fingerprint = expected.fingerprint.as_deref().map(|fingerprint| same(fingerprint, &shown.fingerprint));
    let file = expected.chain.first().map(|certificate| certificate.fingerprint == shown.fingerprint);
    let answers: Vec<bool> = [serial, fingerprint, file].into_iter().flatten().collect();
    match (answers.is_empty(), answers.iter().all(|same| *same), expected.chain.first()) {
        (true, ..) => Age::NotAsked,
        (_, true, _) => Age::Same,
        (_, false, Some(file)) if shown.not_before > file.not_before => Age::Newer,
        (_, false, _) => Age::Older,
    }
}

/// The facts that all addresses together tell: a fault at one is a fault.
fn together(sides: &[Side], file: bool) -> Vec<(&'static str, serde_json::Value)> {
    let all = |of: fn(&Side) -> Option<bool>| {
        let known: Vec<bool> = sides.iter().filter_map(of).collect();
        (!known.is_empty()).then(|| known.iter().all(|yes| *yes))
    };
    let mut facts = Vec::new();
    let mut tell = |path, value: Option<bool>| facts.extend(value.map(|value| (path, value.into())));
    tell("endpoint.port_open", all(|side| side.open));
    tell("endpoint.speaks_tls", all(|side| side.speaks_tls));
    tell("endpoint.name_matches", all(|side| side.named));
    tell("endpoint.chain_ordered", all(|side| side.ordered));
    tell("endpoint.chain_complete", all(|side| side.complete));
    let old: Vec<bool> = sides.iter().filter_map(|side| side.old).collect();
    tell("endpoint.serves_old_certificate", (!old.is_empty()).then(|| old.contains(&true)));
    // A file has dates to compare with, a serial number has not.
    tell("endpoint.older_than_seen", file.then(|| old.contains(&true)).filter(|older| *older));
    if let Some(first) = sides.iter().filter_map(|side| side.certificate.as_ref()).min_by_key(|c| c.not_after) {
        facts.push(("endpoint.certificate_expires_at", first.not_after.to_string().into()));
        facts.push(("endpoint.issuer", first.issuer.clone().into()));
        facts.push(("endpoint.serial", first.serial.clone().into()));
    }
    facts
}

/// Addresses that present different certificates, of which one is wrong.
fn disagreement(shown: &[Certificate], request: &Request) -> Option<Finding> {
    let first = shown.first()?;
    if shown.iter().all(|certificate| certificate.fingerprint == first.fingerprint) {
        return None;
    }
    let asked = Asked::new(Check::Tls, format!("the certificate of {}", request.host()), "all addresses together");
    let now = Timestamp::now();
    let fit = |c: &Certificate| c.not_after > now && !matches!(age(c, &request.expected), Age::Older);
    let answer = "different certificates at different addresses";
    if shown.iter().all(fit) || !shown.iter().any(fit) {
        return Some(asked.found(
            Verdict::Odd,
            answer,
            "Some servers have an RSA and an ECDSA certificate; else one is stale.",
        ));
    }
    let meaning = "Some addresses present the right certificate and others do not: it did not reach all servers.";
    Some(asked.found(Verdict::Bad, answer, meaning).fact("endpoint.addresses_agree", false))
}

async fn without_sni(at: SocketAddr, host: &str, with: &Certificate, limit: Duration) -> Option<Finding> {
    let asked = Asked::new(Check::Tls, "the certificate without SNI", at.to_string());
    let shown = handshake::shake(at, host, false, &[], limit).await;
    Some(match shown {
        Ok(shown) => match shown.chain.first() {
            Some(other) if other.fingerprint != with.fingerprint => {
                let meaning =
                    "Clients that send no name (old ones, some health checks) get this one: the default of the server.";
                asked.found(Verdict::Odd, other.line(), meaning)
            }
            _ => asked.found(Verdict::Good, "the same", ""),
        },
        Err(why) => asked.found(Verdict::Odd, why.to_string(), "Clients that send no name get nothing; most send it."),
    })
}
