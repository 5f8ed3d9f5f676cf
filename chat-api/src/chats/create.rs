//! `POST /api/chats/`: starts a chat. Whoever starts it owns it and is its first member.

use actix_web::HttpResponse;
use actix_web::web::Data;
use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::extract::Body;
use service_kit::token::Identity;
use service_kit::{Error, Result, clock, each_backend};
use shared_proto::chats::{ChatCreated, CreateChat, Status};
use shared_proto::event::Event;
use shared_proto::{ChatName, ChatUri};

use super::join::add_member;
use super::store;
use crate::events::Appended;
use crate::schema::chats;
use crate::state::State;
use crate::users;

const URI_LENGTH: usize = 15;

pub(crate) async fn create(
    asker: Identity,
    Body(wanted): Body<CreateChat>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = ChatUri::try_from(nanoid::nanoid!(URI_LENGTH)).map_err(|e| Error::internal("a new link", e))?;
    let outbox = state.publisher.keeps_outbox();
    let made = uri.clone();
    let appended = state
        .db
        .write(move |conn| conn.transaction(|conn| insert(conn, &asker, &made, wanted.name.as_ref(), outbox)))
        .await?;
    state.publisher.announce(appended).await;
    Ok(HttpResponse::Created().json(ChatCreated {
        status: Status::Success,
        message: format!("New chat {uri} started"),
        uri,
    }))
}

fn insert(
    conn: &mut Conn,
    owner: &Identity,
    uri: &ChatUri,
    name: Option<&ChatName>,
    outbox: bool,
) -> Result<Vec<Appended>> {
    let owner = users::remember_asker(conn, owner)?;
    let now = clock::now();
    each_backend!(conn, c => diesel::insert_into(chats::table)
        .values((
            chats::uri.eq(uri.as_str()),
            chats::name.eq(name.map(ChatName::as_str)),
            chats::owner_id.eq(owner.id.0),
            chats::last_seq.eq(0),
            chats::last_at.eq(now.micros()),
            chats::created_at.eq(now.micros()),
        ))
        .execute(c))?;
    let chat = store::find(conn, uri)?;
    let appended = add_member(conn, &chat, Event::MemberJoined { user: owner.clone() }, owner.id, outbox)?;
    Ok(appended.into_iter().collect())
}
