//! Many people who speak and listen all the time, while the world around them breaks: who is there, and where they speak.

pub(crate) mod hearing;

pub(crate) use chatire_tests::speaking;

use std::sync::Arc;

use chatire_tests::{Chat, Dice, Gateway, Person, Record, Replica, Said, World};
use tokio::task::JoinSet;

use hearing::Place;
use speaking::{Speech, Traffic, speaks_over_http, speaks_over_sockets};

/// Of the other chats than the first one, by each speaker.
const OTHER_CHATS: usize = 2;

/// How many there are.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) speakers: usize,
    /// The first one is of everybody, and half of all that is said is said there.
    pub(crate) chats: usize,
    /// In which speakers say nothing, so that nothing comes after what is said there and would show that it is missing.
    pub(crate) quiet_chats: usize,
}

/// Who speaks where, and who listens everywhere.
pub(crate) struct Town {
    /// Chats; the quiet ones are the last ones.
    pub(crate) places: Vec<Place>,
    /// With the chats that they speak in, as often as they do.
    pub(crate) speakers: Vec<(Person, Vec<(usize, Chat)>)>,
    pub(crate) listeners: Vec<Person>,
    size: Size,
}

impl Town {
    pub(crate) async fn founded(world: &World, size: Size, dice: &mut Dice) -> Self {
        let listeners = vec![world.signs_up("listener").await, world.signs_up("listener").await];
        let mut chats = Vec::new();
        while chats.len() < size.chats + size.quiet_chats {
            let chat = listeners[0].starts_a_chat().await;
            listeners[0].adds(listeners[1].name(), &chat).await.expect(200);
            chats.push(chat);
        }
        let (hot, others) = chats[..size.chats].split_first().expect("there are chats");
        let mut speakers = Vec::new();
        while speakers.len() < size.speakers {
            let person = world.signs_up("speaker").await;
            listeners[0].adds(person.name(), hot).await.expect(200);
            let mut places = vec![(0, hot.clone()); OTHER_CHATS];
            for _ in 0..OTHER_CHATS {
                let n = dice.roll(others.len() as u64) as usize;
                listeners[1].adds(person.name(), &others[n]).await.expect(200);
                places.push((n + 1, others[n].clone()));
            }
            speakers.push((person, places));
        }
        let mut places = Vec::new();
        for chat in chats {
            places.push(Place { start: listeners[0].position(&chat).await, chat });
        }
        Self { places, speakers, listeners, size }
    }

    /// Everybody speaks until the traffic ends, half of them over HTTP and half over sockets of these gateways. What each
    /// has said.
    pub(crate) fn speak(
        &self,
        traffic: &Arc<Traffic>,
        gateways: &'static [Gateway],
        dice: &mut Dice,
    ) -> JoinSet<Vec<Speech>> {
        let mut speakers = JoinSet::new();
        for (n, (person, chats)) in self.speakers.iter().enumerate() {
            let (person, chats, traffic, dice) = (person.clone(), chats.clone(), traffic.clone(), dice.another());
            match n % 2 {
                0 => speakers.spawn(speaks_over_http(person, chats, traffic, dice)),
                _ => speakers.spawn(speaks_over_sockets(person, chats, gateways, traffic, dice)),
            };
        }
        speakers
    }

    /// Each of the quiet chats, and its number.
    pub(crate) fn quiet(&self) -> impl Iterator<Item = (usize, Chat)> {
        self.places.iter().map(|place| place.chat.clone()).enumerate().skip(self.size.chats)
    }

    /// What the speakers and the system itself say about each chat.
    pub(crate) async fn records(&self, said: &[Vec<Speech>]) -> Vec<Record> {
        let mut records = Vec::new();
        for (n, Place { chat, start }) in self.places.iter().enumerate() {
            let in_this_chat = |speaker: &Vec<Speech>| -> Vec<Said> {
                speaker.iter().filter(|speech| speech.chat == n).map(|speech| speech.said.clone()).collect()
            };
            // Each replica tells the same.
            let (one, other) = (self.listeners[0].over(Replica::First), self.listeners[1].over(Replica::Second));
            records.push(Record {
                start: *start,
                said: said.iter().map(in_this_chat).collect(),
                history: one.history(chat).await,
                events: other.events(chat, *start).await,
                heard: Vec::new(),
            });
        }
        records
    }
}
