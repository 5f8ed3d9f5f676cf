//! What all sockets of a crowd have heard.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::Result;
use crate::failure::Failure;
use crate::percentile::Latencies;

/// How long a message may be on its way to the last listener.
const HEARD_WITHIN: Duration = Duration::from_secs(20);
/// How long what should not come is waited for.
const SILENCE: Duration = Duration::from_millis(300);
/// How many faults are told; the others are counted.
const TOLD: usize = 5;

/// A chat's number and an event's place in it.
pub(crate) type Place = (u32, i64);

/// Counts what listeners hear. All of them tell it, each of one event at a time.
pub(crate) struct Tally {
    /// How many listeners each chat has.
    audience: u32,
    heard: AtomicU64,
    under_way: Mutex<HashMap<Place, Progress>>,
    faults: Mutex<(u64, Vec<String>)>,
    returns: Mutex<Latencies>,
}

#[derive(Default)]
struct Progress {
    heard: u32,
    tell: Option<oneshot::Sender<()>>,
}

impl Tally {
    pub(crate) fn new(audience: usize) -> Self {
        Self {
            audience: u32::try_from(audience).unwrap_or(u32::MAX),
            heard: AtomicU64::new(0),
            under_way: Mutex::default(),
            faults: Mutex::default(),
            returns: Mutex::default(),
        }
    }

    /// A listener has heard an event, and the one before it is the last that it had heard.
    pub(super) fn heard(&self, place: Place) {
        self.heard.fetch_add(1, Ordering::Relaxed);
        let mut under_way = lock(&self.under_way);
        let progress = under_way.entry(place).or_default();
        progress.heard += 1;
        if progress.heard == self.audience
            && let Some(tell) = progress.tell.take()
        {
            under_way.remove(&place);
            let _ = tell.send(());
        }
    }

    /// Something that must not happen.
    pub(super) fn fault(&self, what: impl FnOnce() -> String) {
        let (count, told) = &mut *lock(&self.faults);
        *count += 1;
        if told.len() < TOLD {
            told.push(what());
        }
    }

    /// A listener is back, so long after it was cut off.
    pub(super) fn returned(&self, after: Duration) {
        lock(&self.returns).push(after);
    }

    /// How many are back, and how long each was away.
    pub(crate) fn returns(&self) -> Latencies {
        lock(&self.returns).clone()
    }

    /// Waits until all listeners of a chat have an event.
    pub(crate) async fn all_have(&self, place: Place) -> Result<()> {
        let told = {
            let mut under_way = lock(&self.under_way);
            let progress = under_way.entry(place).or_default();
            if progress.heard == self.audience {
                under_way.remove(&place);
                return Ok(());
            }
            let (tell, told) = oneshot::channel();
            progress.tell = Some(tell);
            told
        };
        match timeout(HEARD_WITHIN, told).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(self.why_not(&format!("event {} of chat {}", place.1, place.0))),
        }
    }

    /// Waits until so many events were heard since the beginning, over all listeners; then for what should not come.
    pub(crate) async fn have_heard(&self, count: u64, within: Duration) -> Result<()> {
        let deadline = Instant::now() + within;
        while self.heard.load(Ordering::Relaxed) < count {
            if Instant::now() > deadline {
                return Err(self.why_not(&format!("all of {count} events")));
            }
            sleep(Duration::from_millis(10)).await;
        }
        sleep(SILENCE).await;
        lock(&self.under_way).clear();
        match self.heard.load(Ordering::Relaxed) {
            heard if heard == count => Ok(()),
            heard => Err(Failure::new(format!("{heard} events were heard, {count} were said"))),
        }
    }

    /// Faults since this was last asked.
    pub(crate) fn take_faults(&self) -> Vec<String> {
        let (count, mut told) = std::mem::take(&mut *lock(&self.faults));
        let more = count - told.len() as u64;
        if more > 0 {
            told.push(format!("and {more} more like these"));
        }
        told
    }

    fn why_not(&self, what: &str) -> Failure {
        let heard = self.heard.load(Ordering::Relaxed);
        let faults = self.take_faults().join("; ");
        Failure::new(format!("{what}: not heard by everybody in time ({heard} events were heard in all; {faults})"))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nobody panics while holding it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_told_when_the_last_listener_has_it_and_not_before() {
        let tally = Tally::new(2);
        tally.heard((1, 7));
        let wait = tally.all_have((1, 7));
        tokio::pin!(wait);
        assert!(timeout(Duration::from_millis(20), &mut wait).await.is_err());
        tally.heard((1, 7));
        wait.await.unwrap();
        // Also when all had it before anybody waited.
        (0..2).for_each(|_| tally.heard((1, 8)));
        tally.all_have((1, 8)).await.unwrap();
        assert!(lock(&tally.under_way).is_empty());
    }

    #[tokio::test]
    async fn too_many_are_no_better_than_too_few() {
        let tally = Tally::new(1);
        (0..3).for_each(|seq| tally.heard((1, seq)));
        tally.have_heard(3, Duration::from_secs(1)).await.unwrap();
        assert!(tally.have_heard(2, Duration::from_secs(1)).await.is_err());
        assert!(tally.have_heard(4, Duration::from_millis(1)).await.is_err());
    }

    #[test]
    fn of_many_faults_some_are_told_and_all_are_counted() {
        let tally = Tally::new(1);
        (0..20).for_each(|n| tally.fault(|| format!("fault {n}")));
        let told = tally.take_faults();
        assert_eq!((told.len(), &*told[5]), (6, "and 15 more like these"));
        assert!(tally.take_faults().is_empty());
    }
}
