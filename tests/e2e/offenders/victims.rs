//! Those who only want to hear what is said.

use std::collections::BTreeMap;
use std::time::Duration;

use chatire_tests::{Chat, Gateway, Person, Socket, World, assert_gapless};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

const VICTIMS: usize = 200;
/// As many sockets as a user may have, and some for other purposes.
const EACH: usize = 18;
/// Victims who look at the chat, and so see who types there.
const LOOK: usize = 20;
/// So much is said in one measurement, and so often.
const SAID: usize = 20;
const EVERY: Duration = Duration::from_millis(60);
/// Far beyond any bound: what takes longer is shown as what it is, not as a panic.
const HEARD_WITHIN: Duration = Duration::from_secs(30);

/// Sockets in one chat, all over the same gateway, and one who speaks.
pub(super) struct Victims {
    chat: Chat,
    speaker: Person,
    sockets: Vec<Socket>,
    /// From where on each has listened.
    start: i64,
}

impl Victims {
    pub(super) async fn gathered(world: &World) -> Self {
        let speaker = world.signs_up("speaker").await;
        let chat = speaker.starts_a_chat().await;
        let mut people = Vec::new();
        while people.len() * EACH < VICTIMS {
            let person = world.signs_up("victim").await;
            person.joins(&chat).await;
            people.push(person);
        }
        let start = speaker.position(&chat).await;
        let mut connecting = JoinSet::new();
        for n in 0..VICTIMS {
            let person = people[n / EACH].clone();
            connecting.spawn(async move { person.connects(Gateway::First).await });
        }
        let sockets = connecting.join_all().await;
        for socket in &sockets[..LOOK] {
            socket.looks_at(&chat).await;
        }
        Self { chat, speaker, sockets, start }
    }

    pub(super) fn chat(&self) -> &Chat {
        &self.chat
    }

    /// Says some things; how long after it was said each victim had heard each, but for one in a hundred.
    pub(super) async fn p99(&mut self) -> Duration {
        let mut said = BTreeMap::new();
        let mut pace = interval(EVERY);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for n in 0..SAID {
            pace.tick().await;
            let moment = Instant::now();
            let sent = self.speaker.says(&format!("thing {n}")).in_chat(&self.chat).await;
            said.insert(sent.seq.0, moment);
        }
        let last = *said.keys().last().expect("some were said");
        let mut latencies = Vec::new();
        for socket in &self.sockets {
            let heard = socket
                .until_within(HEARD_WITHIN, "the last thing said", |seen| {
                    let is_of_the_chat = |json: &serde_json::Value| json["chat"] == self.chat.uri.as_str();
                    let events = seen.frames.iter().rev().filter(|f| f.kind() == "event" && is_of_the_chat(&f.json));
                    let seqs = events.map(|frame| (frame.json["seq"].as_i64().expect("a position"), frame.at));
                    let heard: Vec<_> = seqs.take_while(|(seq, _)| said.range(..=seq).next().is_some()).collect();
                    heard.iter().any(|(seq, _)| *seq == last).then_some(heard)
                })
                .await;
            latencies.extend(heard.iter().filter_map(|(seq, at)| Some(*at - *said.get(seq)?)));
        }
        assert_eq!(latencies.len(), SAID * VICTIMS, "everybody has heard everything");
        latencies.sort();
        latencies[latencies.len() * 99 / 100]
    }

    /// Nobody was sent away, and nobody has missed anything.
    pub(super) async fn are_all_there(&self) {
        let last = self.speaker.says("that's all").in_chat(&self.chat).await.seq;
        for socket in &self.sockets {
            socket.hears(&self.chat, last).await;
            assert_gapless(&socket.events_of(&self.chat), self.start + 1..=last.0);
        }
    }
}
