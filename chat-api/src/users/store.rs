//! Queries about names.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::token::Identity;
use service_kit::{Result, each_backend};
use shared_proto::{Timestamp, User, UserId, Username};

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
    type Error = service_kit::Error;
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

/// Somebody whose token was verified: their name is known from here on. Names that are here already stay.
pub(crate) fn remember_asker(conn: &mut Conn, asker: &Identity) -> Result<User> {
    let key = asker.username.key();
    let known = find(conn, asker.user)?;
    // A token may be a little older than the end of its account, which must not get its name back by it.
    let is_known = |user: &User| user.username == asker.username || user.username.is_of_deleted();
    if let Some(user) = known.filter(is_known) {
        return Ok(user);
    }
    let username = asker.username.as_str();
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
    find(conn, asker.user)?.ok_or(service_kit::Error::Internal("a user vanished while being stored", None))
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
    find(conn, id)?.ok_or(service_kit::Error::Internal("a member's name is not known", None))
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
