//! One worker's sockets: hands each event to those of them that want it. Everything here lives on the worker's own
//! thread; there is no lock on the way out.

mod entering;
mod marks;
mod refresh;
mod registry;
mod replay;
mod sweep;
mod typing;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use service_kit::bus::Bus;
use service_kit::{Result, clock};
use shared_proto::bus::Transient;
use shared_proto::frames::ServerFrame;
use shared_proto::internal::{ChatPosition, ReadItem, SendItem, UserChats};
use shared_proto::{ChatId, ChatUri, CloseCode, Seq, UserId};
use tokio::sync::mpsc;

use crate::api::ChatApi;
use crate::figures;
use crate::presence::Presence;
use crate::sends::Sends;
use crate::settings::Sockets;
use crate::socket::{Connection, Frame, Outgoing};
use crate::streams::{REPLAY_MAX, SocketCount, Streams, ToWorker, WorkerId};
use entering::Entering;
use marks::Marks;
use refresh::Why;
pub(crate) use registry::SocketId;
use registry::{Looked, Missed, Registry, Subscribed};
use typing::Typing;

/// Bytes handed to each socket before the sockets get a turn to write.
const BURST: usize = 64 * 1024;

/// One worker's sockets. Cheap to clone; for one thread.
#[derive(Clone)]
pub(crate) struct Hub(Rc<Inner>);

struct Inner {
    registry: RefCell<Registry>,
    worker: WorkerId,
    streams: Streams,
    api: ChatApi,
    sends: Sends,
    presence: Presence,
    entering: Entering,
    marks: Marks,
    typing: Typing,
    missed: mpsc::UnboundedSender<Missed>,
    limits: Sockets,
    draining: Cell<bool>,
}

/// A socket's place in the hub; given up when it is dropped, however the socket ends.
pub(crate) struct Entered {
    hub: Hub,
    id: SocketId,
    connection: Rc<Connection>,
}

impl Entered {
    pub(crate) fn id(&self) -> SocketId {
        self.id
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.hub.leave(self.id);
    }
}

impl Hub {
    /// Starts the worker's tasks on this thread.
    pub(crate) fn start(streams: &Streams, presence: Presence, bus: Bus, api: ChatApi, limits: Sockets) -> Self {
        let (worker, told) = streams.register();
        // Unbounded, since there is at most one entry for each subscription.
        let (missed, to_replay) = mpsc::unbounded_channel();
        let hub = Self(Rc::new(Inner {
            registry: RefCell::default(),
            worker,
            streams: streams.clone(),
            sends: Sends::new(api.clone()),
            entering: Entering::start(&api),
            marks: Marks::start(&api),
            typing: Typing::new(bus),
            presence,
            api,
            missed,
            limits,
            draining: Cell::new(false),
        }));
        actix_web::rt::spawn(hub.clone().listen(told));
        actix_web::rt::spawn(replay::run(hub.clone(), to_replay));
        actix_web::rt::spawn(sweep::run(hub.clone()));
        hub
    }

    pub(crate) fn limits(&self) -> Sockets {
        self.0.limits
    }

    /// Which chats somebody is in who comes in now.
    pub(crate) async fn chats_of(&self, user: UserId) -> Result<UserChats> {
        self.0.entering.chats_of(user).await
    }

    pub(crate) fn api(&self) -> &ChatApi {
        &self.0.api
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.0.draining.get()
    }

    /// Counts a socket for the process until the guard is dropped.
    pub(crate) fn count_socket(&self) -> SocketCount {
        self.0.streams.count_socket()
    }

    /// A socket was accepted. From here on it is closed when its session ends.
    pub(crate) fn enter(&self, connection: Connection) -> Entered {
        let connection = Rc::new(connection);
        let id = self.0.registry.borrow_mut().enter(connection.clone());
        if self.0.registry.borrow().is_alone(id) {
            self.0.presence.came(connection.user);
        }
        Entered { hub: self.clone(), id, connection }
    }

    /// A socket has ended.
    fn leave(&self, id: SocketId) {
        self.focus(id, None);
        let user = self.0.registry.borrow().connection(id).map(|connection| connection.user);
        let unwanted = self.0.registry.borrow_mut().leave(id);
        unwanted.into_iter().for_each(|chat| self.0.streams.detach(self.0.worker, chat));
        if let Some(user) = user.filter(|user| !self.0.registry.borrow().has_user(*user)) {
            self.0.presence.went(user);
        }
    }

