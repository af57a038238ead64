//! One host, one request after the other, each tried again only where that can help.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Method, Proxy, Response, Url};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::clean::Clean;
use super::failure::Failure;
use super::pause;
use super::request::Request;
use crate::probe::Trust;
use crate::report::printable;

/// Bytes of an answer that are read; a page of 500 orders has about 300 KB.
const MAX_BODY: usize = 8 << 20;
/// One request with its answer.
const ONE: Duration = Duration::from_secs(30);
/// Characters of what a platform says that are told.
const TOLD: usize = 200;
/// Redirects within the host.
const REDIRECTS: usize = 3;

/// One request.
#[derive(Debug, Clone)]
pub struct Ask {
    /// GET or POST.
    pub method: Method,
    /// Whom and what.
    pub url: Url,
    /// The token that is shown.
    pub bearer: Option<String>,
    /// Its content, with the type.
    pub content: Option<(&'static str, String)>,
    /// Whether it signs in: a refusal is then one of the credentials.
    pub signs_in: bool,
}

/// An answer that is a success, as far as HTTP goes.
#[derive(Debug, Clone)]
pub struct Reply {
    /// When it came.
    pub at: Timestamp,
    /// What it says; secrets are still in it.
    pub body: Value,
}

/// What else makes an answer a failure, besides its HTTP status.
pub type Judge = dyn Fn(&Reply, &Clean) -> Result<(), Failure>;

/// Takes every answer.
pub fn any(_: &Reply, _: &Clean) -> Result<(), Failure> {
    Ok(())
}

/// Sends requests.
pub struct Client {
    http: reqwest::Client,
    host: String,
    retries: u32,
    pause: Duration,
    deadline: Instant,
    /// What may not be told.
    pub clean: Clean,
    /// Where the credentials come from, for errors.
    pub variables: &'static str,
}

impl Client {
    /// A client for one request to collect; its time runs from now on.
    ///
    /// # Errors
    /// It cannot be made: no root certificates, or a proxy that is none.
    pub fn new(request: &Request, variables: &'static str) -> Result<Self, Failure> {
        let tls = Trust::load(&request.roots).client().map_err(|error| Failure::Begin(error.to_string()))?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            // What may be tried again is known here.
            .retry(reqwest::retry::never())
            .user_agent(concat!("certwhy/", env!("CARGO_PKG_VERSION")));
        if request.no_proxy {
            builder = builder.no_proxy();
        } else if let Some(proxy) = &request.proxy {
            builder = builder.proxy(Proxy::all(proxy.clone()).map_err(|e| Failure::Begin(format!("--proxy: {e}")))?);
        }
        let http = builder.build().map_err(|error| Failure::Begin(chain(&error)))?;
        Ok(Client {
            http,
            host: request.base.host_str().unwrap_or_default().to_owned(),
            retries: request.retries,
            pause: request.pause,
            deadline: Instant::now() + request.timeout,
            clean: Clean::default(),
            variables,
        })
    }

