//! `PUT`: puts an emoji under a message. The same again changes nothing.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::event::Event;
use shared_proto::{ErrorCode, Seq};

use super::store;
use crate::state::State;
use crate::{chats, members, messages, users};

/// Different emoji under one message at most.
const DIFFERENT: i64 = 50;

pub(crate) async fn put(
    asker: Identity,
    path: Path<(String, String, String)>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let (uri, id, emoji) = super::parse(&path)?;
    state
        .change(move |change| {
            let mut chat = chats::store::lock(change.conn, &uri)?;
            members::store::require(change.conn, &chat, asker.user)?;
            let message = messages::store::find_alive(change.conn, &chat, id)?;
            if !store::add(change.conn, id, asker.user, &emoji, change.now)? {
                return Ok(());
            }
            if store::different(change.conn, id)? > DIFFERENT {
                let detail = format!("There are {DIFFERENT} different emoji under this message already.");
                return Err(Error::refused(ErrorCode::LimitReached, detail));
            }
            let user = users::get(change.conn, asker.user)?;
            change.append(&mut chat, Event::ReactionAdded { id, of: Seq(message.seq), user, emoji }, None)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
