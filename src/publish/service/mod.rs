//! `certwhy serve`: the diagnosis and the knowledge base over HTTP.
//!
//! A request takes this way: [`listen`] (a connection, with limits of time, and [`linger`] for bodies that nobody wants) →
//! [`watch`] (id, log, figures) → [`api`] (the routes, and the document that describes them) → [`diagnose`] or [`lookup`].
//! The body of a diagnosis goes piece by piece through [`upload`] into [`work`], which runs outside of the async runtime;
//! [`gate`] says how much of that goes on at once. Whatever goes wrong is a [`problem`]. Nothing in a request makes the
//! service open a path or a connection.

pub mod accept;
pub mod api;
pub mod diagnose;
pub mod extract;
pub mod find;
pub mod gate;
pub mod linger;
pub mod listen;
pub mod lookup;
pub mod metrics;
pub mod openapi;
pub mod page;
pub mod problem;
pub mod settings;
pub mod told;
pub mod upload;
pub mod watch;
pub mod work;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::http::HeaderValue;
use tokio::sync::watch::Sender;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::search::Index;
use gate::{Gate, Rate};
use listen::Listener;
use metrics::Metrics;

/// How the service runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// `127.0.0.1:8080`, or `unix:/run/certwhy.sock`.
    pub listen: String,
    /// Bytes of a body that are taken, after gzip of the transfer is undone.
    pub max_body: u64,
    /// Diagnoses that work at once.
    pub max_concurrent: usize,
    /// Diagnoses that wait beside these.
    pub max_waiting: usize,
    /// Open connections.
    pub max_connections: usize,
    /// For a diagnosis, from its headers to its answer.
    pub timeout: Duration,
    /// For the headers of a request, and for silence in its body.
    pub read_timeout: Duration,
    /// For what is under way when the service is stopped.
    pub grace: Duration,
    /// Diagnoses a minute that an address may ask for; 0: any number.
    pub rate: u32,
    /// Whether X-Forwarded-For is believed.
    pub trust_proxy: bool,
    /// Origins whose pages may use the service.
    pub allow_origin: Vec<HeaderValue>,
    /// Whether signals stop it (Ctrl-C, SIGTERM) and have the rules read anew (SIGHUP).
    pub signals: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: "127.0.0.1:8080".to_owned(),
            max_body: 64 << 20,
            max_concurrent: std::thread::available_parallelism().map_or(2, usize::from),
            max_waiting: 256,
            max_connections: 1024,
            timeout: Duration::from_secs(60),
            read_timeout: Duration::from_secs(10),
            grace: Duration::from_secs(20),
            rate: 120,
            trust_proxy: false,
            allow_origin: Vec::new(),
            signals: false,
        }
    }
}

/// Makes the engine, also when the rules are read anew.
pub type Load = Box<dyn Fn() -> Result<Engine> + Send + Sync>;

/// What answers come from.
pub struct Known {
    /// The engine.
    pub engine: Arc<Engine>,
    index: OnceLock<Index>,
}

impl Known {
    fn new(engine: Engine) -> Arc<Self> {
        Arc::new(Known { engine: Arc::new(engine), index: OnceLock::new() })
    }

    /// What can be found by words: made at the first search.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.engine))
    }
}

/// What all requests share.
pub struct Service {
    /// How it runs.
    pub config: Config,
    known: RwLock<Arc<Known>>,
    load: Load,
    gate: Gate,
    rate: Option<Rate>,
    metrics: Arc<Metrics>,
    /// Whether it takes requests.
    ready: AtomicBool,
    hinted: AtomicBool,
}

impl Service {
    /// Makes it ready.
    ///
    /// # Errors
    /// The engine cannot be made.
    pub fn new(config: Config, load: Load) -> Result<Arc<Self>> {
        let known = RwLock::new(Known::new(load()?));
        let gate = Gate::new(config.max_concurrent, config.max_waiting);
        let rate = (config.rate > 0).then(|| Rate::new(config.rate));
        let (ready, hinted) = (AtomicBool::new(true), AtomicBool::new(false));
        Ok(Arc::new(Service { config, known, load, gate, rate, metrics: Arc::default(), ready, hinted }))
    }

