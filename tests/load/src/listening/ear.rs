//! One socket, with nothing around it that costs memory or CPU.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::crowd::Door;
use super::dialect::{Dialect, Meaning};
use super::heard::Heard;
use super::tally::Tally;
use crate::Result;
use crate::failure::Failure;
use crate::http::ANSWER;

/// For what comes in at once. There are ten thousand of these.
const BUFFER: usize = 2048;

/// An open socket.
pub(super) struct Ear {
    socket: WebSocketStream<TcpStream>,
    dialect: Dialect,
}

impl Ear {
    /// Goes on from what one has heard; nothing is missed from now on.
    pub(super) async fn open(door: &Door, dialect: Dialect, heard: &mut Heard, tally: &Tally) -> Result<Self> {
        let (address, token) = (&door.address, door.token.as_deref());
        let stream = TcpStream::connect(address).await.map_err(|e| Failure::while_doing(address, e))?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(BUFFER).write_buffer_size(0);
        let opening = client_async_with_config(format!("ws://{address}{}", dialect.path(token)), stream, Some(config));
        let mut ear = match timeout(ANSWER, opening).await {
            Ok(Ok((socket, _))) => Self { socket, dialect },
            Ok(Err(error)) => return Err(Failure::while_doing(address, error)),
            Err(_) => return Err(Failure::new(format!("{address}: no handshake within {} s", ANSWER.as_secs()))),
        };
        match timeout(ANSWER, ear.becomes_live(token, heard, tally)).await {
            Ok(done) => done.map(|()| ear),
            Err(_) => Err(Failure::new(format!("{address}: not live within {} s", ANSWER.as_secs()))),
        }
    }

    async fn becomes_live(&mut self, token: Option<&str>, heard: &mut Heard, tally: &Tally) -> Result<()> {
        if let Some(words) = self.dialect.first_words(token, heard) {
            self.says(words).await?;
        }
        let mut is_live = self.dialect.is_live_at_once(token);
        while !is_live {
            is_live = self.takes_a_frame(heard, tally).await?.is_live;
        }
        Ok(())
    }

    /// Listens until the socket ends; says why it did.
    pub(super) async fn listens(&mut self, heard: &mut Heard, tally: &Tally) -> Failure {
        loop {
            if let Err(failure) = self.takes_a_frame(heard, tally).await {
                return failure;
            }
        }
    }

    async fn takes_a_frame(&mut self, heard: &mut Heard, tally: &Tally) -> Result<Meaning> {
        let frame = match self.socket.next().await {
            Some(Ok(Message::Close(Some(frame)))) => {
                return Err(Failure::new(format!("closed with {}: {}", frame.code, frame.reason)));
            }
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Err(Failure::while_doing("a socket", error)),
            None => return Err(Failure::new("the connection ended")),
        };
        let mut meaning = self.dialect.understands(&frame, heard, tally)?;
        if let Some(answer) = meaning.answer.take() {
            self.says(answer).await?;
        }
        Ok(meaning)
    }

    async fn says(&mut self, words: Message) -> Result<()> {
        self.socket.send(words).await.map_err(|e| Failure::while_doing("a socket", e))
    }
}
