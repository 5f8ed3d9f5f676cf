//! A client as ours is: one socket at a time, and when it is lost another one that goes on after what was heard.

use std::time::Duration;

use chatire_tests::{Dice, Frame, Gateway, Person, Socket};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::town::hearing::{Heard, Place};

/// How often it asks whether the connection lives, and how long the answer may take: as our client's when it has reason to
/// doubt (it asks at once when the network changes).
const ASKS_EVERY: Duration = Duration::from_secs(1);
const DEAD_AFTER: Duration = Duration::from_secs(5);
/// How long a new socket may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(5);
/// Between two tries to connect, in milliseconds at most.
const PAUSE: u64 = 300;

/// Where it is at the moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// Over which it hears, while it does.
    pub(super) gateway: Option<Gateway>,
    /// How far it has heard each chat.
    pub(super) last: Vec<i64>,
    pub(super) lost: Lost,
}

/// Sockets that it has lost, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Lost {
    /// Closed by the server, or broken.
    pub(crate) closed: usize,
    /// The server has sent it away.
    pub(crate) sent_away: usize,
    /// Nobody answered any more.
    pub(crate) silent: usize,
}

/// What it shall do.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wish {
    /// So many times it was asked to be at home.
    BeAtHome(usize),
    BeGone,
}

/// Runs until it is told to end.
pub(super) struct Client {
    who: String,
    home: Gateway,
    state: watch::Receiver<State>,
    wishes: watch::Sender<Wish>,
    running: JoinHandle<Heard>,
}

impl Client {
    /// Connects to its home first, and comes back to it when asked.
    pub(super) fn starts(who: String, home: Gateway, person: Person, places: Vec<Place>, dice: Dice) -> Self {
        let heard = Heard::nothing_yet(who.clone(), places.len());
        let last = places.iter().map(|place| place.start).collect();
        let (tells, state) = watch::channel(State { gateway: None, last, lost: Lost::default() });
        let wishes = watch::Sender::new(Wish::BeAtHome(0));
        let living = Living { home, person, places, heard, tells, wishes: wishes.subscribe(), dice };
        Self { who, home, state, wishes, running: tokio::spawn(living.lives()) }
    }

    pub(super) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Waits until it has heard each chat up to there; panics after the deadline.
    pub(super) async fn hears(&self, positions: &[i64], deadline: Instant) {
        let has_heard = |state: &State| state.last.iter().zip(positions).all(|(last, position)| last >= position);
        self.comes_to(&format!("has heard {positions:?}"), deadline, has_heard).await;
    }

    /// Waits until it is connected to its home, which it gives its socket up for if need be.
    pub(super) async fn comes_home(&self, deadline: Instant) {
        self.wishes.send_modify(|wish| {
            if let Wish::BeAtHome(times) = wish {
                *times += 1;
            }
        });
        self.comes_to("is at home", deadline, |state| state.gateway == Some(self.home)).await;
    }

    async fn comes_to(&self, what: &str, deadline: Instant, is: impl FnMut(&State) -> bool) {
        let mut state = self.state.clone();
        let waiting = tokio::time::timeout_at(deadline, state.wait_for(is)).await;
        match waiting.map(|state| state.is_ok()) {
            Ok(true) => {}
            Ok(false) => panic!("{} ended before it {what}: {:?}", self.who, self.state()),
            Err(_) => panic!("{} was left silent: it never {what}: {:?}", self.who, self.state()),
        }
    }

    /// Ends it: all that it has heard.
    pub(super) async fn ends(self) -> Heard {
        self.wishes.send_replace(Wish::BeGone);
        self.running.await.expect("it ran to the end")
    }
}

struct Living {
    home: Gateway,
    person: Person,
    places: Vec<Place>,
    heard: Heard,
    tells: watch::Sender<State>,
    wishes: watch::Receiver<Wish>,
    dice: Dice,
}

/// Why it does not hear any more over a socket.
enum Ended {
    Closed,
    SentAway,
    Silent,
    WantsHome,
    Gone,
}

impl Living {
    async fn lives(mut self) -> Heard {
        let mut gateway = self.home;
        loop {
            let resume: Vec<_> = self
                .places
                .iter()
                .enumerate()
                .map(|(n, place)| (&place.chat, self.heard.last(n, place.start)))
                .collect();
            let opening = self.person.tries_to_connect(gateway, &resume);
            let opened = timeout(READY_WITHIN, opening).await.ok().flatten();
            if let Some(socket) = opened {
                self.tells.send_modify(|state| state.gateway = Some(gateway));
                let ended = self.listens_to(&socket, gateway).await;
                self.tells.send_modify(|state| {
                    state.gateway = None;
                    match ended {
                        Ended::Closed => state.lost.closed += 1,
                        Ended::SentAway => state.lost.sent_away += 1,
                        Ended::Silent => state.lost.silent += 1,
                        Ended::WantsHome | Ended::Gone => {}
                    }
                });
                gateway = match ended {
                    Ended::Gone => return self.heard,
                    Ended::WantsHome => self.home,
                    Ended::Closed | Ended::SentAway | Ended::Silent => self.anywhere(),
                };
            } else {
                gateway = self.anywhere();
                tokio::time::sleep(self.dice.pause(PAUSE)).await;
            }
        }
    }

    fn anywhere(&mut self) -> Gateway {
        *self.dice.pick(&Gateway::THREE)
    }

    /// Takes in what comes, for as long as something does.
    async fn listens_to(&mut self, socket: &Socket, gateway: Gateway) -> Ended {
        let mut taken = 0;
        let mut asks = Instant::now() + ASKS_EVERY;
        // From when on a question has been open.
        let mut asked: Option<Instant> = None;
        let mut moves: Option<Instant> = None;
        let _ = self.wishes.borrow_and_update();
        loop {
            if *self.wishes.borrow() == Wish::BeGone {
                return Ended::Gone;
            }
            let dead = asked.map_or(asks + DEAD_AFTER, |asked| asked + DEAD_AFTER);
            tokio::select! {
                (frames, closed) = socket.frames_after(taken) => {
                    taken += frames.len();
                    asked = None;
                    moves = moves.or(frames.iter().find_map(when_to_move));
                    self.takes_in(&frames).await;
                    if closed.is_some() {
                        return Ended::Closed;
                    }
                }
                _ = self.wishes.changed() => {
                    if gateway != self.home {
                        return Ended::WantsHome;
                    }
                }
                () = sleep_until(asks) => {
                    let ping = socket.sends(json!({"type": "ping"}));
                    // A send that does not end is as good as none.
                    let _ = timeout(DEAD_AFTER, ping).await;
                    asked = asked.or(Some(asks));
                    asks = Instant::now() + ASKS_EVERY;
                }
                () = sleep_until(dead) => return Ended::Silent,
                () = sleep_until(moves.unwrap_or(dead)), if moves.is_some() => return Ended::SentAway,
            }
        }
    }

    async fn takes_in(&mut self, frames: &[Frame]) {
        self.heard.takes_in(&self.person, &self.places, frames).await;
        let last = self.places.iter().enumerate().map(|(n, place)| self.heard.last(n, place.start)).collect();
        self.tells.send_modify(|state| state.last = last);
    }
}

/// When a `reconnect` wants the client to go.
fn when_to_move(frame: &Frame) -> Option<Instant> {
    let after = (frame.kind() == "reconnect").then(|| frame.json["after_ms"].as_u64().expect("a time"));
    after.map(|after| frame.at + Duration::from_millis(after))
}
