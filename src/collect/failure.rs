//! Why a request did not give what was asked for, in words and with the way out.

use std::time::Duration;

/// Why a request failed. No text in it holds a secret: what a server said passed [`super::Clean`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The client could not be made.
    #[error("cannot begin: {0}")]
    Begin(String),
    /// Nobody answers there.
    #[error("{host} cannot be reached: {why} (check --region or --base, the proxy and the firewall)")]
    Unreachable {
        /// Whom.
        host: String,
        /// What the system said.
        why: String,
    },
    /// The connection is not trusted.
    #[error(
        "no trusted connection to {host}: {why} (behind a proxy that inspects TLS, or with a private CA, name its certificates with --ca-file)"
    )]
    Tls {
        /// Whom.
        host: String,
        /// What was wrong.
        why: String,
    },
    /// No whole answer in time.
    #[error("{host} gave no whole answer in time (--timeout gives more)")]
    TimedOut {
        /// Who.
        host: String,
    },
    /// The time for all requests is used up.
    #[error("the time for all requests was used up before it (--timeout gives more)")]
    NoTimeLeft,
    /// The answer leads to another host.
    #[error(
        "{host} redirects to {to}, which is not followed: credentials go to one host only (is it the right --base? does a login page stand before the API?)"
    )]
    Redirect {
        /// Who.
        host: String,
        /// Where to.
        to: String,
    },
    /// The answer is too long.
    #[error("the answer is larger than {megabytes} MB, and was not read")]
    TooLarge {
        /// The bound.
        megabytes: usize,
    },
    /// The answer is no JSON.
    #[error(
        "HTTP {status}, and the answer is no JSON: {begins} (a login page, a proxy or a load balancer may stand before the API)"
    )]
    NotJson {
        /// Its status.
        status: u16,
        /// How it begins.
        begins: String,
    },
    /// The credentials were refused.
    #[error(
        "HTTP {status}: the credentials are refused: {said} (credentials hold for one account and one region; see {variables})"
    )]
    Denied {
        /// 400, 401 or 403.
        status: u16,
        /// What the platform said.
        said: String,
        /// Where they came from.
        variables: &'static str,
    },
    /// The account may not read this.
    #[error("HTTP {status}: the account may not read this: {said}")]
    Forbidden {
        /// 401 or 403.
        status: u16,
        /// What the platform said.
        said: String,
    },
    /// It is not there.
    #[error("HTTP 404: it is unknown, or it belongs to another account: {said}")]
    Unknown {
        /// What the platform said.
        said: String,
    },
    /// Too many requests.
    #[error("the platform limits how often it may be asked: {said} ({})", wait(*.after))]
    RateLimited {
        /// What the platform said.
        said: String,
        /// How long it asks to wait.
        after: Option<Duration>,
    },
    /// The platform does not have it.
    #[error(
        "HTTP 501: this endpoint is not there in this environment; --order ID and --domain NAME do without it, and --api v1 has a report of its own"
    )]
    NotImplemented,
    /// The platform failed.
    #[error("HTTP {status}: the platform failed: {said}")]
    Server {
        /// From 500 on.
        status: u16,
        /// What it said.
        said: String,
    },
    /// Any other answer that is no success, also one under HTTP 200.
    #[error("HTTP {status}: {said}")]
    Refused {
        /// Its status.
        status: u16,
        /// What the platform said.
        said: String,
    },
}

impl Failure {
    /// Whether the same request may well succeed a moment later.
    pub(super) fn passes(&self) -> bool {
        match self {
            Failure::Unreachable { .. } | Failure::TimedOut { .. } | Failure::RateLimited { .. } => true,
            Failure::Server { status, .. } => matches!(status, 500 | 502..=504),
            _ => false,
        }
    }

    /// How long the platform asks to wait.
    pub(super) fn asks_to_wait(&self) -> Option<Duration> {
        match self {
            Failure::RateLimited { after, .. } => *after,
            _ => None,
        }
    }

    /// Whether no other request can succeed either.
    pub(super) fn ends_all(&self) -> bool {
        matches!(
            self,
            Failure::Begin(_)
                | Failure::Unreachable { .. }
                | Failure::Tls { .. }
                | Failure::Redirect { .. }
                | Failure::Denied { .. }
                | Failure::NoTimeLeft
        )
    }
}

fn wait(after: Option<Duration>) -> String {
    match after {
        Some(after) => format!("it asks to wait {} s: run it again then", after.as_secs()),
        None => "run it again in some minutes, with a smaller --limit".to_owned(),
    }
}
