//! What comes from a client, as far as the protocol cares.

use std::io::{self, Read};
use std::rc::Rc;
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use shared_proto::CloseCode;
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, timeout};
use tungstenite::Utf8Bytes;

use super::frames::{Frames, Next};
use super::{Frame, Outgoing};

/// How long a close frame of ours waits for the client's, which lets everything before it arrive (RFC 6455 §7.1.1).
const CLOSING: Duration = Duration::from_secs(2);
/// A client whose frames can't be read any more is done when it was silent for so long.
const SILENT: Duration = Duration::from_millis(250);

/// Why a socket ends, when it is the server that ends it.
pub(super) type Closed = (CloseCode, String);

/// The reading half of a socket.
pub(crate) struct Inbox {
    stream: Rc<TcpStream>,
    frames: Frames<Receiving>,
    /// After an error nothing that follows makes sense.
    is_readable: bool,
}

/// A frame.
pub(super) enum Inbound {
    Text(Utf8Bytes),
    /// Of which protocol 1 has none.
    Binary(actix_web::web::Bytes),
    /// A ping (answered already) or a pong.
    Alive,
}

impl Inbox {
    /// Messages of at most `limit` bytes. `early` was read already.
    pub(crate) fn new(stream: Rc<TcpStream>, early: &[u8], limit: usize) -> Self {
        let frames = Frames::new(Receiving(stream.clone()), early, limit);
        Self { stream, frames, is_readable: true }
    }

    /// The next frame; `None` when the client has closed or is gone.
    pub(super) async fn next(&mut self, out: &Outgoing) -> Option<Result<Inbound, Closed>> {
        loop {
            // Whoever sends without a pause takes turns with the others.
            consume_budget().await;
            let next = match self.frames.next() {
                Next::Later => {
                    // An error shows when it is read.
                    let _ = self.stream.readable().await;
                    continue;
                }
                Next::Text(text) => Some(Ok(Inbound::Text(text))),
                Next::Binary(bytes) => Some(Ok(Inbound::Binary(bytes))),
                Next::Pong => Some(Ok(Inbound::Alive)),
                Next::Ping(payload) => {
                    out.push(Frame::pong(&payload));
                    Some(Ok(Inbound::Alive))
                }
                Next::Close(answer) => {
                    out.close(answer, "");
                    None
                }
                Next::End => None,
                Next::Unreadable(closed) => Some(Err(closed)),
            };
            self.is_readable = matches!(next, Some(Ok(_)) | None);
            return next;
        }
    }

    /// After our close frame: until the client's own, its end, or the end of our patience.
    pub(super) async fn until_closed(&mut self, out: &Outgoing) {
        let deadline = Instant::now() + CLOSING;
        while self.is_readable {
            match tokio::time::timeout_at(deadline, self.next(out)).await {
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return,
            }
        }
        while Instant::now() < deadline && timeout(SILENT, self.discard_some()).await == Ok(true) {}
    }

    /// Takes bytes in and forgets them, so that a client that is still sending comes to read our close frame. Returns
    /// whether more may come.
    async fn discard_some(&self) -> bool {
        if self.stream.readable().await.is_err() {
            return false;
        }
        let read = self.stream.try_read(&mut [0; 16 * 1024]);
        read.map_or_else(|error| error.kind() == io::ErrorKind::WouldBlock, |count| count > 0)
    }
}

/// Reads what has come, and never waits.
struct Receiving(Rc<TcpStream>);

impl Read for Receiving {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(bytes)
    }
}

/// What a binary frame ends in.
pub(super) fn unsupported() -> Closed {
    (CloseCode::Unsupported, "Chatire speaks text frames".into())
}
