//! Who may come in: how many diagnoses at once, how many may wait, and how often one address may ask.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use super::metrics::Metrics;
use super::problem::{Kind, Problem};

/// Seconds after which one may try again when too many are waiting.
const AGAIN: u64 = 5;

/// Lets a few diagnoses work at once, and some more wait.
#[derive(Debug)]
pub struct Gate {
    working: Arc<Semaphore>,
    inside: Arc<Semaphore>,
}

/// The right to work. It is lent back while the one who has it waits for a slow client, so that slow clients keep nobody
/// else from working.
#[derive(Debug)]
pub struct Ticket {
    working: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
    metrics: Arc<Metrics>,
    deadline: tokio::time::Instant,
    _inside: OwnedSemaphorePermit,
}

impl Gate {
    /// For so many at once, and so many that wait.
    pub fn new(at_once: usize, waiting: usize) -> Self {
        Self { working: Arc::new(Semaphore::new(at_once)), inside: Arc::new(Semaphore::new(at_once + waiting)) }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// Too many wait already, or none came free until the deadline.
    pub async fn enter(&self, deadline: tokio::time::Instant, metrics: &Arc<Metrics>) -> Result<Ticket, Problem> {
        let full = |detail: &str| Problem::new(Kind::Busy, detail).retry_after(AGAIN);
        let inside = self.inside.clone().try_acquire_owned();
        let inside = inside.map_err(|_| full("too many diagnoses are waiting; try again later"))?;
        let permit = timeout_at(deadline, self.working.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = permit else { return Err(full("no diagnosis came to its end in time; try again later")) };
        metrics.in_flight.inc();
        let (working, metrics) = (self.working.clone(), metrics.clone());
        Ok(Ticket { working, permit: Some(permit), metrics, deadline, _inside: inside })
    }
}

impl Ticket {
    /// Waits outside of the async runtime for what the client sends, without keeping others from working meanwhile.
    /// `None`: nothing more comes, or it is too late.
    pub fn wait_for<T>(&mut self, runtime: &Handle, coming: impl Future<Output = Option<T>>) -> Option<T> {
        /// What comes this soon is not worth giving the place away.
        const SOON: Duration = Duration::from_millis(20);
        runtime.block_on(async {
            let mut coming = std::pin::pin!(coming);
            if let Ok(item) = tokio::time::timeout(SOON, coming.as_mut()).await {
                return item;
            }
            self.lend();
            let item = coming.await?;
            self.take_back().await.then_some(item)
        })
    }

    fn lend(&mut self) {
        if self.permit.take().is_some() {
            self.metrics.in_flight.dec();
        }
    }

    async fn take_back(&mut self) -> bool {
        if let Ok(Ok(permit)) = timeout_at(self.deadline, self.working.clone().acquire_owned()).await {
            self.permit = Some(permit);
            self.metrics.in_flight.inc();
        }
        self.permit.is_some()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.lend();
    }
}

/// Lets an address ask only so often: a bucket of tokens for each, which fills again over a minute.
#[derive(Debug)]
pub struct Rate {
    per_minute: f64,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// Addresses that are remembered. When there are more, those whose buckets are full again are forgotten.
const MAX_ADDRESSES: usize = 100_000;

impl Rate {
    /// So many requests a minute from each address.
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute: f64::from(per_minute), buckets: Mutex::default() }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// It is one too many.
    pub fn count(&self, address: IpAddr, now: Instant) -> Result<(), Problem> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = |bucket: &Bucket| {
            let more = now.saturating_duration_since(bucket.at).as_secs_f64() * self.per_minute / 60.0;
            (bucket.tokens + more).min(self.per_minute)
        };
        if buckets.len() >= MAX_ADDRESSES {
            buckets.retain(|_, bucket| filled(bucket) < self.per_minute);
            if buckets.len() >= MAX_ADDRESSES {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(whose(address)).or_insert(Bucket { tokens: self.per_minute, at: now });
        *bucket = Bucket { tokens: filled(bucket), at: now };
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        let seconds = ((1.0 - bucket.tokens) * 60.0 / self.per_minute).ceil() as u64;
        let detail = format!("{} requests a minute are taken from one address", self.per_minute);
        Err(Problem::new(Kind::TooManyRequests, detail).retry_after(seconds))
    }
}

/// Whose address it is: who has one IPv6 address has the other 2^64 of its network too.
fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_ask_so_often_and_others_do_not_suffer() {
        let rate = Rate::new(2);
        let (one, other): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap());
        let start = Instant::now();
        let count = |address, seconds| rate.count(address, start + Duration::from_secs(seconds));
        assert!(count(one, 0).is_ok() && count(one, 1).is_ok());
        let refused = count(one, 2).expect_err("the third one");
        assert_eq!((refused.status, refused.clone().retry_after(0).status), (429, 429));
        assert!(count(other, 2).is_ok());
        assert!(count("2001:db8::2".parse().unwrap(), 2).is_ok());
        assert!(count("2001:db8::3".parse().unwrap(), 2).is_err(), "of the same network");
        assert!(count("::ffff:192.0.2.1".parse().unwrap(), 3).is_err(), "the same address");
        assert!(count(one, 33).is_ok());
    }
}
