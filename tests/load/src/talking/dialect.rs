//! What goes over a socket: Chatire's protocol, or the reference's.

use futures_util::SinkExt;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::Result;
use crate::failure::Failure;
use crate::http::ANSWER;
use crate::listening::Door;

pub(super) type Socket = WebSocketStream<TcpStream>;

/// For what comes in at once. There may be ten thousand of these.
const BUFFER: usize = 4096;

/// How a system is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Chatire,
    /// `reference/server.mjs`.
    Reference,
}

/// What a socket gets.
#[derive(Debug, PartialEq)]
pub(super) enum Heard<'a> {
    /// It is live from here on. Each chat's events follow right after these positions, where chats have some.
    Ready(Vec<(&'a str, i64)>),
    /// What one said is stored.
    Ack { key: u64, id: i64 },
    /// Something that is durable; with a text, if it is a message.
    Event { chat: &'a str, seq: Option<i64>, text: Option<&'a str> },
    /// Worth something only now: typing, read marks, presence.
    Transient,
    /// Of no interest.
    Else,
}

#[derive(Deserialize)]
struct Frame<'a> {
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

#[derive(Deserialize)]
struct Position<'a> {
    uri: &'a str,
    seq: i64,
}

/// The reference's numbers are text, as its database library has them.
#[derive(Deserialize)]
struct ReferenceFrame<'a> {
    r#type: &'a str,
    chat: Option<&'a str>,
    client_id: Option<&'a str>,
    id: Option<&'a str>,
    text: Option<&'a str>,
}

impl Dialect {
    /// A socket that has said who it is.
    pub(super) async fn open(self, door: &Door) -> Result<Socket> {
        let (address, token) = (&door.address, door.token.as_deref().unwrap_or_default());
        let url = match self {
            Self::Chatire => format!("ws://{address}/ws/"),
            Self::Reference => format!("ws://{address}/?token={token}"),
        };
        let stream = TcpStream::connect(address).await.map_err(|e| Failure::while_doing(address, e))?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(BUFFER).write_buffer_size(0);
        let opening = client_async_with_config(url, stream, Some(config));
        let Ok(opened) = timeout(ANSWER, opening).await else {
            return Err(Failure::new(format!("{address}: no handshake within {} s", ANSWER.as_secs())));
        };
        let (mut socket, _) = opened.map_err(|e| Failure::while_doing(address, e))?;
        if self == Self::Chatire {
            let hello = format!(r#"{{"type":"hello","token":"{token}","protocol":1}}"#);
            socket.send(Message::text(hello)).await.map_err(|e| Failure::while_doing("hello", e))?;
        }
        Ok(socket)
    }

    /// The frame that says something. `text` needs no escaping in JSON.
    pub(super) fn send(self, chat: &str, key: u64, text: &str) -> String {
        match self {
            Self::Chatire => {
                format!(r#"{{"type":"send","chat":"{chat}","client_id":"{key}","message":"{text}"}}"#)
            }
            Self::Reference => format!(r#"{{"chat":"{chat}","client_id":"{key}","text":"{text}"}}"#),
        }
    }

    /// A frame from the server. A refusal is a failure: what is sent is right.
    pub(super) fn read(self, text: &str) -> Result<Heard<'_>> {
        match self {
            Self::Chatire => read(text),
            Self::Reference => read_reference(text),
        }
    }
}

fn read(text: &str) -> Result<Heard<'_>> {
    let frame: Frame<'_> = parse(text)?;
    match (frame.r#type, frame.chat) {
        ("event", Some(chat)) => {
            Ok(Heard::Event { chat, seq: frame.seq, text: frame.data.and_then(|data| data.message) })
        }
        ("ack", _) => ack(text, frame.client_id, frame.id),
        ("ready", _) => Ok(Heard::Ready(frame.chats.iter().map(|chat| (chat.uri, chat.seq)).collect())),
        ("typing" | "read" | "presence", _) => Ok(Heard::Transient),
        ("error" | "reset" | "reconnect", _) => Err(Failure::while_doing("the gateway said", text)),
        _ => Ok(Heard::Else),
    }
}

fn read_reference(text: &str) -> Result<Heard<'_>> {
    let frame: ReferenceFrame<'_> = parse(text)?;
    match (frame.r#type, frame.chat, frame.text) {
        ("message", Some(chat), text @ Some(_)) => Ok(Heard::Event { chat, seq: None, text }),
        ("ack", ..) => ack(text, frame.client_id, frame.id.and_then(|id| id.parse().ok())),
        ("ready", ..) => Ok(Heard::Ready(Vec::new())),
        _ => Err(Failure::while_doing("the reference said", text)),
    }
}

fn ack<'a>(text: &str, client_id: Option<&str>, id: Option<i64>) -> Result<Heard<'a>> {
    match (client_id.and_then(|key| key.parse().ok()), id) {
        (Some(key), Some(id)) => Ok(Heard::Ack { key, id }),
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
    fn both_dialects_say_the_same() {
        let heard = |frame| Dialect::Chatire.read(frame).unwrap();
        let event = r#"{"type":"event","chat":"c","seq":7,"at":"2026","kind":"message.created","data":{"id":1,"message":"hi"}}"#;
        assert_eq!(heard(event), Heard::Event { chat: "c", seq: Some(7), text: Some("hi") });
        assert_eq!(heard(r#"{"type":"ack","client_id":"5","chat":"c","id":9,"seq":7}"#), Heard::Ack { key: 5, id: 9 });
        assert_eq!(heard(r#"{"type":"typing","chat":"c","user":8,"username":"bob"}"#), Heard::Transient);
        let ready = r#"{"type":"ready","user":{"id":7},"chats":[{"uri":"c","name":null,"seq":41,"read_seq":40}]}"#;
        assert_eq!(heard(ready), Heard::Ready(vec![("c", 41)]));
        assert!(Dialect::Chatire.read(r#"{"type":"error","code":"forbidden","message":"\"no\""}"#).is_err());

        let heard = |frame| Dialect::Reference.read(frame).unwrap();
        let event = r#"{"type":"message","id":"1","chat":"3","user":"person_1","text":"hi","at":"2026"}"#;
        assert_eq!(heard(event), Heard::Event { chat: "3", seq: None, text: Some("hi") });
        assert_eq!(heard(r#"{"type":"ack","client_id":"5","id":"9"}"#), Heard::Ack { key: 5, id: 9 });
        assert_eq!(heard(r#"{"type":"ready"}"#), Heard::Ready(Vec::new()));
        assert!(Dialect::Reference.read(r#"{"type":"error","client_id":"5","message":"refused"}"#).is_err());
    }
}
