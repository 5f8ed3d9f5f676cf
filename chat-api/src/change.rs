//! One transaction that changes a chat.
//!
//! Every handler that changes something goes through [`State::change`]: the chat's row is locked first, then whatever
//! is checked can't change before the commit; each durable change appends an event; after the commit the events are
//! announced.

use std::sync::Arc;

use service_kit::db::Conn;
use service_kit::{Result, clock, trace};
use shared_proto::bus::Origin;
use shared_proto::event::Event;
use shared_proto::{Timestamp, UserId};

use crate::chats::store::ChatRow;
use crate::events::{self, Appended};
use crate::state::State;

/// A transaction that is under way.
pub(crate) struct Change<'a> {
    pub(crate) conn: &'a mut Conn,
    /// When it happened: taken anew with every event, so that a chat's times go the way of its seqs.
    pub(crate) now: Timestamp,
    appended: Vec<Appended>,
    origin: Option<Arc<Origin>>,
}

impl State {
    /// Runs `work` in a transaction, and announces what it appended once it is committed.
    pub(crate) async fn change<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Change<'_>) -> Result<T> + Send + 'static,
    {
        let (publisher, origin) = (self.publisher.clone(), trace::origin());
        let changing = move |conn: &mut Conn| {
            let (value, committed) = conn.transaction(|conn| {
                let mut change = Change { conn, now: clock::now(), appended: Vec::new(), origin };
                let value = work(&mut change)?;
                let Change { conn, now, appended, .. } = change;
                Ok::<_, service_kit::Error>((value, publisher.keep(conn, appended, now)?))
            })?;
            publisher.announce(committed);
            Ok(value)
        };
        self.db.write(changing).await
    }
}

impl Change<'_> {
    /// Gives an event the next place of a chat that this transaction has locked. `user` is the one whose membership
    /// changes by it.
    pub(crate) fn append(&mut self, chat: &mut ChatRow, event: Event, user: Option<UserId>) -> Result<()> {
        self.now = clock::now();
        let seq = chat.seq().next();
        let brings_up = matches!(event, Event::MemberJoined { .. });
        let appended = events::encode(chat.id(), chat.uri()?, seq, event, user, self.now)?;
        let appended = Appended { origin: self.origin.clone(), ..appended };
        events::insert(self.conn, std::slice::from_ref(&appended))?;
        events::advance(self.conn, chat.id(), seq, brings_up.then_some(self.now))?;
        chat.last_seq = seq.0;
        self.appended.push(appended);
        Ok(())
    }
}
