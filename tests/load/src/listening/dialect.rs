//! How listeners speak with each of the systems.

use tokio_tungstenite::tungstenite::Message;

use super::heard::{Heard, number};
use super::nats::{self, Operation, Operations};
use super::tally::Tally;
use crate::Result;
use crate::failure::Failure;
use crate::frames::{Event, Frame, Position};

/// One for each system. What is said in it is one event of a chat after the other, which [`Heard`] is told.
#[derive(Clone)]
pub(crate) enum Dialect {
    /// A ws-gateway's. Also that of a plain broadcaster, which asks for no token: the gateway's events, and nothing else.
    Gateway,
    /// Socket.IO's (version 5 of its protocol) over Engine.IO's (version 4): the gateway's events, each as the argument of `m`.
    SocketIo,
    /// NATS': the gateway's events as messages of one subject.
    Nats(Operations),
    /// That of `reference/server.mjs`, with one chat.
    Reference,
}

/// What a frame meant beside the events in it.
#[derive(Default)]
pub(super) struct Meaning {
    /// From now on, nothing is missed.
    pub(super) is_live: bool,
    /// Must be said, or the socket ends.
    pub(super) answer: Option<Message>,
}

impl Dialect {
    /// Where a socket is opened.
    pub(super) fn path(&self, token: Option<&str>) -> String {
        match self {
            Self::Gateway => "/ws/".to_owned(),
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket".to_owned(),
            Self::Nats(_) => "/".to_owned(),
            Self::Reference => format!("/?token={}", token.unwrap_or_default()),
        }
    }

    /// Without a word of the server.
    pub(super) fn is_live_at_once(&self, token: Option<&str>) -> bool {
        matches!((self, token), (Self::Gateway, None))
    }

