//! The API of a CA or of the platform: whether it answers, and as what.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::Url;

use super::finding::{Asked, Check, Finding, Verdict};
use super::http::{self, NoReply, Reply};
use super::lookup::Dns;
use super::request::name;
use super::trust::Trust;
use super::zone::plain;

/// Asks for one address. Returns the difference of clocks too.
pub async fn probe(dns: &Dns, url: &Url, trust: &Trust, limit: Duration) -> (Finding, Option<f64>) {
    let asked = Asked::new(Check::Url, format!("GET {url}"), url.host_str().unwrap_or_default());
    let address = match address(dns, url).await {
        Ok(address) => address,
        Err((verdict, answer, meaning)) => {
            let finding = asked.found(verdict, answer, meaning);
            let wrong = finding.verdict == Verdict::Bad;
            return (if wrong { finding.fact("connector.endpoint_correct", false) } else { finding }, None);
        }
    };
    let asked = Asked::new(Check::Url, format!("GET {url}"), address.to_string());
    let Ok(tls) = trust.client() else {
        let meaning = "This machine has no root certificates; --ca-file names some.";
        return (asked.found(Verdict::Unknown, "not asked", meaning), None);
    };
    match http::get(url, address, tls, limit).await {
        Ok(reply) => {
            let ahead = reply.clock_ahead;
            (judge(asked, url, &reply), ahead)
        }
        Err(NoReply::Tls(why)) => {
            let meaning = "The certificate of the API is not trusted by this machine, or the handshake fails. For a private CA, --ca-file FILE trusts it.";
            let finding = asked.found(Verdict::Bad, why.clone(), meaning).fact("connector.endpoint_reachable", true);
            // An unknown issuer may as well be a proxy that inspects TLS, or a private CA: not the fault of the API.
            let invalid =
                ["expired", "not valid for", "not valid yet", "not yet valid"].iter().any(|w| why.contains(w));
            let path = if invalid { "connector.certificate_valid" } else { "connector.certificate_trusted" };
            let certificate = why.contains("certificate");
            (if certificate { finding.fact(path, false) } else { finding }, None)
        }
        Err(why) => {
            let meaning = "The API does not answer from here: a firewall, a stopped service, or a wrong address.";
            let finding = asked.found(Verdict::Bad, why.to_string(), meaning);
            (finding.fact("connector.endpoint_reachable", false), None)
        }
    }
}

/// The address that is contacted, judged once.
async fn address(dns: &Dns, url: &Url) -> Result<SocketAddr, (Verdict, String, String)> {
    let port = url.port_or_known_default().unwrap_or(443);
    let host = url.host_str().unwrap_or_default();
    let addresses: Vec<IpAddr> = match host.trim_matches(['[', ']']).parse() {
        Ok(address) => vec![address],
        Err(_) => {
            let target = name(host).map_err(|why| (Verdict::Bad, why, "It is no name.".to_owned()))?;
            let (v4, v6) = dns.addresses(&target).await;
            let all: Vec<IpAddr> = v4.addresses().into_iter().chain(v6.addresses()).collect();
            if all.is_empty() {
                let answer = v4.records.as_ref().err().map_or_else(String::new, ToString::to_string);
                let (verdict, meaning) = match v4.failed() {
                    true => (Verdict::Unknown, "The resolver gives no answer for the name."),
                    false => (Verdict::Bad, "The name has no address: it is misspelt, or it was moved."),
                };
                return Err((verdict, format!("{}: {answer}", plain(&target)), meaning.to_owned()));
            }
            all
        }
    };
    let usable = addresses.iter().find(|address| dns.barred(**address).is_none());
    usable.map(|address| SocketAddr::new(*address, port)).ok_or_else(|| {
        let why = addresses.first().and_then(|a| dns.barred(*a)).unwrap_or_default();
        let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        (Verdict::Unknown, list.join(", "), format!("Not contacted: {why}. --allow-private does."))
    })
}

fn judge(asked: Asked, url: &Url, reply: &Reply) -> Finding {
    let path = url.path().trim_end_matches('/').to_ascii_lowercase();
    let certsrv = path.ends_with("/certsrv") || path.contains("/certsrv/");
    let directory = ["/directory", "/dir"].iter().any(|end| path.ends_with(end));
    let answer = format!("status {}, {}", reply.status, if reply.is_page() { "a page" } else { "no page" });
    // A login that is asked for is an answer of the service.
    let up = matches!(reply.status, 200..=399 | 401);
    let (verdict, meaning) = match reply.status {
        500.. => (Verdict::Bad, "The server answers with an error of its own."),
        404 | 410 => (Verdict::Bad, "The server answers, and there is nothing at this path."),
        403 => (Verdict::Odd, "The server refuses to show it."),
        401 => (Verdict::Good, "The service answers and asks who you are."),
        200..=299 if directory && serde_json::from_slice::<serde_json::Value>(&reply.body).is_err() => {
            (Verdict::Bad, "An ACME directory is JSON, and this is not.")
        }
        _ => (Verdict::Good, ""),
    };
    let mut finding = asked.found(verdict, answer, meaning).fact("connector.endpoint_reachable", true);
    if reply.status >= 500 {
        finding = finding.fact("api.http_status", reply.status);
    }
    if certsrv {
        finding = finding.fact("connector.web_enrollment_accessible", up);
    } else if matches!(reply.status, 404 | 410) || directory && verdict == Verdict::Bad && reply.status < 500 {
        finding = finding.fact("connector.endpoint_correct", false);
    }
    finding
}
