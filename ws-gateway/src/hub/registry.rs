//! Who on this worker sees what: sockets, their chats, and how far each socket is in each of them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use shared_proto::frames::ServerFrame;
use shared_proto::internal::ChatPosition;
use shared_proto::{ChatId, ChatUri, Seq, SessionId, UserId};

use super::refresh::Why;
use crate::socket::{Connection, Frame, Outgoing};

mod looking;

pub(super) use looking::Looked;

/// Live events that wait behind a replay, for each socket and chat; beyond it they are fetched with the replay.
const BEHIND_REPLAY: usize = 512;

/// Sockets that are written to without a pause: some milliseconds.
const AT_ONCE: usize = 1_000;

/// How long departures are remembered: longer than a list of chats may be on its way.
const DEPARTURES: Duration = Duration::from_secs(60);

/// A socket of this worker. Ids grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SocketId(u64);

/// A part of a chat that a socket has missed: what comes after this seq.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missed {
    pub(super) socket: SocketId,
    pub(super) chat: ChatId,
    pub(super) after: Seq,
}

/// What is to be done after a subscription.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Subscribed {
    /// Nothing more.
    Live,
    /// The worker did not have this chat: ask for it.
    AttachFirst,
    /// Replay this, live events wait meanwhile.
    Replay(Missed),
}

#[derive(Default)]
pub(super) struct Registry {
    last_id: u64,
    sockets: HashMap<SocketId, Socket>,
    users: HashMap<UserId, Vec<SocketId>>,
    sessions: HashMap<SessionId, Vec<SocketId>>,
    chats: HashMap<ChatId, Subscribers>,
    uris: HashMap<ChatUri, ChatId>,
    /// Who left which chat lately, by which event: a list of chats that is older must not bring them back.
    departures: HashMap<(UserId, ChatId), (Seq, Instant)>,
}

struct Socket {
    connection: Rc<Connection>,
    /// Since when it is subscribed.
    chats: HashMap<ChatId, Instant>,
    /// The chat it wants to look at, also while it is not subscribed to it.
    focus: Option<ChatUri>,
    /// `ready` was sent.
    live: bool,
    /// Its list of chats may have become wrong while it was being asked for: look again, for this reason.
    stale: Option<Why>,
}

struct Subscribers {
    uri: ChatUri,
    /// The last event this worker has seen; `None` until the chat is attached.
    passed: Option<Seq>,
    /// In the order of their ids.
    list: Vec<Subscriber>,
    /// How many of them look at it.
    lookers: usize,
}

struct Subscriber {
    socket: SocketId,
    connection: Rc<Connection>,
    /// The connection's, without the way over it.
    out: Outgoing,
    looks: bool,
    /// The chat's position at which its user was a member.
    since: Seq,
    /// The last event this socket has got.
    cursor: Seq,
    /// Live events that wait for a replay to end; `None` when live.
    behind: Option<VecDeque<(Seq, Frame)>>,
}

impl Registry {
    pub(super) fn enter(&mut self, connection: Rc<Connection>) -> SocketId {
        self.last_id += 1;
        let id = SocketId(self.last_id);
        self.users.entry(connection.user).or_default().push(id);
        self.sessions.entry(connection.session.clone()).or_default().push(id);
        let socket = Socket { connection, chats: HashMap::new(), focus: None, live: false, stale: None };
        self.sockets.insert(id, socket);
        id
    }

    /// Whether this is the user's first socket on this worker.
    pub(super) fn is_alone(&self, id: SocketId) -> bool {
        let of_user = self.sockets.get(&id).and_then(|socket| self.users.get(&socket.connection.user));
        of_user.is_some_and(|ids| ids.len() == 1)
    }

    /// Returns the chats that nobody on this worker wants any more.
    pub(super) fn leave(&mut self, id: SocketId) -> Vec<ChatId> {
        let Some(socket) = self.sockets.remove(&id) else { return Vec::new() };
        forget(&mut self.users, &socket.connection.user, id);
        forget(&mut self.sessions, &socket.connection.session, id);
        socket.chats.into_keys().filter(|chat| self.drop_subscriber(id, *chat)).collect()
    }

