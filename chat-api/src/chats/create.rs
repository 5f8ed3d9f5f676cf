//! `POST /api/chats/`: starts a chat. Whoever starts it owns it and is its first member.

use actix_web::HttpResponse;
use actix_web::web::Data;
use service_kit::extract::Body;
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::chats::{ChatCreated, CreateChat, Role, Status};

use super::store;
use crate::members;
use crate::state::State;
use crate::users;

pub(crate) async fn create(
    asker: Identity,
    Body(wanted): Body<CreateChat>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = super::new_uri()?;
    let made = uri.clone();
    state
        .change(move |change| {
            let owner = users::remember_asker(change.conn, &asker)?;
            let now = change.now.micros();
            let chat = store::insert(change.conn, &made, wanted.name.as_ref(), None, owner.id, now)?;
            let mut chat = chat.ok_or(Error::Internal("a new chat's address is taken", None))?;
            members::add(change, &mut chat, &owner, None, Role::Owner)
        })
        .await?;
    Ok(HttpResponse::Created().json(ChatCreated {
        status: Status::Success,
        message: format!("New chat {uri} started"),
        uri,
    }))
}
