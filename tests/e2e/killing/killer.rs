//! Killing chat-api at random points.

use std::sync::Arc;
use std::time::Duration;

use chatire_tests::{Chat, Dice, Part, Person, Replica, World};
use tokio::task::JoinSet;

use crate::town::Town;
use crate::town::speaking::{Speech, Traffic, says_one_thing};

/// Between two kills, in milliseconds at most: while nobody is starting, and while somebody is (what can be hit then is
/// over soon).
const PAUSE: u64 = 800;
const SHORT_PAUSE: u64 = 150;
/// How long both stay away when both were killed, in milliseconds at most.
const AWAY: u64 = 400;
/// How long to wait for a request to the one to be killed.
const AIMS: Duration = Duration::from_millis(300);
/// How many requests are aimed at until one is hit.
const TRIES: usize = 5;

/// How chat-api died.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kills {
    pub(super) all: usize,
    /// While the replica had a request of a client to answer; what gateways ask is not counted.
    pub(super) under_way: usize,
    /// At the same moment as the other one.
    pub(super) both: usize,
    /// Perhaps before it could serve.
    pub(super) starting: usize,
    /// While it heard the only thing that was said in a chat.
    pub(super) last_words: usize,
}

/// Kills, and starts again at once.
pub(super) struct Killer {
    pub(super) kills: Kills,
    /// What was said in the quiet chats.
    pub(super) last_words: JoinSet<Speech>,
    traffic: Arc<Traffic>,
    speaker: Person,
    quiet: Vec<(usize, Chat)>,
    dice: Dice,
    starting: bool,
}

impl Killer {
    pub(super) fn new(traffic: Arc<Traffic>, town: &Town, dice: Dice) -> Self {
        let (kills, last_words) = (Kills::default(), JoinSet::new());
        let (speaker, quiet) = (town.listeners[0].clone(), town.quiet().collect());
        Self { kills, last_words, traffic, speaker, quiet, dice, starting: false }
    }

    /// Until so many have been killed in all. One in `quiet_in` dies while it hears the only thing said in a chat.
    pub(super) async fn kills(&mut self, world: &mut World, until: usize, quiet_in: u64) {
        while self.kills.all < until {
            let pause = self.dice.pause(if self.starting { SHORT_PAUSE } else { PAUSE });
            tokio::time::sleep(pause).await;
            let [first, other] = if self.dice.roll(2) == 0 {
                [Replica::First, Replica::Second]
            } else {
                [Replica::Second, Replica::First]
            };
            let both = self.dice.roll(8) == 0;
            let victims = if both { vec![first, other] } else { vec![first] };
            self.aims(first, quiet_in).await;
            for victim in &victims {
                self.kills.under_way += usize::from(self.traffic.on_the_way_to(*victim) > 0);
                world.kill(Part::Api(*victim));
            }
            self.kills.all += victims.len();
            self.kills.both += usize::from(both);
            self.kills.starting += usize::from(self.starting);
            if both {
                tokio::time::sleep(self.dice.pause(AWAY)).await;
            }
            for victim in &victims {
                world.launch(Part::Api(*victim));
            }
            self.starting = self.dice.roll(6) == 0;
            if !self.starting {
                for replica in Replica::ALL {
                    world.process(Part::Api(replica)).is_ready().await;
                }
            }
        }
    }

    /// Waits for some point of a request that is sent for this purpose, of any other one, or of none.
    async fn aims(&mut self, victim: Replica, quiet_in: u64) {
        if self.dice.roll(quiet_in) == 0
            && let Some((n, chat)) = self.quiet.pop()
        {
            let (person, traffic) = (self.speaker.clone(), self.traffic.clone());
            self.last_words.spawn(async move { says_one_thing(&person, (n, &chat), &traffic, victim).await });
            self.kills.last_words += 1;
            self.sleeps_for_a_part_of_a_request().await;
        } else if self.dice.roll(3) > 0 {
            // A request may be over before the moment that was chosen: then another one is aimed at.
            for _ in 0..TRIES {
                // Without one in time: at any moment.
                let _ = tokio::time::timeout(AIMS, self.traffic.goes_to(victim)).await;
                self.sleeps_for_a_part_of_a_request().await;
                if self.traffic.on_the_way_to(victim) > 0 {
                    return;
                }
            }
        }
    }

    async fn sleeps_for_a_part_of_a_request(&mut self) {
        tokio::time::sleep(self.dice.part_of(self.traffic.a_request_takes())).await;
    }
}
