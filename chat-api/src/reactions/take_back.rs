//! `DELETE`: takes one's emoji back; there need not have been one.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::Result;
use service_kit::token::Identity;
use shared_proto::Seq;
use shared_proto::event::Event;

use super::store;
use crate::state::State;
use crate::{chats, members, messages, users};

pub(crate) async fn take_back(
    asker: Identity,
    path: Path<(String, String, String)>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let (uri, id, emoji) = super::parse(&path)?;
    state
        .change(move |change| {
            let mut chat = chats::store::lock(change.conn, &uri)?;
            members::store::require(change.conn, &chat, asker.user)?;
            let message = messages::store::find(change.conn, &chat, id)?;
            if !store::delete(change.conn, id, asker.user, &emoji)? {
                return Ok(());
            }
            let user = users::get(change.conn, asker.user)?;
            change.append(&mut chat, Event::ReactionRemoved { id, of: Seq(message.seq), user, emoji }, None)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
