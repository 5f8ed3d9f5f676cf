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
        let mut state = self.state();
        state.conversing = state.conversing.saturating_sub(1);
    }

    /// A round begins. What was missing before is told already.
    pub(super) fn begin(&self) -> Instant {
        let mut state = self.state();
        (state.said, state.expected, state.heard, state.faults, state.conversing) = (0, 0, 0, 0, 0);
        state.round = Round::default();
        Instant::now()
    }

    /// Waits until at least so many messages are said, and all are acknowledged and heard, when nothing more is said after
    /// `until`; and then for what should not come.
    pub(super) async fn end(&self, began: Instant, until: Instant, at_least: u64) -> Result<Round> {
        let deadline = until + HEARD_WITHIN;
        while !self.state().is_complete(at_least) && Instant::now() < deadline {
            self.look().await?;
        }
        sleep(SILENCE).await;
        self.judge(began, at_least)
    }

    /// What was found since the round began.
    fn judge(&self, began: Instant, at_least: u64) -> Result<Round> {
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
        if state.conversing > 0 {
            round.faults.push(format!("{} people wait for an answer for good", state.conversing));
        }
        if state.said < at_least {
            round.faults.push(format!("of {at_least} messages {} were said", state.said));
        }
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
    fn is_complete(&self, at_least: u64) -> bool {
        self.conversing == 0
            && self.said >= at_least
            && self.heard >= self.expected
            && self.round.acknowledged.len() as u64 >= self.said
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
        // For each fault whether that message had come before.
        let faults = |counts: &[u32]| -> Vec<bool> {
            let mut order = Order::default();
            // Somebody else's messages count for themselves.
            order.takes(key(8, 1)).unwrap();
            counts.iter().filter_map(|count| order.takes(key(7, *count)).err()).map(|(_, again)| again).collect()
        };
        assert!(faults(&[1, 2, 3]).is_empty());
        assert_eq!(faults(&[2]), vec![false]);
        assert_eq!(faults(&[1, 3, 4]), vec![false]);
        assert_eq!(faults(&[1, 2, 2, 3]), vec![true]);
        assert_eq!(faults(&[2, 1]), vec![false, true]);
    }

    /// After a message that two must hear, of so many that had to be said.
    fn round(heard: usize, acks: usize, at_least: u64) -> String {
        let records = Records::new();
        let began = records.begin();
        records.said(2);
        (0..heard).for_each(|_| records.heard(Duration::from_millis(1)));
        (0..acks).for_each(|_| records.acknowledged(Acknowledged { key: 1, id: 2 }, Duration::ZERO));
        records.judge(began, at_least).unwrap().faults.join(", ")
    }

    #[test]
    fn everything_must_be_said_acknowledged_and_heard_by_everybody() {
        assert_eq!(round(2, 1, 1), "");
        assert_eq!(round(1, 1, 1), "of 2 deliveries 1 came");
        assert_eq!(round(3, 1, 1), "of 2 deliveries 3 came");
        assert_eq!(round(2, 0, 1), "of 1 messages 0 were acknowledged");
        assert_eq!(round(2, 2, 1), "of 1 messages 2 were acknowledged");
        assert_eq!(round(2, 1, 3), "of 3 messages 1 were said");
    }

    #[tokio::test]
    async fn a_round_is_over_when_the_last_one_is_answered_and_no_sooner() {
        let records = Records::new();
        let began = records.begin();
        records.begin_conversing(1);
        assert!(tokio::time::timeout(SILENCE * 2, records.end(began, Instant::now(), 0)).await.is_err());
        assert_eq!(records.judge(began, 0).unwrap().faults, ["1 people wait for an answer for good"]);
        records.ended_conversing();
        assert!(records.end(began, Instant::now(), 0).await.unwrap().faults.is_empty());
        records.broken(Failure::new("a socket ended"));
        assert!(records.end(began, Instant::now(), 0).await.is_err());
    }

    #[test]
    fn of_many_faults_some_are_told_and_all_are_counted() {
        let records = Records::new();
        let began = records.begin();
        (0..20).for_each(|n| records.fault(|| format!("fault {n}")));
        let told = records.judge(began, 0).unwrap().faults;
        assert_eq!((told.len(), told[5].as_str()), (6, "and 15 more like these"));
    }
}