    /// The chat that the socket looks at.
    pub(crate) fn focus(&self, id: SocketId, chat: Option<ChatUri>) {
        let Looked { at, away } = self.0.registry.borrow_mut().focus(id, chat);
        if let Some(chat) = away {
            self.0.presence.look_away(self.0.worker, chat);
        }
        if let Some(chat) = at {
            self.0.presence.look(self.0.worker, chat, id);
        }
    }

    /// The socket's user is writing.
    pub(crate) fn types(&self, id: SocketId, chat: &ChatUri) {
        let registry = self.0.registry.borrow();
        // Whoever is not in the chat (any more) is not heard in it.
        if let (Some(chat), Some(connection)) = (registry.chat_at(id, chat), registry.connection(id)) {
            self.0.typing.said(chat, connection);
        }
    }

    /// The socket's user has read on.
    pub(crate) fn reads(&self, item: ReadItem) {
        self.0.marks.moved(item);
    }

    /// A message for chat-api.
    pub(crate) fn send(&self, item: SendItem, out: Outgoing) {
        if let Some(chat) = self.0.registry.borrow().chat_of(&item.chat) {
            self.0.typing.over(item.user, chat);
        }
        self.0.sends.send(item, out);
    }

    /// Subscribes a new socket to its chats: from its own positions where it has some, else from the chats'
    /// positions as read at `asked_at` or later. A position that is too far back, or from the future, is answered by
    /// `reset`.
    pub(crate) fn subscribe_all(
        &self,
        id: SocketId,
        chats: Vec<ChatPosition>,
        resume: &BTreeMap<ChatUri, Seq>,
        asked_at: Instant,
    ) {
        let resumed = if resume.is_empty() { "false" } else { "true" };
        metrics::counter!(figures::ENTERED, "resumed" => resumed).increment(1);
        for chat in &chats {
            match resume.get(&chat.chat.uri) {
                None => self.subscribe(id, chat, chat.chat.seq, asked_at),
                Some(&had) if (Seq::START..=chat.chat.seq).contains(&had) && chat.chat.seq.0 - had.0 <= REPLAY_MAX => {
                    self.subscribe(id, chat, had, asked_at);
                }
                Some(_) => self.start_over(id, chat, asked_at),
            }
        }
        let stale = self.0.registry.borrow_mut().went_live(id);
        let user = self.0.registry.borrow().connection(id).map(|connection| connection.user);
        if let (Some(why), Some(user)) = (stale, user) {
            refresh::spawn(self, vec![user], why);
        }
    }

    /// Tells the socket to load the chat, and goes on from where the chat is.
    fn start_over(&self, id: SocketId, chat: &ChatPosition, asked_at: Instant) {
        if let Some(connection) = self.0.registry.borrow().connection(id) {
            let reset = ServerFrame::Reset { chat: chat.chat.uri.clone(), seq: chat.chat.seq };
            connection.out.push(Frame::of(&reset));
        }
        self.subscribe(id, chat, chat.chat.seq, asked_at);
    }

    fn subscribe(&self, id: SocketId, chat: &ChatPosition, cursor: Seq, asked_at: Instant) {
        let subscribed = self.0.registry.borrow_mut().subscribe(id, chat, cursor);
        match subscribed {
            Subscribed::Live => {}
            Subscribed::AttachFirst => self.0.streams.attach(self.0.worker, chat.id, chat.chat.seq, asked_at),
            Subscribed::Replay(missed) => self.replay(missed),
        }
        let looked_at = self.0.registry.borrow_mut().looks_at_once(id, chat.id);
        if let Some(chat) = looked_at {
            self.0.presence.look(self.0.worker, chat, id);
        }
    }

    fn unsubscribe(&self, id: SocketId, chat: ChatId) {
        let was_looked_at = self.0.registry.borrow().is_looked_at(chat);
        if self.0.registry.borrow_mut().unsubscribe(id, chat) {
            self.0.streams.detach(self.0.worker, chat);
        }
        if was_looked_at && !self.0.registry.borrow().is_looked_at(chat) {
            self.0.presence.look_away(self.0.worker, chat);
        }
    }

