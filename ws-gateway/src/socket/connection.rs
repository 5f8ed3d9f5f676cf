//! What is known of a socket once its `hello` was accepted.

use std::cell::Cell;
use std::time::{Duration, Instant};

use service_kit::token::Identity;
use shared_proto::{SessionId, UserId, Username};

use super::Outgoing;
use crate::limits::Counted;

/// A socket that belongs to somebody. Shared, on one thread, by the loop that reads it and by the hub.
pub(crate) struct Connection {
    pub(crate) user: UserId,
    pub(crate) username: Username,
    pub(crate) session: SessionId,
    pub(crate) out: Outgoing,
    /// The token ends at, in Unix seconds.
    pub(crate) expires: Cell<i64>,
    seen: Cell<Instant>,
    /// Since when a close frame waits for the client's answer.
    closing_since: Cell<Option<Instant>>,
    /// Its place among the user's.
    _counted: Counted<UserId>,
}

impl Connection {
    pub(crate) fn new(identity: &Identity, out: Outgoing, counted: Counted<UserId>) -> Self {
        Self {
            user: identity.user,
            username: identity.username.clone(),
            session: identity.session.clone(),
            out,
            expires: Cell::new(identity.expires),
            seen: Cell::new(Instant::now()),
            closing_since: Cell::new(None),
            _counted: counted,
        }
    }

    /// The client gave a sign of life.
    pub(crate) fn touch(&self) {
        self.seen.set(Instant::now());
    }

    /// How long there was no sign of life.
    pub(crate) fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.seen.get())
    }

    /// How long the close frame has been waiting for an answer; called now and then.
    pub(crate) fn closing_for(&self) -> Option<Duration> {
        if !self.out.is_closing() {
            return None;
        }
        let since = self.closing_since.get().unwrap_or_else(Instant::now);
        self.closing_since.set(Some(since));
        Some(since.elapsed())
    }
}
