//! Queries about names.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::token::Identity;
use service_kit::{Error, Result, each_backend};
use shared_proto::{ErrorCode, Timestamp, User, UserId, Username};

use crate::schema::{users, users_asked};
use crate::stored;

/// Somebody's row.
#[derive(Queryable, QueryableByName, Selectable, Insertable, AsChangeset, Clone)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(crate) struct UserRow {
    id: i64,
    username: String,
    username_key: String,
    first_name: String,
    last_name: String,
}

impl TryFrom<UserRow> for User {
    type Error = Error;
    fn try_from(row: UserRow) -> Result<User> {
        Ok(User {
            id: UserId(row.id),
            username: stored(row.username)?,
            email: None,
            first_name: row.first_name,
            last_name: row.last_name,
        })
    }
}

/// Somebody whose token was verified, and who is to come into a chat: their name is known from here on. Names that are
/// here already stay. Refuses a token that is a little older than the end of its account.
pub(crate) fn remember_asker(conn: &mut Conn, asker: &Identity) -> Result<User> {
    let known = hold(conn, &[asker.user])?.into_iter().next();
    if known.as_ref().is_some_and(|user| user.username.is_of_deleted()) {
        return Err(Error::refused(ErrorCode::TokenInvalid, "The account of this access token was deleted."));
    }
    if let Some(user) = known.filter(|user| user.username == asker.username) {
        return Ok(user);
    }
    let (username, key) = (asker.username.as_str(), asker.username.key());
    each_backend!(conn, c => diesel::insert_into(users::table)
        .values(UserRow {
            id: asker.user.0,
            username: username.to_owned(),
            username_key: key.clone(),
            first_name: String::new(),
            last_name: String::new(),
        })
        .on_conflict(users::id)
        .do_update()
        .set((users::username.eq(username), users::username_key.eq(&key)))
        .execute(c))?;
    find(conn, asker.user)?.ok_or(Error::Internal("a user vanished while being stored", None))
}

/// As [`remember_asker`], when somebody else is to come into the chat too. Refuses when their account was deleted since
/// they were looked for.
pub(crate) fn remember_asker_and(conn: &mut Conn, asker: &Identity, other: &User) -> Result<User> {
    let held = hold(conn, &[asker.user, other.id])?;
    if held.iter().any(|user| user.id == other.id && user.username.is_of_deleted()) {
        return Err(Error::refused(ErrorCode::UserNotFound, format!("There is no user {}.", other.username)));
    }
    remember_asker(conn, asker)
}

/// Those of them who are known, who stay what they are until the transaction ends: an account whose end is heard of
/// meanwhile leaves the chats that it comes into here, too. Rows are locked by id, as the feed does it.
fn hold(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<User>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let theirs = users::id.eq_any(ids);
    let rows: Vec<UserRow> = match conn {
        Conn::Pg(c) => users::table.filter(theirs).order(users::id).select(UserRow::as_select()).for_share().load(c)?,
        // The whole database is ours since BEGIN IMMEDIATE.
        Conn::Sqlite(c) => users::table.filter(theirs).order(users::id).select(UserRow::as_select()).load(c)?,
    };
    rows.into_iter().map(User::try_from).collect()
}

/// A user as auth-service told it.
pub(crate) fn remember(conn: &mut Conn, user: &User) -> Result<()> {
    let row = UserRow {
        id: user.id.0,
        username: user.username.as_str().to_owned(),
        username_key: user.username.key(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
    };
    each_backend!(conn, c => diesel::insert_into(users::table)
        .values(&row)
        .on_conflict(users::id)
        .do_update()
        .set(&row)
        .execute(c))?;
    Ok(())
}

/// By id.
pub(crate) fn find(conn: &mut Conn, id: UserId) -> Result<Option<User>> {
    let row: Option<UserRow> =
        each_backend!(conn, c => users::table.find(id.0).select(UserRow::as_select()).first(c).optional())?;
    row.map(User::try_from).transpose()
}

/// Somebody who must be known, for being a member or a sender.
pub(crate) fn get(conn: &mut Conn, id: UserId) -> Result<User> {
    find(conn, id)?.ok_or(Error::Internal("a member's name is not known", None))
}

/// By name, in any case and Unicode form.
pub(crate) fn find_by_name(conn: &mut Conn, name: &Username) -> Result<Option<User>> {
    let key = name.key();
    let row: Option<UserRow> = each_backend!(conn, c => users::table
        .filter(users::username_key.eq(&key))
        .select(UserRow::as_select())
        .order(users::id.desc())
        .first(c)
        .optional())?;
    row.map(User::try_from).transpose()
}

/// Up to which moment auth-service was asked whose names changed.
pub(super) fn asked_until(conn: &mut Conn) -> Result<Timestamp> {
    let at: Option<i64> =
        each_backend!(conn, c => users_asked::table.find(1).select(users_asked::at).first(c).optional())?;
    Ok(Timestamp::from_micros(at.unwrap_or(0)))
}

pub(super) fn set_asked_until(conn: &mut Conn, at: Timestamp) -> Result<()> {
    each_backend!(conn, c => diesel::insert_into(users_asked::table)
        .values((users_asked::id.eq(1), users_asked::at.eq(at.micros())))
        .on_conflict(users_asked::id)
        .do_update()
        .set(users_asked::at.eq(at.micros()))
        .execute(c))?;
    Ok(())
}

/// Many at once; ids that are not known are left out.
pub(crate) fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<UserId, User>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // The same few people say most of what is said.
    let ids: HashSet<i64> = ids.iter().copied().collect();
    let rows: Vec<UserRow> = each_backend!(conn, c => users::table
        .filter(users::id.eq_any(ids))
        .select(UserRow::as_select())
        .load(c))?;
    rows.into_iter().map(|row| Ok((UserId(row.id), User::try_from(row)?))).collect()
}
