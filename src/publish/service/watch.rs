//! What happens to every request: an id, a line in the log, figures, and headers that keep browsers strict.
//!
//! Logged is the pattern of the route, never what was asked for: no body, no parameter and no id from an address.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

use super::Service;
use super::diagnose::{Peer, client};
use super::problem::{Problem, with_id};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What is said of a request whose client went away before there was an answer; nobody receives it.
const GONE: u16 = 499;

/// What a handler wants to see in the log.
#[derive(Debug, Clone)]
pub struct Told {
    /// The cause that leads a diagnosis.
    pub cause: Option<String>,
}

/// Goes around every request.
pub async fn watch(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let id = id(request.headers());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let mut line = Line {
        id: id.clone(),
        method: request.method().as_str().chars().take(16).collect(),
        route: route.unwrap_or_else(|| "(none)".to_owned()),
        client: client(request.headers(), request.extensions().get::<Peer>(), service.config.trust_proxy),
        started: Instant::now(),
        status: GONE,
        cause: None,
        whole: false,
        service,
    };
    if !line.service.config.trust_proxy && request.headers().contains_key("x-forwarded-for") {
        line.service.proxy_hint();
    }
    let response = next.run(request).await;
    line.cause = response.extensions().get::<Told>().and_then(|told| told.cause.clone());
    let mut response = with_id(response, &id);
    line.status = response.status().as_u16();
    strict(response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response.map(|inner| Body::new(Watched { whole: inner.is_end_stream(), inner, line }))
}

/// A plain problem for what no route answers.
pub async fn nowhere() -> Problem {
    Problem::new(super::problem::Kind::NotFound, "nothing is here; GET /api/v1/openapi.json lists what there is")
}

/// A plain problem for methods that a route does not have.
pub async fn no_method() -> Problem {
    Problem::new(super::problem::Kind::MethodNotAllowed, "the header Allow lists the methods that this address has")
}

/// The id that the client gave, where it is harmless, else a new one.
fn id(headers: &HeaderMap) -> String {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let harmless = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match given.filter(harmless) {
        Some(id) => id.to_owned(),
        None => format!("{:016x}", SEED.hash_one(COUNT.fetch_add(1, Ordering::Relaxed))),
    }
}

/// Headers that every answer has, unless it has its own.
fn strict(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
        ),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// A line of the log; written when the answer has been sent, or when nobody waits for it any more.
struct Line {
    service: Arc<Service>,
    id: String,
    method: String,
    route: String,
    client: IpAddr,
    started: Instant,
    status: u16,
    cause: Option<String>,
    /// Whether the answer was sent to its end.
    whole: bool,
}

impl Drop for Line {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        self.service.metrics.request(&self.method, &self.route, self.status, took);
        let Line { id, method, route, client, status, cause, whole, .. } = self;
        let (ms, cause) = (took.as_secs_f64() * 1000.0, cause.as_deref().unwrap_or("-"));
        let ms = (ms * 10.0).round() / 10.0;
        let note = if *whole { "answered" } else { "the client went away" };
        match (route.as_str(), *status) {
            (_, 500..) => tracing::error!(%method, %route, status, ms, %client, %cause, request_id = %id, "{note}"),
            ("/healthz" | "/readyz" | "/metrics", _) => {
                tracing::debug!(%method, %route, status, ms, %client, request_id = %id, "{note}");
            }
            _ => tracing::info!(%method, %route, status, ms, %client, %cause, request_id = %id, "{note}"),
        }
    }
}

/// The body of an answer, which tells when it is over.
struct Watched {
    inner: Body,
    line: Line,
    whole: bool,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.inner).poll_frame(context);
        self.whole = matches!(frame, Poll::Ready(None)) || self.inner.is_end_stream();
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.line.whole = self.whole;
    }
}
