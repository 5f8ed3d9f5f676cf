//! A connection to a reference, over which everything is said that its listeners hear.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::frame;
use crate::Result;
use crate::failure::Failure;
use crate::http::ANSWER;
use crate::listening::nats::{self, Operation, Operations};

/// What a server says at once to somebody who only speaks.
const BUFFER: usize = 4096;

/// Counts what is said.
pub(crate) struct Line {
    said: i64,
    to: To,
}

enum To {
    /// A WebSocket; what is said goes to all others.
    Socket(Box<WebSocketStream<TcpStream>>),
    /// Takes a line of text for each message.
    Plain(TcpStream),
    /// A task that also answers what the server asks, also while nothing is said.
    Kept(mpsc::UnboundedSender<String>),
}

impl Line {
    /// Over a WebSocket.
    pub(crate) async fn over_socket(address: &str) -> Result<Arc<Mutex<Self>>> {
        Ok(Self::new(To::Socket(Box::new(open(address, "").await?))))
    }

    /// Over a plain connection.
    pub(crate) async fn plain(address: &str) -> Result<Arc<Mutex<Self>>> {
        Ok(Self::new(To::Plain(connect(address).await?)))
    }

    /// As a client of Socket.IO.
    pub(crate) async fn over_socket_io(address: &str) -> Result<Arc<Mutex<Self>>> {
        let mut socket = open(address, "socket.io/?EIO=4&transport=websocket").await?;
        socket.send(Message::text("40")).await.map_err(|e| Failure::while_doing(address, e))?;
        let connected = async {
            while !next(&mut socket).await?.starts_with("40") {}
            Ok::<_, Failure>(())
        };
        timeout(ANSWER, connected).await.map_err(|_| Failure::new("Socket.IO does not answer"))??;
        let (say, said) = mpsc::unbounded_channel();
        tokio::spawn(keep_socket_io(socket, said));
        Ok(Self::new(To::Kept(say)))
    }

    /// As a client of NATS.
    pub(crate) async fn to_nats(address: &str) -> Result<Arc<Mutex<Self>>> {
        let mut stream = connect(address).await?;
        stream.write_all(nats::publisher().as_bytes()).await?;
        let mut operations = Operations::default();
        let connected = async {
            let mut bytes = [0; BUFFER];
            loop {
                let length = stream.read(&mut bytes).await?;
                if hears_nats(&bytes[..length], &mut stream, &mut operations).await? {
                    return Ok::<_, Failure>(());
                }
            }
        };
        timeout(ANSWER, connected).await.map_err(|_| Failure::new("NATS does not answer"))??;
        let (say, said) = mpsc::unbounded_channel();
        tokio::spawn(keep_nats(stream, operations, said));
        Ok(Self::new(To::Kept(say)))
    }

    fn new(to: To) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { said: 0, to }))
    }

    pub(super) async fn say(&mut self, text: &str) -> Result<i64> {
        self.said += 1;
        let frame = frame(self.said, text);
        match &mut self.to {
            To::Socket(socket) => {
                socket.send(Message::text(frame)).await.map_err(|e| Failure::while_doing("a reference", e))?;
            }
            To::Plain(stream) => stream.write_all(format!("{frame}\n").as_bytes()).await?,
            To::Kept(say) => say.send(frame).map_err(|_| Failure::new("a reference ended the speakers' connection"))?,
        }
        Ok(self.said)
    }
}

/// Says what is to be said, and gives signs of life.
async fn keep_socket_io(mut socket: WebSocketStream<TcpStream>, mut said: mpsc::UnboundedReceiver<String>) {
    loop {
        let words = tokio::select! {
            said = said.recv() => match said {
                Some(frame) => format!(r#"42["m",{frame}]"#),
                None => return,
            },
            heard = next(&mut socket) => match heard.as_deref() {
                Ok("2") => "3".to_owned(),
                Ok(_) => continue,
                // Whoever speaks next is told.
                Err(_) => return,
            },
        };
        if socket.send(Message::text(words)).await.is_err() {
            return;
        }
    }
}

async fn keep_nats(mut stream: TcpStream, mut operations: Operations, mut said: mpsc::UnboundedReceiver<String>) {
    let mut bytes = [0; BUFFER];
    loop {
        let done = tokio::select! {
            said = said.recv() => match said {
                Some(frame) => stream.write_all(nats::publish(&frame).as_bytes()).await.is_ok(),
                None => return,
            },
            length = stream.read(&mut bytes) => match length {
                Ok(length) => hears_nats(&bytes[..length], &mut stream, &mut operations).await.is_ok(),
                Err(_) => false,
            },
        };
        if !done {
            return;
        }
    }
}

/// Takes what NATS has to say, and answers it. Returns whether it has answered us.
async fn hears_nats(bytes: &[u8], stream: &mut TcpStream, operations: &mut Operations) -> Result<bool> {
    if bytes.is_empty() {
        return Err(Failure::new("NATS ended a connection"));
    }
    let (mut pings, mut has_answered) = (0, false);
    operations.read(bytes, |operation| {
        match operation {
            Operation::Ping => pings += 1,
            Operation::Pong => has_answered = true,
            Operation::Refusal(why) => return Err(Failure::while_doing("NATS", why)),
            Operation::Message(_) | Operation::Other => {}
        }
        Ok(())
    })?;
    for _ in 0..pings {
        stream.write_all(nats::PONG.as_bytes()).await?;
    }
    Ok(has_answered)
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Result<Utf8Bytes> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(Failure::while_doing("a reference", error)),
            None => return Err(Failure::new("a reference ended a connection")),
        }
    }
}

async fn open(address: &str, path: &str) -> Result<WebSocketStream<TcpStream>> {
    let opening = client_async(format!("ws://{address}/{path}"), connect(address).await?);
    opening.await.map(|(socket, _)| socket).map_err(|e| Failure::while_doing(address, e))
}

async fn connect(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).await.map_err(|e| Failure::while_doing(address, e))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
