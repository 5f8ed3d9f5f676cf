//! Everybody who talks and listens, from the beginning to the end.

use std::sync::Arc;
use std::time::Duration;

use chatire_tests::speaking::{Speech, Traffic};
use chatire_tests::{Addresses, Chat, Dice, Gateway, Person, Replica, Tamperer, eventually};
use shared_proto::UserId;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout_at};

use crate::client::{self, Setting};
use crate::comparing::{self, Listener};
use crate::crowd::{self, Crowd};
use crate::findings::Findings;
use crate::heard::Heard;
use crate::levels::Watched;
use crate::planting::{self, Plant};
use crate::progress::Looking;
use crate::truth::Truth;
use crate::wishes::{Lines, Lost, State, Wish};

/// Within this time of the last fault everybody has heard everything: a replica that died may have leased events for 15
/// seconds, and a process may wait some seconds before it tries the broker again.
const HEALED_WITHIN: Duration = Duration::from_secs(45);
/// What a client has begun goes on for so long at most, and then it goes home.
const HOME_WITHIN: Duration = Duration::from_secs(120);
const ALL_SAID_WITHIN: Duration = Duration::from_secs(90);

pub(crate) struct Life {
    crowd: Crowd,
    truth: Truth,
    traffic: Arc<Traffic>,
    speaking: JoinSet<Vec<Speech>>,
    clients: Vec<Client>,
    wishes: watch::Sender<Wish>,
    findings: Findings,
    /// Stands before one client's gateway when something is planted.
    _tamperer: Option<Tamperer>,
}

struct Client {
    who: String,
    id: UserId,
    home: Gateway,
    state: watch::Receiver<State>,
    running: JoinHandle<Vec<Heard>>,
}

/// What there was in all.
pub(crate) struct Ends {
    pub(crate) events: usize,
    pub(crate) messages: usize,
    pub(crate) heard: u64,
    pub(crate) traffic: String,
}

impl Life {
    /// `sleeps`: the longest sleep of a client.
    pub(crate) async fn begins(
        crowd: Crowd,
        direct: &Addresses,
        sleeps: Duration,
        plant: Option<Plant>,
        findings: &Findings,
        dice: &mut Dice,
    ) -> Self {
        let (truth, traffic) = (Truth::of(&crowd.chats), crowd::traffic());
        let wishes = watch::Sender::new(Wish::Live);
        let (mut clients, mut tamperers) = (Vec::new(), Vec::new());
        for (n, listener) in crowd.listeners.iter().enumerate() {
            let home = Gateway::ALL[n % 2];
            let (mut person, mut direct) = (listener.clone(), direct.clone());
            if n == 0
                && let Some(tampering) = plant.and_then(Plant::tampering)
            {
                let tamperer = planting::tampered(&direct, home, tampering).await;
                for gateway in Gateway::ALL {
                    person = person.finds(gateway, tamperer.address());
                    direct.gateways[gateway as usize] = tamperer.address().to_owned();
                }
                tamperers.push(tamperer);
            }
            let (who, id) = (format!("client {n} ({})", person.name()), person.id());
            let setting = Setting {
                who: who.clone(),
                home,
                person,
                direct,
                chats: crowd.chats.clone(),
                starts: crowd.starts.clone(),
                truth: truth.clone(),
                findings: findings.clone(),
                dice: dice.another(),
                sleeps,
            };
            let (tells, state) = watch::channel(State::default());
            let running = client::starts(setting, Lines { wishes: wishes.subscribe(), tells });
            clients.push(Client { who, id, home, state, running });
        }
        let speaking = crowd.speaks(&traffic, dice);
        let (findings, _tamperer) = (findings.clone(), tamperers.pop());
        Self { crowd, truth, traffic, speaking, clients, wishes, findings, _tamperer }
    }

    pub(crate) fn looking(&self, watched: &Watched) -> Looking {
        Looking {
            traffic: Arc::clone(&self.traffic),
            truth: self.truth.clone(),
            findings: self.findings.clone(),
            watched: watched.clone(),
            clients: self.clients.iter().map(|client| client.state.clone()).collect(),
        }
    }

