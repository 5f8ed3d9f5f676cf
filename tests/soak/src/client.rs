//! A client as ours is, but restless: it comes and goes, sleeps, reads slowly, leaves chats and joins them again. Whatever
//! it does and whatever breaks, it must hear everything that it may hear, once and in order.

use std::time::Duration;

use chatire_tests::{Addresses, Chat, Closed, Dice, Frame, Gateway, Handshake, Person, Socket};
use serde_json::{Map, Value, json};
use shared_proto::messages::EventsPage;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::findings::Findings;
use crate::heard::{Heard, Reset};
use crate::truth::Truth;
use crate::wishes::{Lines, State, Wish};

mod moving;
mod restless;

use restless::Idea;

/// How often it asks whether the connection lives, and how long the answer may take.
const ASKS_EVERY: Duration = Duration::from_secs(1);
const DEAD_AFTER: Duration = Duration::from_secs(5);
/// How long a new socket may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(5);
/// Between two tries, in milliseconds at most.
const PAUSE: u64 = 300;
/// Tokens live for 60 seconds.
const RENEWS_AFTER: Duration = Duration::from_secs(40);

/// All that a client is made of.
pub(crate) struct Setting {
    pub(crate) who: String,
    pub(crate) home: Gateway,
    pub(crate) person: Person,
    /// Where the gateways are without a proxy before them, in which much could wait for a slow reader.
    pub(crate) direct: Addresses,
    pub(crate) chats: Vec<Chat>,
    pub(crate) starts: Vec<i64>,
    pub(crate) truth: Truth,
    pub(crate) findings: Findings,
    pub(crate) dice: Dice,
    /// The longest sleep.
    pub(crate) sleeps: Duration,
}

pub(crate) fn starts(setting: Setting, lines: Lines) -> JoinHandle<Vec<Heard>> {
    let me = setting.person.id();
    let heard = setting.starts.iter().map(|start| Heard::from(me, *start)).collect();
    let state = State { last: setting.starts.clone(), is_everywhere: true, ..State::default() };
    let living = Living { setting, lines, heard, state, renewed: Instant::now() };
    tokio::spawn(living.lives())
}

struct Living {
    setting: Setting,
    lines: Lines,
    heard: Vec<Heard>,
    state: State,
    /// Since when it has its token.
    renewed: Instant,
}

/// Why it does not hear any more over a socket.
enum Ended {
    Closed(Closed),
    SentAway,
    Silent,
    /// It had another idea, or was asked for something else.
    Left(Idea),
}

impl Living {
    async fn lives(mut self) -> Vec<Heard> {
        let mut gateway = self.setting.home;
        let mut slow = false;
        loop {
            let wish = *self.lines.wishes.borrow_and_update();
            if wish == Wish::BeGone {
                return self.heard;
            }
            if wish == Wish::BeAtHome {
                gateway = self.setting.home;
                slow = false;
            }
            self.renews_the_token(RENEWS_AFTER).await;
            let Some(socket) = self.opens(gateway, slow).await else {
                gateway = *self.setting.dice.pick(&Gateway::ALL);
                sleep(self.setting.dice.pause(PAUSE)).await;
                continue;
            };
            self.state.lost.opened += 1;
            self.tells(Some(gateway));
            let ended = self.listens_to(&socket, slow).await;
            self.tells(None);
            slow = false;
            gateway = *self.setting.dice.pick(&Gateway::ALL);
            match ended {
                Ended::Closed(closed) => self.was_closed(&closed).await,
                Ended::SentAway => self.state.lost.sent_away += 1,
                Ended::Silent => self.state.lost.silent += 1,
                Ended::Left(idea) => {
                    if self.setting.dice.roll(2) == 0 && timeout(DEAD_AFTER, socket.says_goodbye()).await.is_err() {
                        self.state.lost.silent += 1;
                    }
                    drop(socket);
                    match idea {
                        Idea::Sleep(time) => self.sleeps(time).await,
                        Idea::ReadSlowly => slow = true,
                        Idea::Reconnect | Idea::Leave(_) | Idea::Look(_) => {}
                    }
                }
            }
        }
    }

    /// Until the time is over, or it is asked for something.
    async fn sleeps(&mut self, time: Duration) {
        self.state.lost.sleeps += 1;
        let _ = timeout(time, self.lines.wishes.changed()).await;
    }

    async fn was_closed(&mut self, closed: &Closed) {
        match closed.code {
            Some(4408) => self.state.lost.too_slow += 1,
            // The process ended, in good order or not.
            None | Some(1000 | 1001 | 1006 | 1012) => self.state.lost.closed += 1,
            // Its token may have ended while it could not be renewed.
            Some(4401) => {
                self.state.lost.closed += 1;
                self.renews_the_token(Duration::ZERO).await;
            }
            Some(_) => self.finds(&format!("was closed: {closed:?}")),
        }
    }

    /// A socket that goes on after what was heard, once it is ready.
    async fn opens(&mut self, gateway: Gateway, slow: bool) -> Option<Socket> {
        let handshake = match slow {
            true => Handshake::with(&self.setting.direct, gateway).with_small_buffers(),
            false => Handshake::with(self.setting.person.client().addresses(), gateway),
        };
        let (deadline, listed) = (Instant::now() + READY_WITHIN, self.is_certainly_in());
        let socket = timeout(READY_WITHIN, handshake.tried()).await.ok()?.ok()?;
        let chats = self.setting.chats.iter().zip(&self.heard);
        let resume: Map<String, Value> =
            chats.map(|(chat, heard)| (chat.uri.to_string(), json!(heard.last()))).collect();
        let token = self.setting.person.token();
        socket.sends(json!({"type": "hello", "token": token, "protocol": 1, "resume": resume})).await;
        self.heard.iter_mut().for_each(Heard::another_socket);
        let (frames, closed) = tokio::time::timeout_at(deadline, socket.takes_frames()).await.ok()?;
        let Some((ready, rest)) = frames.split_first().filter(|(first, _)| first.kind() == "ready") else {
            if closed.is_some_and(|closed| closed.code == Some(4401)) {
                self.renews_the_token(Duration::ZERO).await;
            }
            return None;
        };
        let chats: Vec<&str> = ready.json["chats"].as_array()?.iter().filter_map(|chat| chat["uri"].as_str()).collect();
        for (n, chat) in self.setting.chats.iter().enumerate() {
            if listed[n] && !chats.contains(&chat.uri.as_str()) {
                self.finds(&format!("is in chat {n}, which ready does not name"));
            }
        }
        self.takes_in(rest).await;
        Some(socket)
    }

