//! What comes into a client's mind.

use std::time::Duration;

use chatire_tests::Socket;
use serde_json::json;
use tokio::time::{Instant, timeout};

use super::{DEAD_AFTER, Living};

/// Between two ideas, in milliseconds at least, and how much more at most.
const STAYS: u64 = 2_000;
const LONGER: u64 = 10_000;
/// A short sleep, in milliseconds at most.
const NAP: u64 = 5_000;
/// How long a slow reader reads nothing, in milliseconds at least, and how much more at most: about as long as it takes
/// until too much waits for it.
const READS_NOTHING: u64 = 3_000;
const LONGER_NOTHING: u64 = 12_000;

/// What to do next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Idea {
    /// Over another socket.
    Reconnect,
    /// Be away.
    Sleep(Duration),
    /// Over another socket, which is not read now and then.
    ReadSlowly,
    /// Leave this chat for a while.
    Leave(usize),
    /// Show that one looks at this chat, writes and reads there.
    Look(usize),
}

impl Living {
    pub(super) fn next_idea(&mut self) -> Instant {
        Instant::now() + Duration::from_millis(STAYS) + self.setting.dice.pause(LONGER)
    }

    /// Does what can be done over this socket, and returns the rest.
    pub(super) async fn has_an_idea(&mut self, socket: &Socket, slow: bool) -> Option<Idea> {
        if slow {
            self.reads_nothing_for_a_while(socket).await;
            return (self.setting.dice.roll(2) == 0).then_some(Idea::Reconnect);
        }
        match self.idea() {
            Idea::Leave(n) => {
                self.leaves_and_comes_back(n, socket).await;
                None
            }
            Idea::Look(n) => {
                self.looks_at(n, socket).await;
                None
            }
            idea => Some(idea),
        }
    }

    fn idea(&mut self) -> Idea {
        let (sleeps, chats) = (self.setting.sleeps, self.setting.chats.len() as u64);
        let dice = &mut self.setting.dice;
        match dice.roll(20) {
            0..5 => Idea::Reconnect,
            5..8 => Idea::Sleep(dice.pause(NAP)),
            8 => Idea::Sleep(dice.part_of(sleeps)),
            9..11 => Idea::ReadSlowly,
            11..15 => Idea::Leave(dice.roll(chats) as usize),
            _ => Idea::Look(dice.roll(chats) as usize),
        }
    }

    async fn reads_nothing_for_a_while(&mut self, socket: &Socket) {
        socket.stops_reading();
        tokio::time::sleep(Duration::from_millis(READS_NOTHING) + self.setting.dice.pause(LONGER_NOTHING)).await;
        socket.reads_again();
    }

    async fn looks_at(&mut self, n: usize, socket: &Socket) {
        let (chat, last) = (&self.setting.chats[n].uri, self.heard[n].last());
        for frame in [
            json!({"type": "focus", "chat": chat}),
            json!({"type": "typing", "chat": chat}),
            json!({"type": "read", "chat": chat, "seq": last}),
        ] {
            let _ = timeout(DEAD_AFTER, socket.sends(frame)).await;
        }
    }
}
