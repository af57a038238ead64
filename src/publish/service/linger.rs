//! What is left of a body that nobody wants.
//!
//! Who closes a connection while bytes are still coming takes the answer from the client: the system then drops what the
//! client has not read yet, and a proxy tells its client 502 instead of what was wrong. So a body is taken to its end,
//! within bounds, whoever lets go of it: a route that is none, a parameter that is not known, a gzip that breaks off.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use futures_util::StreamExt;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How long it is taken.
const TIME: Duration = Duration::from_secs(5);
/// How long nothing may come meanwhile.
const SILENCE: Duration = Duration::from_secs(1);
/// Bytes that are taken.
const MOST: u64 = 128 << 20;

/// A body that is taken to its end also where nobody reads it.
pub struct Lingering {
    /// Away once it is left.
    body: Option<Incoming>,
    /// Whether the client waits for a word before it sends any of it.
    held: bool,
    over: bool,
}

impl Lingering {
    /// Watches over the body of a request.
    pub fn request(request: hyper::Request<Incoming>) -> Request {
        let held = request.headers().contains_key(header::EXPECT);
        request.map(|body| Body::new(Lingering { over: body.is_end_stream(), body: Some(body), held }))
    }
}

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.held = false;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = Pin::new(body).poll_frame(context);
        self.over |= matches!(frame, Poll::Ready(None | Some(Err(_))));
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if self.over || self.held || self.is_end_stream() {
            return;
        }
        if let (Some(body), Ok(runtime)) = (self.body.take(), Handle::try_current()) {
            runtime.spawn(timeout(TIME, drain(Body::new(body).into_data_stream())));
        }
    }
}

async fn drain(mut rest: BodyDataStream) {
    let mut taken = 0;
    while let Ok(Some(Ok(bytes))) = timeout(SILENCE, rest.next()).await {
        taken += bytes.len() as u64;
        if taken > MOST {
            break;
        }
    }
}
