//! Somebody with an open socket: says what one is told to say, and checks what comes.

use std::sync::Arc;
use std::time::Instant;

use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::dialect::{Dialect, Socket};
use super::message::{self, Key};
use super::records::{Order, Records};
use crate::Result;
use crate::failure::Failure;
use crate::frames::{Event, Frame, Position};
use crate::http::ANSWER;
use crate::listening::Door;
use crate::sending::Acknowledged;

/// What people are told to do. Chats are meant by their places in the talk.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    /// Say something that was due at this moment.
    Say(usize, Instant),
    /// Say one thing after the other, the next when the last one was acknowledged, until this moment.
    Converse(usize, Instant),
    /// Be seen typing.
    Type(usize),
    /// Have read everything that has come.
    Read(usize),
    /// Look at this chat, and no other one.
    Look(usize),
}

/// A chat that one is in.
pub(super) struct Room {
    pub(super) chat: usize,
    pub(super) uri: Arc<str>,
    /// Others who are there.
    pub(super) audience: usize,
    /// The last event, where events are numbered.
    pub(super) seq: Option<i64>,
}

pub(super) struct Person {
    dialect: Dialect,
    socket: Socket,
    rooms: Vec<Room>,
    /// Names the last message.
    key: Key,
    order: Order,
    unanswered: Vec<(u64, Instant)>,
    /// In which chat one talks on by oneself, and until when.
    conversing: Option<(usize, Instant)>,
    records: Arc<Records>,
}

impl Person {
    /// Is live when this returns.
    pub(super) async fn enter(
        dialect: Dialect,
        door: &Door,
        (talk, person): (u32, u32),
        rooms: Vec<Room>,
        records: Arc<Records>,
    ) -> Result<Self> {
        let socket = dialect.open(door).await?;
        let key = Key { talk, person, count: 0 };
        let (order, unanswered) = (Order::default(), Vec::new());
        let mut person = Self { dialect, socket, rooms, key, order, unanswered, conversing: None, records };
        let text = timeout(ANSWER, person.next()).await.map_err(|_| Failure::new("no ready came"))??;
        let Frame::Ready(positions) = dialect.read(&text)? else {
            return Err(Failure::while_doing("not ready, but", text));
        };
        for Position { uri, seq } in positions {
            if let Some(room) = person.rooms.iter_mut().find(|room| *room.uri == *uri) {
                room.seq = Some(seq);
            }
        }
        Ok(person)
    }

    /// Until nobody tells what to do any more.
    pub(super) async fn live(mut self, mut deeds: UnboundedReceiver<Deed>) {
        loop {
            let done = tokio::select! {
                deed = deeds.recv() => match deed {
                    Some(deed) => self.does(deed).await,
                    None => return,
                },
                text = self.next() => match text {
                    Ok(text) => self.hears(&text).await,
                    Err(failure) => Err(failure),
                },
            };
            if let Err(failure) = done {
                return self.records.broken(failure);
            }
        }
    }

    async fn does(&mut self, deed: Deed) -> Result<()> {
        match deed {
            Deed::Say(chat, due) => self.says(chat, due).await,
            Deed::Converse(chat, until) => {
                self.conversing = Some((chat, until));
                self.goes_on().await
            }
            Deed::Type(chat) => {
                let uri = self.room(chat)?.uri.clone();
                self.sends(format!(r#"{{"type":"typing","chat":"{uri}"}}"#)).await
            }
            Deed::Look(chat) => {
                let uri = self.room(chat)?.uri.clone();
                self.sends(format!(r#"{{"type":"focus","chat":"{uri}"}}"#)).await
            }
            Deed::Read(chat) => {
                let Room { uri, seq, .. } = self.room(chat)?;
                let frame = format!(r#"{{"type":"read","chat":"{uri}","seq":{}}}"#, seq.unwrap_or_default());
                self.sends(frame).await
            }
        }
    }

    async fn says(&mut self, chat: usize, due: Instant) -> Result<()> {
        self.key.count += 1;
        let key = self.key.number();
        let text = message::text(self.key, due.saturating_duration_since(self.records.began));
        let Room { uri, audience, .. } = self.room(chat)?;
        let (frame, audience) = (self.dialect.send(uri, key, &text), *audience);
        self.unanswered.push((key, due));
        self.records.said(audience);
        self.sends(frame).await
    }

    /// Says the next thing, if there is still time for one.
    async fn goes_on(&mut self) -> Result<()> {
        let Some((chat, until)) = self.conversing else { return Ok(()) };
        let now = Instant::now();
        if now < until {
            return self.says(chat, now).await;
        }
        self.conversing = None;
        self.records.ended_conversing();
        Ok(())
    }

    async fn hears(&mut self, text: &str) -> Result<()> {
        let now = Instant::now();
        match self.dialect.read(text)? {
            Frame::Ack { key, id } => return self.is_answered(key, id, now).await,
            Frame::Event(event) => self.hears_event(&event, now)?,
            Frame::Transient => self.records.heard_transient(),
            Frame::Ready(_) | Frame::Trouble | Frame::Else => {}
        }
        Ok(())
    }

    async fn is_answered(&mut self, key: u64, id: i64, now: Instant) -> Result<()> {
        let Some(n) = self.unanswered.iter().position(|(asked, _)| *asked == key) else {
            self.records.fault(|| format!("message {key} was acknowledged again"));
            return Ok(());
        };
        let (_, due) = self.unanswered.swap_remove(n);
        self.records.acknowledged(Acknowledged { key, id }, now.saturating_duration_since(due));
        self.goes_on().await
    }

    fn hears_event(&mut self, event: &Event<'_>, now: Instant) -> Result<()> {
        let Event { chat: uri, seq, text, .. } = *event;
        let Some(room) = self.rooms.iter_mut().find(|room| *room.uri == *uri) else {
            return Err(Failure::new(format!("an event came of chat {uri}, where one is not")));
        };
        if let Some(seq) = seq {
            let last = room.seq.replace(seq).unwrap_or_default();
            if seq != last + 1 {
                self.records.fault(|| format!("in chat {uri} event {seq} came after {last}"));
            }
        }
        let Some(text) = text else { return Ok(()) };
        let said = message::read(text).filter(|(key, _)| key.talk == self.key.talk);
        let (key, due) = said.ok_or_else(|| Failure::new(format!("somebody else said {text:?}")))?;
        let taken = self.order.takes(key);
        let again = taken.as_ref().is_err_and(|(_, again)| *again);
        if let Err((fault, _)) = taken {
            self.records.fault(|| format!("in chat {uri} {fault}"));
        }
        // One's own come back, too, from some; and what comes twice is no second delivery.
        if key.person != self.key.person && !again {
            self.records.heard(now.saturating_duration_since(self.records.began + due));
        }
        Ok(())
    }

    fn room(&self, chat: usize) -> Result<&Room> {
        let room = self.rooms.iter().find(|room| room.chat == chat);
        room.ok_or_else(|| Failure::new(format!("person {} is not in chat {chat}", self.key.person)))
    }

    async fn sends(&mut self, frame: String) -> Result<()> {
        self.socket.send(Message::text(frame)).await.map_err(|e| Failure::while_doing("a socket", e))
    }

    async fn next(&mut self) -> Result<Utf8Bytes> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(frame))) => {
                    let why = frame.map(|frame| format!(": {} {}", frame.code, frame.reason)).unwrap_or_default();
                    return Err(Failure::new(format!("a socket was closed{why}")));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Failure::while_doing("a socket", error)),
                None => return Err(Failure::new("a connection ended")),
            }
        }
    }
}
