//! Each chat's events in order, once for the whole process.
//!
//! One task ([`actor`]) takes everything from the bus, passes each chat's events on in the order of their seqs
//! ([`order`]), and fetches from chat-api what is missing ([`recovery`]): an event that came too early, an
//! interruption of the bus, and a chat that was just taken up are all the same to it. The workers' hubs tell it
//! which chats they want.

mod actor;
mod order;
mod recent;
mod recovery;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use service_kit::bus::Subscription;
use service_kit::shutdown::Shutdown;
use shared_proto::bus::Transient;
use shared_proto::{ChatId, Seq, SessionId, Timestamp, UserId};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::api::ChatApi;
use crate::figures;
use crate::hub::SocketId;
use crate::presence::Presence;
use crate::revoked::Watch;
use crate::socket::Frame;

/// Events that wait for one worker at most; a full queue holds the bus back.
const TO_WORKER: usize = 4_096;
/// A chat that is further behind than this many events is not replayed but reset.
pub(crate) const REPLAY_MAX: i64 = 2_000;

/// A worker thread of the public listener.
pub(crate) type WorkerId = usize;

/// What a worker is told.
#[derive(Clone, Debug)]
pub(crate) enum ToWorker {
    /// A chat's next event: its seq is the one before plus one. `at` is its time, when it came over the bus.
    Event { chat: ChatId, seq: Seq, at: Option<Timestamp>, frame: Frame },
    /// Too much of a chat was missed: events after `seq` follow.
    Reset { chat: ChatId, seq: Seq },
    /// The answer to an `Attach`: events after `passed` follow.
    Attached { chat: ChatId, passed: Seq },
    /// Somebody became a member, by the event at `seq`.
    Joined { user: UserId, chat: ChatId, seq: Seq },
    /// Somebody is a member no more, by the event at `seq`, which was the last one for them.
    Left { user: UserId, chat: ChatId, seq: Seq },
    /// The chat has ended with the event at `seq`.
    Ended { chat: ChatId, seq: Seq },
    /// Something of a chat that is worth something only now.
    Transient { chat: ChatId, transient: Transient },
    /// Who of a chat is online: everybody, to a socket that begins to look, or who came and went.
    Presence { chat: ChatId, to: Option<SocketId>, online: Vec<UserId>, offline: Vec<UserId> },
    /// Messages on the bus may have been missed: look again which chats one's users are in.
    Gap,
    /// Close this session's sockets.
    SessionEnded(SessionId),
    /// Send all sockets away, spread over this time.
    Drain(Duration),
}

/// What the actor is told.
#[derive(Debug)]
enum Command {
    Register { worker: WorkerId, to: mpsc::Sender<ToWorker> },
    Attach { worker: WorkerId, chat: ChatId, seq: Seq, asked_at: Instant },
    Detach { worker: WorkerId, chat: ChatId },
    Tell(ToWorker),
    TellOne { worker: WorkerId, message: ToWorker },
}

/// The way to the actor. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Streams {
    commands: mpsc::UnboundedSender<Command>,
    waiting: Arc<Mutex<Option<mpsc::UnboundedReceiver<Command>>>>,
    workers: Arc<AtomicUsize>,
    connected: Arc<AtomicBool>,
    sockets: Arc<watch::Sender<usize>>,
}

impl Streams {
    pub(crate) fn new() -> Self {
        // Unbounded, since what can wait here is bounded by the sockets and their chats.
        let (commands, waiting) = mpsc::unbounded_channel();
        Self {
            commands,
            waiting: Arc::new(Mutex::new(Some(waiting))),
            workers: Arc::default(),
            connected: Arc::default(),
            sockets: Arc::new(watch::channel(0).0),
        }
    }

    /// Takes up a worker; it is told everything over the returned channel, in order.
    pub(crate) fn register(&self) -> (WorkerId, mpsc::Receiver<ToWorker>) {
        let worker = self.workers.fetch_add(1, Ordering::Relaxed);
        let (to, told) = mpsc::channel(TO_WORKER);
        self.command(Command::Register { worker, to });
        (worker, told)
    }

    /// The worker wants a chat. Answered by [`ToWorker::Attached`]. `seq` is the chat's position as chat-api said it
    /// at `asked_at` or later: nothing after it is missed.
    pub(crate) fn attach(&self, worker: WorkerId, chat: ChatId, seq: Seq, asked_at: Instant) {
        self.command(Command::Attach { worker, chat, seq, asked_at });
    }

    /// The worker wants a chat no more.
    pub(crate) fn detach(&self, worker: WorkerId, chat: ChatId) {
        self.command(Command::Detach { worker, chat });
    }

    /// Closes a session's sockets on all workers.
    pub(crate) async fn end_session(&self, session: SessionId) {
        self.command(Command::Tell(ToWorker::SessionEnded(session)));
    }

    /// Tells one worker, in order with everything else.
    pub(crate) fn tell(&self, worker: WorkerId, message: ToWorker) {
        self.command(Command::TellOne { worker, message });
    }

    /// Sends all sockets away; returns when the last is gone, at most some seconds after `seconds`.
    pub(crate) async fn drain(&self, seconds: u64) {
        self.command(Command::Tell(ToWorker::Drain(Duration::from_secs(seconds))));
        let mut sockets = self.sockets.subscribe();
        let gone = sockets.wait_for(|count| *count == 0);
        if timeout(Duration::from_secs(seconds + 3), gone).await.is_err() {
            tracing::warn!("some sockets did not close in time");
        }
    }

    /// Counts a socket until the guard is dropped.
    pub(crate) fn count_socket(&self) -> SocketCount {
        self.sockets.send_modify(|count| *count += 1);
        metrics::gauge!(figures::SOCKETS).increment(1);
        metrics::counter!(figures::OPENED).increment(1);
        SocketCount(self.sockets.clone())
    }

    /// Whether the bus was reached since the start.
    pub(crate) fn has_been_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// Works until the process stops.
    pub(crate) async fn run(
        &self,
        bus: Subscription,
        api: ChatApi,
        revocations: Watch,
        presence: Presence,
        shutdown: Shutdown,
    ) {
        let Some(commands) = self.waiting.lock().take() else { return };
        let actor = actor::Actor::new(api, revocations, presence, self.connected.clone());
        tokio::select! {
            () = actor.run(bus, commands) => {}
            () = shutdown.stopping() => {}
        }
    }

    fn command(&self, command: Command) {
        // An error says that the process is ending.
        let _ = self.commands.send(command);
    }
}

/// One open socket.
pub(crate) struct SocketCount(Arc<watch::Sender<usize>>);

impl Drop for SocketCount {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
        metrics::gauge!(figures::SOCKETS).decrement(1);
    }
}