    /// From now on the socket gets the chat's events after `cursor`, in order, each once.
    pub(super) fn subscribe(&mut self, id: SocketId, chat: &ChatPosition, cursor: Seq) -> Subscribed {
        let Some(socket) = self.sockets.get_mut(&id) else { return Subscribed::Live };
        let departed = self.departures.get(&(socket.connection.user, chat.id));
        if departed.is_some_and(|(seq, _)| *seq > chat.chat.seq) {
            return Subscribed::Live;
        }
        if socket.chats.insert(chat.id, Instant::now()).is_some() {
            return Subscribed::Live;
        }
        let first = !self.chats.contains_key(&chat.id);
        let subscribers = self.chats.entry(chat.id).or_insert_with(|| Subscribers {
            uri: chat.chat.uri.clone(),
            passed: None,
            list: Vec::new(),
            lookers: 0,
        });
        self.uris.insert(chat.chat.uri.clone(), chat.id);
        let replay = subscribers.passed.is_some_and(|passed| cursor < passed);
        let place = subscribers.list.partition_point(|s| s.socket < id);
        let (connection, behind) = (socket.connection.clone(), replay.then(VecDeque::new));
        let since = chat.chat.seq;
        let out = connection.out.clone();
        subscribers.list.insert(place, Subscriber { socket: id, connection, out, looks: false, since, cursor, behind });
        match (first, replay) {
            (true, _) => Subscribed::AttachFirst,
            (false, true) => Subscribed::Replay(Missed { socket: id, chat: chat.id, after: cursor }),
            (false, false) => Subscribed::Live,
        }
    }

    /// Returns whether nobody on this worker wants the chat any more.
    pub(super) fn unsubscribe(&mut self, id: SocketId, chat: ChatId) -> bool {
        let was = self.sockets.get_mut(&id).and_then(|socket| socket.chats.remove(&chat));
        was.is_some() && self.drop_subscriber(id, chat)
    }

    /// Somebody's membership ended with the event at `seq`. Returns their sockets that are subscribed by what was known
    /// before it.
    pub(super) fn left(&mut self, user: UserId, chat: ChatId, seq: Seq) -> Vec<SocketId> {
        if !self.users.contains_key(&user) {
            return Vec::new();
        }
        self.departures.insert((user, chat), (seq, Instant::now()));
        let ids = self.users.get(&user).into_iter().flatten();
        ids.filter(|id| self.subscriber(**id, chat).is_some_and(|s| s.since < seq)).copied().collect()
    }

    /// Lists that were asked for before a departure have come by now, or never will.
    pub(super) fn forget_departures(&mut self) {
        self.departures.retain(|_, (_, at)| at.elapsed() < DEPARTURES);
    }

    pub(super) fn sockets_in(&self, chat: ChatId) -> Vec<SocketId> {
        self.chats.get(&chat).into_iter().flat_map(|s| &s.list).map(|s| s.socket).collect()
    }

    pub(super) fn users_in(&self, chat: ChatId) -> Vec<UserId> {
        let users: HashSet<UserId> =
            self.sockets_in(chat).iter().filter_map(|id| Some(self.connection(*id)?.user)).collect();
        users.into_iter().collect()
    }

    /// The `reset` for a socket that has not got the chat's event at `seq`.
    pub(super) fn reset_unless_at(&self, id: SocketId, chat: ChatId, seq: Seq) -> Option<(Outgoing, Frame)> {
        let subscriber = self.subscriber(id, chat).filter(|s| s.cursor < seq)?;
        let uri = self.chats.get(&chat)?.uri.clone();
        Some((subscriber.connection.out.clone(), Frame::of(&ServerFrame::Reset { chat: uri, seq: subscriber.cursor })))
    }

