//! People talk and listen over three gateways, whatever breaks; and whether everybody hears everything.

use std::sync::Arc;
use std::time::Duration;

use chatire_tests::{Dice, Gateway, Replica, World, eventually};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::client::{Client, Lost};
use crate::town::hearing::Place;
use crate::town::speaking::{Speech, Traffic};
use crate::town::{Size, Town};

/// In the quiet chats nothing follows that would show what was missed.
const SIZE: Size = Size { speakers: 6, chats: 4, quiet_chats: 3 };
/// A third of them on each gateway.
pub(crate) const CLIENTS: usize = 12;
/// How much is said during each fault, at least.
const SOME: usize = 15;
/// Once nothing breaks any more.
const ALL_SAID_WITHIN: Duration = Duration::from_secs(60);

/// Goes on until [`Life::ends`].
pub(crate) struct Life {
    town: Town,
    clients: Vec<Client>,
    traffic: Arc<Traffic>,
    speakers: JoinSet<Vec<Speech>>,
    /// What was said to see whether it is heard.
    markers: Vec<Speech>,
    began: Instant,
}

impl Life {
    pub(crate) async fn begins(world: &World) -> Self {
        let mut dice = Dice::new();
        let town = Town::founded(world, SIZE, &mut dice).await;
        let mut clients = Vec::new();
        for n in 0..CLIENTS {
            let (gateway, listener) = (Gateway::THREE[n % 3], &town.listeners[n / 3 % 2]);
            let who = format!("client {n} of {} at the {gateway:?} gateway", listener.name());
            clients.push(Client::starts(who, gateway, listener.clone(), town.places.clone(), dice.another()));
        }
        let traffic = Arc::new(Traffic::default());
        let speakers = town.speak(&traffic, &Gateway::THREE, &mut dice);
        let life = Self { town, clients, traffic, speakers, markers: Vec::new(), began: Instant::now() };
        life.everybody_is_at_home(Duration::from_secs(10)).await;
        life
    }

    /// One client more, which finds its gateway at another address.
    pub(super) fn joined_by_one_at(&mut self, address: &str) {
        let home = Gateway::First;
        let listener = self.town.listeners[0].finds(home, address);
        let who = "the client that finds its gateway elsewhere".to_owned();
        self.clients.push(Client::starts(who, home, listener, self.town.places.clone(), Dice::new()));
    }

    /// While something is broken, people talk on.
    pub(crate) async fn goes_on(&self) {
        self.traffic.goes_on(SOME).await;
    }

    /// All is well again: everybody hears what is said in each chat from now on, within this time, and goes home.
    pub(crate) async fn is_heard_everywhere(&mut self, after: &str, within: Duration) {
        let healed = Instant::now();
        let mut positions = Vec::new();
        for (n, Place { chat, .. }) in self.town.places.iter().enumerate() {
            let said = self.traffic.insists(&self.town.listeners[n % 2], chat, Replica::ALL[n % 2]).await;
            positions.push(said.answers[0].1.0);
            self.markers.push(Speech { chat: n, said });
        }
        let said = healed.elapsed();
        for client in &self.clients {
            client.hears(&positions, healed + within).await;
        }
        let heard = healed.elapsed();
        self.everybody_is_at_home(within).await;
        eprintln!("{after}: said after {said:.1?}, heard by everybody after {heard:.1?}; {:?}", self.lost());
    }

    async fn everybody_is_at_home(&self, within: Duration) {
        let deadline = Instant::now() + within;
        for client in &self.clients {
            client.comes_home(deadline).await;
        }
    }

    /// Sockets that clients have lost until now.
    pub(crate) fn lost(&self) -> Lost {
        self.clients.iter().map(|client| client.state().lost).fold(Lost::default(), |all, lost| Lost {
            closed: all.closed + lost.closed,
            sent_away: all.sent_away + lost.sent_away,
            silent: all.silent + lost.silent,
        })
    }

    /// What became of everything that was said over HTTP.
    pub(crate) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Ends it, and panics unless everything acknowledged is stored once and came to every client in order, once, without
    /// gaps.
    pub(crate) async fn ends(mut self, within: Duration) {
        self.traffic.ends();
        let mut said = vec![self.markers];
        eventually("everything is acknowledged", ALL_SAID_WITHIN, async || {
            while let Some(speaker) = self.speakers.try_join_next() {
                said.push(speaker.expect("the speaker went on to the end"));
            }
            self.speakers.is_empty().then_some(())
        })
        .await;
        let mut records = self.town.records(&said).await;
        let positions: Vec<i64> = records.iter().map(|record| record.start + record.events.len() as i64).collect();
        let deadline = Instant::now() + within;
        for client in &self.clients {
            client.hears(&positions, deadline).await;
        }
        let mut heard = Vec::new();
        for client in self.clients {
            heard.push(client.ends().await);
        }
        for (n, record) in records.iter_mut().enumerate() {
            record.heard = heard.iter().map(|heard| (heard.who.clone(), heard.events[n].clone())).collect();
            record.assert_sound();
        }
        let messages: usize = said.iter().map(Vec::len).sum();
        let loads: usize = heard.iter().map(|heard| heard.loads).sum();
        eprintln!(
            "{messages} messages heard by {} clients, {:?}, {loads} chats loaded, in {:.1?}",
            heard.len(),
            self.traffic,
            self.began.elapsed()
        );
        assert_eq!(loads, 0, "what was missed was sent, and not left to be loaded");
    }
}