    /// What is said over a new socket, unless the server speaks first.
    pub(super) fn first_words(&self, token: Option<&str>, heard: &Heard) -> Option<Message> {
        match self {
            Self::Gateway => {
                let (token, positions) = (token?, heard.positions());
                let hello = format!(r#"{{"type":"hello","token":"{token}","protocol":1,"resume":{{{positions}}}}}"#);
                Some(Message::text(hello))
            }
            Self::Nats(_) => Some(Message::binary(nats::subscriber())),
            Self::SocketIo | Self::Reference => None,
        }
    }

    /// Tells `heard` what is in a frame.
    pub(super) fn understands(&mut self, frame: &Message, heard: &mut Heard, tally: &Tally) -> Result<Meaning> {
        match (self, frame) {
            (Self::Gateway, Message::Text(text)) => gateway(text, heard, tally),
            (Self::SocketIo, Message::Text(text)) => socket_io(text, heard, tally),
            (Self::Nats(operations), Message::Binary(bytes)) => from_nats(operations, bytes, heard, tally),
            (Self::Reference, Message::Text(text)) => reference(text, heard, tally),
            (_, Message::Text(_) | Message::Binary(_)) => {
                tally.fault(|| format!("this came: {frame:?}"));
                Ok(Meaning::default())
            }
            // WebSocket's own, which are answered below.
            _ => Ok(Meaning::default()),
        }
    }
}

fn gateway(text: &str, heard: &mut Heard, tally: &Tally) -> Result<Meaning> {
    match Frame::of_chatire(text)? {
        Frame::Event(Event { chat, seq: Some(seq), .. }) => {
            if let Some(chat) = number(chat) {
                heard.hears(chat, seq, tally);
            }
        }
        Frame::Ready(chats) => {
            for Position { uri, seq } in chats {
                if let Some(chat) = number(uri) {
                    heard.listens_in(chat, seq);
                }
            }
            return Ok(Meaning { is_live: true, answer: None });
        }
        Frame::Trouble => tally.fault(|| format!("this came: {text}")),
        _ => {}
    }
    Ok(Meaning::default())
}

/// <https://socket.io/docs/v4/socket-io-protocol/>: Engine.IO's type is the first digit, Socket.IO's is the second.
fn socket_io(text: &str, heard: &mut Heard, tally: &Tally) -> Result<Meaning> {
    if let Some(event) = text.strip_prefix(r#"42["m","#).and_then(|rest| rest.strip_suffix(']')) {
        return gateway(event, heard, tally);
    }
    let (is_live, answer) = match text.as_bytes() {
        [b'0', ..] => (false, Some("40")),
        [b'4', b'0', ..] => (true, None),
        b"2" => (false, Some("3")),
        _ => return Err(Failure::new(format!("Socket.IO sent: {text}"))),
    };
    Ok(Meaning { is_live, answer: answer.map(Message::text) })
}

fn from_nats(operations: &mut Operations, bytes: &[u8], heard: &mut Heard, tally: &Tally) -> Result<Meaning> {
    let mut meaning = Meaning::default();
    operations.read(bytes, |operation| {
        match operation {
            Operation::Message(payload) => {
                let text = std::str::from_utf8(payload).map_err(|e| Failure::while_doing("a message of NATS", e))?;
                gateway(text, heard, tally)?;
            }
            Operation::Ping => meaning.answer = Some(Message::binary(nats::PONG)),
            Operation::Pong => meaning.is_live = true,
            Operation::Refusal(why) => return Err(Failure::while_doing("NATS", why)),
            Operation::Other => {}
        }
        Ok(())
    })?;
    Ok(meaning)
}

/// There must be one chat only: its messages are numbered over all of them.
fn reference(text: &str, heard: &mut Heard, tally: &Tally) -> Result<Meaning> {
    match Frame::of_reference(text)? {
        Frame::Event(Event { id: Some(id), .. }) => heard.hears(0, id, tally),
        Frame::Ready(_) => return Ok(Meaning { is_live: true, answer: None }),
        _ => tally.fault(|| format!("this came: {text}")),
    }
    Ok(Meaning::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"type":"event","chat":"room-0000000000","seq":1,"data":{"seq":9}}"#;

    fn faults(dialect: &Dialect, frames: &[Message]) -> usize {
        let (tally, mut heard, mut dialect) = (Tally::new(1), Heard::default(), dialect.clone());
        for frame in frames {
            if let Err(failure) = dialect.understands(frame, &mut heard, &tally) {
                tally.fault(|| failure.to_string());
            }
        }
        tally.take_faults().len()
    }

    #[tokio::test]
    async fn each_system_is_heard_once_and_not_twice() {
        let nats = Message::binary(format!("MSG m 1 {}\r\n{EVENT}\r\n", EVENT.len()));
        let dialects = [
            (Dialect::Gateway, Message::text(EVENT)),
            (Dialect::SocketIo, Message::text(format!(r#"42["m",{EVENT}]"#))),
            (Dialect::Nats(Operations::default()), nats),
            (Dialect::Reference, Message::text(r#"{"type":"message","id":"1","chat":"1"}"#)),
        ];
        for (dialect, frame) in dialects {
            let tally = Tally::new(1);
            dialect.clone().understands(&frame, &mut Heard::default(), &tally).unwrap();
            tally.all_have((0, 1)).await.unwrap();
            assert_eq!(faults(&dialect, std::slice::from_ref(&frame)), 0);
            assert_eq!(faults(&dialect, &[frame.clone(), frame]), 1);
        }
    }

    #[test]
    fn what_no_listener_expects_is_a_fault() {
        let reset = r#"{"type":"reset","chat":"room-0000000003","seq":9}"#;
        assert_eq!(faults(&Dialect::Gateway, &[Message::text(reset)]), 1);
        assert_eq!(faults(&Dialect::Gateway, &[Message::binary("x")]), 1);
        assert_eq!(faults(&Dialect::SocketIo, &[Message::text("41")]), 1);
        assert_eq!(faults(&Dialect::Nats(Operations::default()), &[Message::binary("-ERR 'no'\r\n")]), 1);
        assert_eq!(faults(&Dialect::Reference, &[Message::text(r#"{"type":"error"}"#)]), 1);
    }

    #[test]
    fn who_is_asked_for_a_sign_of_life_gives_one() {
        let answer = |mut dialect: Dialect, frame: Message| {
            let meaning = dialect.understands(&frame, &mut Heard::default(), &Tally::new(1)).unwrap();
            meaning.answer.map(Message::into_data)
        };
        assert_eq!(answer(Dialect::SocketIo, Message::text("2")).unwrap(), "3");
        assert_eq!(answer(Dialect::SocketIo, Message::text(r#"0{"sid":"x"}"#)).unwrap(), "40");
        assert_eq!(answer(Dialect::Nats(Operations::default()), Message::binary("PING\r\n")).unwrap(), nats::PONG);
    }
}
