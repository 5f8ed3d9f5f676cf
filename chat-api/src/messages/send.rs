//! `POST /api/chats/{uri}/messages/`: says something.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::extract::Body;
use service_kit::token::Identity;
use service_kit::{Error, Result, trace};
use shared_proto::chats::Status;
use shared_proto::messages::{MessageSent, SendMessage};

use super::NewMessage;
use crate::chats;
use crate::state::State;

pub(crate) async fn send(
    asker: Identity,
    uri: Path<String>,
    Body(wanted): Body<SendMessage>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = chats::store::parse(&uri)?;
    state.sends.take(&asker.user).map_err(|wait| Error::rate_limited("Too many messages at once", wait))?;
    let text = wanted.message.clone();
    let sent = state
        .committer
        .commit(vec![NewMessage {
            sender: asker.user,
            chat: uri.clone(),
            client_id: wanted.client_id,
            text: wanted.message,
            reply_to: wanted.reply_to,
            origin: trace::origin(),
        }])
        .await
        .pop()
        .unwrap_or(Err(Error::Internal("a send had no result", None)))?;
    let mut response = if sent.fresh { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(response.json(MessageSent {
        status: Status::Success,
        uri,
        // A retry says the same as the first try did, or it is refused.
        message: text,
        user: sent.user,
        id: sent.id,
        seq: sent.seq,
    }))
}
