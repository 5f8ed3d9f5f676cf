//! Frames as they stand on the wire (RFC 6455 §5.2).

use actix_http::ws::{CloseReason, OpCode, Parser};
use bytes::{Bytes, BytesMut};
use shared_proto::CloseCode;
use shared_proto::frames::ServerFrame;

/// A frame from the server, header included. Server frames carry no mask, so the same bytes serve every socket:
/// encoded once, shared by all.
#[derive(Clone, Debug)]
pub(crate) struct Frame(Bytes);

impl Frame {
    /// Text that is JSON already.
    pub(crate) fn text(json: &[u8]) -> Self {
        Self::message(json, OpCode::Text)
    }

    /// One of the server's own frames.
    pub(crate) fn of(frame: &ServerFrame) -> Self {
        // Plain data without maps: it can always be written.
        Self::text(&serde_json::to_vec(frame).unwrap_or_default())
    }

    pub(crate) fn binary(payload: &[u8]) -> Self {
        Self::message(payload, OpCode::Binary)
    }

    pub(crate) fn ping() -> Self {
        Self::message(b"", OpCode::Ping)
    }

    pub(crate) fn pong(payload: &[u8]) -> Self {
        Self::message(payload, OpCode::Pong)
    }

    /// The last frame of a socket. `reason` is cut at 120 bytes (control frames hold 125).
    pub(crate) fn close(code: CloseCode, reason: &str) -> Self {
        let mut end = reason.len().min(120);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        let mut bytes = BytesMut::new();
        let reason = CloseReason { code: code.code().into(), description: Some(reason[..end].to_owned()) };
        Parser::write_close(&mut bytes, Some(reason), false);
        Self(bytes.freeze())
    }

    fn message(payload: &[u8], kind: OpCode) -> Self {
        let mut bytes = BytesMut::with_capacity(payload.len() + 10);
        Parser::write_message(&mut bytes, payload, kind, true, false);
        Self(bytes.freeze())
    }

    pub(super) fn bytes(self) -> Bytes {
        self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
