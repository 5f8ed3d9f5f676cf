//! Queries about chats and members. Every way to a chat's content goes through [`for_member`].

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Error, Result, each_backend};
use shared_proto::chats::Chat;
use shared_proto::{ChatId, ChatName, ChatUri, ErrorCode, Seq, Timestamp, User, UserId};

use crate::schema::{chats, members};
use crate::{messages, stored, users};

/// How many members a chat shows at most.
const SHOWN_MEMBERS: i64 = 100;

/// A chat's row.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = chats)]
pub(crate) struct ChatRow {
    pub(crate) id: i64,
    pub(crate) uri: String,
    pub(crate) name: Option<String>,
    pub(crate) owner_id: i64,
    pub(crate) last_seq: i64,
    pub(crate) last_message_id: Option<i64>,
    pub(crate) last_at: i64,
    pub(crate) created_at: i64,
}

impl ChatRow {
    pub(crate) fn id(&self) -> ChatId {
        ChatId(self.id)
    }

    pub(crate) fn seq(&self) -> Seq {
        Seq(self.last_seq)
    }

    pub(crate) fn uri(&self) -> Result<ChatUri> {
        stored(self.uri.clone())
    }

    pub(crate) fn name(&self) -> Result<Option<ChatName>> {
        self.name.clone().map(stored).transpose()
    }
}

pub(crate) fn not_found(uri: &ChatUri) -> Error {
    Error::refused(ErrorCode::ChatNotFound, format!("There is no chat {uri}. Check the link."))
}

pub(crate) fn not_a_member(uri: &ChatUri) -> Error {
    Error::refused(ErrorCode::NotAMember, format!("You are not a member of {uri}. Join it first."))
}

/// The chat at this address.
pub(crate) fn find(conn: &mut Conn, uri: &ChatUri) -> Result<ChatRow> {
    let row = each_backend!(conn, c => chats::table
        .filter(chats::uri.eq(uri.as_str()))
        .select(ChatRow::as_select())
        .first(c)
        .optional())?;
    row.ok_or_else(|| not_found(uri))
}

/// The chat at this address, for one of its members; everybody else is refused.
pub(crate) fn for_member(conn: &mut Conn, uri: &ChatUri, user: UserId) -> Result<ChatRow> {
    let chat = find(conn, uri)?;
    if is_member(conn, chat.id(), user)? { Ok(chat) } else { Err(not_a_member(uri)) }
}

pub(crate) fn is_member(conn: &mut Conn, chat: ChatId, user: UserId) -> Result<bool> {
    let found: Option<i64> = each_backend!(conn, c => members::table
        .find((chat.0, user.0))
        .select(members::user_id)
        .first(c)
        .optional())?;
    Ok(found.is_some())
}

/// The owner first, then by time of joining; at most [`SHOWN_MEMBERS`].
pub(crate) fn members_of(conn: &mut Conn, chat: &ChatRow) -> Result<Vec<User>> {
    let ids: Vec<i64> = each_backend!(conn, c => members::table
        .filter(members::chat_id.eq(chat.id))
        .order((members::joined_at, members::user_id))
        .select(members::user_id)
        .limit(SHOWN_MEMBERS)
        .load(c))?;
    let mut known = users::by_ids(conn, &ids)?;
    let mut people: Vec<User> = ids.into_iter().filter_map(|id| known.remove(&UserId(id))).collect();
    people.sort_by_key(|user| user.id.0 != chat.owner_id);
    Ok(people)
}

/// The chat as its members see it.
pub(crate) fn as_seen(conn: &mut Conn, chat: &ChatRow) -> Result<Chat> {
    let count: i64 =
        each_backend!(conn, c => members::table.filter(members::chat_id.eq(chat.id)).count().get_result(c))?;
    Ok(Chat {
        uri: chat.uri()?,
        name: chat.name()?,
        seq: chat.seq(),
        last_message: messages::store::find(conn, chat.last_message_id)?,
        members: members_of(conn, chat)?,
        member_count: i32::try_from(count).unwrap_or(i32::MAX),
        created_at: Timestamp::from_micros(chat.created_at),
    })
}
