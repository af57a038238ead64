//! `POST /api/v1/diagnose` and `POST /api/v1/why-not/{cause}`.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::timeout_at;

use super::Service;
use super::accept::{Format, wanted};
use super::extract::{Id, Pairs};
use super::lookup;
use super::problem::{Kind, Problem};
use super::settings::{DIAGNOSIS, Settings, WHY_NOT};
use super::upload::{Guarded, Item, Shape, Upload, feed, too_large};
use super::watch::Told;
use super::work::{Line, Lines, Work};
use crate::engine::{Engine, Outcome};
use crate::report::why_not::WhyNotAnswer;
use crate::report::{self, Answer, markdown, text};

/// Pieces of a body that wait for the engine.
const PIECES: usize = 8;
/// Lines of an answer that wait for the client.
const LINES: usize = 32;
/// Columns of an answer as text.
const WIDTH: usize = 100;

/// Where a request comes from; nothing for a Unix socket.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub Option<IpAddr>);

/// Finds the likely causes of a failure.
pub async fn diagnose(
    State(service): State<Arc<Service>>,
    Pairs(pairs): Pairs,
    request: Request,
) -> Result<Response, Problem> {
    let settings = Settings::of_query(pairs)?;
    let format = wanted(settings.format.as_deref(), request.headers(), DIAGNOSIS)?;
    let job = Job::admit(service, settings, request)?;
    if format == Format::Ndjson {
        return Ok(job.stream());
    }
    let headers = job.request.headers().clone();
    let service = job.service.clone();
    let (settings, answer) = job.run(None, Answer::new).await?;
    let format = wanted(settings.format.as_deref(), &headers, DIAGNOSIS)?;
    let leading = answer.causes.first().map(|cause| cause.id.clone());
    service.metrics.diagnosis(leading.as_deref());
    let page = match format {
        Format::Text => text::plain(&answer, WIDTH),
        Format::Markdown => markdown::write(&answer),
        Format::Ndjson => line(&Line::Answer { answer: Box::new(answer) }),
        _ => report::json(&answer),
    };
    let mut response = written(format, page);
    response.extensions_mut().insert(Told { cause: leading });
    Ok(response)
}

/// Says why a cause is not the answer.
pub async fn why_not(
    State(service): State<Arc<Service>>,
    Id(id): Id,
    Pairs(pairs): Pairs,
    request: Request,
) -> Result<Response, Problem> {
    let settings = Settings::of_query(pairs)?;
    wanted(settings.format.as_deref(), request.headers(), WHY_NOT)?;
    lookup::cause(&service.engine(), &id)?;
    let job = Job::admit(service, settings, request)?;
    // The rules may have been read anew meanwhile.
    let cause = lookup::cause(&job.engine, &id)?;
    let headers = job.request.headers().clone();
    let (settings, answer) = job.run(None, move |outcome| WhyNotAnswer::new(outcome, cause)).await?;
    let format = wanted(settings.format.as_deref(), &headers, WHY_NOT)?;
    let page = match format {
        Format::Text => anstream::adapter::strip_str(&text::why_not(&answer, WIDTH)).to_string(),
        _ => report::why_not_json(&answer),
    };
    Ok(written(format, page))
}