    /// Takes in what comes, until it ends or there is a reason to go.
    async fn listens_to(&mut self, socket: &Socket, slow: bool) -> Ended {
        let mut asks = Instant::now() + ASKS_EVERY;
        // From when on a question has been open.
        let mut asked: Option<Instant> = None;
        let mut moves: Option<Instant> = None;
        let mut next_idea = self.next_idea();
        loop {
            let wish = *self.lines.wishes.borrow_and_update();
            let is_at_home = self.state.gateway == Some(self.setting.home) && !slow;
            if wish == Wish::BeGone || wish == Wish::BeAtHome && !is_at_home {
                return Ended::Left(Idea::Reconnect);
            }
            let dead = asked.map_or(asks + DEAD_AFTER, |asked| asked + DEAD_AFTER);
            tokio::select! {
                (frames, closed) = socket.takes_frames() => {
                    asked = None;
                    moves = moves.or(frames.iter().find_map(when_to_move));
                    self.takes_in(&frames).await;
                    if let Some(closed) = closed {
                        return Ended::Closed(closed);
                    }
                }
                _ = self.lines.wishes.changed() => {}
                () = sleep_until(asks) => {
                    self.renews_over(socket).await;
                    // A send that does not end is as good as none.
                    let _ = timeout(DEAD_AFTER, socket.sends(json!({"type": "ping"}))).await;
                    asked = asked.or(Some(asks));
                    asks = Instant::now() + ASKS_EVERY;
                }
                () = sleep_until(next_idea), if wish == Wish::Live => {
                    if let Some(idea) = self.has_an_idea(socket, slow).await {
                        return Ended::Left(idea);
                    }
                    // What it did may have taken a while.
                    (asked, asks) = (None, Instant::now() + ASKS_EVERY);
                    next_idea = self.next_idea();
                }
                () = sleep_until(dead) => return Ended::Silent,
                () = sleep_until(moves.unwrap_or(dead)), if moves.is_some() => return Ended::SentAway,
            }
        }
    }

    async fn takes_in(&mut self, frames: &[Frame]) {
        for frame in frames {
            let Some(n) = self.setting.chats.iter().position(|chat| frame.json["chat"] == chat.uri.as_str()) else {
                if frame.kind() == "error" && frame.json["code"] != "unavailable" {
                    self.finds(&format!("was told {}", frame.text));
                }
                continue;
            };
            let Some(seq) = frame.json["seq"].as_i64() else { continue };
            match frame.kind() {
                "event" => {
                    let taken = self.heard[n].takes(seq, &frame.json);
                    self.is_told(n, seq, &frame.json, taken);
                }
                "reset" => match self.heard[n].is_reset(seq) {
                    Ok(Reset::Load(until)) => self.loads(n, until).await,
                    Ok(Reset::Nothing) => {}
                    Err(fault) => self.finds(&format!("chat {n}: {fault}")),
                },
                _ => {}
            }
        }
        self.tells(self.state.gateway);
    }

    fn is_told(&mut self, n: usize, seq: i64, event: &Value, taken: Result<(), String>) {
        if let Err(fault) = taken {
            self.finds(&format!("chat {n}: {fault}"));
        }
        if let Err(fault) = self.setting.truth.is_told(n, seq, event) {
            self.finds(&fault);
        }
    }

    /// What was missed of a chat, by HTTP.
    async fn loads(&mut self, n: usize, until: i64) {
        self.state.lost.loads += 1;
        while self.heard[n].last() < until {
            let path = self.setting.chats[n].path(&format!("events/?after={}", self.heard[n].last()));
            let Some(answer) = self.insists("GET", &path, None).await.filter(|answer| answer.status == 200) else {
                // It has left meanwhile.
                return;
            };
            let page: EventsPage = answer.read();
            let events = page.events.iter().take_while(|event| event.seq.0 <= until);
            for event in events {
                let json = serde_json::to_value(event).expect("it was read");
                let taken = self.heard[n].loads(event.seq.0, &json);
                self.is_told(n, event.seq.0, &json, taken);
            }
            if page.events.is_empty() {
                return self.finds(&format!("chat {n}: events up to {until} can't be loaded"));
            }
        }
    }

    /// Tells where it is.
    fn tells(&mut self, gateway: Option<Gateway>) {
        self.state.gateway = gateway;
        self.state.is_everywhere = self.heard.iter().all(|heard| !heard.is_out());
        self.state.last = self.heard.iter().map(Heard::last).collect();
        self.lines.tells.send_replace(self.state.clone());
    }

    fn finds(&self, what: &str) {
        self.setting.findings.add(format!("{} {what}", self.setting.who));
    }
}

/// When a `reconnect` wants the client to go.
fn when_to_move(frame: &Frame) -> Option<Instant> {
    let after = frame.json["after_ms"].as_u64().filter(|_| frame.kind() == "reconnect");
    after.map(|after| frame.at + Duration::from_millis(after))
}
