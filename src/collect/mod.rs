//! Status that only a platform knows, read through its API: what an order waits for, whether a domain is validated, why
//! the last attempt failed. Only what reads is called; nothing at the platform changes.
//!
//! What comes back are [`Part`]s: bodies as the platform sent them, without secrets and without persons, each with the
//! endpoint and the time. What they mean is told by the mappings of the rules ([`crate::observe::snapshot`]).
//!
//! Requests go one after the other, to one host, over https; every answer is read up to a bound, every wait has an end,
//! and a part that fails is told in [`Collected::missing`] while the others are kept.

mod clean;
mod client;
mod credentials;
mod failure;
mod pause;
mod request;
mod token;
mod v1;
mod v2;
mod walk;

use jiff::Timestamp;
use serde_json::Value;

pub use clean::Clean;
pub use credentials::{CredentialError, Credentials};
pub use failure::Failure;
pub use request::{Api, REGIONS, Request, RequestError, Want, base_of_region};

/// One answer of the platform.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What was asked, `GET /api/certinext/v2/domains/42`.
    pub endpoint: String,
    /// When the answer came.
    pub at: Timestamp,
    /// The answer, without secrets and persons. Of a listing, the rows that matter.
    pub body: Value,
    /// Whether facts are taken from it; what only leads to other answers is kept for `--raw` alone.
    pub tells: bool,
}

/// Something that was asked for and did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// What was asked, as in [`Part::endpoint`].
    pub endpoint: String,
    /// Why, and the way out.
    pub why: String,
}

/// Everything that came, and what did not.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// `CERTInext API v2`.
    pub source: String,
    /// Where it was asked.
    pub base: String,
    /// When it began.
    pub at: Timestamp,
    /// The answers: those that tell more before those that tell less.
    pub parts: Vec<Part>,
    /// What did not come.
    pub missing: Vec<Absent>,
    /// What a person should know about the choice that was made: how many orders there were, how many were taken.
    pub notes: Vec<String>,
}

/// Collects what was asked for, within its time.
///
/// # Errors
/// Nothing could be begun: no connection, no token, credentials that are refused. Secrets stand in no error.
pub fn run(request: &Request, credentials: &Credentials) -> Result<Collected, Failure> {
    // A second call finds the provider installed, which is as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Begin(error.to_string()))?;
    let collected = runtime.block_on(async {
        match request.api {
            Api::V2 => v2::collect(request, credentials).await,
            Api::V1 => v1::collect(request, credentials).await,
        }
    });
    // A look-up of a name that still hangs is not waited for.
    runtime.shutdown_background();
    collected
}
