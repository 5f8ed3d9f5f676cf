//! Queries about chats. Every way to a chat's content goes through [`for_member`].

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Error, Result, each_backend};
use shared_proto::chats::ChatKind;
use shared_proto::{ChatId, ChatLink, ChatName, ChatUri, ErrorCode, Seq, Timestamp, UserId};

use crate::members::store::MemberRow;
use crate::schema::{chats, members};
use crate::stored;

/// A chat's row.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = chats)]
pub(crate) struct ChatRow {
    pub(crate) id: i64,
    pub(crate) uri: String,
    pub(crate) name: Option<String>,
    pub(crate) link: Option<String>,
    pub(crate) direct_key: Option<String>,
    pub(crate) last_seq: i64,
    pub(crate) last_message_id: Option<i64>,
    pub(crate) last_at: i64,
    pub(crate) member_count: i32,
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

    pub(crate) fn link(&self) -> Result<Option<ChatLink>> {
        self.link.clone().map(stored).transpose()
    }

    pub(crate) fn kind(&self) -> ChatKind {
        if self.direct_key.is_some() { ChatKind::Direct } else { ChatKind::Group }
    }

    /// Refuses what makes no sense in a chat of two people.
    pub(crate) fn must_be_a_group(&self) -> Result<()> {
        match self.kind() {
            ChatKind::Group => Ok(()),
            ChatKind::Direct => Err(Error::refused(
                ErrorCode::DirectChat,
                "This is a chat of two people: it has no name, link or roles, and nobody comes or goes.",
            )),
        }
    }
}

/// An address that can't be one is one where there is nothing.
pub(crate) fn parse(uri: &str) -> Result<ChatUri> {
    uri.parse().map_err(|e| Error::refused(ErrorCode::ChatNotFound, format!("There is no chat {uri:?}: {e}.")))
}

pub(crate) fn not_found(uri: &str) -> Error {
    Error::refused(ErrorCode::ChatNotFound, format!("There is no chat {uri}. Check the link."))
}

pub(crate) fn not_a_member(uri: &str) -> Error {
    Error::refused(ErrorCode::NotAMember, format!("You are not a member of {uri}. Join it first."))
}

/// The chat at this address and what somebody is in it; who is no member is refused.
pub(crate) fn for_member(conn: &mut Conn, uri: &ChatUri, user: UserId) -> Result<(ChatRow, MemberRow)> {
    let found: Option<(ChatRow, Option<MemberRow>)> = each_backend!(conn, c => chats::table
        .left_join(members::table.on(members::chat_id.eq(chats::id).and(members::user_id.eq(user.0))))
        .filter(chats::uri.eq(uri.as_str()).and(chats::deleted_at.is_null()))
        .select((ChatRow::as_select(), Option::<MemberRow>::as_select()))
        .first(c)
        .optional())?;
    match found {
        Some((chat, Some(member))) => Ok((chat, member)),
        Some((_, None)) => Err(not_a_member(uri.as_str())),
        None => Err(not_found(uri.as_str())),
    }
}

/// The chat at this address, whoever asks: for the operator.
pub(crate) fn find(conn: &mut Conn, uri: &ChatUri) -> Result<ChatRow> {
    let found: Option<ChatRow> = each_backend!(conn, c => chats::table
        .filter(chats::uri.eq(uri.as_str()).and(chats::deleted_at.is_null()))
        .select(ChatRow::as_select())
        .first(c)
        .optional())?;
    found.ok_or_else(|| not_found(uri.as_str()))
}

/// A statement that finds one row, and locks it until the transaction ends. On SQLite the whole database is ours since
/// BEGIN IMMEDIATE.
macro_rules! locked {
    ($conn:expr, $wanted:expr) => {
        match $conn {
            Conn::Pg(c) => $wanted.for_no_key_update().first(c).optional()?,
            Conn::Sqlite(c) => $wanted.first(c).optional()?,
        }
    };
}

/// The chat at this address, locked until the transaction ends.
pub(crate) fn lock(conn: &mut Conn, uri: &ChatUri) -> Result<ChatRow> {
    let there = chats::uri.eq(uri.as_str()).and(chats::deleted_at.is_null());
    let row: Option<ChatRow> = locked!(conn, chats::table.filter(there).select(ChatRow::as_select()));
    row.ok_or_else(|| not_found(uri.as_str()))
}

/// The chat that this link leads to, locked until the transaction ends; `None` when it leads nowhere.
pub(crate) fn lock_by_link(conn: &mut Conn, link: &str) -> Result<Option<ChatRow>> {
    let there = chats::link.eq(link).and(chats::deleted_at.is_null());
    Ok(locked!(conn, chats::table.filter(there).select(ChatRow::as_select())))
}

/// The chat that this link leads to.
pub(crate) fn find_by_link(conn: &mut Conn, link: &ChatLink) -> Result<Option<ChatRow>> {
    Ok(each_backend!(conn, c => chats::table
        .filter(chats::link.eq(link.as_str()).and(chats::deleted_at.is_null()))
        .select(ChatRow::as_select())
        .first(c)
        .optional())?)
}

/// A chat of two people, by [`direct_key`].
pub(crate) fn find_direct(conn: &mut Conn, key: &str) -> Result<Option<ChatRow>> {
    Ok(each_backend!(conn, c => chats::table
        .filter(chats::direct_key.eq(key))
        .select(ChatRow::as_select())
        .first(c)
        .optional())?)
}

/// The same for the same two people, whoever comes first.
pub(crate) fn direct_key(one: UserId, other: UserId) -> String {
    format!("{}:{}", one.0.min(other.0), one.0.max(other.0))
}

/// Stores a new chat that nobody is in yet. `None` when the two people have one already.
pub(crate) fn insert(
    conn: &mut Conn,
    uri: &ChatUri,
    name: Option<&ChatName>,
    direct_key: Option<&str>,
    by: UserId,
    at: i64,
) -> Result<Option<ChatRow>> {
    let link = direct_key.is_none().then_some(uri.as_str());
    let row = (
        chats::uri.eq(uri.as_str()),
        chats::name.eq(name.map(ChatName::as_str)),
        chats::link.eq(link),
        chats::direct_key.eq(direct_key),
        chats::created_by.eq(by.0),
        chats::last_seq.eq(0),
        chats::last_at.eq(at),
        chats::created_at.eq(at),
    );
    Ok(each_backend!(conn, c => diesel::insert_into(chats::table)
        .values(row)
        .on_conflict(chats::direct_key)
        .do_nothing()
        .returning(ChatRow::as_returning())
        .get_result(c)
        .optional())?)
}

pub(crate) fn set_name(conn: &mut Conn, chat: &ChatRow, name: Option<&ChatName>) -> Result<()> {
    let name = name.map(ChatName::as_str);
    each_backend!(conn, c => diesel::update(chats::table.find(chat.id)).set(chats::name.eq(name)).execute(c))?;
    Ok(())
}

pub(crate) fn set_link(conn: &mut Conn, chat: &ChatRow, link: Option<&ChatLink>) -> Result<()> {
    let link = link.map(ChatLink::as_str);
    each_backend!(conn, c => diesel::update(chats::table.find(chat.id)).set(chats::link.eq(link)).execute(c))?;
    Ok(())
}

pub(crate) fn set_deleted(conn: &mut Conn, chat: &ChatRow, at: Timestamp) -> Result<()> {
    each_backend!(conn, c => diesel::update(chats::table.find(chat.id))
        .set((chats::deleted_at.eq(at.micros()), chats::link.eq(None::<String>)))
        .execute(c))?;
    Ok(())
}
