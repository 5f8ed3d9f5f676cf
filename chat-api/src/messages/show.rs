//! `GET /api/chats/{uri}/messages/{id}/`: one message, for members.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::token::Identity;
use service_kit::{Error, Result};

use super::store;
use crate::chats::store as chats;
use crate::state::State;

pub(crate) async fn show(asker: Identity, path: Path<(String, String)>, state: Data<State>) -> Result<HttpResponse> {
    let (uri, id) = (chats::parse(&path.0)?, super::parse(&path.1)?);
    let message = state
        .db
        .read(move |conn| {
            let (chat, _) = chats::for_member(conn, &uri, asker.user)?;
            let row = store::find(conn, &chat, id)?;
            let message = store::complete(conn, vec![row], asker.user)?.pop();
            message.ok_or(Error::Internal("a message vanished while being read", None))
        })
        .await?;
    Ok(HttpResponse::Ok().json(message))
}
