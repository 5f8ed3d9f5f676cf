//! `POST /api/chats/direct/`: the chat of two people, which is always the same one.

use actix_web::HttpResponse;
use actix_web::web::Data;
use service_kit::extract::Body;
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::User;
use shared_proto::chats::{Chat, DirectChat, Role};

use super::{store, view};
use crate::change::Change;
use crate::members;
use crate::state::State;
use crate::users;

pub(crate) async fn direct(
    asker: Identity,
    Body(wanted): Body<DirectChat>,
    state: Data<State>,
) -> Result<HttpResponse> {
    if wanted.username.key() == asker.username.key() {
        return Err(Error::invalid("username", "that is you; start a chat of your own instead"));
    }
    let other = users::find_or_ask(&state, wanted.username).await?;
    let (chat, is_new) = state.change(move |change| find_or_start(change, &asker, &other)).await?;
    Ok(if is_new { HttpResponse::Created() } else { HttpResponse::Ok() }.json(chat))
}

fn find_or_start(change: &mut Change<'_>, asker: &Identity, other: &User) -> Result<(Chat, bool)> {
    let asker = users::remember_asker_and(change.conn, asker, other)?;
    let key = store::direct_key(asker.id, other.id);
    let uri = super::new_uri()?;
    // When both ask at the same moment one waits here for the other.
    let started = store::insert(change.conn, &uri, None, Some(&key), asker.id, change.now.micros())?;
    let is_new = started.is_some();
    let chat = match started {
        Some(mut chat) => {
            members::add(change, &mut chat, &asker, None, Role::Member)?;
            members::add(change, &mut chat, other, Some(asker.clone()), Role::Member)?;
            chat
        }
        None => store::find_direct(change.conn, &key)?.ok_or(Error::Internal("a direct chat vanished", None))?,
    };
    Ok((view::of_one(change.conn, &chat.uri()?, asker.id)?, is_new))
}
