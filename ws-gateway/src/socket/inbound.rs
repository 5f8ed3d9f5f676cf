//! The loop that reads a socket.

use actix_web::web::Data;
use serde::Deserialize;
use shared_proto::auth::Secret;
use shared_proto::frames::{ClientFrame, Send, ServerFrame};
use shared_proto::internal::{ReadItem, SendItem};
use shared_proto::{ClientId, CloseCode, ErrorCode};

use super::inbox::{Closed, Inbound, Inbox, unsupported};
use super::{Connection, Frame, hello};
use crate::handshake::Door;
use crate::hub::Entered;

/// The frame types of protocol 1.
const TYPES: [&str; 7] = ["hello", "auth", "send", "typing", "read", "focus", "ping"];

/// Serves a socket from its handshake to its end.
pub(crate) async fn serve(mut inbox: Inbox, door: Data<Door>) {
    // In boxes, since what coming in and new tokens need would else be kept for as long as the socket is open.
    let ended = match Box::pin(hello::welcome(&mut inbox, &door)).await {
        Ok(entered) => read(&mut inbox, &entered, &door).await,
        Err(closed) => Err(closed),
    };
    if let Err((code, reason)) = ended {
        inbox.out().close(code, &reason);
        // When the client closed first, it is us who end the connection, at once.
        Box::pin(inbox.until_closed()).await;
    }
    inbox.out().end();
}

/// Until the client closes (`Ok`) or has to be closed.
async fn read(inbox: &mut Inbox, entered: &Entered, door: &Door) -> Result<(), Closed> {
    let connection = entered.connection();
    while let Some(inbound) = inbox.next().await {
        let inbound = inbound?;
        if connection.out.is_closing() {
            // Whoever was shut out says nothing more; only the close frame is still waited for.
            return Err((CloseCode::Normal, String::new()));
        }
        connection.touch();
        if door.frames.take(&entered.id()).is_err() {
            return Err((CloseCode::TooMany, "too many frames: reconnect after a while".into()));
        }
        match inbound {
            Inbound::Alive => {}
            Inbound::Binary(_) => return Err(unsupported()),
            Inbound::Text(text) => match ClientFrame::parse(&text) {
                Ok(ClientFrame::Send(send)) => pass_on(connection, send, door),
                Ok(ClientFrame::Typing { chat }) => door.hub.types(entered.id(), &chat),
                Ok(ClientFrame::Read { chat, seq }) => {
                    door.hub.reads(ReadItem { user: connection.user, chat, seq });
                }
                Ok(ClientFrame::Focus { chat }) => door.hub.focus(entered.id(), chat),
                Ok(ClientFrame::Ping) => connection.out.push(Frame::of(&ServerFrame::Pong)),
                Ok(ClientFrame::Auth { token }) => Box::pin(renew(connection, &token, door)).await?,
                Ok(ClientFrame::Hello(_)) => return Err((CloseCode::BadFrame, "hello comes once".into())),
                Err(error) => connection.out.push(unreadable(&text, &error)?),
            },
        }
    }
    Ok(())
}

/// A message for chat-api; its `ack` or `error` comes back to the socket.
fn pass_on(connection: &Connection, send: Send, door: &Door) {
    if let Err(wait) = door.limits.send(connection.user) {
        return connection.out.push(Frame::of(&ServerFrame::Error {
            code: ErrorCode::RateLimited,
            message: "Too many messages at once. Try again with the same client_id.".into(),
            client_id: Some(send.client_id),
            retry_after_ms: Some(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1)),
        }));
    }
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
pub(super) fn unreadable(text: &str, error: &serde_json::Error) -> Result<Frame, Closed> {
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
