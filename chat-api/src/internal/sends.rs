//! `POST /internal/sends/`: sends that came over sockets.

use actix_web::HttpResponse;
use actix_web::web::Data;
use service_kit::Result;
use service_kit::credential::FromInside;
use service_kit::extract::InternalBody;
use shared_proto::internal::{SendResult, SendResults, Sends};

use crate::messages::NewMessage;
use crate::state::State;

pub(crate) async fn sends(
    _: FromInside,
    InternalBody(sends): InternalBody<Sends>,
    state: Data<State>,
) -> Result<HttpResponse> {
    super::check_count("items", sends.items.len())?;
    let messages = sends.items.into_iter().map(|item| NewMessage {
        sender: item.user,
        chat: item.chat,
        client_id: Some(item.client_id),
        text: item.message,
        reply_to: item.reply_to,
    });
    let results = state.committer.commit(messages.collect()).await.into_iter().map(|result| match result {
        Ok(sent) => SendResult::Ok { id: sent.id, seq: sent.seq },
        Err(error) => SendResult::Err { code: error.code(), message: error.detail().to_owned() },
    });
    Ok(HttpResponse::Ok().json(SendResults { results: results.collect() }))
}