    fn subscriber(&self, id: SocketId, chat: ChatId) -> Option<&Subscriber> {
        let list = &self.chats.get(&chat)?.list;
        list.get(list.binary_search_by_key(&id, |s| s.socket).ok()?)
    }

    fn drop_subscriber(&mut self, id: SocketId, chat: ChatId) -> bool {
        let Some(subscribers) = self.chats.get_mut(&chat) else { return false };
        if let Ok(place) = subscribers.list.binary_search_by_key(&id, |s| s.socket) {
            let gone = subscribers.list.remove(place);
            subscribers.lookers -= usize::from(gone.looks);
        }
        let empty = subscribers.list.is_empty();
        if empty && let Some(subscribers) = self.chats.remove(&chat) {
            self.uris.remove(&subscribers.uri);
        }
        empty
    }

    /// The chat is attached: events after `passed` follow. Returns what subscribers have missed before it.
    pub(super) fn attached(&mut self, chat: ChatId, passed: Seq) -> Vec<Missed> {
        let Some(subscribers) = self.chats.get_mut(&chat) else { return Vec::new() };
        subscribers.passed = Some(passed);
        // What waits from an earlier attachment may have a hole before `passed`: it is fetched with the rest.
        subscribers.list.iter_mut().filter_map(|s| s.behind.as_mut()).for_each(VecDeque::clear);
        let late = subscribers.list.iter_mut().filter(|s| s.behind.is_none() && s.cursor < passed);
        late.map(|s| {
            s.behind = Some(VecDeque::new());
            Missed { socket: s.socket, chat, after: s.cursor }
        })
        .collect()
    }

    /// A chat's next event; the last one for the moment is written `at_once`. Returns to how many sockets it went.
    pub(super) fn event(&mut self, chat: ChatId, seq: Seq, frame: &Frame, at_once: bool) -> usize {
        let Some(subscribers) = self.chats.get_mut(&chat) else { return 0 };
        if subscribers.passed.is_none() {
            // Left over from before the chat was attached anew.
            return 0;
        }
        subscribers.passed = Some(seq);
        // The worker has others to serve: more than these are written to in turns.
        let at_once = at_once && subscribers.list.len() <= AT_ONCE;
        let mut delivered = 0;
        for subscriber in &mut subscribers.list {
            match &mut subscriber.behind {
                Some(behind) => {
                    if behind.len() == BEHIND_REPLAY {
                        behind.clear();
                    }
                    behind.push_back((seq, frame.clone()));
                }
                None if seq > subscriber.cursor => {
                    subscriber.cursor = seq;
                    if at_once {
                        subscriber.out.push_at_once(frame);
                    } else {
                        subscriber.out.push(frame.clone());
                    }
                    delivered += 1;
                }
                None => {}
            }
        }
        delivered
    }

    /// Too much of the chat was missed: all its subscribers reload it, and go on after `seq`.
    pub(super) fn reset(&mut self, chat: ChatId, seq: Seq) {
        let Some(subscribers) = self.chats.get_mut(&chat) else { return };
        subscribers.passed = Some(seq);
        let frame = Frame::of(&ServerFrame::Reset { chat: subscribers.uri.clone(), seq });
        for subscriber in subscribers.list.iter_mut().filter(|s| s.cursor < seq) {
            subscriber.cursor = seq;
            subscriber.behind = None;
            subscriber.connection.out.push(frame.clone());
        }
    }

