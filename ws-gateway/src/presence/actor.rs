//! The task that knows who is online.

use std::time::{Duration, Instant};

use service_kit::bus::Bus;
use service_kit::{Result, chain};
use shared_proto::bus::Transient;
use shared_proto::internal::ChatMembers;
use shared_proto::{ChatId, UserId};
use tokio::sync::mpsc;

use super::Command;
use super::held::{Change, Held};
use super::table::Table;
use super::watched::Watched;
use crate::api::ChatApi;
use crate::hub::SocketId;
use crate::streams::{Streams, ToWorker, WorkerId};

/// How often changes are told, to other gateways and to sockets.
const TICK: Duration = Duration::from_secs(1);
/// How often everybody is told: two in a row may be lost before a lease ends.
const WHOLE: Duration = Duration::from_secs(10);
/// Chats of one question to chat-api.
const CHATS: usize = 100;

type Answer = Result<Vec<ChatMembers>, Vec<ChatId>>;

pub(super) struct Actor {
    gateway: String,
    bus: Bus,
    api: ChatApi,
    streams: Streams,
    held: Held,
    table: Table,
    watched: Watched,
    whole_at: Instant,
    /// Others are to be asked whom they hold.
    asks: bool,
    asking: bool,
    answered: mpsc::Receiver<Answer>,
    answer: mpsc::Sender<Answer>,
}

impl Actor {
    pub(super) fn new(bus: Bus, api: ChatApi, streams: Streams) -> Self {
        let (answer, answered) = mpsc::channel(1);
        Self {
            gateway: format!("{:032x}", rand::random::<u128>()),
            bus,
            api,
            streams,
            held: Held::default(),
            table: Table::default(),
            watched: Watched::default(),
            whole_at: Instant::now(),
            asks: false,
            asking: false,
            answered,
            answer,
        }
    }

    pub(super) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.told(command),
                    None => return,
                },
                Some(answer) = self.answered.recv() => self.members(answer),
                _ = ticks.tick() => self.tick(),
            }
        }
    }

    fn told(&mut self, command: Command) {
        match command {
            Command::Came(user) => self.held.came(user),
            Command::Went(user) => self.held.went(user, Instant::now()),
            Command::Look { worker, chat, socket } => {
                if self.watched.look(worker, chat, socket).is_some() {
                    self.tell_everybody(worker, chat, socket);
                }
                self.ask();
            }
            Command::LookAway { worker, chat } => self.watched.look_away(worker, chat),
            Command::MembersChanged(chat) => self.watched.members_changed(chat),
            Command::Heard { gateway, whole, came, went, asks } if gateway != self.gateway => {
                self.table.apply(&gateway, whole, &came, &went, Instant::now());
                if asks {
                    self.whole_at = Instant::now();
                }
            }
            Command::Heard { .. } => {}
            Command::Gap => {
                self.asks = true;
                self.whole_at = Instant::now();
                self.watched.all_stale();
            }
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        let Change { came, went } = self.held.take_change(now);
        self.table.apply_own(&self.gateway, &came, &went);
        self.table.expire(now);
        self.gossip(came, went, now);
        let changes = self.table.take_changes();
        for (chat, seen) in self.watched.seen(&changes) {
            for worker in self.watched.workers(chat) {
                let (online, offline) = (seen.online.clone(), seen.offline.clone());
                self.streams.tell(worker, ToWorker::Presence { chat, to: None, online, offline });
            }
        }
        self.ask();
    }

    /// Tells the other gateways. Inside one process there are none.
    fn gossip(&mut self, came: Vec<UserId>, went: Vec<UserId>, now: Instant) {
        if !self.bus.outlives_process() {
            return;
        }
        let whole = now >= self.whole_at;
        if !whole && came.is_empty() && went.is_empty() {
            return;
        }
        let said = if whole {
            self.whole_at = now + WHOLE;
            (self.held.everybody(), Vec::new())
        } else {
            (came, went)
        };
        let asks = std::mem::take(&mut self.asks);
        let gateway = self.gateway.clone();
        self.bus.publish_transient(vec![Transient::Held { gateway, whole, came: said.0, went: said.1, asks }]);
    }

    /// Asks for the members that are not known, unless an answer is still awaited.
    fn ask(&mut self) {
        if self.asking {
            return;
        }
        let chats = self.watched.take_stale(CHATS);
        if chats.is_empty() {
            return;
        }
        self.asking = true;
        let (api, answer) = (self.api.clone(), self.answer.clone());
        actix_web::rt::spawn(async move {
            let answered = api.members_of(chats.clone()).await.map_err(|error| {
                tracing::warn!(error = chain(&error), "chats' members can't be asked for yet");
                chats
            });
            // An error says that the process is ending.
            let _ = answer.send(answered).await;
        });
    }

    fn members(&mut self, answer: Answer) {
        self.asking = false;
        let chats = match answer {
            Ok(chats) => chats,
            Err(chats) => {
                // With the next tick.
                return chats.into_iter().for_each(|chat| self.watched.members_changed(chat));
            }
        };
        for ChatMembers { chat, members } in chats {
            let (waiting, new) = self.watched.answered(chat, members);
            for (worker, socket) in waiting {
                self.tell_everybody(worker, chat, socket);
            }
            let online: Vec<UserId> = new.into_iter().filter(|user| self.table.is_online(*user)).collect();
            if !online.is_empty() {
                for worker in self.watched.workers(chat) {
                    let (online, offline) = (online.clone(), Vec::new());
                    self.streams.tell(worker, ToWorker::Presence { chat, to: None, online, offline });
                }
            }
        }
        self.ask();
    }

    /// Tells one socket who of the chat is online.
    fn tell_everybody(&self, worker: WorkerId, chat: ChatId, socket: SocketId) {
        let members = self.watched.members(chat).into_iter().flatten();
        let online = members.filter(|user| self.table.is_online(**user)).copied().collect();
        self.streams.tell(worker, ToWorker::Presence { chat, to: Some(socket), online, offline: Vec::new() });
    }
}
