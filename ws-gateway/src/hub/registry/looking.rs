//! Who looks at what, and what comes only to them.

use std::collections::HashMap;

use shared_proto::frames::{Mark, ServerFrame};
use shared_proto::{ChatId, ChatUri, Seq, UserId, Username};

use super::{Registry, SocketId};
use crate::socket::Frame;

/// What a change of focus means for presence.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::hub) struct Looked {
    /// The socket looks at this now, and wants to know who is there.
    pub(in crate::hub) at: Option<ChatId>,
    /// Nobody on this worker looks at this any more.
    pub(in crate::hub) away: Option<ChatId>,
}

impl Registry {
    /// The chat at an address, when anybody on this worker is subscribed to it.
    pub(in crate::hub) fn chat_of(&self, uri: &ChatUri) -> Option<ChatId> {
        self.uris.get(uri).copied()
    }

    /// The chat at an address, when the socket is subscribed to it.
    pub(in crate::hub) fn chat_at(&self, id: SocketId, uri: &ChatUri) -> Option<ChatId> {
        let chat = *self.uris.get(uri)?;
        self.is_subscribed(id, chat).then_some(chat)
    }

    /// The socket wants to look at this chat, and at no other one.
    pub(in crate::hub) fn focus(&mut self, id: SocketId, uri: Option<ChatUri>) -> Looked {
        let Some(socket) = self.sockets.get_mut(&id) else { return Looked::default() };
        let before = std::mem::replace(&mut socket.focus, uri.clone());
        let away = before.and_then(|before| self.look_away(id, &before));
        let at = uri.and_then(|uri| self.look(id, &uri));
        // It looks there again, or another socket still does.
        Looked { at, away: away.filter(|away| at != Some(*away)) }
    }

    /// The socket was subscribed to a chat that it may have wanted to look at before.
    pub(in crate::hub) fn looks_at_once(&mut self, id: SocketId, chat: ChatId) -> Option<ChatId> {
        let focus = self.sockets.get(&id)?.focus.clone()?;
        (self.uris.get(&focus) == Some(&chat)).then(|| self.look(id, &focus)).flatten()
    }

    /// Whether anybody on this worker looks at the chat.
    pub(in crate::hub) fn is_looked_at(&self, chat: ChatId) -> bool {
        self.chats.get(&chat).is_some_and(|subscribers| subscribers.lookers > 0)
    }

    fn look(&mut self, id: SocketId, uri: &ChatUri) -> Option<ChatId> {
        let chat = *self.uris.get(uri)?;
        let subscribers = self.chats.get_mut(&chat)?;
        let place = subscribers.list.binary_search_by_key(&id, |s| s.socket).ok()?;
        subscribers.lookers += usize::from(!std::mem::replace(&mut subscribers.list[place].looks, true));
        Some(chat)
    }

    /// Returns the chat when nobody looks at it any more.
    fn look_away(&mut self, id: SocketId, uri: &ChatUri) -> Option<ChatId> {
        let chat = *self.uris.get(uri)?;
        let subscribers = self.chats.get_mut(&chat)?;
        let place = subscribers.list.binary_search_by_key(&id, |s| s.socket).ok()?;
        subscribers.lookers -= usize::from(std::mem::replace(&mut subscribers.list[place].looks, false));
        (subscribers.lookers == 0).then_some(chat)
    }

    /// Somebody is writing: their own sockets need not be told.
    pub(in crate::hub) fn typing(&self, chat: ChatId, user: UserId, username: Username) {
        let Some(subscribers) = self.chats.get(&chat).filter(|subscribers| subscribers.lookers > 0) else { return };
        let frame = Frame::of(&ServerFrame::Typing { chat: subscribers.uri.clone(), user, username });
        for subscriber in subscribers.list.iter().filter(|s| s.looks && s.connection.user != user) {
            subscriber.connection.out.push_transient(frame.clone());
        }
    }

    /// People have read on: those who look are told of all, and everybody's own sockets of one's own marks.
    pub(in crate::hub) fn read(&self, chat: ChatId, moved: &HashMap<UserId, Seq>) {
        let Some(subscribers) = self.chats.get(&chat) else { return };
        let frame = |marks: Vec<Mark>| Frame::of(&ServerFrame::Read { chat: subscribers.uri.clone(), marks });
        let mark = |(user, seq): (&UserId, &Seq)| Mark { user: *user, seq: *seq };
        let all = frame(moved.iter().map(mark).collect());
        for subscriber in &subscribers.list {
            if subscriber.looks {
                subscriber.connection.out.push_transient(all.clone());
            } else if let Some(own) = moved.get_key_value(&subscriber.connection.user) {
                subscriber.connection.out.push_transient(frame(vec![mark(own)]));
            }
        }
    }

    /// Who is online: for one socket that begins to look, or what has changed, for all who look.
    pub(in crate::hub) fn presence(
        &self,
        chat: ChatId,
        to: Option<SocketId>,
        online: Vec<UserId>,
        offline: Vec<UserId>,
    ) {
        let Some(subscribers) = self.chats.get(&chat) else { return };
        let whole = to.is_some();
        let frame = Frame::of(&ServerFrame::Presence { chat: subscribers.uri.clone(), whole, online, offline });
        let told = subscribers.list.iter().filter(|s| s.looks && to.is_none_or(|to| to == s.socket));
        told.for_each(|subscriber| subscriber.connection.out.push_transient(frame.clone()));
    }
}
