//! The loop that reads a socket.

use std::time::Duration;

use actix_web::web::Data;
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode as WsCloseCode, ProtocolError};
use serde::Deserialize;
use shared_proto::auth::Secret;
use shared_proto::frames::{ClientFrame, Send, ServerFrame};
use shared_proto::internal::{ReadItem, SendItem};
use shared_proto::{ClientId, CloseCode, ErrorCode};
use tokio::time::timeout;

use super::{Connection, Frame, Outgoing, hello};
use crate::handshake::Door;
use crate::hub::Entered;

/// How long a close frame of ours waits for the client's, which lets everything before it arrive (RFC 6455 §7.1.1).
const CLOSING: Duration = Duration::from_secs(2);
/// The frame types of protocol 1.
const TYPES: [&str; 7] = ["hello", "auth", "send", "typing", "read", "focus", "ping"];

/// Why a socket ends, when it is the server that ends it.
pub(super) type Closed = (CloseCode, String);

/// Serves a socket from its handshake to its end.
pub(crate) async fn serve(mut frames: AggregatedMessageStream, out: Outgoing, door: Data<Door>) {
    let ended = match hello::welcome(&mut frames, &out, &door).await {
        Ok(entered) => read(&mut frames, &entered, &door).await,
        Err(closed) => Err(closed),
    };
    if let Err((code, reason)) = ended {
        out.close(code, &reason);
        // The client's own close frame, or the end of our patience. When the client closed first, it is us who end the
        // connection, at once.
        let _ = timeout(CLOSING, async { while let Some(Ok(_)) = next(&mut frames, &out).await {} }).await;
    }
    out.finish();
}

/// Until the client closes (`Ok`) or has to be closed.
async fn read(frames: &mut AggregatedMessageStream, entered: &Entered, door: &Door) -> Result<(), Closed> {
    let connection = entered.connection();
    while let Some(inbound) = next(frames, &connection.out).await {
        let inbound = inbound?;
        if connection.out.is_closing() {
            // Whoever was shut out says nothing more; only the close frame is still waited for.
            return Err((CloseCode::Normal, String::new()));
        }
        connection.touch();
        match inbound {
            Inbound::Alive => {}
            Inbound::Text(text) => match ClientFrame::parse(&text) {
                Ok(ClientFrame::Send(send)) => pass_on(connection, send, door),
                Ok(ClientFrame::Typing { chat }) => door.hub.types(entered.id(), &chat),
                Ok(ClientFrame::Read { chat, seq }) => {
                    door.hub.reads(ReadItem { user: connection.user, chat, seq });
                }
                Ok(ClientFrame::Focus { chat }) => door.hub.focus(entered.id(), chat),
                Ok(ClientFrame::Ping) => connection.out.push(Frame::of(&ServerFrame::Pong)),
                Ok(ClientFrame::Auth { token }) => renew(connection, &token, door).await?,
                Ok(ClientFrame::Hello(_)) => return Err((CloseCode::BadFrame, "hello comes once".into())),
                Err(error) => connection.out.push(unreadable(&text, &error)?),
            },
        }
    }
    Ok(())
}

/// What a client sent, as far as the protocol cares.
pub(super) enum Inbound {
    Text(String),
    /// A ping (answered already) or a pong.
    Alive,
}

/// The next frame; `None` when the client has closed or is gone.
pub(super) async fn next(frames: &mut AggregatedMessageStream, out: &Outgoing) -> Option<Result<Inbound, Closed>> {
    Some(match frames.recv().await? {
        Ok(AggregatedMessage::Text(text)) => Ok(Inbound::Text(text.to_string())),
        Ok(AggregatedMessage::Pong(_)) => Ok(Inbound::Alive),
        Ok(AggregatedMessage::Ping(payload)) => {
            out.push(Frame::pong(&payload));
            Ok(Inbound::Alive)
        }
        Ok(AggregatedMessage::Binary(_)) => Err((CloseCode::Unsupported, "Chatire speaks text frames".into())),
        Ok(AggregatedMessage::Close(reason)) => {
            // Its echo (RFC 6455 §5.5.1).
            if reason.as_ref().is_none_or(|r| !matches!(r.code, WsCloseCode::Abnormal | WsCloseCode::Tls)) {
                out.close(CloseCode::Normal, "");
            }
            return None;
        }
        Err(ProtocolError::Overflow) => Err((CloseCode::TooBig, "the frame is over the limit".into())),
        // What actix-ws says of fragments that add up to too much.
        Err(ProtocolError::Io(error)) if error.to_string().contains("maximum continuation size") => {
            Err((CloseCode::TooBig, "the message is over the limit".into()))
        }
        Err(ProtocolError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err((CloseCode::InvalidText, "the text is not UTF-8".into()))
        }
        Err(ProtocolError::Io(_)) => return None,
        Err(error) => Err((CloseCode::Protocol, error.to_string())),
    })
}

/// A message for chat-api; its `ack` or `error` comes back to the socket.
fn pass_on(connection: &Connection, send: Send, door: &Door) {
    match send.text() {
        Ok(message) => {
            let Send { chat, client_id, reply_to, .. } = send;
            let item = SendItem { user: connection.user, chat, client_id, message, reply_to };
            door.hub.send(item, connection.out.clone());
        }
        Err(invalid) => connection.out.push(refused(ErrorCode::ValidationFailed, &invalid, Some(send.client_id))),
    }
}

/// A fresh token for the same session. One that ended a moment ago is refused without harm: the old one still holds.
async fn renew(connection: &Connection, token: &Secret, door: &Door) -> Result<(), Closed> {
    match door.verify(token).await {
        Ok(identity) if identity.user == connection.user && identity.session == connection.session => {
            connection.expires.set(identity.expires.max(connection.expires.get()));
            Ok(())
        }
        Ok(_) => Err((CloseCode::Forbidden, "the token belongs to another session".into())),
        Err(error) if error.code() == ErrorCode::Unavailable => {
            connection.out.push(refused(ErrorCode::Unavailable, &error.detail(), None));
            Ok(())
        }
        Err(error) => Err((CloseCode::Unauthorized, error.detail().to_owned())),
    }
}

/// The answer to a frame that can't be read; no JSON of this protocol at all ends the socket.
fn unreadable(text: &str, error: &serde_json::Error) -> Result<Frame, Closed> {
    #[derive(Deserialize)]
    struct Outline {
        r#type: String,
        client_id: Option<ClientId>,
    }
    let outline = serde_json::from_str::<Outline>(text).ok().filter(|_| text.trim_start().starts_with('{'));
    let Some(outline) = outline else {
        return Err((CloseCode::BadFrame, format!("no frame of protocol 1: {error}")));
    };
    if !TYPES.contains(&outline.r#type.as_str()) {
        let what = format!("protocol 1 has no frame {:?}", outline.r#type);
        return Ok(refused(ErrorCode::UnknownFrame, &what, outline.client_id));
    }
    if outline.client_id.is_some() {
        return Ok(refused(ErrorCode::ValidationFailed, error, outline.client_id));
    }
    Err((CloseCode::BadFrame, format!("a broken {} frame: {error}", outline.r#type)))
}

fn refused(code: ErrorCode, why: &dyn std::fmt::Display, client_id: Option<ClientId>) -> Frame {
    Frame::of(&ServerFrame::Error { code, message: why.to_string(), client_id, retry_after_ms: None })
}
