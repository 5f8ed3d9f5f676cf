//! People who hear everything, some over one socket all the time, some with many.

use std::sync::Arc;
use std::time::Duration;

use chatire_tests::{Chat, Dice, Frame, Gateway, Person, Socket};
use shared_proto::event::EventFrame;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long somebody who comes and goes stays, in milliseconds at most.
const VISIT: u64 = 4_000;
/// A gateway that has missed more than some thousand events of a chat in an outage may say `reset` instead of fetching
/// them; in a chat with fewer never.
const TOO_MANY: i64 = 1_000;
/// Between two tries to connect.
const PAUSE: Duration = Duration::from_millis(50);

/// What somebody has heard of each chat.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) who: String,
    pub(crate) events: Vec<Vec<EventFrame>>,
    /// How often a chat was loaded, because too much of it had been missed.
    pub(crate) loads: usize,
}

impl Heard {
    pub(crate) fn nothing_yet(who: String, chats: usize) -> Self {
        Self { who, events: vec![Vec::new(); chats], loads: 0 }
    }

    /// The position after which they hear on.
    pub(crate) fn last(&self, chat: usize, start: i64) -> i64 {
        self.events[chat].last().map_or(start, |event| event.seq.0)
    }

    /// What came over a socket, as a client takes it in: after a `reset` it loads the chat up to there.
    pub(crate) async fn takes_in(&mut self, person: &Person, places: &[Place], frames: &[Frame]) {
        for frame in frames {
            let Some(n) = places.iter().position(|place| frame.json["chat"] == place.chat.uri.as_str()) else {
                continue;
            };
            let Place { chat, start } = &places[n];
            if let Some(event) = frame.event_of(chat) {
                self.events[n].push(event);
            } else if frame.kind() == "reset" {
                let (last, seq) = (self.last(n, *start), frame.json["seq"].as_i64().expect("a position"));
                assert!(seq - start > TOO_MANY, "{} was told to load {seq} events", self.who);
                let missed = person.events(chat, last).await;
                self.events[n].extend(missed.into_iter().take_while(|event| event.seq.0 <= seq));
                self.loads += 1;
            }
        }
    }
}

/// A chat, and its position before anybody speaks.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) chat: Chat,
    pub(crate) start: i64,
}

/// Where each chat will end, once it is known.
#[derive(Clone)]
pub(crate) struct Ends(Arc<watch::Sender<Option<Vec<i64>>>>);

impl Ends {
    pub(crate) fn unknown() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    pub(crate) fn are(&self, positions: &[i64]) {
        self.0.send_replace(Some(positions.to_owned()));
    }

    fn known(&self) -> Option<Vec<i64>> {
        self.0.borrow().clone()
    }
}

/// A socket that stays open whatever happens behind its gateway.
pub(crate) struct Staying {
    who: String,
    person: Person,
    socket: Socket,
    places: Vec<Place>,
}

impl Staying {
    pub(crate) async fn over(gateway: Gateway, person: &Person, places: &[Place]) -> Self {
        let who = format!("{} over the {gateway:?} gateway", person.name());
        Self { who, person: person.clone(), socket: person.connects(gateway).await, places: places.to_vec() }
    }

    pub(crate) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Waits until each chat has come to its end.
    pub(crate) async fn hears_all(&self, ends: &[i64], deadline: Instant) -> Heard {
        for (Place { chat, start }, end) in self.places.iter().zip(ends) {
            if start == end {
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let what = format!("{} hears {end} of {}", self.who, chat.uri);
            let is_the_end = |frame: &Frame| frame.json["seq"] == *end && frame.json["chat"] == chat.uri.as_str();
            self.socket.until_within(left, &what, |seen| seen.frames.iter().rev().any(is_the_end).then_some(())).await;
        }
        let seen = self.socket.seen();
        assert!(seen.closed.is_none(), "{} was closed: {:?}", self.who, seen.closed);
        let mut heard = Heard::nothing_yet(self.who.clone(), self.places.len());
        heard.takes_in(&self.person, &self.places, &seen.frames).await;
        heard
    }
}

/// Hears a while over one gateway, breaks off, and goes on over the other one, until all chats have come to their ends.
pub(crate) async fn comes_and_goes(
    who: String,
    person: Person,
    places: Vec<Place>,
    ends: Ends,
    mut dice: Dice,
) -> Heard {
    let mut heard = Heard::nothing_yet(who, places.len());
    for gateway in Gateway::ALL.iter().cycle() {
        let last: Vec<i64> = places.iter().enumerate().map(|(n, place)| heard.last(n, place.start)).collect();
        if ends.known().is_some_and(|ends| last.iter().zip(ends).all(|(last, end)| *last >= end)) {
            return heard;
        }
        let resume: Vec<_> = places.iter().zip(last).map(|(place, last)| (&place.chat, last)).collect();
        let Some(socket) = person.tries_to_connect(*gateway, &resume).await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        tokio::time::sleep(dice.pause(VISIT)).await;
        if dice.roll(2) == 0 {
            socket.says_goodbye().await;
        }
        heard.takes_in(&person, &places, &socket.seen().frames).await;
    }
    unreachable!("the gateways are endless")
}