    /// Asks until there is an answer, the attempts are used up, or the time is. `ask` is made anew for each attempt.
    pub async fn send(&self, ask: &dyn Fn() -> Ask, judge: &Judge) -> Result<Reply, Failure> {
        let mut attempt = 0;
        loop {
            let failure = match self.once(ask()).await {
                Ok(reply) => match judge(&reply, &self.clean) {
                    Ok(()) => return Ok(reply),
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            attempt += 1;
            let left = self.deadline.saturating_duration_since(Instant::now());
            let pause = pause::before(attempt, self.pause, failure.asks_to_wait(), chance());
            match pause.filter(|pause| failure.passes() && attempt <= self.retries && *pause < left) {
                Some(pause) => sleep(pause).await,
                None => return Err(failure),
            }
        }
    }

    async fn once(&self, ask: Ask) -> Result<Reply, Failure> {
        let limit = ONE.min(self.deadline.saturating_duration_since(Instant::now()));
        if limit.is_zero() {
            return Err(Failure::NoTimeLeft);
        }
        let late = |_| Failure::TimedOut { host: self.host.clone() };
        tokio::time::timeout(limit, self.exchange(ask)).await.map_err(late)?
    }

    async fn exchange(&self, ask: Ask) -> Result<Reply, Failure> {
        let mut url = ask.url.clone();
        for _ in 0..=REDIRECTS {
            let mut request = self.http.request(ask.method.clone(), url.clone()).header(ACCEPT, "application/json");
            if let Some(bearer) = &ask.bearer {
                request = request.header(AUTHORIZATION, format!("Bearer {bearer}"));
            }
            if let Some((kind, content)) = &ask.content {
                request = request.header(CONTENT_TYPE, *kind).body(content.clone());
            }
            let response = request.send().await.map_err(|error| self.no_answer(&error))?;
            if !response.status().is_redirection() {
                return self.read(response, ask.signs_in).await;
            }
            let to = location(&url, response.headers());
            match to {
                // What was posted is not posted again.
                Some(to) if same_origin(&to, &url) && ask.method == Method::GET => url = to,
                to => {
                    let to = to.map_or_else(|| "nowhere".to_owned(), |to| to.origin().ascii_serialization());
                    return Err(Failure::Redirect { host: self.host.clone(), to });
                }
            }
        }
        Err(Failure::Redirect { host: self.host.clone(), to: "itself, again and again".to_owned() })
    }

    async fn read(&self, mut response: Response, signs_in: bool) -> Result<Reply, Failure> {
        let (at, status) = (Timestamp::now(), response.status().as_u16());
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = after.and_then(|value| pause::retry_after(value, at));
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.no_answer(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_BODY {
                return Err(Failure::TooLarge { megabytes: MAX_BODY >> 20 });
            }
        }
        let body = serde_json::from_slice::<Value>(&bytes).ok().filter(|body| body.is_object() || body.is_array());
        if (200..300).contains(&status) {
            let begins = || self.told(&String::from_utf8_lossy(&bytes));
            return body.map(|body| Reply { at, body }).ok_or_else(|| Failure::NotJson { status, begins: begins() });
        }
        let said = body.as_ref().and_then(said).unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned());
        Err(self.refusal(status, after, self.told(&said), signs_in))
    }

    fn refusal(&self, status: u16, after: Option<Duration>, said: String, signs_in: bool) -> Failure {
        match status {
            400 | 401 | 403 if signs_in => Failure::Denied { status, said, variables: self.variables },
            401 | 403 => Failure::Forbidden { status, said },
            404 => Failure::Unknown { said },
            429 => Failure::RateLimited { said, after },
            501 => Failure::NotImplemented,
            500.. => Failure::Server { status, said },
            _ => Failure::Refused { status, said },
        }
    }

    /// What a server said, as it may be told: without secrets, on one line, not too long.
    pub fn told(&self, said: &str) -> String {
        let line = self.clean.text(said).split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = line.chars().take(TOLD).collect();
        let cut = if short.len() < line.len() { "…" } else { "" };
        match short.as_str() {
            "" => "it says nothing more".to_owned(),
            short => format!("\"{}{cut}\"", printable(short)),
        }
    }

    fn no_answer(&self, error: &reqwest::Error) -> Failure {
        let host = self.host.clone();
        let why = self.clean.text(&chain(error));
        match () {
            () if error.is_timeout() => Failure::TimedOut { host },
            () if tls(error) => Failure::Tls { host, why },
            () => Failure::Unreachable { host, why },
        }
    }
}

/// What an answer says about itself, in any of the forms that were seen.
pub fn said(body: &Value) -> Option<String> {
    let paths = ["/detail", "/meta/errorMessage", "/error_description", "/message", "/title", "/error"];
    let told = |path: &&str| body.pointer(path).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty());
    paths.iter().find_map(told).map(str::to_owned)
}

fn location(from: &Url, headers: &HeaderMap) -> Option<Url> {
    from.join(headers.get(LOCATION)?.to_str().ok()?).ok()
}

fn same_origin(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin()
}

/// Whether what went wrong is the encryption.
fn tls(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    // What an error of the system wraps is not its source.
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(wrapped) => tls(wrapped),
        None => error.source().is_some_and(tls),
    }
}

/// An error with what lies under it, without the address: that is told already.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    last.to_string()
}

/// A number from 0 to 1 that nobody foresees.
fn chance() -> f64 {
    let mut byte = [0; 1];
    // Without one, pauses are a little shorter.
    let _ = SystemRandom::new().fill(&mut byte);
    f64::from(byte[0]) / 255.0
}
