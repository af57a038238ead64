//! Connections: where they come in, how long they may take, how many there may be.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Sleep, sleep};
use tower::ServiceExt;

use super::Service;
use super::diagnose::Peer;
use super::linger::Lingering;

/// Bytes that are read from a connection at a time.
const BUFFER: usize = 128 << 10;
/// How long nothing is accepted after the system refused a connection, as it does when it has no more files.
const PAUSE: Duration = Duration::from_millis(100);

/// Where connections come in.
pub enum Listener {
    /// An address of the network.
    Tcp(TcpListener),
    /// A socket in the file system, which is taken away at the end.
    #[cfg(unix)]
    Unix(UnixListener, PathBuf),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Listener {
    /// Binds `127.0.0.1:8080`, `[::]:8080`, `localhost:8080` or `unix:/run/certwhy.sock`.
    ///
    /// # Errors
    /// The system refuses it, or another one listens there.
    pub async fn bind(address: &str) -> io::Result<Self> {
        let Some(path) = address.strip_prefix("unix:") else {
            return Ok(Listener::Tcp(TcpListener::bind(address).await?));
        };
        #[cfg(unix)]
        {
            let path = PathBuf::from(path);
            // What a service that was killed has left behind is in nobody's use.
            if std::os::unix::net::UnixStream::connect(&path)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
            {
                std::fs::remove_file(&path)?;
            }
            Ok(Listener::Unix(UnixListener::bind(&path)?, path))
        }
        #[cfg(not(unix))]
        Err(io::Error::new(io::ErrorKind::Unsupported, format!("{path}: this system has no Unix sockets")))
    }

    /// The address of the network, with the port that the system has chosen for 0.
    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Listener::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(unix)]
            Listener::Unix(..) => None,
        }
    }

    async fn accept(&self) -> io::Result<(Box<dyn Stream>, Peer)> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok((Box::new(stream), Peer(Some(peer.ip()))))
            }
            #[cfg(unix)]
            Listener::Unix(listener, _) => Ok((Box::new(listener.accept().await?.0), Peer(None))),
        }
    }
}

#[cfg(unix)]
impl Drop for Listener {
    fn drop(&mut self) {
        if let Listener::Unix(_, path) = self {
            _ = std::fs::remove_file(path);
        }
    }
}

/// Answers until it is told to stop, and then what is under way, as long as that may take.
pub async fn serve(listener: Listener, router: Router, service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    let config = &service.config;
    let places = Arc::new(Semaphore::new(config.max_connections));
    let connections = GracefulShutdown::new();
    loop {
        // Who finds no place waits in the queue of the system.
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(PAUSE).await;
                continue;
            }
        };
        let router = router.clone();
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = Lingering::request(request);
            request.extensions_mut().insert(peer);
            router.clone().oneshot(request)
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(config.read_timeout).max_buf_size(BUFFER);
        let stream = Patient { inner: stream, patience: config.read_timeout.max(config.timeout), stalled: None };
        let connection = connections.watch(builder.serve_connection(TokioIo::new(stream), answer));
        let metrics = service.metrics.clone();
        metrics.connections.inc();
        tokio::spawn(async move {
            // What goes wrong with a connection is the client's matter: it is not HTTP, too slow, or gone.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            metrics.connections.dec();
            drop(place);
        });
    }
    drop(listener);
    tracing::info!("stopping: what is under way is answered");
    tokio::select! {
        () = connections.shutdown() => {}
        () = sleep(config.grace) => tracing::warn!("stopped before everything was answered"),
    }
}

/// A connection that ends when the client takes nothing of the answer any more.
struct Patient {
    inner: Box<dyn Stream>,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn written<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.written(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.written(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(context);
        self.written(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
