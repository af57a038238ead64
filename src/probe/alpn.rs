//! The challenge certificate of TLS-ALPN-01 (RFC 8737).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ring::digest::{SHA256, digest};

use super::finding::{Asked, Check, Finding, Verdict};
use super::handshake::{self, NoHandshake, Shown};
use super::reach::Failure;
use super::request::Request;

/// The protocol of the challenge.
const PROTOCOL: &[u8] = b"acme-tls/1";

/// What one address is like.
enum Side {
    Good,
    Unknown,
    Closed,
    NoProtocol,
    Wrong,
}

/// Looks at every address.
pub async fn probe(request: &Request, addresses: &[IpAddr], limit: Duration) -> Vec<Finding> {
    let host = request.host();
    let looks = addresses.iter().map(|address| {
        let (host, at) = (host.clone(), SocketAddr::new(*address, request.tls_port));
        async move {
            let asked = Asked::new(Check::Alpn, format!("acme-tls/1 for {host}"), at.to_string());
            let shown = handshake::shake(at, &host, true, &[PROTOCOL], limit).await;
            one(asked, at, shown, request)
        }
    });
    let looks = futures_util::future::join_all(looks).await;
    let (mut findings, mut v4, mut v6) = (Vec::new(), Vec::new(), Vec::new());
    for (at, side, finding) in looks {
        findings.push(finding);
        if at.is_ipv4() { v4.push(side) } else { v6.push(side) }
    }
    let good = |sides: &[Side]| sides.iter().any(|side| matches!(side, Side::Good));
    let bad = |sides: &[Side]| sides.iter().any(|side| !matches!(side, Side::Good | Side::Unknown));
    let Some(last) = findings.last_mut() else { return findings };
    if good(&v4) && bad(&v6) && !good(&v6) {
        last.facts.insert("dcv.ipv4_correct".to_owned(), true.into());
        last.facts.insert("dcv.ipv6_correct".to_owned(), false.into());
        return findings;
    }
    let sides: Vec<Side> = v4.into_iter().chain(v6).filter(|side| !matches!(side, Side::Unknown)).collect();
    if sides.is_empty() {
        return findings;
    }
    let mut tell = |path: &str, value: bool| last.facts.insert(path.to_owned(), value.into());
    let open = sides.iter().any(|side| !matches!(side, Side::Closed));
    tell("dcv.port_443_open", open);
    if open {
        let negotiated = !sides.iter().any(|side| matches!(side, Side::NoProtocol));
        tell("dcv.alpn_negotiated", negotiated);
        if negotiated {
            tell("dcv.alpn_certificate_correct", !sides.iter().any(|side| matches!(side, Side::Wrong)));
        }
    }
    findings
}

fn one(
    asked: Asked,
    at: SocketAddr,
    shown: Result<Shown, NoHandshake>,
    request: &Request,
) -> (SocketAddr, Side, Finding) {
    let (side, verdict, answer, meaning) = match shown {
        Ok(shown) if shown.protocol.as_deref() == Some(PROTOCOL) => match fault(&shown, request) {
            None => (Side::Good, Verdict::Good, "the challenge certificate".to_owned(), String::new()),
            Some(meaning) => {
                let line = shown.chain.first().map_or_else(|| "no certificate".to_owned(), |c| c.line());
                (Side::Wrong, Verdict::Bad, line, meaning)
            }
        },
        Ok(shown) => {
            let line = shown.chain.first().map_or_else(|| "no certificate".to_owned(), |c| c.line());
            let meaning = "The server ignores acme-tls/1 and presents its own certificate: the CA reaches the web server or a proxy, not the client that answers the challenge.";
            (Side::NoProtocol, Verdict::Bad, line, meaning.to_owned())
        }
        Err(NoHandshake::Connect(Failure::NoRoute)) => {
            let answer = Failure::NoRoute.to_string();
            (Side::Unknown, Verdict::Unknown, answer, "It says nothing about the server.".to_owned())
        }
        Err(NoHandshake::Connect(failure)) if failure.closed() => {
            let meaning = "The CA cannot connect: a firewall, another address, or nothing listens.";
            (Side::Closed, Verdict::Bad, failure.to_string(), meaning.to_owned())
        }
        Err(NoHandshake::NoProtocol) => {
            let meaning = "TLS ends at something that does not answer challenges. Clients answer only while the order is validated.";
            (Side::NoProtocol, Verdict::Bad, NoHandshake::NoProtocol.to_string(), meaning.to_owned())
        }
        Err(why) => {
            let meaning = "The port is open, and the handshake for the challenge fails.".to_owned();
            (Side::NoProtocol, Verdict::Bad, why.to_string(), meaning)
        }
    };
    (at, side, asked.found(verdict, answer, meaning))
}

/// What is wrong with a challenge certificate.
fn fault(shown: &Shown, request: &Request) -> Option<String> {
    let Some(first) = shown.chain.first() else { return Some("The server presents no certificate.".to_owned()) };
    let host = request.host();
    if first.names != [host.clone()] {
        return Some(format!(
            "The challenge certificate is to be for {host} alone, and it is for {}.",
            first.names.join(", ")
        ));
    }
    let Some((value, critical)) = &first.acme_identifier else {
        return Some("The extension acmeIdentifier is missing: it is no challenge certificate.".to_owned());
    };
    if !critical {
        return Some("The extension acmeIdentifier is not marked critical.".to_owned());
    }
    let wanted = request.key_authorization.as_ref().map(|key| digest(&SHA256, key.as_bytes()));
    let wrong = wanted.is_some_and(|wanted| wanted.as_ref() != value.as_slice());
    wrong.then(|| "It proves another key authorization: of an earlier order, or of another account.".to_owned())
}
