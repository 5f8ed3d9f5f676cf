//! Who is online, for the chats that somebody here looks at.
//!
//! Each gateway says over the bus whose sockets it holds ([`held`]): changes once a second, everybody from time to time.
//! What it hears of the others is kept for as long as a lease ([`table`]), in no other store: the users of a gateway that
//! crashed go offline when its lease ends, and those of one that drained are with another one by then. Members are asked
//! of chat-api, and only of chats that somebody looks at ([`watched`]).

mod actor;
mod held;
mod table;
mod watched;

use std::sync::Arc;

use parking_lot::Mutex;
use service_kit::bus::Bus;
use service_kit::shutdown::Shutdown;
use shared_proto::bus::Transient;
use shared_proto::{ChatId, UserId};
use tokio::sync::mpsc;

use crate::api::ChatApi;
use crate::hub::SocketId;
use crate::streams::{Streams, WorkerId};

/// What the actor is told.
#[derive(Debug)]
enum Command {
    Came(UserId),
    Went(UserId),
    Look { worker: WorkerId, chat: ChatId, socket: SocketId },
    LookAway { worker: WorkerId, chat: ChatId },
    MembersChanged(ChatId),
    Heard { gateway: String, whole: bool, came: Vec<UserId>, went: Vec<UserId>, asks: bool },
    Gap,
}

/// The way to the actor. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Presence {
    commands: mpsc::UnboundedSender<Command>,
    waiting: Arc<Mutex<Option<mpsc::UnboundedReceiver<Command>>>>,
}

impl Presence {
    pub(crate) fn new() -> Self {
        // Unbounded, since what can wait here is bounded by the sockets, and by what the broker holds for us.
        let (commands, waiting) = mpsc::unbounded_channel();
        Self { commands, waiting: Arc::new(Mutex::new(Some(waiting))) }
    }

    /// A worker has somebody's first socket.
    pub(crate) fn came(&self, user: UserId) {
        self.command(Command::Came(user));
    }

    /// A worker has lost somebody's last socket.
    pub(crate) fn went(&self, user: UserId) {
        self.command(Command::Went(user));
    }

    /// A socket begins to look at a chat: it gets who is online there, and the worker whatever changes until
    /// [`Presence::look_away`].
    pub(crate) fn look(&self, worker: WorkerId, chat: ChatId, socket: SocketId) {
        self.command(Command::Look { worker, chat, socket });
    }

    /// Nobody on the worker looks at the chat any more.
    pub(crate) fn look_away(&self, worker: WorkerId, chat: ChatId) {
        self.command(Command::LookAway { worker, chat });
    }

    /// Somebody came to the chat or left it.
    pub(crate) fn members_changed(&self, chat: ChatId) {
        self.command(Command::MembersChanged(chat));
    }

    /// Another gateway (or this one itself, over the bus) says whom it holds.
    pub(crate) fn heard(&self, transient: Transient) {
        if let Transient::Held { gateway, whole, came, went, asks } = transient {
            self.command(Command::Heard { gateway, whole, came, went, asks });
        }
    }

    /// What others said may have been missed.
    pub(crate) fn gap(&self) {
        self.command(Command::Gap);
    }

    /// Works until the process stops.
    pub(crate) async fn run(&self, bus: Bus, api: ChatApi, streams: Streams, shutdown: Shutdown) {
        let Some(commands) = self.waiting.lock().take() else { return };
        tokio::select! {
            () = actor::Actor::new(bus, api, streams).run(commands) => {}
            () = shutdown.stopping() => {}
        }
    }

    fn command(&self, command: Command) {
        // An error says that the process is ending.
        let _ = self.commands.send(command);
    }
}