    /// A part of what a socket has missed, in order, as far as the socket has room for it. Returns what it still
    /// misses; with `None` it is live.
    pub(super) fn replayed(&mut self, missed: Missed, events: &[(Seq, Frame)]) -> Option<Missed> {
        let subscribers = self.chats.get_mut(&missed.chat)?;
        let place = subscribers.list.binary_search_by_key(&missed.socket, |s| s.socket).ok()?;
        let subscriber = &mut subscribers.list[place];
        let behind = subscriber.behind.as_mut()?;
        if subscriber.cursor != missed.after {
            // Asked for by an earlier subscription of this socket; the one of today has asked for its own part.
            return None;
        }
        for (seq, frame) in events.iter().filter(|(seq, _)| *seq > missed.after) {
            if !subscriber.connection.out.has_room() {
                break;
            }
            subscriber.cursor = *seq;
            subscriber.connection.out.push(frame.clone());
        }
        while behind.front().is_some_and(|(seq, _)| *seq <= subscriber.cursor) {
            behind.pop_front();
        }
        let complete = match behind.front() {
            Some((seq, _)) => *seq == subscriber.cursor.next(),
            None => subscribers.passed.is_none_or(|passed| subscriber.cursor >= passed),
        };
        while complete
            && subscriber.connection.out.has_room()
            && let Some((seq, frame)) = behind.pop_front()
        {
            subscriber.cursor = seq;
            subscriber.connection.out.push(frame);
        }
        if complete && behind.is_empty() {
            subscriber.behind = None;
            return None;
        }
        Some(Missed { after: subscriber.cursor, ..missed })
    }

    /// Whether a socket that misses something can take it now; `None` when nobody waits for it any more.
    pub(super) fn has_room(&self, missed: Missed) -> Option<bool> {
        let subscribers = self.chats.get(&missed.chat)?;
        let place = subscribers.list.binary_search_by_key(&missed.socket, |s| s.socket).ok()?;
        let subscriber = &subscribers.list[place];
        subscriber.behind.is_some().then(|| subscriber.connection.out.has_room())
    }

    /// `ready` was sent. Returns why the list of chats may be wrong already, if it may.
    pub(super) fn went_live(&mut self, id: SocketId) -> Option<Why> {
        let socket = self.sockets.get_mut(&id)?;
        socket.live = true;
        socket.stale
    }

    /// The live sockets of a user; those that are about to become live are marked, and look again then.
    pub(super) fn live_sockets_of(&mut self, user: UserId, why: Why) -> Vec<SocketId> {
        let ids = self.users.get(&user).cloned().unwrap_or_default();
        ids.into_iter()
            .filter(|id| match self.sockets.get_mut(id) {
                Some(socket) => {
                    if !socket.live && socket.stale != Some(Why::Missed) {
                        socket.stale = Some(if why == Why::Missed { why } else { Why::Opened });
                    }
                    socket.live
                }
                None => false,
            })
            .collect()
    }

    /// The chats a socket has been subscribed to since before a moment.
    pub(super) fn chats_since_before(&self, id: SocketId, moment: Instant) -> Vec<ChatId> {
        let chats = self.sockets.get(&id).map(|socket| &socket.chats);
        chats.into_iter().flatten().filter(|(_, since)| **since < moment).map(|(chat, _)| *chat).collect()
    }

    pub(super) fn is_subscribed(&self, id: SocketId, chat: ChatId) -> bool {
        self.sockets.get(&id).is_some_and(|socket| socket.chats.contains_key(&chat))
    }

    pub(super) fn connection(&self, id: SocketId) -> Option<&Rc<Connection>> {
        self.sockets.get(&id).map(|socket| &socket.connection)
    }

    pub(super) fn connections(&self) -> impl Iterator<Item = (u64, &Rc<Connection>)> {
        self.sockets.iter().map(|(id, socket)| (id.0, &socket.connection))
    }

    pub(super) fn of_session(&self, session: &SessionId) -> Vec<Rc<Connection>> {
        let ids = self.sessions.get(session).into_iter().flatten();
        ids.filter_map(|id| self.connection(*id).cloned()).collect()
    }

    pub(super) fn has_user(&self, user: UserId) -> bool {
        self.users.contains_key(&user)
    }

    pub(super) fn users(&self) -> Vec<UserId> {
        self.users.keys().copied().collect()
    }
}

fn forget<K: std::hash::Hash + Eq>(index: &mut HashMap<K, Vec<SocketId>>, key: &K, id: SocketId) {
    if let Some(ids) = index.get_mut(key) {
        ids.retain(|other| *other != id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}

#[cfg(test)]
mod instructions;
#[cfg(test)]
mod tests;