    /// What is known at this moment.
    pub fn known(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The engine of this moment.
    pub fn engine(&self) -> Arc<Engine> {
        self.known().engine.clone()
    }

    /// Reads the rules anew. Where they have mistakes, these are logged, and the old ones stay.
    pub fn reload(&self) -> bool {
        let done = match (self.load)() {
            Ok(engine) => {
                let causes = engine.knowledge.causes.len();
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = Known::new(engine);
                tracing::info!(causes, "the rules were read anew");
                true
            }
            Err(error) => {
                let why = match &error {
                    Error::Rules(diagnostics) => diagnostics.render(false),
                    other => other.to_string(),
                };
                tracing::error!("the rules were not read anew, the old ones stay:\n{why}");
                false
            }
        };
        self.metrics.reload(done);
        done
    }

    /// Whether it takes requests.
    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Says once that a proxy seems to stand before it.
    fn proxy_hint(&self) {
        if self.rate.is_some() && !self.hinted.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "X-Forwarded-For is not believed, so that all clients of a proxy count as one for --rate; --trust-proxy believes it"
            );
        }
    }
}

/// A service that runs.
pub struct Running {
    /// What its requests share.
    pub service: Arc<Service>,
    address: Option<SocketAddr>,
    stop: Sender<bool>,
    thread: JoinHandle<()>,
}

impl Running {
    /// The address that it listens on; none for a Unix socket.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Has it answer what is under way and end.
    pub fn stop(self) {
        _ = self.stop.send(true);
        self.wait();
    }

    /// Waits until it ends.
    pub fn wait(self) {
        // A panic of the thread has been told already.
        _ = self.thread.join();
    }
}

/// Binds the address and answers from then on, on threads of its own.
///
/// # Errors
/// The engine cannot be made, or the address cannot be had.
pub fn start(config: Config, load: Load) -> Result<Running> {
    let unbound = |source| Error::Unbound { address: config.listen.clone(), source };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Each diagnosis that has begun has a thread, also while it waits for its client.
        .max_blocking_threads(config.max_concurrent + config.max_waiting + 8)
        .build()
        .map_err(unbound)?;
    let listener = runtime.block_on(Listener::bind(&config.listen)).map_err(unbound)?;
    let address = listener.address();
    let service = Service::new(config, load)?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let (running, stopping) = (service.clone(), stop.clone());
    let thread = std::thread::spawn(move || {
        runtime.block_on(async {
            if running.config.signals {
                tokio::spawn(signals(running.clone(), stopping.clone()));
            }
            let mut told = stopped.clone();
            let unready = running.clone();
            tokio::spawn(async move {
                _ = told.wait_for(|stop| *stop).await;
                unready.ready.store(false, Ordering::Relaxed);
            });
            let router = api::router(running.clone());
            listen::serve(listener, router, running, stopped).await;
        });
        // Work that nobody waits for any more does not keep the process.
        runtime.shutdown_timeout(Duration::from_secs(1));
    });
    Ok(Running { service, address, stop, thread })
}

#[cfg(unix)]
async fn signals(service: Arc<Service>, stop: Sender<bool>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hang_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
        return tracing::warn!("signals cannot be heard; the service ends at once when it is stopped");
    };
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            _ = terminate.recv() => break,
            _ = hang_up.recv() => {
                let service = service.clone();
                _ = tokio::task::spawn_blocking(move || service.reload()).await;
            }
        }
    }
    _ = stop.send(true);
}

#[cfg(not(unix))]
async fn signals(_: Arc<Service>, stop: Sender<bool>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        _ = stop.send(true);
    }
}
