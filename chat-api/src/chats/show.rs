//! `GET /api/chats/{uri}/`: one chat, for its members.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::{ChatUri, ErrorCode};

use super::store;
use crate::state::State;

pub(crate) async fn show(asker: Identity, uri: Path<String>, state: Data<State>) -> Result<HttpResponse> {
    let uri = parse(&uri)?;
    let chat = state
        .db
        .read(move |conn| {
            let chat = store::for_member(conn, &uri, asker.user)?;
            store::as_seen(conn, &chat)
        })
        .await?;
    Ok(HttpResponse::Ok().json(chat))
}

/// An address that can't be one is one where there is nothing.
pub(crate) fn parse(uri: &str) -> Result<ChatUri> {
    uri.parse().map_err(|e| Error::refused(ErrorCode::ChatNotFound, format!("There is no chat {uri:?}: {e}.")))
}
