//! How those who talk open sockets and say things: to Chatire, and to the reference.

use futures_util::SinkExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::Result;
use crate::failure::Failure;
use crate::frames::Frame;
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
    pub(super) fn read(self, text: &str) -> Result<Frame<'_>> {
        let (whose, frame) = match self {
            Self::Chatire => ("the gateway said", Frame::of_chatire(text)?),
            Self::Reference => ("the reference said", Frame::of_reference(text)?),
        };
        if frame == Frame::Trouble { Err(Failure::while_doing(whose, text)) } else { Ok(frame) }
    }
}
