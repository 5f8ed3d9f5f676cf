//! Frames as they stand on the wire (RFC 6455 §5.2).

use bytes::Bytes;
use shared_proto::CloseCode;
use shared_proto::frames::ServerFrame;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame as Plain;
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// A frame from the server, header included. Server frames carry no mask, so the same bytes serve every socket:
/// encoded once, shared by all.
#[derive(Clone, Debug)]
pub(crate) struct Frame(Bytes);

impl Frame {
    /// Text that is JSON already.
    pub(crate) fn text(json: &[u8]) -> Self {
        Self::encode(Plain::message(json.to_vec(), OpCode::Data(Data::Text), true))
    }

    /// One of the server's own frames.
    pub(crate) fn of(frame: &ServerFrame) -> Self {
        // Plain data without maps: it can always be written.
        Self::text(&serde_json::to_vec(frame).unwrap_or_default())
    }

    pub(crate) fn binary(payload: &[u8]) -> Self {
        Self::encode(Plain::message(payload.to_vec(), OpCode::Data(Data::Binary), true))
    }

    pub(crate) fn ping() -> Self {
        Self::encode(Plain::ping(Bytes::new()))
    }

    pub(crate) fn pong(payload: &[u8]) -> Self {
        Self::encode(Plain::pong(payload.to_vec()))
    }

    /// The last frame of a socket. `reason` is cut at 120 bytes (control frames hold 125).
    pub(crate) fn close(code: CloseCode, reason: &str) -> Self {
        let mut end = reason.len().min(120);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        Self::encode(Plain::close(Some(CloseFrame { code: code.code().into(), reason: reason[..end].into() })))
    }

    fn encode(frame: Plain) -> Self {
        let mut bytes = Vec::with_capacity(frame.len());
        // Writing to memory can't fail.
        let _ = frame.format(&mut bytes);
        Self(bytes.into())
    }

    /// The same frame in memory of its own: counting the references to what two threads share costs more than this, when
    /// a thousand sockets get it.
    pub(crate) fn own(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
