//! `GET /api/links/{link}/`: what one sees of a chat before joining it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::chats::LinkPreview;
use shared_proto::{ChatLink, ErrorCode};

use super::store;
use crate::members;
use crate::state::State;

/// How many members it shows at most.
const SHOWN_MEMBERS: i64 = 5;

pub(crate) async fn preview(asker: Identity, link: Path<String>, state: Data<State>) -> Result<HttpResponse> {
    let link: ChatLink = link.parse().map_err(|_| store::not_found(&link))?;
    let preview = state
        .db
        .read(move |conn| {
            let chat = store::find_by_link(conn, &link)?.ok_or_else(|| store::not_found(link.as_str()))?;
            if members::store::is_banned(conn, &chat, asker.user)? {
                return Err(Error::refused(ErrorCode::Banned, "You were banned from this chat."));
            }
            Ok(LinkPreview {
                uri: chat.uri()?,
                name: chat.name()?,
                members: members::store::first(conn, &chat, SHOWN_MEMBERS)?,
                member_count: chat.member_count,
                joined: members::store::find(conn, &chat, asker.user)?.is_some(),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(preview))
}