fn written(format: Format, page: String) -> Response {
    let mut response = page.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn line(line: &Line) -> String {
    serde_json::to_string(line).unwrap_or_default() + "\n"
}

/// A request that was let in.
struct Job {
    service: Arc<Service>,
    engine: Arc<Engine>,
    settings: Settings,
    shape: Shape,
    upload: Arc<Upload>,
    request: Request,
    inside: OwnedSemaphorePermit,
    deadline: tokio::time::Instant,
}

impl Job {
    /// Refuses what can be refused before the body is read.
    fn admit(service: Arc<Service>, settings: Settings, request: Request) -> Result<Self, Problem> {
        let limits = &service.config;
        let deadline = tokio::time::Instant::now() + limits.timeout;
        let upload = Arc::new(Upload::default());
        let (parts, body) = request.into_parts();
        let body = Guarded::new(body, upload.clone(), limits.max_body, limits.read_timeout);
        if let Some(rate) = &service.rate {
            rate.count(client(&parts.headers, parts.extensions.get(), limits.trust_proxy), Instant::now())?;
        }
        let shape = Shape::of(&parts.headers)?;
        let length =
            parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > limits.max_body) {
            return Err(too_large(limits.max_body));
        }
        let inside = service.gate.admit()?;
        let request = Request::from_parts(parts, Body::from_stream(body));
        let engine = service.engine();
        Ok(Job { engine, settings, shape, upload, request, inside, deadline, service })
    }

    /// Reads the body and answers.
    async fn run<T: Send + 'static>(
        self,
        lines: Option<Lines>,
        finish: impl FnOnce(&Outcome) -> T + Send + 'static,
    ) -> Result<(Settings, T), Problem> {
        let Job { service, engine, settings, shape, upload, request, inside, deadline } = self;
        let stop = Stop::default();
        let (to, items) = mpsc::channel::<Item>(PIECES);
        let both = async {
            // What comes while it waits for a place need not be waited for then, and a client that goes away is noticed.
            let mut fed = std::pin::pin!(feed(request, shape, &upload, to));
            let mut enter = std::pin::pin!(service.gate.enter(inside, deadline, service.metrics.clone()));
            let (ticket, here) = tokio::select! {
                ticket = &mut enter => (ticket?, false),
                fed = &mut fed => {
                    fed?;
                    (enter.await?, true)
                }
            };
            let (runtime, stop) = (Handle::current(), stop.0.clone());
            let work = Work { engine, settings, items, ticket, runtime, stop, lines };
            let mut working = tokio::task::spawn_blocking(move || work.run(finish));
            let worked = tokio::select! {
                biased;
                fed = &mut fed, if !here => {
                    fed?;
                    working.await
                }
                worked = &mut working => worked,
            };
            worked.unwrap_or_else(|_| Err(Problem::new(Kind::Internal, "the diagnosis failed; please report it")))
        };
        let result = timeout_at(deadline, both).await;
        service.metrics.read(upload.bytes.load(Ordering::Relaxed));
        result.unwrap_or_else(|_| {
            let seconds = service.config.timeout.as_secs();
            Err(if upload.complete.load(Ordering::Relaxed) {
                let detail = format!("stopped after {seconds} seconds; hand in the part around the failure");
                Problem::new(Kind::TookTooLong, detail)
            } else {
                Problem::new(Kind::TooSlow, format!("the body was not here after {seconds} seconds; send less of it"))
            })
        })
    }

    /// Answers line by line while the body is read.
    fn stream(self) -> Response {
        let (to, lines) = mpsc::channel(LINES);
        tokio::spawn(async move {
            let metrics = self.service.metrics.clone();
            let result = tokio::select! {
                result = self.run(Some(to.clone()), Answer::new) => result,
                // Nobody reads any more.
                () = to.closed() => return,
            };
            let last = match result {
                Ok((_, answer)) => {
                    metrics.diagnosis(answer.causes.first().map(|cause| cause.id.as_str()));
                    Line::Answer { answer: Box::new(answer) }
                }
                Err(error) => Line::Error { error },
            };
            _ = to.send(last).await;
        });
        let lines = stream::unfold(lines, |mut lines| async move {
            let next = lines.recv().await?;
            Some((Ok::<_, std::convert::Infallible>(line(&next)), lines))
        });
        let mut response = Body::from_stream(lines).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Format::Ndjson.content_type()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Proxies that hold lines back until they have enough of them are asked not to.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        response
    }
}

/// Ends the work of a request when the request ends, for whatever reason.
#[derive(Debug, Default)]
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The address that a request counts for: what the proxy has written last, where it is believed.
pub fn client(headers: &HeaderMap, peer: Option<&Peer>, trust_proxy: bool) -> IpAddr {
    let forwarded = || {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        let last = last.rsplit(',').next()?.trim();
        last.parse().ok().or_else(|| last.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
    };
    let peer = peer.and_then(|peer| peer.0).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    Some(trust_proxy).filter(|trust| *trust).and_then(|_| forwarded()).unwrap_or(peer)
}
