//! A broker that comes and goes.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chatire_tests::{Broker, Dice};

/// How long it stays at least (so that everybody has found it again), how much longer at most, and how long it is away
/// at most; in milliseconds. A start comes on top of the last, and takes some seconds.
const STAYS: u64 = 2_000;
const LONGER: u64 = 8_000;
const AWAY: u64 = 4_000;

/// Breaks the broker from a thread of its own: starting one blocks.
pub(super) struct Breaking {
    enough: Sender<()>,
    thread: JoinHandle<usize>,
}

impl Breaking {
    pub(super) fn begins(broker: Arc<Broker>, dice: Dice) -> Self {
        let (enough, told) = mpsc::channel();
        Self { enough, thread: thread::spawn(move || breaks(&broker, dice, &told)) }
    }

    /// Leaves the broker running, and says how often it was away.
    pub(super) async fn ends(self) -> usize {
        drop(self.enough);
        let thread = tokio::task::spawn_blocking(|| self.thread.join());
        thread.await.expect("it can be waited for").expect("the broker could be broken and started")
    }
}

/// Until the other end of `enough` is gone.
fn breaks(broker: &Broker, mut dice: Dice, enough: &Receiver<()>) -> usize {
    let mut outages = 0;
    let passes = |pause| enough.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout);
    while passes(Duration::from_millis(STAYS) + dice.pause(LONGER)) {
        match dice.roll(3) {
            0 => broker.stop(),
            _ => broker.kill(),
        }
        passes(dice.pause(AWAY));
        broker.start_again();
        outages += 1;
    }
    outages
}
