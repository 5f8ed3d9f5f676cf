//! Who is there, and where they talk.

use std::sync::Arc;

use chatire_tests::speaking::{Speech, Traffic, speaks_over_http, speaks_over_sockets};
use chatire_tests::{Chat, Client, Dice, Forger, Gateway, Person, random_name};
use futures_util::{StreamExt, stream};
use tokio::task::JoinSet;

/// Half of them at home at each gateway.
pub(crate) const LISTENERS: usize = 24;
const SPEAKERS: usize = 12;
/// The first one is of everybody, and half of all that is said is said there.
const CHATS: usize = 6;
/// Nobody says anything there but now and then somebody who waits for it: nothing that follows would show what was missed.
const QUIET_CHATS: usize = 2;
/// Between two things that one says, in milliseconds at most: some sixty messages a second in all.
const PAUSE: u64 = 400;
/// Sign-ups at the same time: each costs some CPU.
const AT_ONCE: usize = 4;
/// Speakers' tokens must last for longer than any run, in seconds.
pub(crate) const LASTS: i64 = 24 * 3_600;

/// Everybody, signed in.
pub(crate) struct Crowd {
    /// Owns all chats, and stays.
    pub(crate) owner: Person,
    pub(crate) listeners: Vec<Person>,
    speakers: Vec<(Person, Vec<(usize, Chat)>)>,
    pub(crate) chats: Vec<Chat>,
    /// Each chat's position before anybody says anything.
    pub(crate) starts: Vec<i64>,
}

impl Crowd {
    pub(crate) async fn gathers(client: &Client, forger: &Forger, dice: &mut Dice) -> Self {
        let signs_up = |stem: &'static str| Person::sign_up(client.clone(), random_name(stem));
        let owner = signs_up("owner").await;
        let owner = owner.with_token(&forger.prolong(owner.token(), LASTS));
        let people = |stem, count| {
            stream::iter(0..count).map(move |_| signs_up(stem)).buffered(AT_ONCE).collect::<Vec<Person>>()
        };
        let listeners = people("listener", LISTENERS).await;
        let people = people("speaker", SPEAKERS).await;
        let mut chats = Vec::new();
        for _ in 0..CHATS + QUIET_CHATS {
            let chat = owner.starts_a_chat().await;
            for listener in &listeners {
                owner.invites(listener, &chat).await;
            }
            chats.push(chat);
        }
        let mut speakers = Vec::new();
        for person in people {
            let person = person.with_token(&forger.prolong(person.token(), LASTS));
            let others = [1 + dice.roll(CHATS as u64 - 1) as usize, 1 + dice.roll(CHATS as u64 - 1) as usize];
            let places: Vec<_> = [0, 0].iter().chain(&others).map(|n| (*n, chats[*n].clone())).collect();
            for (_, chat) in &places {
                owner.invites(&person, chat).await;
            }
            speakers.push((person, places));
        }
        let mut starts = Vec::new();
        for chat in &chats {
            starts.push(owner.position(chat).await);
        }
        Self { owner, listeners, speakers, chats, starts }
    }

    /// Everybody speaks until the traffic ends: half of them over HTTP, half over sockets. What each has said.
    pub(crate) fn speaks(&self, traffic: &Arc<Traffic>, dice: &mut Dice) -> JoinSet<Vec<Speech>> {
        let mut speaking = JoinSet::new();
        for (n, (person, chats)) in self.speakers.iter().enumerate() {
            let (person, chats, traffic, dice) = (person.clone(), chats.clone(), traffic.clone(), dice.another());
            match n % 2 {
                0 => speaking.spawn(speaks_over_http(person, chats, traffic, dice)),
                _ => speaking.spawn(speaks_over_sockets(person, chats, &Gateway::ALL, traffic, dice)),
            };
        }
        speaking
    }

    /// In which nobody speaks.
    pub(crate) fn quiet(&self) -> std::ops::Range<usize> {
        CHATS..CHATS + QUIET_CHATS
    }
}

/// How fast they talk.
pub(crate) fn traffic() -> Arc<Traffic> {
    Arc::new(Traffic::with_pauses(PAUSE))
}
