//! One person who sends, over HTTP or over the reference's socket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Result;
use crate::failure::Failure;
use crate::http::Connection;

/// Whoever does not answer by then has failed.
const ANSWER: Duration = Duration::from_secs(15);

/// From where somebody sends, and to which chat.
#[derive(Clone, Debug)]
pub(crate) enum Seat {
    /// To `/api/chats/{chat}/messages/`.
    Http { address: String, token: String, chat: String },
    /// To the reference.
    Socket { address: String, token: String, chat: i64 },
}

/// Somebody who is connected.
pub(crate) enum Sender {
    Http { connection: Connection, path: String },
    Socket { socket: Box<WebSocketStream<TcpStream>>, chat: i64 },
}

/// What became of one try.
pub(crate) enum Tried {
    /// It is stored, under this id.
    Stored(i64),
    /// It may or may not be stored; the same again is safe.
    Unknown(String),
}

#[derive(Deserialize)]
struct Sent {
    id: i64,
}

/// The reference's numbers are text, as its database library has them.
#[derive(Deserialize)]
struct Frame<'a> {
    r#type: &'a str,
    id: Option<&'a str>,
}

impl Seat {
    pub(crate) async fn connect(&self) -> Result<Sender> {
        match self {
            Seat::Http { address, token, chat } => Ok(Sender::Http {
                connection: Connection::open(address, token).await?,
                path: format!("/api/chats/{chat}/messages/"),
            }),
            Seat::Socket { address, token, chat } => {
                let stream = TcpStream::connect(address).await.map_err(|e| Failure::while_doing(address, e))?;
                stream.set_nodelay(true)?;
                let url = format!("ws://{address}/?token={token}");
                let (mut socket, _) = client_async(url, stream).await.map_err(|e| Failure::while_doing(address, e))?;
                until(&mut socket, "ready").await?;
                Ok(Sender::Socket { socket: Box::new(socket), chat: *chat })
            }
        }
    }
}

impl Sender {
    /// Sends and waits for the answer. `key` names the message for good: a second try is no second message.
    ///
    /// `text` needs no escaping in JSON.
    pub(crate) async fn send(&mut self, key: u64, text: &str) -> Result<Tried> {
        match self {
            Sender::Http { connection, path } => {
                let body = format!(r#"{{"message":"{text}","client_id":"{key}"}}"#);
                let answer = connection.post(path, body).await?;
                match answer.status {
                    200 | 201 => {
                        let sent: Sent = serde_json::from_slice(&answer.body)
                            .map_err(|e| Failure::while_doing(&answer.shown(), e))?;
                        Ok(Tried::Stored(sent.id))
                    }
                    503 => Ok(Tried::Unknown(answer.shown())),
                    _ => Err(Failure::new(format!("a send was refused: {}", answer.shown()))),
                }
            }
            Sender::Socket { socket, chat } => {
                let frame = format!(r#"{{"chat":"{chat}","client_id":"{key}","text":"{text}"}}"#);
                socket.send(Message::text(frame)).await.map_err(|e| Failure::while_doing("the reference", e))?;
                let id = until(socket, "ack").await?;
                id.map(Tried::Stored).ok_or_else(|| Failure::new("the reference's ack has no id"))
            }
        }
    }
}

/// Passes over what others say; returns the frame's id.
async fn until(socket: &mut WebSocketStream<TcpStream>, wanted: &str) -> Result<Option<i64>> {
    loop {
        let Ok(message) = timeout(ANSWER, socket.next()).await else {
            return Err(Failure::new(format!("no {wanted} came from the reference")));
        };
        let message = message.ok_or_else(|| Failure::new("the reference closed a socket"))?;
        let message = message.map_err(|e| Failure::while_doing("the reference", e))?;
        let Message::Text(text) = message else { continue };
        let frame: Frame<'_> = serde_json::from_str(&text).map_err(|e| Failure::while_doing(&text, e))?;
        if frame.r#type == wanted {
            return Ok(frame.id.and_then(|id| id.parse().ok()));
        }
        if frame.r#type == "error" {
            return Err(Failure::new(format!("the reference refused: {text}")));
        }
    }
}
