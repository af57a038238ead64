//! The challenge file of HTTP-01, as a CA fetches it: each address by itself, redirects included (RFC 8555, section 8.3).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use reqwest::Url;

use super::finding::{Asked, Check, Finding, Verdict};
use super::handshake;
use super::http::{self, NoReply, Reply};
use super::lookup::Dns;
use super::reach::Failure;
use super::request::{Request, name};

/// Redirects that Let's Encrypt follows.
const MAX_REDIRECTS: usize = 10;
/// Requests under way at the same time.
const AT_ONCE: usize = 4;
/// Asked for where no token is known: the path is tried, the answer proves nothing.
const NO_TOKEN: &str = "certwhy-probe";

/// What one address is like.
#[derive(Debug, Clone, PartialEq)]
enum Side {
    /// As it should be, as far as that is known.
    Good,
    /// Nothing is known about it.
    Unknown,
    /// Nobody accepts the connection.
    Closed,
    /// A status that is no success.
    Status(u16),
    /// A success with something else.
    Content(&'static str),
    /// It leads where no CA follows.
    Redirect,
    /// The connection is there, and no proper answer.
    Broken,
}

/// Asks every address. Returns the differences of clocks too.
pub async fn probe(dns: &Dns, request: &Request, addresses: &[IpAddr], limit: Duration) -> (Vec<Finding>, Vec<f64>) {
    let token = request.token.as_deref().unwrap_or(NO_TOKEN);
    let host = if request.host().contains(':') { format!("[{}]", request.host()) } else { request.host() };
    let port = if request.http_port == 80 { String::new() } else { format!(":{}", request.http_port) };
    let url = Url::parse(&format!("http://{host}{port}/.well-known/acme-challenge/{token}"));
    let Ok(url) = url else { return (Vec::new(), Vec::new()) };
    let ask = |address: IpAddr| {
        let (url, at) = (url.clone(), SocketAddr::new(address, request.http_port));
        async move {
            let asked = Asked::new(Check::Http, format!("GET {url}"), at.to_string());
            let walk = walk(dns, request, url, at, limit).await;
            let ahead = walk.reply.as_ref().ok().and_then(|reply| reply.clock_ahead);
            let (side, finding) = judge(asked, walk, request);
            (address, side, finding, ahead)
        }
    };
    let answers: Vec<_> = stream::iter(addresses.to_vec()).map(ask).buffered(AT_ONCE).collect().await;
    let (mut findings, mut sides, mut clocks) = (Vec::new(), Vec::new(), Vec::new());
    for (address, side, finding, ahead) in answers {
        findings.push(finding);
        sides.push((address, side));
        clocks.extend(ahead);
    }
    if let Some(last) = findings.last_mut() {
        for (path, value) in together(&sides, request.token.is_some()) {
            last.facts.insert(path.to_owned(), value);
        }
    }
    (findings, clocks)
}

/// The way of one request.
struct Walk {
    reply: Result<Reply, NoReply>,
    /// Where it ended.
    url: Url,
    redirects: Vec<Url>,
    /// Why a redirect is not followed.
    astray: Option<String>,
}

async fn walk(dns: &Dns, request: &Request, url: Url, first: SocketAddr, limit: Duration) -> Walk {
    let mut walk = Walk { reply: Err(NoReply::Connect(Failure::Silent)), url, redirects: Vec::new(), astray: None };
    let mut address = first;
    let ends = tokio::time::Instant::now() + limit;
    loop {
        let left = ends.saturating_duration_since(tokio::time::Instant::now());
        let Ok(tls) = handshake::accepting() else { return walk };
        walk.reply = http::get(&walk.url, address, tls, left.min(limit.mul_f64(0.7))).await;
        let Some(location) = walk.reply.as_ref().ok().filter(|r| redirects(r.status)).map(|r| r.location.clone())
        else {
            return walk;
        };
        let next = follow(dns, request, &walk, location, first).await;
        match next {
            Ok((url, next)) => {
                walk.redirects.push(std::mem::replace(&mut walk.url, url));
                address = next;
            }
            Err(why) => {
                walk.astray = Some(why);
                return walk;
            }
        }
    }
}

fn redirects(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Where a redirect leads, if a CA would follow it.
async fn follow(
    dns: &Dns,
    request: &Request,
    walk: &Walk,
    location: Option<String>,
    first: SocketAddr,
) -> Result<(Url, SocketAddr), String> {
    let location = location.ok_or("a redirect without an address")?;
    if walk.redirects.len() >= MAX_REDIRECTS {
        return Err(format!("more than {MAX_REDIRECTS} redirects"));
    }
    let url = walk.url.join(&location).map_err(|error| format!("to `{location}`: {error}"))?;
    if walk.redirects.contains(&url) || walk.url == url {
        return Err(format!("in a circle, to {url}"));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("to {url}; CAs follow http and https only"));
    }
    let port = url.port_or_known_default().unwrap_or(0);
    if ![80, 443, request.http_port, request.tls_port].contains(&port) {
        return Err(format!("to port {port}; CAs follow to 80 and 443 only"));
    }
    let Some(host) = url.domain() else { return Err(format!("to {url}; CAs do not follow to bare addresses")) };
    if host.trim_end_matches('.').eq_ignore_ascii_case(&request.host()) {
        // The same host stays at the same address, so that each address is judged by itself.
        return Ok((url.clone(), SocketAddr::new(first.ip(), port)));
    }
    let target = name(host).map_err(|why| format!("to {host}: {why}"))?;
    let (v4, v6) = dns.addresses(&target).await;
    let (same, other) = if first.is_ipv4() { (&v4, &v6) } else { (&v6, &v4) };
    let addresses: Vec<IpAddr> = same.addresses().into_iter().chain(other.addresses()).collect();
    let address = addresses.first().ok_or_else(|| format!("to {host}, which has no address"))?;
    // The address that was judged is the one that is contacted.
    match dns.barred(*address) {
        Some(why) => Err(format!("to {host} at {address}, which is {why}")),
        None => Ok((url.clone(), SocketAddr::new(*address, port))),
    }
}

fn judge(asked: Asked, walk: Walk, request: &Request) -> (Side, Finding) {
    let way = match walk.redirects.len() {
        0 => String::new(),
        n => format!(" after {n} redirect{} to {}", if n == 1 { "" } else { "s" }, walk.url),
    };
    let found = |side: Side, verdict, answer: String, meaning: &str| (side, asked.found(verdict, answer, meaning));
    let reply = match walk.reply {
        Ok(reply) => reply,
        Err(NoReply::Connect(Failure::NoRoute)) => {
            let answer = Failure::NoRoute.to_string();
            return found(Side::Unknown, Verdict::Unknown, answer, "It says nothing about the server.");
        }
        Err(NoReply::Connect(failure)) if walk.redirects.is_empty() && failure.closed() => {
            let meaning = "The CA cannot connect: a firewall, a stopped web server, or another address.";
            return found(Side::Closed, Verdict::Bad, failure.to_string(), meaning);
        }
        Err(why) if !walk.redirects.is_empty() => {
            let meaning = "The redirect leads to a place that does not answer.";
            return found(Side::Redirect, Verdict::Bad, format!("{why}{way}"), meaning);
        }
        Err(why) => {
            let meaning = "The port is open, and what answers does not speak HTTP as it should.";
            return found(Side::Broken, Verdict::Bad, why.to_string(), meaning);
        }
    };
    if let Some(astray) = walk.astray {
        let answer = format!("status {}, a redirect {astray}", reply.status);
        return found(Side::Redirect, Verdict::Bad, answer, "No CA follows this redirect.");
    }
    let begin: String = String::from_utf8_lossy(&reply.body).chars().take(80).collect();
    let answer = format!("status {}{way}: {begin:?}", reply.status);
    let known = request.token.is_some();
    match (reply.status, content(&reply, request)) {
        (_, "firewall") => {
            let meaning =
                "A page that asks for a check or blocks: a firewall for the web or a bot protection stands in front.";
            found(Side::Content("firewall"), Verdict::Bad, answer, meaning)
        }
        (200, "challenge") => found(Side::Good, Verdict::Good, answer, ""),
        (200, what) if known => {
            let meaning = match what {
                "page" => {
                    "A page stands in place of the challenge: a rewrite to the application, a CMS, or another server."
                }
                "empty" => "The answer is empty.",
                "stale" => "The right token with another account or order: the thumbprint does not fit.",
                _ => "Something else than the key authorization.",
            };
            found(Side::Content(if what == "page" { "page" } else { "other" }), Verdict::Bad, answer, meaning)
        }
        (200, _) => {
            let meaning = "A name that does not exist is answered with success: challenges may be hidden by the same rule. --token tries the real one.";
            found(Side::Unknown, Verdict::Odd, answer, meaning)
        }
        (404 | 410, _) if !known => {
            let meaning = "The web server answers; whether it finds a challenge file, --token tells.";
            found(Side::Good, Verdict::Good, answer, meaning)
        }
        (status @ (404 | 410), _) => {
            let meaning =
                "The web server has no such file: another folder, another virtual host, or the order is over.";
            found(Side::Status(status), Verdict::Bad, answer, meaning)
        }
        (400 | 497, _) if String::from_utf8_lossy(&reply.body).to_ascii_lowercase().contains("https port") => {
            let meaning = "HTTP came to a port that expects TLS: TLS is switched on for port 80, or a redirect leads to http at port 443.";
            found(Side::Status(reply.status), Verdict::Bad, answer, meaning)
        }
        (status, _) => found(Side::Status(status), Verdict::Bad, answer, "The CA wants status 200."),
    }
}

/// What a body is.
fn content(reply: &Reply, request: &Request) -> &'static str {
    const BLOCKED: [&str; 9] = [
        "cf-chl",
        "captcha",
        "attention required! | cloudflare",
        "just a moment...",
        "access denied",
        "request blocked",
        "incapsula",
        // nginx with testcookie.
        "slowaes.decrypt",
        "the requested url was rejected",
    ];
    let text = String::from_utf8_lossy(&reply.body);
    let body = text.trim_end();
    if let Some(key) = &request.key_authorization
        && body == key.trim()
    {
        return "challenge";
    }
    let token = request.token.as_deref().unwrap_or(NO_TOKEN);
    if let Some(thumbprint) = body.strip_prefix(token).and_then(|rest| rest.strip_prefix('.')) {
        let fits = thumbprint.len() == 43 && request.key_authorization.is_none();
        return if fits { "challenge" } else { "stale" };
    }
    if reply.is_page() {
        let lower = text.to_ascii_lowercase();
        return if BLOCKED.iter().any(|words| lower.contains(words)) { "firewall" } else { "page" };
    }
    if body.is_empty() { "empty" } else { "other" }
}

