//! `PATCH /api/chats/{uri}/`: joins by the link (one's own username) or invites (a member names somebody else).

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::extract::Body;
use service_kit::token::Identity;
use service_kit::{Error, Result, clock, each_backend};
use shared_proto::chats::{ChatJoined, JoinChat, Status};
use shared_proto::event::Event;
use shared_proto::internal::UserFound;
use shared_proto::{ChatUri, ErrorCode, User, UserId, Username};

use super::store::{self, ChatRow};
use crate::events::{self, Appended};
use crate::schema::members;
use crate::state::State;
use crate::users;

pub(crate) async fn join(
    asker: Identity,
    uri: Path<String>,
    Body(wanted): Body<JoinChat>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = super::show::parse(&uri)?;
    let oneself = wanted.username.key() == asker.username.key();
    let invited = if oneself { None } else { Some(find_invited(&state, &asker, &uri, wanted.username).await?) };
    let outbox = state.publisher.keeps_outbox();
    let (appended, joined) = state
        .db
        .write(move |conn| {
            conn.transaction(|conn| {
                let user = match invited {
                    Some(user) => user,
                    None => users::remember_asker(conn, &asker)?,
                };
                let chat = if oneself { store::find(conn, &uri)? } else { store::for_member(conn, &uri, asker.user)? };
                let event = Event::MemberJoined { user: user.clone() };
                let appended = add_member(conn, &chat, event, user.id, outbox)?;
                Ok::<_, Error>((appended, answer(conn, &chat, user)?))
            })
        })
        .await?;
    state.publisher.announce(appended.into_iter().collect()).await;
    Ok(HttpResponse::Ok().json(joined))
}

/// Somebody else, by name: from our own copy, else from auth-service, once. Only members may ask.
async fn find_invited(state: &State, asker: &Identity, uri: &ChatUri, name: Username) -> Result<User> {
    let (uri, asker, looked_for) = (uri.clone(), asker.user, name.clone());
    let known = state
        .db
        .read(move |conn| {
            store::for_member(conn, &uri, asker)?;
            users::find_by_name(conn, &looked_for)
        })
        .await?;
    if let Some(user) = known {
        return Ok(user);
    }
    let query = format!("/internal/users/?username={}", percent(name.as_str()));
    let UserFound { user } = state.auth.get(&query).await.map_err(|e| match e.code() {
        ErrorCode::UserNotFound => Error::refused(ErrorCode::UserNotFound, format!("There is no user {name}.")),
        _ => e,
    })?;
    let copy = user.clone();
    state.db.write(move |conn| users::remember(conn, &copy)).await?;
    Ok(user)
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// Makes somebody a member, with the event that says so. `None` when they were one already.
pub(super) fn add_member(
    conn: &mut Conn,
    chat: &ChatRow,
    event: Event,
    user: UserId,
    outbox: bool,
) -> Result<Option<Appended>> {
    // The chat's row first, as everywhere: two transactions that lock in the same order can't block each other.
    let locked = events::lock(conn, &[chat.id])?;
    let now = clock::now();
    let added = each_backend!(conn, c => diesel::insert_into(members::table)
        .values((
            members::chat_id.eq(chat.id),
            members::user_id.eq(user.0),
            members::joined_at.eq(now.micros()),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    match locked.into_iter().next() {
        Some(locked) if added > 0 => events::append(conn, locked, event, Some(user), now, outbox).map(Some),
        Some(_) => Ok(None),
        None => Err(store::not_found(&chat.uri()?)),
    }
}

fn answer(conn: &mut Conn, chat: &ChatRow, user: User) -> Result<ChatJoined> {
    Ok(ChatJoined {
        status: Status::Success,
        members: store::members_of(conn, chat)?,
        message: format!("{} joined the chat", user.username),
        user,
    })
}