    /// Ends a subscription, by the event at `seq`. A socket that has not got that event, since it misses more, is told to
    /// load the chat: it will learn there that it may not.
    fn send_away(&self, id: SocketId, chat: ChatId, seq: Seq) {
        let reset = self.0.registry.borrow().reset_unless_at(id, chat, seq);
        if let Some((out, frame)) = reset {
            out.push(frame);
        }
        self.unsubscribe(id, chat);
    }

    fn replay(&self, missed: Missed) {
        // An error says that the process is ending.
        let _ = self.0.missed.send(missed);
    }

    /// What the process' streams say, in order.
    async fn listen(self, mut told: mpsc::Receiver<ToWorker>) {
        let (deliveries, latency) = (metrics::counter!(figures::DELIVERIES), metrics::histogram!(figures::LATENCY));
        let mut burst = 0;
        while let Some(message) = told.recv().await {
            if burst > BURST {
                // Let the sockets write, or a burst would look like slow clients.
                tokio::task::yield_now().await;
                burst = 0;
            }
            match message {
                ToWorker::Event { chat, seq, at, frame } => {
                    burst += frame.len();
                    let delivered = self.0.registry.borrow_mut().event(chat, seq, &frame.own(), told.is_empty());
                    deliveries.increment(delivered as u64);
                    if let Some(at) = at {
                        // Clocks of two machines may be a little apart.
                        latency.record((clock::now().micros() - at.micros()).max(0) as f64 / 1e6);
                    }
                }
                ToWorker::Reset { chat, seq } => {
                    self.0.registry.borrow_mut().reset(chat, seq);
                    // Somebody's membership may have ended in what was not seen.
                    let users = self.0.registry.borrow().users_in(chat);
                    refresh::spawn(&self, users, Why::Missed);
                }
                ToWorker::Attached { chat, passed } => {
                    let missed = self.0.registry.borrow_mut().attached(chat, passed);
                    missed.into_iter().for_each(|missed| self.replay(missed));
                }
                ToWorker::Joined { user, chat, seq } => {
                    if self.0.registry.borrow().has_user(user) {
                        refresh::spawn(&self, vec![user], Why::Joined(chat, seq));
                    }
                }
                ToWorker::Left { user, chat, seq } => {
                    let gone = self.0.registry.borrow_mut().left(user, chat, seq);
                    gone.into_iter().for_each(|id| self.send_away(id, chat, seq));
                }
                ToWorker::Ended { chat, seq } => {
                    let gone = self.0.registry.borrow().sockets_in(chat);
                    gone.into_iter().for_each(|id| self.send_away(id, chat, seq));
                }
                ToWorker::Transient { chat, transient: Transient::Read { user, seq, .. } } => {
                    self.0.marks.heard(&self, chat, user, seq);
                }
                ToWorker::Transient { chat, transient: Transient::Typing { user, username, .. } } => {
                    if self.0.typing.may_be_shown(chat, user) {
                        self.0.registry.borrow().typing(chat, user, username);
                    }
                }
                // Streams keep these for presence.
                ToWorker::Transient { transient: Transient::Held { .. }, .. } => {}
                ToWorker::Presence { chat, to, online, offline } => {
                    self.0.registry.borrow().presence(chat, to, online, offline);
                }
                ToWorker::Gap => refresh::spawn(&self, self.0.registry.borrow().users(), Why::Missed),
                ToWorker::SessionEnded(session) => {
                    for connection in self.0.registry.borrow().of_session(&session) {
                        connection.out.close(CloseCode::Unauthorized, "the session has ended: sign in again");
                    }
                }
                ToWorker::Drain(window) => {
                    actix_web::rt::spawn(self.clone().drain(window));
                }
            }
        }
    }

    /// Sends the clients away at moments of their own, so that they do not all come to the next gateway at once.
    async fn drain(self, window: Duration) {
        self.0.draining.set(true);
        if !window.is_zero() {
            let most = u32::try_from(window.as_millis()).unwrap_or(u32::MAX);
            for (_, connection) in self.0.registry.borrow().connections() {
                let after_ms = rand::random_range(0..=most);
                connection.out.push(Frame::of(&ServerFrame::Reconnect { after_ms }));
            }
            tokio::time::sleep(window).await;
        }
        for (_, connection) in self.0.registry.borrow().connections() {
            connection.out.close(CloseCode::Restart, "restarting: reconnect and resume");
        }
    }
}
