//! Ports of a deployment target: open, closed or silent, and what answers there.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use super::finding::{Asked, Check, Finding, Verdict};
use super::handshake;
use super::reach::{self, Failure};
use super::request::Request;

/// Connections under way at the same time.
const AT_ONCE: usize = 8;
/// How long a server is waited for that greets first.
const GREETING: Duration = Duration::from_secs(2);

/// What stands behind a port, as far as deployments use it.
fn service(port: u16) -> Option<(&'static str, &'static str)> {
    match port {
        22 => Some(("SSH", "ssh")),
        445 => Some(("SMB", "smb")),
        5985 => Some(("WinRM over HTTP", "winrm")),
        5986 => Some(("WinRM over HTTPS", "winrm")),
        _ => None,
    }
}

/// Tries every port at every address.
pub async fn probe(request: &Request, addresses: &[IpAddr], limit: Duration) -> Vec<Finding> {
    let host = request.host();
    let pairs: Vec<(u16, IpAddr)> =
        request.ports.iter().flat_map(|port| addresses.iter().map(|address| (*port, *address))).collect();
    let try_one = |(port, address): (u16, IpAddr)| {
        let host = host.clone();
        async move { (port, one(&host, SocketAddr::new(address, port), limit).await) }
    };
    let tried: Vec<_> = stream::iter(pairs).map(try_one).buffered(AT_ONCE).collect().await;
    let is =
        |port: u16, wanted: fn(&Option<Failure>) -> bool| tried.iter().any(|(p, (end, _))| *p == port && wanted(end));
    let ports = |wanted: &dyn Fn(u16) -> bool| -> Vec<String> {
        request.ports.iter().filter(|port| wanted(**port)).map(ToString::to_string).collect()
    };
    let open = ports(&|port| is(port, Option::is_none));
    let refused = ports(&|port| !is(port, Option::is_none) && is(port, |end| matches!(end, Some(Failure::Refused))));
    let lost = |end: &Option<Failure>| matches!(end, Some(Failure::Silent | Failure::Unreachable));
    let silent = ports(&|port| {
        !is(port, Option::is_none) && !is(port, |end| matches!(end, Some(Failure::Refused))) && is(port, lost)
    });
    let mut findings: Vec<Finding> = tried.into_iter().map(|(_, (_, finding))| finding).collect();
    let Some(last) = findings.last_mut() else { return findings };
    if open.len() + refused.len() + silent.len() == 0 {
        return findings;
    }
    let mut tell = |path: &str, value: serde_json::Value| last.facts.insert(path.to_owned(), value);
    tell("deployment.target_reachable", (!open.is_empty()).into());
    tell("deployment.ports_open", open.into());
    tell("deployment.ports_refused", refused.into());
    tell("deployment.ports_silent", silent.into());
    let protocols: Vec<Option<&str>> = request.ports.iter().map(|port| service(*port).map(|(_, word)| word)).collect();
    if let Some(Some(word)) = protocols.first()
        && protocols.iter().all(|other| *other == Some(*word))
    {
        tell("deployment.protocol", (*word).into());
    }
    findings
}

async fn one(host: &str, at: SocketAddr, limit: Duration) -> (Option<Failure>, Finding) {
    let named = service(at.port()).map_or_else(String::new, |(name, _)| format!(" ({name})"));
    let asked = Asked::new(Check::Port, format!("port {}{named} of {host}", at.port()), at.to_string());
    let stream = match reach::connect(at, limit).await {
        Ok(stream) => stream,
        Err(failure) => {
            let (verdict, meaning) = match failure {
                Failure::Refused => (
                    Verdict::Bad,
                    "The host answers, and nothing listens on this port: the service is stopped or bound elsewhere, or a firewall rejects.",
                ),
                Failure::Silent => (
                    Verdict::Bad,
                    "Nothing comes back: a firewall drops the packets, the host is off, or the address is wrong.",
                ),
                Failure::Unreachable => (Verdict::Bad, "A router says that the host cannot be reached."),
                Failure::NoRoute => (Verdict::Unknown, "It says nothing about the host."),
                _ => (Verdict::Bad, ""),
            };
            return (Some(failure.clone()), asked.found(verdict, failure.to_string(), meaning));
        }
    };
    let answer = match at.port() {
        22 => greeting(stream).await,
        443 | 636 | 5986 | 6443 | 8443 => {
            drop(stream);
            match handshake::shake(at, host, true, &[], limit).await {
                Ok(shown) => shown.chain.first().map_or_else(String::new, |c| format!("; TLS: {}", c.line())),
                Err(why) => format!("; TLS: {why}"),
            }
        }
        _ => String::new(),
    };
    (None, asked.found(Verdict::Good, format!("open{answer}"), ""))
}

/// What a server says first.
async fn greeting(mut stream: tokio::net::TcpStream) -> String {
    let mut buffer = [0; 256];
    match timeout(GREETING, stream.read(&mut buffer)).await {
        Ok(Ok(length)) if buffer[..length].starts_with(b"SSH-") => {
            let line = String::from_utf8_lossy(&buffer[..length]).lines().next().unwrap_or_default().to_owned();
            format!("; {line}")
        }
        Ok(Ok(0)) => "; it was closed at once".to_owned(),
        Ok(Ok(_)) => "; what answers is no SSH server".to_owned(),
        _ => "; no greeting of an SSH server".to_owned(),
    }
}
