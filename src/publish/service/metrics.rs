//! Figures for Prometheus. No label is ever taken from a log or from an address.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The media type of what [`Metrics::text`] writes.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Leading {
    cause: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    status: u16,
}

/// What is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram>,
    bytes: Counter,
    diagnoses: Family<Leading, Counter>,
    refused: Family<Refused, Counter>,
    /// Diagnoses that work right now.
    pub in_flight: Gauge,
    /// Open connections.
    pub connections: Gauge,
    reloads: Counter,
    failed_reloads: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let buckets = || Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0]);
        let mut registry = Registry::with_prefix("certwhy");
        let requests = Family::default();
        registry.register("http_requests", "Requests by route and status", requests.clone());
        let durations = Family::<Route, Histogram>::new_with_constructor(buckets);
        let (help, unit) = ("From the first line of a request to the last byte of its answer", Unit::Seconds);
        registry.register_with_unit("http_request_duration", help, unit, durations.clone());
        let bytes = Counter::<u64, AtomicU64>::default();
        registry.register_with_unit("read", "Bytes of inputs that were read", Unit::Bytes, bytes.clone());
        let diagnoses = Family::default();
        registry.register(
            "diagnoses",
            "Diagnoses by the cause that leads, `none` where none is named",
            diagnoses.clone(),
        );
        let refused = Family::default();
        registry.register("refused", "Requests that were refused, by status (408, 413, 429, 503)", refused.clone());
        let in_flight = Gauge::default();
        registry.register("diagnoses_in_flight", "Diagnoses that work right now", in_flight.clone());
        let connections = Gauge::default();
        registry.register("connections", "Open connections", connections.clone());
        let (reloads, failed_reloads) = (Counter::default(), Counter::default());
        registry.register("rule_reloads", "Rules that were read anew", reloads.clone());
        registry.register(
            "rule_reloads_failed",
            "Rules that were to be read anew and had mistakes",
            failed_reloads.clone(),
        );
        Self {
            registry,
            requests,
            durations,
            bytes,
            diagnoses,
            refused,
            in_flight,
            connections,
            reloads,
            failed_reloads,
        }
    }
}

impl Metrics {
    /// Counts a request that is over. The route is its pattern, never what was asked for.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.to_owned(), route.to_owned());
        self.durations.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Request { method, route, status }).inc();
        if matches!(status, 408 | 413 | 429 | 503) {
            self.refused.get_or_create(&Refused { status }).inc();
        }
    }

    /// Counts what was read.
    pub fn read(&self, bytes: u64) {
        self.bytes.inc_by(bytes);
    }

    /// Counts a diagnosis by the cause that leads it.
    pub fn diagnosis(&self, cause: Option<&str>) {
        self.diagnoses.get_or_create(&Leading { cause: cause.unwrap_or("none").to_owned() }).inc();
    }

    /// Counts that rules were read anew, or that they could not be used.
    pub fn reload(&self, done: bool) {
        if done {
            self.reloads.inc()
        } else {
            self.failed_reloads.inc()
        };
    }

    /// All of it in the text form of OpenMetrics.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
