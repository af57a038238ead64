//! One HTTP request to one address, with bounds on everything that a server may send.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use rustls::ClientConfig;

use super::reach::Failure;

/// Bytes of a body that are read; a challenge file has under 200.
const MAX_BODY: usize = 64 << 10;

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Where it redirects to.
    pub location: Option<String>,
    /// Type of the content.
    pub content_type: String,
    /// The content, or its beginning.
    pub body: Vec<u8>,
    /// Seconds by which the clock of this machine is ahead of the one of the server.
    pub clock_ahead: Option<f64>,
}

impl Reply {
    /// Whether the body is a page for people.
    pub fn is_page(&self) -> bool {
        let begin: String = String::from_utf8_lossy(&self.body).trim_start().chars().take(200).collect();
        let begin = begin.to_ascii_lowercase();
        self.content_type.contains("text/html") && begin.starts_with('<')
            || begin.starts_with("<!doctype html")
            || begin.contains("<html")
    }
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoReply {
    /// There was no connection.
    Connect(Failure),
    /// The connection was there, and no proper answer came.
    Answer(Failure),
    /// The certificate is not trusted, or the handshake failed.
    Tls(String),
}

impl std::fmt::Display for NoReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoReply::Connect(failure) | NoReply::Answer(failure) => write!(f, "{failure}"),
            NoReply::Tls(why) => f.write_str(why),
        }
    }
}

/// Asks the server at `address` for `url`, whatever the DNS says now. No redirect is followed, no proxy used.
///
/// # Errors
/// Why there is no answer.
pub async fn get(url: &Url, address: SocketAddr, tls: ClientConfig, limit: Duration) -> Result<Reply, NoReply> {
    let other = |error: reqwest::Error| NoReply::Answer(Failure::Other(super::fetch::chain(&error)));
    let client = Client::builder()
        .resolve_to_addrs(url.host_str().unwrap_or_default().trim_matches(['[', ']']), &[address])
        .redirect(Policy::none())
        .no_proxy()
        .http1_only()
        .http1_max_headers(200)
        .referer(false)
        .connect_timeout(limit.mul_f64(0.6))
        .timeout(limit)
        .user_agent(concat!("certwhy/", env!("CARGO_PKG_VERSION"), " (diagnosis of certificate automation)"))
        .tls_backend_preconfigured(tls)
        .build()
        .map_err(other)?;
    let before = Timestamp::now();
    let mut response = client.get(url.clone()).send().await.map_err(|error| no_reply(&error))?;
    let header = |name| response.headers().get(name).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
    let mut reply = Reply {
        status: response.status().as_u16(),
        location: header(LOCATION),
        content_type: header(CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase(),
        body: Vec::new(),
        clock_ahead: header(DATE).and_then(|date| ahead(&date, before, Timestamp::now())),
    };
    // What was read before the end came is what the server had to say.
    while reply.body.len() < MAX_BODY
        && let Ok(Some(chunk)) = response.chunk().await
    {
        reply.body.extend_from_slice(&chunk);
    }
    reply.body.truncate(MAX_BODY);
    Ok(reply)
}

fn no_reply(error: &reqwest::Error) -> NoReply {
    let text = super::fetch::chain(error);
    let tls = deep_tls(error);
    match (error.is_connect(), Failure::deep(error)) {
        _ if tls.is_some() => NoReply::Tls(tls.unwrap_or_default()),
        (true, _) if error.is_timeout() => NoReply::Connect(Failure::Silent),
        (true, failure) => NoReply::Connect(failure.unwrap_or(Failure::Other(text))),
        (false, _) if error.is_timeout() => NoReply::Answer(Failure::Slow),
        (false, Some(failure @ Failure::Reset)) => NoReply::Answer(failure),
        (false, _) => NoReply::Answer(Failure::Garbled(text)),
    }
}

/// What TLS says, where the error came from there.
fn deep_tls(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls.to_string());
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(inner) = inner {
            return deep_tls(inner);
        }
        next = error.source();
    }
    None
}

/// Seconds by which this machine is ahead of a Date header. The header has whole seconds; when it was written lies
/// between the question and the answer, so that much is nobody's fault.
fn ahead(date: &str, before: Timestamp, after: Timestamp) -> Option<f64> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    let seconds = |a: Timestamp, b: Timestamp| a.duration_since(b).as_secs_f64();
    Some(match (date < before, date > after) {
        (true, _) => (seconds(before, date) - 1.0).max(0.0),
        (_, true) => seconds(after, date),
        _ => 0.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_apart() {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let (before, after) = (time("2026-11-24T12:00:00.5Z"), time("2026-11-24T12:00:01.5Z"));
        let date = "Tue, 24 Nov 2026 12:00:00 GMT";
        assert_eq!(ahead(date, before, after), Some(0.0));
        assert_eq!(ahead(date, time("2026-11-24T12:15:00Z"), time("2026-11-24T12:15:01Z")), Some(899.0));
        assert_eq!(ahead(date, time("2026-11-24T11:50:00Z"), time("2026-11-24T11:50:00Z")), Some(-600.0));
        assert_eq!(ahead("yesterday", before, after), None);
    }
}
