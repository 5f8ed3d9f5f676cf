//! A socket at a ws-gateway.

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use shared_proto::event::Event;
use shared_proto::frames::{Incoming, ServerFrame};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Result;
use crate::failure::Failure;
use crate::http::ANSWER;

type Stream = WebSocketStream<TcpStream>;

/// What can be said over it.
pub(super) struct Mouth {
    sink: SplitSink<Stream, Message>,
    chat: String,
}

/// What comes from it.
pub(super) struct Ear(SplitStream<Stream>);

/// A socket of one signed-in person, live from now on, who speaks in one chat.
pub(super) async fn open(address: &str, token: &str, chat: &str) -> Result<(Mouth, Ear)> {
    let stream = TcpStream::connect(address).await.map_err(|e| Failure::while_doing(address, e))?;
    stream.set_nodelay(true)?;
    let opened = client_async(format!("ws://{address}/ws/"), stream).await;
    let (mut socket, _) = opened.map_err(|e| Failure::while_doing(address, e))?;
    let hello = format!(r#"{{"type":"hello","token":"{token}","protocol":1}}"#);
    socket.send(Message::text(hello)).await.map_err(|e| Failure::while_doing("hello", e))?;
    let (sink, stream) = socket.split();
    let mut ear = Ear(stream);
    let ready = async {
        while !matches!(ear.frame().await?, Incoming::Frame(ServerFrame::Ready { .. })) {}
        Ok::<_, Failure>(())
    };
    timeout(ANSWER, ready).await.map_err(|_| Failure::new("no ready came from the gateway"))??;
    Ok((Mouth { sink, chat: chat.to_owned() }, ear))
}

impl Mouth {
    /// Says something; `text` needs no escaping in JSON. Nobody waits for an answer.
    pub(super) async fn say(&mut self, client_id: u64, text: &str) -> Result<()> {
        let chat = &self.chat;
        let frame = format!(r#"{{"type":"send","chat":"{chat}","client_id":"{client_id}","message":"{text}"}}"#);
        self.sink.send(Message::text(frame)).await.map_err(|e| Failure::while_doing("a socket", e))
    }
}

impl Ear {
    /// The next message that was said in any chat. A refusal of one's own is a failure.
    pub(super) async fn heard(&mut self) -> Result<String> {
        loop {
            match self.frame().await? {
                Incoming::Event(event) => {
                    if let Event::MessageCreated(message) = event.event
                        && let Some(text) = message.message
                    {
                        return Ok(text.as_str().to_owned());
                    }
                }
                Incoming::Frame(ServerFrame::Error { message, .. }) => {
                    return Err(Failure::while_doing("the gateway refused", message));
                }
                Incoming::Frame(_) => {}
            }
        }
    }

    async fn frame(&mut self) -> Result<Incoming> {
        loop {
            let message = self.0.next().await.ok_or_else(|| Failure::new("the gateway closed a socket"))?;
            if let Message::Text(text) = message.map_err(|e| Failure::while_doing("a socket", e))? {
                return serde_json::from_str(&text).map_err(|e| Failure::while_doing(&text, e));
            }
        }
    }
}
