//! How often somebody may do something, counted by one process.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// So many at once, and then so many a second, evenly, for each key (GCRA, as `governor` counts it). Cheap to clone.
#[derive(Clone, Debug)]
pub struct Rate<K: Hash + Eq + Clone>(Option<Arc<DefaultKeyedRateLimiter<K>>>);

impl<K: Hash + Eq + Clone> Rate<K> {
    /// `per_second` and `burst` for each key; a 0 counts as 1.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(least_one(per_second)).allow_burst(least_one(burst));
        Self(Some(Arc::new(RateLimiter::keyed(quota))))
    }

    /// As often as one likes.
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// Takes one. An error says when the next one is possible.
    pub fn take(&self, key: &K) -> Result<(), Duration> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(key).map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }

    /// Forgets the keys that hold nobody back: to be called from time to time.
    pub fn forget(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_burst_and_learns_when_the_next_one_is_possible() {
        let rate = Rate::new(1, 2);
        assert!(rate.take(&"alice").is_ok() && rate.take(&"alice").is_ok());
        let wait = rate.take(&"alice").unwrap_err();
        assert!(wait > Duration::from_millis(500) && wait <= Duration::from_secs(1), "{wait:?}");
        assert!(rate.take(&"bob").is_ok());
        rate.forget();
        assert!(rate.take(&"alice").is_err(), "it still holds her back");
        assert!((0..100).all(|_| Rate::unlimited().take(&"alice").is_ok()));
    }
}
