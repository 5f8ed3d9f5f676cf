//! Who is writing, and how often that is told.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use service_kit::bus::Bus;
use shared_proto::bus::Transient;
use shared_proto::{ChatId, UserId};

use crate::socket::Connection;

/// One person in one chat is told of so often at most, however many keys they press.
const EVERY: Duration = Duration::from_secs(2);
/// A chat shows so many people's typing each second at most: nobody can read more.
const SHOWN: usize = 5;

/// One worker's throttles.
pub(super) struct Typing {
    bus: Bus,
    said: RefCell<HashMap<(UserId, ChatId), Instant>>,
    shown: RefCell<HashMap<ChatId, (Instant, Vec<UserId>)>>,
}

impl Typing {
    pub(super) fn new(bus: Bus) -> Self {
        Self { bus, said: RefCell::default(), shown: RefCell::default() }
    }

    /// Tells all gateways, unless they were told a moment ago.
    pub(super) fn said(&self, chat: ChatId, by: &Connection) {
        let mut said = self.said.borrow_mut();
        if said.get(&(by.user, chat)).is_some_and(|at| at.elapsed() < EVERY) {
            return;
        }
        said.insert((by.user, chat), Instant::now());
        let typing = Transient::Typing { chat, user: by.user, username: by.username.clone() };
        self.bus.publish_transient(vec![typing]);
    }

    /// They have said it: the next key they press is told at once.
    pub(super) fn over(&self, user: UserId, chat: ChatId) {
        self.said.borrow_mut().remove(&(user, chat));
    }

    /// Whether this one may be shown in the chat now.
    pub(super) fn may_be_shown(&self, chat: ChatId, user: UserId) -> bool {
        let mut shown = self.shown.borrow_mut();
        let (since, users) = shown.entry(chat).or_insert_with(|| (Instant::now(), Vec::new()));
        if since.elapsed() > Duration::from_secs(1) {
            *since = Instant::now();
            users.clear();
        }
        if users.len() < SHOWN && !users.contains(&user) {
            users.push(user);
        }
        users.contains(&user)
    }

    /// Lets go of what holds nobody back any more.
    pub(super) fn forget(&self) {
        self.said.borrow_mut().retain(|_, at| at.elapsed() < EVERY);
        self.shown.borrow_mut().retain(|_, (since, _)| since.elapsed() < EVERY);
    }
}
