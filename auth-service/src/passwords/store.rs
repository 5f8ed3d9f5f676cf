//! Ways to set a new password that were mailed.

use diesel::prelude::*;
use diesel::sql_types::Text;
use service_kit::db::Conn;
use service_kit::{Result, each_backend};
use shared_proto::{Email, Timestamp, UserId};

use crate::opaque_token::TokenHash;
use crate::schema::{password_resets, users};
use crate::users::Account;
use crate::users::store::{ACCOUNT, AccountRow};

/// Accounts with the same address that a mail is sent for.
const ACCOUNTS: i64 = 5;
/// Rows in one statement of the sweep.
const BATCH: i64 = 500;

diesel::define_sql_function! {
    /// As the database folds case, which is all that addresses are told apart by.
    fn lower(text: Text) -> Text;
}

/// The accounts that can be signed in to and have this address, some of them when there are many.
pub(super) fn by_email(conn: &mut Conn, email: &Email) -> Result<Vec<Account>> {
    let query = users::table
        .filter(users::email.ne(""))
        .filter(lower(users::email).eq(lower(email.as_str())))
        .filter(users::disabled_at.is_null())
        .filter(users::deleted_at.is_null())
        .order(users::id)
        .limit(ACCOUNTS)
        .select(ACCOUNT);
    let rows: Vec<AccountRow> = each_backend!(conn, c => query.load(c))?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Somebody whom a mail can be sent to: who can sign in and has an address.
pub(super) fn mailable(conn: &mut Conn, user: UserId) -> Result<Option<Account>> {
    let query = users::table
        .find(user.0)
        .filter(users::email.ne(""))
        .filter(users::disabled_at.is_null())
        .filter(users::deleted_at.is_null())
        .select(ACCOUNT);
    let row: Option<AccountRow> = each_backend!(conn, c => query.first(c).optional())?;
    row.map(Account::try_from).transpose()
}

/// From now on the token is good for this account.
pub(super) fn add(conn: &mut Conn, token: &TokenHash, user: UserId, expires_at: Timestamp) -> Result<()> {
    let row = (
        password_resets::hash.eq(&token.0),
        password_resets::user_id.eq(user.0),
        password_resets::expires_at.eq(expires_at.micros()),
    );
    each_backend!(conn, c => diesel::insert_into(password_resets::table).values(row).execute(c))?;
    Ok(())
}

/// Whose token it is, while it is good, and the hash of their password now.
pub(super) fn find(conn: &mut Conn, token: &TokenHash, now: Timestamp) -> Result<Option<(Account, String)>> {
    let query = password_resets::table
        .inner_join(users::table)
        .filter(password_resets::hash.eq(&token.0))
        .filter(password_resets::expires_at.gt(now.micros()))
        .filter(users::disabled_at.is_null())
        .filter(users::deleted_at.is_null())
        .select((ACCOUNT, users::password_hash));
    let row: Option<(AccountRow, String)> = each_backend!(conn, c => query.first(c).optional())?;
    row.map(|(account, hash)| Ok((Account::try_from(account)?, hash))).transpose()
}

/// Uses it up. `false` when somebody else was quicker.
pub(super) fn spend(conn: &mut Conn, token: &TokenHash) -> Result<bool> {
    let spent = each_backend!(conn, c => diesel::delete(password_resets::table.find(&token.0)).execute(c))?;
    Ok(spent > 0)
}

/// All that were mailed for this account are worthless from here on.
pub(crate) fn forget_resets(conn: &mut Conn, user: UserId) -> Result<()> {
    let theirs = password_resets::table.filter(password_resets::user_id.eq(user.0));
    each_backend!(conn, c => diesel::delete(theirs).execute(c))?;
    Ok(())
}

/// Deletes some that are too old; returns how many.
pub(crate) fn drop_resets(conn: &mut Conn, now: Timestamp) -> Result<usize> {
    let old = password_resets::table
        .filter(password_resets::expires_at.lt(now.micros()))
        .select(password_resets::hash)
        .limit(BATCH);
    let hashes: Vec<Vec<u8>> = each_backend!(conn, c => old.load(c))?;
    let gone = password_resets::table.filter(password_resets::hash.eq_any(hashes));
    Ok(each_backend!(conn, c => diesel::delete(gone).execute(c))?)
}
