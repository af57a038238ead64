//! What certwhy can do, as tools for assistants: the Model Context Protocol over standard input and output.
//!
//! Every tool only reads. Files are read only below the folders that the person who started the server allowed; without
//! any, only what the assistant hands in as text. Nothing but the protocol goes to standard output.
//!
//! Where to read on: `server` for the protocol, `tools` for what is offered and its shapes, `calls` for what each tool
//! does, `inputs` for limits and allowed folders, `words` and `quote` for how an answer is told to a model.

mod articles;
mod calls;
mod inputs;
mod quote;
mod server;
mod tools;
mod words;

pub use inputs::Allowed;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncRead, ReadBuf};

use crate::engine::Engine;
use crate::error::{Error, Result};

/// Bytes of one message; [`inputs::TEXT`] refuses texts with a better word long before.
const MESSAGE: usize = 32 << 20;

/// Answers a client on standard input and output until the input ends.
///
/// # Errors
/// [`Error::Protocol`]: the input ended before a client introduced itself, or holds a message that is too long.
pub fn run(engine: Engine, allowed: Allowed) -> Result<()> {
    // Calls run on threads of their own, which share it; the process ends with the server.
    let engine: &'static Engine = Box::leak(Box::new(engine));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answered = runtime.block_on(serve(engine, allowed));
    // A read of a terminal cannot be called off; whoever waits for it would hang.
    runtime.shutdown_background();
    answered
}

async fn serve(engine: &'static Engine, allowed: Allowed) -> Result<()> {
    let (input, output) = rmcp::transport::io::stdio();
    let too_long = Arc::new(AtomicBool::new(false));
    let input = Bounded { inner: input, line: 0, too_long: too_long.clone() };
    let transport = AsyncRwTransport::new_server(input, output).with_max_line_length(usize::MAX);
    let ended = match server::Server::new(engine, allowed).serve(transport).await {
        Ok(service) => service.waiting().await.map(|_| ()).map_err(|error| error.to_string()),
        Err(ServerInitializeError::ConnectionClosed(_)) => {
            Err("the input ended before a client said `initialize`; assistants start this command (see --help)".into())
        }
        Err(error) => Err(error.to_string()),
    };
    if too_long.load(Ordering::Relaxed) {
        let limit = MESSAGE >> 20;
        return Err(Error::Protocol(format!(
            "a message of more than {limit} MiB; hand in the part of the log that matters"
        )));
    }
    ended.map_err(Error::Protocol)
}

/// Ends the input at a line that is too long: to drop it would leave its sender waiting for ever.
struct Bounded<R> {
    inner: R,
    /// Bytes since the last end of a line.
    line: usize,
    too_long: Arc<AtomicBool>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Bounded<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(context, buffer);
        let new = &buffer.filled()[before..];
        self.line = match memchr::memrchr(b'\n', new) {
            Some(end) => new.len() - end - 1,
            None => self.line + new.len(),
        };
        if self.line > MESSAGE {
            self.too_long.store(true, Ordering::Relaxed);
            return Poll::Ready(Err(io::Error::other("a message is too long")));
        }
        polled
    }
}
