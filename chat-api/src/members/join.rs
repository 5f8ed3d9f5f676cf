//! Becoming a member: by the chat's link (one's own username), or invited by a member.

use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::chats::{ChatJoined, Role, Status};
use shared_proto::event::Event;
use shared_proto::{ChatUri, ErrorCode, User, Username};

use super::store;
use crate::change::Change;
use crate::chats::store::{self as chats, ChatRow};
use crate::state::State;
use crate::users;

/// How many members the answer shows at most.
const SHOWN_MEMBERS: i64 = 100;

/// `PATCH /api/chats/{uri}/ {username}`.
pub(crate) async fn join_or_invite(state: &State, asker: Identity, uri: ChatUri, name: Username) -> Result<ChatJoined> {
    if name.key() == asker.username.key() {
        return state.change(move |change| join(change, &asker, &uri)).await;
    }
    let invited = find_invited(state, &asker, &uri, name).await?;
    state.change(move |change| invite(change, &asker, &uri, invited)).await
}

fn join(change: &mut Change<'_>, asker: &Identity, link_or_uri: &ChatUri) -> Result<ChatJoined> {
    let user = users::remember_asker(change.conn, asker)?;
    let by_link = chats::lock_by_link(change.conn, link_or_uri.as_str())?;
    let led = by_link.is_some();
    let mut chat = match by_link {
        Some(chat) => chat,
        None => chats::lock(change.conn, link_or_uri)?,
    };
    if store::find(change.conn, &chat, user.id)?.is_some() {
        chat.must_be_a_group()?;
    } else if chat.direct_key.is_some() {
        return Err(chats::not_found(link_or_uri.as_str()));
    } else if store::is_banned(change.conn, &chat, user.id)? {
        return Err(Error::refused(ErrorCode::Banned, "You were banned from this chat."));
    } else if !led {
        let detail = "This link does not work any more. Ask a member for the new one, or to invite you.";
        return Err(Error::refused(ErrorCode::LinkClosed, detail));
    } else {
        add(change, &mut chat, &user, None, Role::Member)?;
    }
    answer(change, &chat, user)
}

fn invite(change: &mut Change<'_>, asker: &Identity, uri: &ChatUri, user: User) -> Result<ChatJoined> {
    let by = users::remember_asker_and(change.conn, asker, &user)?;
    let mut chat = chats::lock(change.conn, uri)?;
    store::require(change.conn, &chat, by.id)?;
    chat.must_be_a_group()?;
    if store::is_banned(change.conn, &chat, user.id)? {
        let detail = format!("{} was banned from this chat. An admin can lift the ban.", user.username);
        return Err(Error::refused(ErrorCode::Banned, detail));
    }
    add(change, &mut chat, &user, Some(by), Role::Member)?;
    answer(change, &chat, user)
}

/// Makes somebody a member, with the event that says so; nothing happens when they are one already.
pub(crate) fn add(
    change: &mut Change<'_>,
    chat: &mut ChatRow,
    user: &User,
    by: Option<User>,
    role: Role,
) -> Result<()> {
    // What was said before is there to be read, but it is nothing that one has missed.
    if store::add(change.conn, chat, user.id, role, chat.seq().next(), change.now)? {
        change.append(chat, Event::MemberJoined { user: user.clone(), by }, Some(user.id))?;
    }
    Ok(())
}

fn answer(change: &mut Change<'_>, chat: &ChatRow, user: User) -> Result<ChatJoined> {
    Ok(ChatJoined {
        status: Status::Success,
        uri: chat.uri()?,
        members: store::first(change.conn, chat, SHOWN_MEMBERS)?,
        message: format!("{} joined the chat", user.username),
        user,
    })
}

/// Somebody else, by name. Only members may ask.
async fn find_invited(state: &State, asker: &Identity, uri: &ChatUri, name: Username) -> Result<User> {
    let (uri, asker) = (uri.clone(), asker.user);
    state.db.read(move |conn| chats::for_member(conn, &uri, asker).map(drop)).await?;
    users::find_or_ask(state, name).await
}