    /// In which everybody is.
    pub(crate) fn a_chat(&self) -> Chat {
        self.crowd.chats[0].clone()
    }

    /// Makes somebody a member of it.
    pub(crate) async fn invites(&self, person: &Person) {
        self.crowd.owner.invites(person, &self.a_chat()).await;
    }

    /// Nobody says anything any more, and every client is at home with everything.
    pub(crate) async fn goes_home(&self) {
        self.traffic.rests(true);
        self.wishes.send_replace(Wish::BeAtHome);
        // Who was just about to do something else has begun it by then, and has told so.
        sleep(Duration::from_millis(500)).await;
        let deadline = Instant::now() + HOME_WITHIN;
        for client in &self.clients {
            let is_home = |state: &State| state.gateway == Some(client.home) && state.is_everywhere;
            self.comes_to(client, "came home", deadline, is_home).await;
        }
    }

    /// As before.
    pub(crate) fn goes_on(&self) {
        self.wishes.send_replace(Wish::Live);
        self.traffic.rests(false);
    }

    /// What clients have gone through until now.
    pub(crate) fn lost(&self) -> Lost {
        self.clients.iter().fold(Lost::default(), |all, client| all.plus(client.state.borrow().lost))
    }

    async fn comes_to(&self, client: &Client, what: &str, deadline: Instant, is: impl Fn(&State) -> bool) {
        let mut state = client.state.clone();
        match timeout_at(deadline, state.wait_for(is)).await.map(|state| state.is_ok()) {
            Ok(true) => {}
            Ok(false) => self.findings.add(format!("{} ended before it {what}", client.who)),
            Err(_) => self.findings.add(format!("{} never {what}: {:?}", client.who, client.state.borrow())),
        }
    }

    /// Everybody says a last thing; once everybody must have heard everything, all is compared.
    pub(crate) async fn ends(mut self, dice: &mut Dice) -> Ends {
        // From here on nobody leaves or joins: each chat has an end.
        self.goes_home().await;
        let mut last_words = Vec::new();
        for n in self.crowd.quiet() {
            let (owner, chat) = (&self.crowd.owner, &self.crowd.chats[n]);
            let said = self.traffic.insists(owner, chat, *dice.pick(&Replica::ALL)).await;
            last_words.push(Speech { chat: n, said });
        }
        self.traffic.ends();
        let mut said = vec![last_words];
        eventually("everything is acknowledged", ALL_SAID_WITHIN, async || {
            while let Some(speaker) = self.speaking.try_join_next() {
                match speaker {
                    Ok(speeches) => said.push(speeches),
                    Err(error) => self.findings.add(format!("a speaker broke off: {error}")),
                }
            }
            self.speaking.is_empty().then_some(())
        })
        .await;
        let mut positions = Vec::new();
        for chat in &self.crowd.chats {
            positions.push(self.crowd.owner.position(chat).await);
        }
        let deadline = Instant::now() + HEALED_WITHIN;
        let has_heard = |state: &State| {
            state.last.len() == positions.len() && state.last.iter().zip(&positions).all(|(l, p)| l >= p)
        };
        for client in &self.clients {
            self.comes_to(client, &format!("heard {positions:?}"), deadline, has_heard).await;
        }
        self.wishes.send_replace(Wish::BeGone);
        let mut listeners = Vec::new();
        for Client { who, id, running, .. } in std::mem::take(&mut self.clients) {
            match running.await {
                Ok(heard) => listeners.push(Listener { who, id, heard }),
                Err(error) => self.findings.add(format!("{who} broke off: {error}")),
            }
        }
        let (events, messages) = comparing::compare(&self.crowd, &self.truth, &said, &listeners, &self.findings).await;
        Ends { events, messages, heard: self.truth.heard(), traffic: format!("{:?}", self.traffic) }
    }
}
