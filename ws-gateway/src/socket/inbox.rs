//! What comes from a client, as far as the protocol cares.

use std::time::Duration;

use actix_http::ws::ProtocolError;
use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode as WsCloseCode};
use shared_proto::CloseCode;
use tokio::time::{Instant, timeout};

use super::guard::{Guard, Violation};
use super::{Frame, Outgoing};

/// How long a close frame of ours waits for the client's, which lets everything before it arrive (RFC 6455 §7.1.1).
const CLOSING: Duration = Duration::from_secs(2);
/// A client whose frames can't be read any more is done when it was silent for so long.
const SILENT: Duration = Duration::from_millis(250);

/// Why a socket ends, when it is the server that ends it.
pub(super) type Closed = (CloseCode, String);

/// The reading half of a socket.
pub(crate) struct Inbox {
    guard: Guard,
    frames: AggregatedMessageStream,
    /// After an error nothing that follows makes sense.
    is_readable: bool,
}

/// A frame.
pub(super) enum Inbound {
    Text(String),
    /// Of which protocol 1 has none.
    Binary(Bytes),
    /// A ping (answered already) or a pong.
    Alive,
}

impl Inbox {
    /// The request's body as frames of at most `limit` bytes, with the guard in front. `open` does the handshake.
    pub(crate) async fn open<R>(
        request: &HttpRequest,
        body: web::Payload,
        limit: usize,
        open: impl FnOnce(web::Payload) -> Result<(R, actix_ws::MessageStream), actix_web::Error>,
    ) -> Result<(R, Self), actix_web::Error> {
        let guard = Guard::new(body.into_inner());
        let mut checked: Payload = guard.checked(limit);
        let (opened, frames) = open(web::Payload::from_request(request, &mut checked).await?)?;
        let frames = frames.max_frame_size(limit).aggregate_continuations().max_continuation_size(limit);
        Ok((opened, Self { guard, frames, is_readable: true }))
    }

    /// The next frame; `None` when the client has closed or is gone.
    pub(super) async fn next(&mut self, out: &Outgoing) -> Option<Result<Inbound, Closed>> {
        let next = self.next_frame(out).await;
        self.is_readable = matches!(next, Some(Ok(_)) | None);
        next
    }

    async fn next_frame(&mut self, out: &Outgoing) -> Option<Result<Inbound, Closed>> {
        let Some(message) = self.frames.recv().await else {
            return self.guard.violation().map(|violation| Err(refusal(violation)));
        };
        Some(match message {
            Ok(AggregatedMessage::Text(text)) => Ok(Inbound::Text(text.to_string())),
            Ok(AggregatedMessage::Pong(_)) => Ok(Inbound::Alive),
            Ok(AggregatedMessage::Ping(payload)) => {
                out.push(Frame::pong(&payload));
                Ok(Inbound::Alive)
            }
            Ok(AggregatedMessage::Binary(bytes)) => Ok(Inbound::Binary(bytes)),
            Ok(AggregatedMessage::Close(reason)) => {
                // Its echo (RFC 6455 §5.5.1).
                if reason.as_ref().is_none_or(|r| !matches!(r.code, WsCloseCode::Abnormal | WsCloseCode::Tls)) {
                    out.close(CloseCode::Normal, "");
                }
                return None;
            }
            Err(ProtocolError::Overflow) => Err(refusal(Violation::TooBig)),
            // What actix-ws says of fragments that add up to too much.
            Err(ProtocolError::Io(error)) if error.to_string().contains("maximum continuation size") => {
                Err(refusal(Violation::TooBig))
            }
            Err(ProtocolError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
                Err((CloseCode::InvalidText, "the text is not UTF-8".into()))
            }
            Err(ProtocolError::Io(_)) => return None,
            Err(error) => Err((CloseCode::Protocol, error.to_string())),
        })
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
        while Instant::now() < deadline && timeout(SILENT, self.guard.discard_some()).await == Ok(true) {}
    }
}

/// What a binary frame ends in.
pub(super) fn unsupported() -> Closed {
    (CloseCode::Unsupported, "Chatire speaks text frames".into())
}

fn refusal(violation: Violation) -> Closed {
    match violation {
        Violation::TooBig => (CloseCode::TooBig, "the frame is over the limit".into()),
        Violation::Protocol(why) => (CloseCode::Protocol, why.into()),
    }
}
