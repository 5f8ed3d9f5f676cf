//! What clients are asked for, and what they say of themselves.

use chatire_tests::Gateway;
use tokio::sync::watch;

/// What a client shall do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wish {
    /// Come and go as it likes.
    Live,
    /// Be connected to one's own gateway, and stay there.
    BeAtHome,
    BeGone,
}

/// Where a client is at the moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// Over which it hears, while it does.
    pub(crate) gateway: Option<Gateway>,
    /// How far it has heard each chat.
    pub(crate) last: Vec<i64>,
    /// It has left none, or has heard that it is back.
    pub(crate) is_everywhere: bool,
    pub(crate) lost: Lost,
}

/// What has become of its sockets, and what else it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub(crate) struct Lost {
    /// Sockets that were opened, and went on after what had been heard.
    pub(crate) opened: usize,
    /// Closed by the server, or broken.
    pub(crate) closed: usize,
    /// The server had asked to come back.
    pub(crate) sent_away: usize,
    /// Nobody answered any more.
    pub(crate) silent: usize,
    /// Closed with 4408.
    pub(crate) too_slow: usize,
    /// Chats that had to be loaded.
    pub(crate) loads: usize,
    /// Chats that were left, and joined again.
    pub(crate) returns: usize,
    /// Sleeps.
    pub(crate) sleeps: usize,
}

impl Lost {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            opened: self.opened + other.opened,
            closed: self.closed + other.closed,
            sent_away: self.sent_away + other.sent_away,
            silent: self.silent + other.silent,
            too_slow: self.too_slow + other.too_slow,
            loads: self.loads + other.loads,
            returns: self.returns + other.returns,
            sleeps: self.sleeps + other.sleeps,
        }
    }
}

/// Both ends of what is asked and told.
pub(crate) struct Lines {
    pub(crate) wishes: watch::Receiver<Wish>,
    pub(crate) tells: watch::Sender<State>,
}
