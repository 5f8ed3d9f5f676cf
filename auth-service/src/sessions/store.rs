//! Sessions in the database. Which of them live is decided here and nowhere else: not revoked, and refreshed lately.

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Error, Result, each_backend};
use shared_proto::auth::Session;
use shared_proto::{SessionId, Timestamp, UserId};

use crate::client::Client;
use crate::opaque_token::TokenHash;
use crate::schema::{refresh_tokens, sessions, users};
use crate::users::Account;
use crate::users::store::{self, ACCOUNT, AccountRow};

/// More sessions than anybody signs in on purpose.
const LISTED: i64 = 500;

/// A session that begins.
#[derive(Debug)]
pub(super) struct NewSession {
    pub(super) id: SessionId,
    pub(super) user: UserId,
    /// As it was when the password was compared.
    pub(super) password_hash: String,
    pub(super) client: Client,
    pub(super) token: TokenHash,
    pub(super) now: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// Begins a session, with its first refresh token, inside a transaction. `false`, and nothing is begun, when the account was closed or has
/// got another password since `new.password_hash` was compared: whoever changes a password ends all sessions of the old
/// one, also those that are just beginning.
pub(super) fn begin(conn: &mut Conn, new: &NewSession) -> Result<bool> {
    let row = (
        sessions::id.eq(new.id.as_str()),
        sessions::user_id.eq(new.user.0),
        sessions::device.eq(&new.client.device),
        sessions::address.eq(&new.client.address),
        sessions::created_at.eq(new.now.micros()),
        sessions::last_used_at.eq(new.now.micros()),
        sessions::expires_at.eq(new.expires_at.micros()),
    );
    if store::lock_with_password(conn, new.user)?.is_none_or(|(_, hash)| hash != new.password_hash) {
        return Ok(false);
    }
    each_backend!(conn, c => diesel::insert_into(sessions::table).values(row).execute(c))?;
    add_token(conn, &new.id, &new.token, new.now)?;
    Ok(true)
}

/// Gives a session one more refresh token.
pub(super) fn add_token(conn: &mut Conn, session: &SessionId, token: &TokenHash, now: Timestamp) -> Result<()> {
    let row = (
        refresh_tokens::hash.eq(&token.0),
        refresh_tokens::session_id.eq(session.as_str()),
        refresh_tokens::created_at.eq(now.micros()),
    );
    each_backend!(conn, c => diesel::insert_into(refresh_tokens::table).values(row).execute(c))?;
    Ok(())
}

/// Whose session it is; `None` when it has ended.
pub(super) fn account_of(conn: &mut Conn, session: &SessionId, now: Timestamp) -> Result<Option<Account>> {
    let query = sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(session.as_str()))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now.micros()))
        .filter(users::disabled_at.is_null())
        .filter(users::deleted_at.is_null())
        .select(ACCOUNT);
    let row: Option<AccountRow> = each_backend!(conn, c => query.first(c).optional())?;
    row.map(Account::try_from).transpose()
}

/// The session and user that a refresh token belongs to, whether it was used or not and whether they live or not.
pub(super) fn owner_of(conn: &mut Conn, token: &TokenHash) -> Result<Option<(SessionId, UserId)>> {
    let query = refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::hash.eq(&token.0))
        .select((sessions::id, sessions::user_id));
    let row: Option<(String, i64)> = each_backend!(conn, c => query.first(c).optional())?;
    row.map(|(session, user)| Ok((session_id(session)?, UserId(user)))).transpose()
}

/// A user's living sessions, the newest first; `current` is the one that asks.
pub(super) fn list(conn: &mut Conn, user: UserId, current: &SessionId, now: Timestamp) -> Result<Vec<Session>> {
    use sessions::dsl as s;
    type Row = (String, String, String, i64, i64);
    let query = sessions::table
        .filter(s::user_id.eq(user.0))
        .filter(s::revoked_at.is_null())
        .filter(s::expires_at.gt(now.micros()))
        .order((s::created_at.desc(), s::id))
        .limit(LISTED)
        .select((s::id, s::device, s::address, s::created_at, s::last_used_at));
    let rows: Vec<Row> = each_backend!(conn, c => query.load(c))?;
    let session = |(id, device, address, created_at, last_used_at): Row| {
        let id = session_id(id)?;
        Ok(Session {
            current: id == *current,
            id,
            device,
            address,
            created_at: Timestamp::from_micros(created_at),
            last_used_at: Timestamp::from_micros(last_used_at),
        })
    };
    rows.into_iter().map(session).collect()
}

/// Ends one session of a user. `None` when the user has no such session, `Some(false)` when it had ended before.
pub(super) fn revoke(conn: &mut Conn, user: UserId, id: &SessionId, now: Timestamp) -> Result<Option<bool>> {
    let theirs = || sessions::table.filter(sessions::id.eq(id.as_str())).filter(sessions::user_id.eq(user.0));
    let living = theirs().filter(sessions::revoked_at.is_null());
    let ended = each_backend!(conn, c => diesel::update(living)
        .set(sessions::revoked_at.eq(now.micros()))
        .execute(c))?;
    if ended > 0 {
        return Ok(Some(true));
    }
    let known: i64 = each_backend!(conn, c => theirs().count().get_result(c))?;
    Ok((known > 0).then_some(false))
}

/// Ends all sessions of a user, or all but one; returns those that ended.
pub(super) fn revoke_all(
    conn: &mut Conn,
    user: UserId,
    kept: Option<&SessionId>,
    now: Timestamp,
) -> Result<Vec<SessionId>> {
    let others = sessions::table
        .filter(sessions::user_id.eq(user.0))
        // No id is empty.
        .filter(sessions::id.ne(kept.map_or("", SessionId::as_str)))
        .filter(sessions::revoked_at.is_null());
    let ended: Vec<String> = each_backend!(conn, c => diesel::update(others)
        .set(sessions::revoked_at.eq(now.micros()))
        .returning(sessions::id)
        .get_results(c))?;
    ended.into_iter().map(session_id).collect()
}

/// The sessions that were revoked at `since` or later.
pub(super) fn revoked_since(conn: &mut Conn, since: Timestamp) -> Result<Vec<SessionId>> {
    let query = sessions::table
        .filter(sessions::revoked_at.ge(since.micros()))
        .order(sessions::revoked_at)
        .select(sessions::id);
    let ids: Vec<String> = each_backend!(conn, c => query.load(c))?;
    ids.into_iter().map(session_id).collect()
}

pub(super) fn session_id(stored: String) -> Result<SessionId> {
    SessionId::try_from(stored).map_err(|e| Error::internal("a stored session id is none", e))
}
