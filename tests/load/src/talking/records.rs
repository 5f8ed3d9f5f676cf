//! What all people of a talk said and heard.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::message::Key;
use crate::Result;
use crate::failure::Failure;
use crate::percentile::Latencies;
use crate::sending::Acknowledged;

/// How long the last messages may take.
const HEARD_WITHIN: Duration = Duration::from_secs(15);
/// How long what should not come is waited for.
const SILENCE: Duration = Duration::from_millis(200);
/// How many faults are told; the others are counted.
const TOLD: usize = 5;

/// Everybody tells it what they say and hear.
pub(super) struct Records {
    /// From here on times count in the texts of messages.
    pub(super) began: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    said: u64,
    /// How often something that was said must be heard, by others than its sender.
    expected: u64,
    /// How often it was.
    heard: u64,
    /// How many talk on by themselves.
    conversing: usize,
    last_ack: Option<Instant>,
    round: Round,
    faults: u64,
    broken: Option<Failure>,
}

/// What one round found.
#[derive(Default)]
pub(crate) struct Round {
    /// From when a message was due to be sent until another one's socket had it.
    pub(crate) deliveries: Latencies,
    /// From the same moment until it was acknowledged.
    pub(crate) acks: Latencies,
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// Until the last acknowledgement.
    pub(crate) took: Duration,
    /// How many frames came that are worth something only at the moment.
    pub(crate) transient: u64,
    /// What must not happen: a message that was not heard, or not once, or not in order.
    pub(crate) faults: Vec<String>,
}

/// The last message that a socket has heard of each sender.
#[derive(Default)]
pub(super) struct Order(HashMap<u32, u32>);

impl Order {
    /// Whether it is the next one; else what is wrong, and whether it was there already.
    pub(super) fn takes(&mut self, key: Key) -> Result<(), (String, bool)> {
        let last = self.0.entry(key.person).or_default();
        let (before, count) = (*last, key.count);
        *last = before.max(count);
        if count == before + 1 {
            return Ok(());
        }
        Err((format!("message {count} of person {} came after {before}", key.person), count <= before))
    }
}

impl Records {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), state: Mutex::default() }
    }

    /// Something was said that so many others must hear.
    pub(super) fn said(&self, audience: usize) {
        let mut state = self.state();
        state.said += 1;
        state.expected += audience as u64;
    }

    pub(super) fn acknowledged(&self, message: Acknowledged, after: Duration) {
        let mut state = self.state();
        state.last_ack = Some(Instant::now());
        state.round.acknowledged.push(message);
        state.round.acks.push(after);
    }

    /// Somebody else's message was heard.
    pub(super) fn heard(&self, after: Duration) {
        let mut state = self.state();
        state.heard += 1;
        state.round.deliveries.push(after);
    }

    pub(super) fn heard_transient(&self) {
        self.state().round.transient += 1;
    }

    /// Something that must not happen.
    pub(super) fn fault(&self, what: impl FnOnce() -> String) {
        let mut state = self.state();
        state.faults += 1;
        if state.round.faults.len() < TOLD {
            state.round.faults.push(what());
        }
    }

    /// Somebody can't go on: nor can the talk.
    pub(super) fn broken(&self, why: Failure) {
        self.state().broken.get_or_insert(why);
    }

    /// So many people talk on by themselves from now on.
    pub(super) fn begin_conversing(&self, people: usize) {
        self.state().conversing = people;
    }

    pub(super) fn ended_conversing(&self) {
        self.state().conversing -= 1;
    }

    /// A round begins. What was missing before is told already.
    pub(super) fn begin(&self) -> Instant {
        let mut state = self.state();
        (state.said, state.expected, state.heard, state.faults) = (0, 0, 0, 0);
        state.round = Round::default();
        Instant::now()
    }

    /// Waits until everything is acknowledged and heard, and then for what should not come.
    pub(super) async fn end(&self, began: Instant) -> Result<Round> {
        while self.state().conversing > 0 {
            self.look().await?;
        }
        let deadline = Instant::now() + HEARD_WITHIN;
        while !self.state().is_complete() && Instant::now() < deadline {
            self.look().await?;
        }
        sleep(SILENCE).await;
        let mut state = self.state();
        if let Some(why) = state.broken.take() {
            return Err(why);
        }
        let mut round = std::mem::take(&mut state.round);
        let told = round.faults.len() as u64;
        if state.faults > told {
            round.faults.push(format!("and {} more like these", state.faults - told));
        }
        let acknowledged = round.acknowledged.len() as u64;
        if acknowledged != state.said {
            round.faults.push(format!("of {} messages {acknowledged} were acknowledged", state.said));
        }
        if state.heard != state.expected {
            round.faults.push(format!("of {} deliveries {} came", state.expected, state.heard));
        }
        round.took = state.last_ack.map_or(Duration::ZERO, |last| last.saturating_duration_since(began));
        Ok(round)
    }

    /// In a moment, how it stands then; fails when it can't go on.
    async fn look(&self) -> Result<()> {
        sleep(Duration::from_millis(5)).await;
        self.state().broken.take().map_or(Ok(()), Err)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nobody panics while holding it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_complete(&self) -> bool {
        self.heard >= self.expected && self.round.acknowledged.len() as u64 >= self.said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(person: u32, count: u32) -> Key {
        Key { talk: 1, person, count }
    }

    #[test]
    fn what_is_lost_doubled_or_in_disorder_is_noticed() {
        let faults = |counts: &[u32]| {
            let mut order = Order::default();
            // Somebody else's messages count for themselves.
            order.takes(key(8, 1)).unwrap();
            counts
                .iter()
                .filter_map(|count| order.takes(key(7, *count)).err())
                .map(|(_, again)| again)
                .collect::<Vec<_>>()
        };
        assert_eq!(faults(&[1, 2, 3]), []);
        assert_eq!(faults(&[2]), [false]);
        assert_eq!(faults(&[1, 3, 4]), [false]);
        assert_eq!(faults(&[1, 2, 2, 3]), [true]);
        assert_eq!(faults(&[2, 1]), [false, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_must_be_heard_by_everybody() {
        let records = Records::new();
        let ack = |id| records.acknowledged(Acknowledged { key: 1, id }, Duration::ZERO);
        let mut faults = Vec::new();
        for (heard, acks) in [(2, 1), (1, 1), (3, 1), (2, 0), (2, 2)] {
            let began = records.begin();
            records.said(2);
            (0..heard).for_each(|_| records.heard(Duration::from_millis(1)));
            (0..acks).for_each(ack);
            faults.push(records.end(began).await.unwrap().faults.join(", "));
        }
        assert_eq!(
            faults,
            [
                "",
                "of 2 deliveries 1 came",
                "of 2 deliveries 3 came",
                "of 1 messages 0 were acknowledged",
                "of 1 messages 2 were acknowledged"
            ]
        );
        let began = records.begin();
        (0..20).for_each(|n| records.fault(|| format!("fault {n}")));
        let told = records.end(began).await.unwrap().faults;
        assert_eq!((told.len(), &*told[5]), (6, "and 15 more like these"));
    }
}
