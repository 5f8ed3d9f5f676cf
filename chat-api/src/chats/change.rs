//! `PATCH /api/chats/{uri}/`: joins or invites (`username`), or names the chat (`name`).

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;
use service_kit::extract::Body;
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::chats::{ChangeChat, Chat, ChatJoined, Role};
use shared_proto::event::Event;
use shared_proto::{ChatName, ChatUri};
use utoipa::ToSchema;

use super::{store, view};
use crate::change::Change;
use crate::state::State;
use crate::{members, users};

/// What comes back: [`ChatJoined`] after joining and inviting, [`Chat`] after naming.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Changed {
    /// Of `username`.
    Joined(Box<ChatJoined>),
    /// Of `name`.
    Named(Box<Chat>),
}

pub(crate) async fn change(
    asker: Identity,
    uri: Path<String>,
    Body(wanted): Body<ChangeChat>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = store::parse(&uri)?;
    let changed = match (wanted.username, wanted.name) {
        (Some(username), None) => {
            Changed::Joined(Box::new(members::join_or_invite(&state, asker, uri, username).await?))
        }
        (None, Some(name)) => {
            Changed::Named(Box::new(state.change(move |change| rename(change, &asker, &uri, name)).await?))
        }
        (None, None) => {
            let what = "send `username` to join or invite, or `name` to name the chat";
            return Err(Error::invalid("username", what));
        }
        (Some(_), Some(_)) => return Err(Error::invalid("name", "send either `username` or `name`, not both")),
    };
    Ok(HttpResponse::Ok().json(changed))
}

fn rename(change: &mut Change<'_>, asker: &Identity, uri: &ChatUri, name: Option<ChatName>) -> Result<Chat> {
    let mut chat = store::lock(change.conn, uri)?;
    members::store::require_role(change.conn, &chat, asker.user, Role::Admin, "name the chat")?;
    if chat.name()? != name {
        store::set_name(change.conn, &chat, name.as_ref())?;
        let by = users::get(change.conn, asker.user)?;
        change.append(&mut chat, Event::ChatRenamed { name, by }, None)?;
    }
    view::of_one(change.conn, uri, asker.user)
}
