//! Somebody who says something to a crowd, at Chatire and at the references of fan-out.

use std::sync::Arc;

use futures_util::SinkExt;
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Result;
use crate::failure::Failure;
use crate::http::Connection;
use crate::listening::uri;

/// How long a message is, in bytes.
const LENGTH: usize = 200;

/// Says one thing after the other in one chat.
pub(crate) enum Speaker {
    /// To chat-api, over a connection that is opened with the first word: one that says nothing for ten seconds is closed.
    Http { address: String, token: String, chat: u32, connection: Option<Connection> },
    /// To a reference: all who speak share one connection, and count what they say.
    Line(Arc<Mutex<Line>>),
}

/// A connection to a reference.
pub(crate) struct Line {
    said: i64,
    to: To,
}

enum To {
    /// A WebSocket; what is said goes to all others.
    Socket(Box<WebSocketStream<TcpStream>>),
    /// Takes a line of text for each message.
    Plain(TcpStream),
}

#[derive(Deserialize)]
struct Said {
    seq: i64,
}

impl Line {
    /// Over a WebSocket.
    pub(crate) async fn over_socket(address: &str) -> Result<Arc<Mutex<Self>>> {
        let stream = connect(address).await?;
        let opened = client_async(format!("ws://{address}/"), stream).await;
        let (socket, _) = opened.map_err(|e| Failure::while_doing(address, e))?;
        Ok(Arc::new(Mutex::new(Self { said: 0, to: To::Socket(Box::new(socket)) })))
    }

    /// Over a plain connection.
    pub(crate) async fn plain(address: &str) -> Result<Arc<Mutex<Self>>> {
        Ok(Arc::new(Mutex::new(Self { said: 0, to: To::Plain(connect(address).await?) })))
    }

    async fn say(&mut self, text: &str) -> Result<i64> {
        self.said += 1;
        let frame = frame(self.said, text);
        match &mut self.to {
            To::Socket(socket) => {
                socket.send(Message::text(frame)).await.map_err(|e| Failure::while_doing("a reference", e))?;
            }
            To::Plain(stream) => stream.write_all(format!("{frame}\n").as_bytes()).await?,
        }
        Ok(self.said)
    }
}

impl Speaker {
    /// Who speaks in a chat, over HTTP. `address` is chat-api's.
    pub(crate) fn over_http(address: &str, token: String, chat: u32) -> Self {
        Self::Http { address: address.to_owned(), token, chat, connection: None }
    }

    /// Says something, and returns its place in the chat.
    pub(crate) async fn say(&mut self) -> Result<i64> {
        let text = format!("{:.<LENGTH$}", "said");
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
            Self::Line(line) => line.lock().await.say(&text).await,
        }
    }
}

async fn connect(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).await.map_err(|e| Failure::while_doing(address, e))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// What a client of Chatire gets, so that references have as many bytes to write.
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
