//! Who is there, and where they speak.

use chatire_tests::{Chat, Dice, Person, Record, Replica, Said, World};

use super::hearing::Place;
use super::speaking::Speech;

const SPEAKERS: usize = 12;
/// The first one is of everybody, and half of all that is said is said there.
const CHATS: usize = 6;
/// Of the others, by each speaker.
const OTHER_CHATS: usize = 2;
/// In which one thing is said at most, and nothing after it that would show that it is missing.
const QUIET_CHATS: usize = 50;

/// Who speaks where, and who listens everywhere.
pub(super) struct Town {
    /// Chats; the quiet ones are the last ones.
    pub(super) places: Vec<Place>,
    /// With the chats that they speak in, as often as they do.
    pub(super) speakers: Vec<(Person, Vec<(usize, Chat)>)>,
    pub(super) listeners: Vec<Person>,
}

impl Town {
    pub(super) async fn founded(world: &World, dice: &mut Dice) -> Self {
        let listeners = vec![world.signs_up("listener").await, world.signs_up("listener").await];
        let mut chats = Vec::new();
        while chats.len() < CHATS + QUIET_CHATS {
            let chat = listeners[0].starts_a_chat().await;
            listeners[0].adds(listeners[1].name(), &chat).await.expect(200);
            chats.push(chat);
        }
        let (hot, others) = chats[..CHATS].split_first().expect("there are chats");
        let mut speakers = Vec::new();
        while speakers.len() < SPEAKERS {
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
        Self { places, speakers, listeners }
    }

    /// Each of the quiet chats, and its number.
    pub(super) fn quiet(&self) -> impl Iterator<Item = (usize, Chat)> {
        self.places.iter().map(|place| place.chat.clone()).enumerate().skip(CHATS)
    }

    /// What the speakers and the system itself say about each chat.
    pub(super) async fn records(&self, said: &[Vec<Speech>]) -> Vec<Record> {
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
