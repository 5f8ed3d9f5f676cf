//! Somebody who says something to a crowd, at Chatire and at the references of fan-out.

mod line;

use std::sync::Arc;

use serde::Deserialize;
use tokio::sync::Mutex;

use crate::Result;
use crate::failure::Failure;
use crate::http::Connection;
use crate::listening::uri;
use crate::sending::{Seat, Sender, Tried};

pub(crate) use line::Line;

/// How long a message is, in bytes.
pub(crate) const LENGTH: usize = 200;

/// Says one thing after the other in one chat.
pub(crate) enum Speaker {
    /// To chat-api, over a connection that is opened with the first word: one that says nothing for ten seconds is closed.
    Http { address: String, token: String, chat: u32, connection: Option<Connection> },
    /// To a reference: all who speak share one connection, and count what they say.
    Line(Arc<Mutex<Line>>),
    /// To a reference that stores what is said, and numbers it.
    Seat { sender: Sender, said: u64 },
    /// Here, and when it was taken there: what is heard is what was said there.
    Twice { here: Box<Speaker>, there: Box<Speaker> },
}

#[derive(Deserialize)]
struct Said {
    seq: i64,
}

impl Speaker {
    /// Who speaks in a chat, over HTTP. `address` is chat-api's.
    pub(crate) fn over_http(address: &str, token: String, chat: u32) -> Self {
        Self::Http { address: address.to_owned(), token, chat, connection: None }
    }

    /// Who speaks to a reference that stores what is said.
    pub(crate) async fn from_seat(seat: &Seat) -> Result<Self> {
        Ok(Self::Seat { sender: seat.connect().await?, said: 0 })
    }

    /// Who says everything here first, and then there.
    pub(crate) fn twice(here: Self, there: Self) -> Self {
        Self::Twice { here: Box::new(here), there: Box::new(there) }
    }

    /// Says something, and returns its place in the chat.
    pub(crate) async fn say(&mut self) -> Result<i64> {
        let text = message();
        match self {
            Self::Http { address, token, chat, connection } => {
                let connection = match connection {
                    Some(connection) => connection,
                    none => none.insert(Connection::open(address, token).await?),
                };
                let path = format!("/api/chats/{}/messages/", uri(*chat));
                let answer = connection.post(&path, format!(r#"{{"message":"{text}"}}"#)).await?;
                if answer.status != 201 {
                    return Err(Failure::new(format!("a send was refused: {}", answer.shown())));
                }
                let said: Said =
                    serde_json::from_slice(&answer.body).map_err(|e| Failure::while_doing(&answer.shown(), e))?;
                Ok(said.seq)
            }
            Self::Twice { here, there } => {
                Box::pin(here.say()).await?;
                Box::pin(there.say()).await
            }
            Self::Line(line) => line.lock().await.say(&text).await,
            Self::Seat { sender, said } => {
                *said += 1;
                match sender.send(*said, &text).await? {
                    Tried::Stored(id) => Ok(id),
                    Tried::Unknown(why) => Err(Failure::while_doing("the reference", why)),
                }
            }
        }
    }
}

/// How long the frame is that a client of Chatire gets, in bytes, with numbers of three digits.
pub(crate) fn frame_length() -> usize {
    frame(100, &message()).len()
}

fn message() -> String {
    format!("{:.<LENGTH$}", "said")
}

/// What that is, so that references have as many bytes to write.
fn frame(seq: i64, text: &str) -> String {
    let chat = uri(0);
    format!(
        r#"{{"type":"event","chat":"{chat}","seq":{seq},"at":"2026-11-24T08:30:00.123456Z","kind":"message.created","data":{{"id":{seq},"seq":{seq},"user":{{"id":1000000,"username":"person_0","first_name":"","last_name":""}},"message":"{text}","at":"2026-11-24T08:30:00.123456Z"}}}}"#
    )
}

#[cfg(test)]
mod tests {
    use shared_proto::event::EventFrame;

    use super::*;

    #[test]
    fn references_write_what_a_gateway_writes() {
        let frame = frame(7, "hello");
        let event: EventFrame = serde_json::from_str(&frame).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), frame);
    }
}
