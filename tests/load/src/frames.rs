//! What a server says over a socket, in Chatire's protocol and in the reference's: the one place that reads it, for those who
//! only listen as for those who talk.

use serde::Deserialize;

use crate::Result;
use crate::failure::Failure;

/// One text frame.
#[derive(Debug, PartialEq)]
pub(crate) enum Frame<'a> {
    /// The socket is live from here on. Each chat's events follow right after these positions, where chats have some.
    Ready(Vec<Position<'a>>),
    /// What one said is stored.
    Ack { key: u64, id: i64 },
    /// Something that is durable.
    Event(Event<'a>),
    /// Worth something only now: typing, read marks, presence.
    Transient,
    /// What a client that does everything right is never told: a refusal, a lost place, a good-bye.
    Trouble,
    /// Of no interest.
    Else,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Event<'a> {
    pub(crate) chat: &'a str,
    /// Its place in the chat, which the reference does not count.
    pub(crate) seq: Option<i64>,
    /// Of a message of the reference; they are numbered over all chats.
    pub(crate) id: Option<i64>,
    /// If it is a message.
    pub(crate) text: Option<&'a str>,
}

/// The last event of a chat.
#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Position<'a> {
    pub(crate) uri: &'a str,
    pub(crate) seq: i64,
}

/// The fields of all of Chatire's frames that somebody here looks at.
#[derive(Deserialize)]
struct Fields<'a> {
    r#type: &'a str,
    chat: Option<&'a str>,
    seq: Option<i64>,
    client_id: Option<&'a str>,
    id: Option<i64>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
    #[serde(default)]
    chats: Vec<Position<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    /// Nothing that is said here has to be escaped.
    message: Option<&'a str>,
}

/// The same of the reference. Its numbers are text, as its database library has them.
#[derive(Deserialize)]
struct ReferenceFields<'a> {
    r#type: &'a str,
    chat: Option<&'a str>,
    client_id: Option<&'a str>,
    id: Option<&'a str>,
    text: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// In protocol 1 (`docs/protocol.md`).
    pub(crate) fn of_chatire(text: &'a str) -> Result<Self> {
        let fields: Fields<'_> = parse(text)?;
        match (fields.r#type, fields.chat) {
            ("event", Some(chat)) => {
                let text = fields.data.and_then(|data| data.message);
                Ok(Self::Event(Event { chat, seq: fields.seq, id: None, text }))
            }
            ("ack", _) => ack(text, fields.client_id, fields.id),
            ("ready", _) => Ok(Self::Ready(fields.chats)),
            ("typing" | "read" | "presence", _) => Ok(Self::Transient),
            ("error" | "reset" | "reconnect", _) => Ok(Self::Trouble),
            _ => Ok(Self::Else),
        }
    }

    /// In that of `reference/server.mjs`.
    pub(crate) fn of_reference(text: &'a str) -> Result<Self> {
        let fields: ReferenceFields<'_> = parse(text)?;
        let id = fields.id.and_then(|id| id.parse().ok());
        match (fields.r#type, fields.chat) {
            ("message", Some(chat)) => Ok(Self::Event(Event { chat, seq: None, id, text: fields.text })),
            ("ack", _) => ack(text, fields.client_id, id),
            ("ready", _) => Ok(Self::Ready(Vec::new())),
            _ => Ok(Self::Trouble),
        }
    }
}

fn ack<'a>(text: &str, client_id: Option<&str>, id: Option<i64>) -> Result<Frame<'a>> {
    match (client_id.and_then(|key| key.parse().ok()), id) {
        (Some(key), Some(id)) => Ok(Frame::Ack { key, id }),
        _ => Err(Failure::while_doing("an ack that can't be read", text)),
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| Failure::while_doing(text, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_protocols_say_the_same() {
        let said = |frame| Frame::of_chatire(frame).unwrap();
        let event = r#"{"type":"event","chat":"c","seq":7,"at":"2026","kind":"message.created","data":{"id":1,"message":"hi"}}"#;
        assert_eq!(said(event), Frame::Event(Event { chat: "c", seq: Some(7), id: None, text: Some("hi") }));
        assert_eq!(said(r#"{"type":"ack","client_id":"5","chat":"c","id":9,"seq":7}"#), Frame::Ack { key: 5, id: 9 });
        assert_eq!(said(r#"{"type":"typing","chat":"c","user":8,"username":"bob"}"#), Frame::Transient);
        let ready = r#"{"type":"ready","user":{"id":7},"chats":[{"uri":"c","name":null,"seq":41,"read_seq":40}]}"#;
        assert_eq!(said(ready), Frame::Ready(vec![Position { uri: "c", seq: 41 }]));
        assert_eq!(said(r#"{"type":"error","code":"forbidden","message":"\"no\""}"#), Frame::Trouble);

        let said = |frame| Frame::of_reference(frame).unwrap();
        let event = r#"{"type":"message","id":"1","chat":"3","user":"person_1","text":"hi","at":"2026"}"#;
        assert_eq!(said(event), Frame::Event(Event { chat: "3", seq: None, id: Some(1), text: Some("hi") }));
        assert_eq!(said(r#"{"type":"ack","client_id":"5","id":"9"}"#), Frame::Ack { key: 5, id: 9 });
        assert_eq!(said(r#"{"type":"ready"}"#), Frame::Ready(Vec::new()));
        assert_eq!(said(r#"{"type":"error","client_id":"5","message":"refused"}"#), Frame::Trouble);
    }
}
