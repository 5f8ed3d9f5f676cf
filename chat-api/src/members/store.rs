//! Queries about who is in a chat.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer};
use service_kit::db::Conn;
use service_kit::{Error, Result, each_backend};
use shared_proto::chats::{Member, Role};
use shared_proto::{ErrorCode, Seq, Timestamp, User, UserId};

use super::read_marks::Moved;
use crate::chats::store::{ChatRow, not_a_member};
use crate::schema::{bans, chats, members};
use crate::users;

/// A member's row.
#[derive(Queryable, Selectable, Clone, Copy, Debug)]
#[diesel(table_name = members)]
pub(crate) struct MemberRow {
    pub(crate) user_id: i64,
    pub(crate) joined_at: i64,
    role: i32,
    pub(crate) read_seq: i64,
}

impl MemberRow {
    /// What they may do.
    pub(crate) fn role(&self) -> Role {
        match self.role {
            0 => Role::Owner,
            1 => Role::Admin,
            _ => Role::Member,
        }
    }

    pub(crate) fn as_seen(&self, user: User) -> Member {
        Member {
            user,
            role: self.role(),
            read_seq: Seq(self.read_seq),
            joined_at: Timestamp::from_micros(self.joined_at),
        }
    }
}

/// As it is stored: owners come first in the index.
fn rank(role: Role) -> i32 {
    match role {
        Role::Owner => 0,
        Role::Admin => 1,
        Role::Member => 2,
    }
}

/// What somebody is in the chat.
pub(crate) fn find(conn: &mut Conn, chat: &ChatRow, user: UserId) -> Result<Option<MemberRow>> {
    Ok(each_backend!(conn, c => members::table
        .find((chat.id, user.0))
        .select(MemberRow::as_select())
        .first(c)
        .optional())?)
}

/// What the one who asks is in the chat; who is no member is refused.
pub(crate) fn require(conn: &mut Conn, chat: &ChatRow, asker: UserId) -> Result<MemberRow> {
    find(conn, chat, asker)?.ok_or_else(|| not_a_member(&chat.uri))
}

/// As [`require`], for what takes more than being a member. `what` completes "Only … may".
pub(crate) fn require_role(
    conn: &mut Conn,
    chat: &ChatRow,
    asker: UserId,
    least: Role,
    what: &str,
) -> Result<MemberRow> {
    let member = require(conn, chat, asker)?;
    chat.must_be_a_group()?;
    if member.role() >= least {
        return Ok(member);
    }
    let who = if least == Role::Owner { "the owner" } else { "the owner and admins" };
    Err(Error::refused(ErrorCode::Forbidden, format!("Only {who} may {what}.")))
}

/// The one whom something is to be done to.
pub(crate) fn require_target(conn: &mut Conn, chat: &ChatRow, user: UserId) -> Result<MemberRow> {
    find(conn, chat, user)?.ok_or_else(|| {
        Error::refused(ErrorCode::MemberNotFound, format!("User {user} is not a member of {}.", chat.uri))
    })
}

/// Adds somebody who has read everything up to `read_seq`. `false` when they are a member already.
pub(crate) fn add(
    conn: &mut Conn,
    chat: &ChatRow,
    user: UserId,
    role: Role,
    read_seq: Seq,
    at: Timestamp,
) -> Result<bool> {
    let added = each_backend!(conn, c => diesel::insert_into(members::table)
        .values((
            members::chat_id.eq(chat.id),
            members::user_id.eq(user.0),
            members::joined_at.eq(at.micros()),
            members::role.eq(rank(role)),
            members::read_seq.eq(read_seq.0),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    if added > 0 {
        count(conn, chat, 1)?;
    }
    Ok(added > 0)
}

pub(crate) fn delete(conn: &mut Conn, chat: &ChatRow, user: UserId) -> Result<()> {
    each_backend!(conn, c => diesel::delete(members::table.find((chat.id, user.0))).execute(c))?;
    count(conn, chat, -1)
}

fn count(conn: &mut Conn, chat: &ChatRow, change: i32) -> Result<()> {
    each_backend!(conn, c => diesel::update(chats::table.find(chat.id))
        .set(chats::member_count.eq(chats::member_count + change))
        .execute(c))?;
    Ok(())
}

pub(crate) fn set_role(conn: &mut Conn, chat: &ChatRow, user: UserId, role: Role) -> Result<()> {
    each_backend!(conn, c => diesel::update(members::table.find((chat.id, user.0)))
        .set(members::role.eq(rank(role)))
        .execute(c))?;
    Ok(())
}

/// Moves a read mark on; it never goes back. `None` when it was there already.
pub(super) fn set_read(conn: &mut Conn, chat: &ChatRow, user: UserId, seq: Seq) -> Result<Option<Moved>> {
    let moved = each_backend!(conn, c => diesel::update(members::table.find((chat.id, user.0)))
        .filter(members::read_seq.lt(seq.0))
        .set(members::read_seq.eq(seq.0))
        .execute(c))?;
    Ok((moved > 0).then_some(Moved { chat_id: chat.id, user_id: user.0, read_seq: seq.0 }))
}

/// A place in the order of members: owner, admins, members, each by time of joining.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) role: i32,
    pub(crate) joined_at: i64,
    pub(crate) user: i64,
}

impl From<&MemberRow> for Place {
    fn from(row: &MemberRow) -> Self {
        Self { role: row.role, joined_at: row.joined_at, user: row.user_id }
    }
}

impl Place {
    /// Before everybody.
    pub(crate) const START: Self = Self { role: -1, joined_at: 0, user: 0 };
}

/// At most `limit` members behind a place, in order.
pub(crate) fn page(conn: &mut Conn, chat: &ChatRow, after: Place, limit: i64) -> Result<Vec<MemberRow>> {
    let behind = sql::<Bool>("(members.role, members.joined_at, members.user_id) > (")
        .bind::<Integer, _>(after.role)
        .sql(", ")
        .bind::<BigInt, _>(after.joined_at)
        .sql(", ")
        .bind::<BigInt, _>(after.user)
        .sql(")");
    Ok(each_backend!(conn, c => members::table
        .filter(members::chat_id.eq(chat.id))
        .filter(behind)
        .order((members::role, members::joined_at, members::user_id))
        .select(MemberRow::as_select())
        .limit(limit)
        .load(c))?)
}

/// The first members of a chat, as people.
pub(crate) fn first(conn: &mut Conn, chat: &ChatRow, limit: i64) -> Result<Vec<User>> {
    let rows = page(conn, chat, Place::START, limit)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.user_id).collect();
    let mut known = users::by_ids(conn, &ids)?;
    Ok(ids.into_iter().filter_map(|id| known.remove(&UserId(id))).collect())
}

pub(crate) fn is_banned(conn: &mut Conn, chat: &ChatRow, user: UserId) -> Result<bool> {
    let found: Option<i64> = each_backend!(conn, c => bans::table
        .find((chat.id, user.0))
        .select(bans::user_id)
        .first(c)
        .optional())?;
    Ok(found.is_some())
}
