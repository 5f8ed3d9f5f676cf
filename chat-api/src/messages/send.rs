//! `POST /api/chats/{uri}/messages/`: says something.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::extract::Body;
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::chats::{MessageSent, SendMessage, Status};

use super::NewMessage;
use crate::chats;
use crate::state::State;

pub(crate) async fn send(
    asker: Identity,
    uri: Path<String>,
    Body(wanted): Body<SendMessage>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = chats::parse(&uri)?;
    let sent = state
        .committer
        .commit(vec![NewMessage {
            sender: asker.user,
            chat: uri.clone(),
            client_id: wanted.client_id,
            text: wanted.message,
            reply_to: wanted.reply_to,
        }])
        .await
        .pop()
        .unwrap_or(Err(Error::Internal("a send had no result", None)))?;
    let mut response = if sent.fresh { HttpResponse::Created() } else { HttpResponse::Ok() };
    let message = sent.message;
    Ok(response.json(MessageSent {
        status: Status::Success,
        uri,
        message: message.message,
        user: message.user,
        id: message.id,
        seq: message.seq,
    }))
}
