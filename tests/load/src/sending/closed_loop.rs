//! Everybody sends the next message when the answer to the last one has come.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use super::check::Acknowledged;
use super::sender::{Sender, Tried};
use crate::Result;
use crate::failure::Failure;
use crate::percentile::Latencies;

/// How often a message is tried whose fate is not known.
const TRIES: usize = 5;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a message is, in bytes.
const LENGTH: usize = 200;

/// What all senders together did.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) acknowledged: Vec<Acknowledged>,
    /// From sending to the answer, with all tries.
    pub(super) latencies: Latencies,
    pub(super) retries: usize,
    /// Until the last answer.
    pub(super) took: Duration,
}

/// Runs for a time; then those that are under way are waited for.
pub(super) async fn run(senders: &mut [Sender], lasts: Duration) -> Result<Sent> {
    // A key names a message for good, over all rounds: 2³⁰ keys for each of 2¹⁰ senders.
    static ROUNDS: AtomicU64 = AtomicU64::new(1);
    let first_key = ROUNDS.fetch_add(1, Ordering::Relaxed) << 40;
    let began = Instant::now();
    let until = began + lasts;
    let all = senders.iter_mut().zip(0..).map(|(sender, n): (_, u64)| one(sender, first_key + (n << 30), until));
    let mut sent = Sent::default();
    for each in try_join_all(all).await? {
        sent.acknowledged.extend(each.acknowledged);
        sent.latencies.extend(each.latencies);
        sent.retries += each.retries;
    }
    sent.took = began.elapsed();
    Ok(sent)
}

async fn one(sender: &mut Sender, first_key: u64, until: Instant) -> Result<Sent> {
    let mut sent = Sent::default();
    let mut key = first_key;
    let mut began = Instant::now();
    while began < until {
        let id = stored(sender, key, &mut sent.retries).await?;
        let answered = Instant::now();
        sent.acknowledged.push(Acknowledged { key, id });
        sent.latencies.push(answered - began);
        (key, began) = (key + 1, answered);
    }
    Ok(sent)
}

async fn stored(sender: &mut Sender, key: u64, retries: &mut usize) -> Result<i64> {
    let text = text(key);
    let mut last = String::new();
    for _ in 0..TRIES {
        match sender.send(key, &text).await? {
            Tried::Stored(id) => return Ok(id),
            Tried::Unknown(why) => last = why,
        }
        *retries += 1;
        tokio::time::sleep(PAUSE).await;
    }
    Err(Failure::new(format!("a message was not taken in {TRIES} tries: {last}")))
}

fn text(key: u64) -> String {
    format!("{key:020}{:.<1$}", "", LENGTH - 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_two_hundred_bytes_and_its_own() {
        assert_eq!(text(0).len(), LENGTH);
        assert_eq!(text(u64::MAX).len(), LENGTH);
        assert_ne!(text(1), text(2));
    }
}
