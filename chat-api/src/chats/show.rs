//! `GET /api/chats/{uri}/`: one chat, for its members.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::Result;
use service_kit::token::Identity;

use super::{store, view};
use crate::state::State;

pub(crate) async fn show(asker: Identity, uri: Path<String>, state: Data<State>) -> Result<HttpResponse> {
    let uri = store::parse(&uri)?;
    let chat = state.db.snapshot(move |conn| view::of_one(conn, &uri, asker.user)).await?;
    Ok(HttpResponse::Ok().json(chat))
}
