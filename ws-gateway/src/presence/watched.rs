//! The chats that somebody here looks at, and who is in them.

use std::collections::{HashMap, HashSet};

use shared_proto::{ChatId, UserId};

use crate::hub::SocketId;
use crate::streams::WorkerId;

/// A chat that is looked at.
#[derive(Debug, Default)]
pub(super) struct Chat {
    workers: HashSet<WorkerId>,
    /// `None` until chat-api has said it.
    members: Option<HashSet<UserId>>,
    /// Somebody came or left since they were asked for.
    stale: bool,
    /// Sockets that still want to know who is online.
    waiting: Vec<(WorkerId, SocketId)>,
}

/// Who of a chat's members changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) online: Vec<UserId>,
    pub(super) offline: Vec<UserId>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Watched(HashMap<ChatId, Chat>);

impl Watched {
    /// A socket looks. Returns the chat's members when they are known; otherwise the socket is answered by
    /// [`Watched::answered`].
    pub(super) fn look(&mut self, worker: WorkerId, chat: ChatId, socket: SocketId) -> Option<&HashSet<UserId>> {
        let chat = self.0.entry(chat).or_insert_with(|| Chat { stale: true, ..Chat::default() });
        chat.workers.insert(worker);
        if chat.members.is_none() {
            chat.waiting.push((worker, socket));
        }
        chat.members.as_ref()
    }

    pub(super) fn look_away(&mut self, worker: WorkerId, chat: ChatId) {
        if let Some(watched) = self.0.get_mut(&chat) {
            watched.workers.remove(&worker);
            watched.waiting.retain(|(of, _)| *of != worker);
            if watched.workers.is_empty() {
                self.0.remove(&chat);
            }
        }
    }

    pub(super) fn members_changed(&mut self, chat: ChatId) {
        if let Some(chat) = self.0.get_mut(&chat) {
            chat.stale = true;
        }
    }

    pub(super) fn all_stale(&mut self) {
        self.0.values_mut().for_each(|chat| chat.stale = true);
    }

    /// Chats whose members are to be asked for, at most so many; what changes from here on makes them stale again.
    pub(super) fn take_stale(&mut self, most: usize) -> Vec<ChatId> {
        let stale = self.0.iter_mut().filter(|(_, chat)| chat.stale).take(most);
        stale
            .map(|(id, chat)| {
                chat.stale = false;
                *id
            })
            .collect()
    }

    /// What chat-api says of a chat. Returns the sockets that wait for it, and those who are new in it.
    pub(super) fn answered(&mut self, chat: ChatId, members: Vec<UserId>) -> (Vec<(WorkerId, SocketId)>, Vec<UserId>) {
        let Some(watched) = self.0.get_mut(&chat) else { return (Vec::new(), Vec::new()) };
        let new = match &watched.members {
            Some(known) => members.iter().filter(|user| !known.contains(user)).copied().collect(),
            None => Vec::new(),
        };
        watched.members = Some(members.into_iter().collect());
        (std::mem::take(&mut watched.waiting), new)
    }

    pub(super) fn members(&self, chat: ChatId) -> Option<&HashSet<UserId>> {
        self.0.get(&chat)?.members.as_ref()
    }

    pub(super) fn workers(&self, chat: ChatId) -> Vec<WorkerId> {
        self.0.get(&chat).into_iter().flat_map(|chat| &chat.workers).copied().collect()
    }

    /// What those who look see of some changes (`true`: online now). Costs as much as the smaller of the two sets.
    pub(super) fn seen(&self, changes: &HashMap<UserId, bool>) -> Vec<(ChatId, Seen)> {
        let of = |(id, chat): (&ChatId, &Chat)| {
            let members = chat.members.as_ref()?;
            let mut seen = Seen::default();
            let mut sees = |user: UserId, online: bool| match online {
                true => seen.online.push(user),
                false => seen.offline.push(user),
            };
            if changes.len() < members.len() {
                changes.iter().filter(|(user, _)| members.contains(user)).for_each(|(user, on)| sees(*user, *on));
            } else {
                members.iter().filter_map(|user| Some((user, changes.get(user)?))).for_each(|(u, on)| sees(*u, *on));
            }
            (seen != Seen::default()).then_some((*id, seen))
        };
        self.0.iter().filter_map(of).collect()
    }
}
