//! This machine itself: file systems, a private key and its certificate, services, memory. Only what was named is looked
//! at, nothing is changed, and no network is used.

mod disk;
mod key;
mod memory;
mod service;

use std::path::PathBuf;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use serde_json::Value;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::certificate::Certificate;
use super::finding::{Asked, Check, Finding, Verdict};

pub use service::unit;

/// Of whom is asked where it is the machine as a whole.
const HERE: &str = "this machine";

/// What is looked at on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Local {
    /// Paths whose file systems are looked at.
    pub paths: Vec<PathBuf>,
    /// The file with the private key.
    pub key: Option<PathBuf>,
    /// Units of systemd, as [`unit`] lets them pass.
    pub services: Vec<String>,
}

impl Local {
    /// Whether anything was named.
    pub fn any(&self) -> bool {
        !self.paths.is_empty() || self.key.is_some() || !self.services.is_empty()
    }

    /// What will be looked at, in words.
    pub fn plan(&self) -> Vec<String> {
        let paths = self.paths.iter().map(|path| format!("the file system of {}", path.display()));
        let key = self.key.iter().map(|path| format!("the key {}", path.display()));
        let services = self.services.iter().map(|unit| format!("the state of {unit}"));
        paths.chain(key).chain(services).chain(["memory".to_owned()]).collect()
    }
}

/// Looks at everything side by side; what does not answer by the deadline, as a path on a lost server, is left.
pub async fn probe(local: &Local, chain: &[Certificate], deadline: Instant) -> Vec<Finding> {
    let mut jobs: Vec<BoxFuture<Vec<Finding>>> = Vec::new();
    for path in local.paths.clone() {
        let asked = format!("the file system of {}", path.display());
        jobs.push(in_time(asked, deadline, move || vec![disk::look(&path)]).boxed());
    }
    if let Some(path) = local.key.clone() {
        let asked = format!("the private key {}", path.display());
        let chain = chain.to_vec();
        jobs.push(in_time(asked, deadline, move || key::look(&path, &chain)).boxed());
    }
    for unit in &local.services {
        jobs.push(service::look(unit, deadline).map(|finding| vec![finding]).boxed());
    }
    jobs.push(in_time("memory".to_owned(), deadline, || vec![memory::look()]).boxed());
    let mut findings = join_all(jobs).await.concat();
    for path in ["host.disk_free_percent", "host.inodes_free_percent"] {
        keep_one(&mut findings, path, |new, old| new.as_f64() < old.as_f64());
    }
    keep_one(&mut findings, "host.filesystem_read_only", |new, old| new.as_bool() > old.as_bool());
    findings
}

/// What blocks runs beside the rest, so that it can be left alone.
async fn in_time(
    asked: String,
    deadline: Instant,
    look: impl FnOnce() -> Vec<Finding> + Send + 'static,
) -> Vec<Finding> {
    let late = Asked::new(Check::Local, asked, HERE);
    match timeout_at(deadline, spawn_blocking(look)).await {
        Ok(Ok(findings)) => findings,
        Ok(Err(_)) => vec![late.found(Verdict::Unknown, "it could not be looked at", "")],
        Err(_) => vec![late.found(Verdict::Unknown, "no answer in time", "A disk or a file server does not answer.")],
    }
}

/// Of a fact that several findings tell, the one that counts stays: rules know one host, not several file systems.
fn keep_one(findings: &mut [Finding], path: &str, counts_more: impl Fn(&Value, &Value) -> bool) {
    let mut kept: Option<(usize, Value)> = None;
    for (at, finding) in findings.iter_mut().enumerate() {
        let Some(value) = finding.facts.remove(path) else { continue };
        if kept.as_ref().is_none_or(|(_, old)| counts_more(&value, old)) {
            kept = Some((at, value));
        }
    }
    if let Some((at, value)) = kept {
        findings[at].facts.insert(path.to_owned(), value);
    }
}

/// A share in percent, rounded down to a tenth: what is nearly nothing must not look like more.
fn percent(part: u64, whole: u64) -> f64 {
    let tenths = u128::from(part) * 1000 / u128::from(whole.max(1));
    f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_file_system_counts() {
        let finding = |free: f64| {
            Asked::new(Check::Local, "a path", "").found(Verdict::Good, "", "").fact("host.disk_free_percent", free)
        };
        let mut findings = vec![finding(40.0), finding(1.5), finding(80.0)];
        keep_one(&mut findings, "host.disk_free_percent", |new, old| new.as_f64() < old.as_f64());
        let told: Vec<bool> = findings.iter().map(|finding| finding.facts.is_empty()).collect();
        assert_eq!(told, [true, false, true]);
        assert_eq!(findings[1].facts["host.disk_free_percent"], 1.5);
    }

    #[test]
    fn shares() {
        assert_eq!((percent(1, 3), percent(1999, 100_000), percent(5, 5)), (33.3, 1.9, 100.0));
    }
}
