//! How long to wait before a request is made again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The longest pause between two attempts, whatever the platform asks for.
const LONGEST: Duration = Duration::from_secs(60);

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date. A date that is over is no wait.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let left = at.duration_since(now).max(SignedDuration::ZERO);
    Some(Duration::from_secs(left.as_secs().unsigned_abs() + u64::from(left.subsec_nanos() > 0)))
}

/// The pause before attempt `next` (the first one is 0): what the platform asks for, else twice as long each time, up to a
/// quarter more by `chance` (0 to 1), so that many clients do not come back together. None where it asks for longer than is
/// waited.
pub fn before(next: u32, base: Duration, asked: Option<Duration>, chance: f64) -> Option<Duration> {
    match asked {
        Some(asked) if asked > LONGEST => None,
        Some(asked) => Some(asked),
        None => {
            let doubled = base.saturating_mul(1 << next.saturating_sub(1).min(10));
            Some(doubled.mul_f64(1.0 + chance.clamp(0.0, 1.0) / 4.0).min(LONGEST))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a time");
        let seconds = |value: &str| retry_after(value, now).map(|d| d.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("Tue, 24 Nov 2026 12:00:30 GMT"), Some(30));
        assert_eq!(seconds("Tue, 24 Nov 2026 11:00:00 GMT"), Some(0), "a date that is over");
        assert_eq!((seconds("soon"), seconds("-3"), seconds("")), (None, None, None));
    }

    #[test]
    fn pauses_double_and_end() {
        let second = Duration::from_secs(1);
        assert_eq!([1, 2, 3].map(|next| before(next, second, None, 0.0)), [1, 2, 4].map(|s| Some(second * s)));
        assert_eq!(before(2, second, None, 1.0), Some(Duration::from_millis(2500)));
        assert_eq!(before(30, second, None, 1.0), Some(LONGEST));
        assert_eq!(before(1, second, Some(Duration::from_secs(7)), 1.0), Some(Duration::from_secs(7)));
        assert_eq!(before(1, second, Some(Duration::from_secs(300)), 0.0), None, "nobody waits that long");
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_read_without_a_panic(value in ".{0,60}") {
            let _ = retry_after(&value, Timestamp::UNIX_EPOCH);
        }
    }
}