/// The facts that all addresses together tell.
fn together(sides: &[(IpAddr, Side)], known: bool) -> Vec<(&'static str, serde_json::Value)> {
    let of = |v4: bool| -> Vec<&Side> {
        sides.iter().filter(|(a, side)| a.is_ipv4() == v4 && *side != Side::Unknown).map(|(_, side)| side).collect()
    };
    let (v4, v6) = (of(true), of(false));
    let all_good = |sides: &[&Side]| !sides.is_empty() && sides.iter().all(|side| **side == Side::Good);
    let all_bad = |sides: &[&Side]| !sides.is_empty() && sides.iter().all(|side| **side != Side::Good);
    let mut facts: Vec<(&'static str, serde_json::Value)> = Vec::new();
    if all_good(&v4) && all_bad(&v6) {
        facts.push(("dcv.ipv4_correct", true.into()));
        facts.push(("dcv.ipv6_correct", false.into()));
        return facts;
    }
    let both: Vec<&Side> = v4.into_iter().chain(v6).collect();
    if both.is_empty() {
        return facts;
    }
    let closed = both.iter().all(|side| **side == Side::Closed);
    facts.push(("dcv.port_80_open", (!closed).into()));
    match both.iter().find(|side| !matches!(side, Side::Good | Side::Closed)) {
        Some(Side::Status(status)) => facts.push(("dcv.challenge_http_status", (*status).into())),
        Some(Side::Content(what)) => facts.push(("dcv.challenge_answer", (*what).into())),
        Some(Side::Redirect) => facts.push(("dcv.challenge_answer", "redirect".into())),
        Some(Side::Broken) => facts.push(("dcv.challenge_answer", "broken".into())),
        _ if !closed && known => {
            facts.push(("dcv.challenge_answer", "challenge".into()));
            facts.push(("dcv.challenge_file_accessible", both.iter().all(|side| **side == Side::Good).into()));
        }
        _ => {}
    }
    facts
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::Message;
    use hickory_proto::rr::rdata::A;
    use hickory_proto::rr::{RData, Record};

    use super::*;

    /// A resolver that has the same address for every name.
    fn resolver(address: [u8; 4]) -> SocketAddr {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
        let at = socket.local_addr().expect("an address");
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let question = Message::from_vec(&buffer[..length]).expect("a question");
                let name = question.queries[0].name.clone();
                let mut answer = question.into_response();
                answer.add_answer(Record::from_rdata(name, 60, RData::A(A(address.into()))));
                let _ = socket.send_to(&answer.to_vec().expect("bytes"), from);
            }
        });
        at
    }

    #[test]
    fn redirects_lead_only_where_cas_and_people_allow() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let request = Request::new("www.example.org").expect("a domain");
        let url: Url = "http://www.example.org/.well-known/acme-challenge/x".parse().expect("an address");
        let at: SocketAddr = "192.0.2.1:80".parse().expect("an address");
        let to = |target: &str, address: [u8; 4]| {
            let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
            let dns = Dns { resolvers: vec![resolver(address)], server_port: 53, allow_private: false, deadline };
            let reply = Err(NoReply::Connect(Failure::Silent));
            let walk = Walk { reply, url: url.clone(), redirects: Vec::new(), astray: None };
            runtime.block_on(follow(&dns, &request, &walk, Some(target.to_owned()), at))
        };
        assert_eq!(to("/other", [1, 1, 1, 1]).expect("the same host").1, at);
        let secure = to("https://www.example.org/other", [1, 1, 1, 1]).expect("the same host");
        assert_eq!(secure.1, SocketAddr::new(at.ip(), 443));
        assert_eq!(
            to("http://other.example/", [1, 1, 1, 1]).expect("another host").1,
            "1.1.1.1:80".parse().expect("one")
        );
        for (target, address, why) in [
            ("http://other.example/", [10, 0, 0, 1], "private"),
            ("http://other.example/", [169, 254, 169, 254], "link-local"),
            ("http://127.0.0.1/", [1, 1, 1, 1], "bare addresses"),
            ("http://[::1]/", [1, 1, 1, 1], "bare addresses"),
            ("http://other.example:8080/", [1, 1, 1, 1], "port 8080"),
            ("file:///etc/passwd", [1, 1, 1, 1], "http and https only"),
        ] {
            let refused = to(target, address).expect_err("no redirect to follow");
            assert!(refused.contains(why), "{target}: {refused}");
        }
    }
}
