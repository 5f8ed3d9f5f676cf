//! Accounts in the database.

use diesel::prelude::*;
use service_kit::db::{Conn, is_unique_violation};
use service_kit::{Error, Result, each_backend};
use shared_proto::{Email, ErrorCode, Timestamp, User, UserId, Username};

use crate::schema::users;

/// The most accounts in one answer to another service.
const CHANGED: i64 = 500;

/// An account, without its password.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: UserId,
    pub(crate) username: Username,
    pub(crate) email: Email,
    /// May be empty, as the last name.
    pub(crate) first_name: String,
    pub(crate) last_name: String,
}

impl Account {
    /// Whether first and last name are the same.
    pub(super) fn has_names_of(&self, other: &Account) -> bool {
        (&self.first_name, &self.last_name) == (&other.first_name, &other.last_name)
    }

    /// As others see it.
    pub(crate) fn for_others(self) -> User {
        User {
            id: self.id,
            username: self.username,
            email: None,
            first_name: self.first_name,
            last_name: self.last_name,
        }
    }

    /// As its owner sees it.
    pub(crate) fn for_oneself(self) -> User {
        User { email: Some(self.email.clone().into()), ..self.for_others() }
    }
}

/// What [`Account`] is read from.
pub(crate) type AccountRow = (i64, String, String, String, String);
/// The columns of an [`AccountRow`].
pub(crate) type AccountColumns = (users::id, users::username, users::email, users::first_name, users::last_name);
/// See [`AccountColumns`].
pub(crate) const ACCOUNT: AccountColumns =
    (users::id, users::username, users::email, users::first_name, users::last_name);

impl TryFrom<AccountRow> for Account {
    type Error = Error;

    fn try_from((id, username, email, first_name, last_name): AccountRow) -> Result<Self> {
        let email = Email::try_from(email).map_err(|e| Error::internal("a stored address is no address", e))?;
        let username =
            Username::try_from(username).map_err(|e| Error::internal("a stored username is no username", e))?;
        Ok(Self { id: UserId(id), username, email, first_name, last_name })
    }
}

/// Somebody new.
#[derive(Debug)]
pub(super) struct NewAccount {
    pub(super) username: Username,
    pub(super) email: Email,
    pub(super) password_hash: String,
    pub(super) created_at: i64,
}

/// Adds an account. The unique index decides who gets a name that two want at once: the other is refused with
/// [`ErrorCode::UsernameTaken`].
pub(super) fn add(conn: &mut Conn, new: &NewAccount) -> Result<UserId> {
    let row = (
        users::username.eq(new.username.as_str()),
        users::username_key.eq(new.username.key()),
        users::email.eq(new.email.as_str()),
        users::password_hash.eq(&new.password_hash),
        users::created_at.eq(new.created_at),
    );
    let added = each_backend!(conn, c => diesel::insert_into(users::table)
        .values(row)
        .returning(users::id)
        .get_result(c));
    match added {
        Ok(id) => Ok(UserId(id)),
        Err(error) if is_unique_violation(&error) => Err(taken(&new.username)),
        Err(error) => Err(error.into()),
    }
}

/// What whoever wants a name is told that somebody has.
pub(super) fn taken(name: &Username) -> Error {
    Error::refused(ErrorCode::UsernameTaken, format!("The username {name} is taken."))
}

/// The account of a name, whatever its case and Unicode form. What is left of deleted ones is nobody.
pub(crate) fn by_name(conn: &mut Conn, name: &Username) -> Result<Option<Account>> {
    let query =
        users::table.filter(users::username_key.eq(name.key())).filter(users::deleted_at.is_null()).select(ACCOUNT);
    let row: Option<AccountRow> = each_backend!(conn, c => query.first(c).optional())?;
    row.map(Account::try_from).transpose()
}

/// What signing in is decided by.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) account: Account,
    pub(crate) password_hash: String,
    /// The operator has closed it.
    pub(crate) is_disabled: bool,
}

/// As [`by_name`], with what signing in is decided by.
pub(crate) fn known(conn: &mut Conn, name: &Username) -> Result<Option<Known>> {
    let query = users::table.filter(users::username_key.eq(name.key())).filter(users::deleted_at.is_null()).select((
        ACCOUNT,
        users::password_hash,
        users::disabled_at,
    ));
    let row: Option<(AccountRow, String, Option<i64>)> = each_backend!(conn, c => query.first(c).optional())?;
    let known = |(account, password_hash, disabled_at): (AccountRow, String, Option<i64>)| {
        Ok(Known { account: Account::try_from(account)?, password_hash, is_disabled: disabled_at.is_some() })
    };
    row.map(known).transpose()
}

/// The hash of somebody's password; `None` when the account is gone.
pub(crate) fn password_hash(conn: &mut Conn, id: UserId) -> Result<Option<String>> {
    let query = users::table.find(id.0).filter(users::deleted_at.is_null()).select(users::password_hash);
    Ok(each_backend!(conn, c => query.first(c).optional())?)
}

/// The account, for this transaction alone; waits for another one that changes it. `None` when it is gone or closed.
pub(crate) fn lock(conn: &mut Conn, id: UserId) -> Result<Option<Account>> {
    Ok(lock_with_password(conn, id)?.map(|(account, _)| account))
}

/// As [`lock`], with the password's hash.
pub(crate) fn lock_with_password(conn: &mut Conn, id: UserId) -> Result<Option<(Account, String)>> {
    let query = users::table
        .filter(users::id.eq(id.0))
        .filter(users::disabled_at.is_null())
        .filter(users::deleted_at.is_null())
        .select((ACCOUNT, users::password_hash));
    let row: Option<(AccountRow, String)> = match conn {
        Conn::Pg(c) => query.for_no_key_update().first(c).optional()?,
        // The whole database is ours since BEGIN IMMEDIATE.
        Conn::Sqlite(c) => query.first(c).optional()?,
    };
    row.map(|(account, hash)| Ok((Account::try_from(account)?, hash))).transpose()
}

/// Writes another hash in the place of the one that was compared. `false` when it has changed since then.
pub(crate) fn set_password_hash(conn: &mut Conn, id: UserId, from: &str, to: &str) -> Result<bool> {
    let unchanged = users::table.find(id.0).filter(users::password_hash.eq(from));
    let written = each_backend!(conn, c => diesel::update(unchanged).set(users::password_hash.eq(to)).execute(c))?;
    Ok(written > 0)
}

/// Leaves only the id, under a name that is nobody's: what the account said keeps an author, and the old name is free.
pub(super) fn empty(conn: &mut Conn, id: UserId, now: Timestamp) -> Result<()> {
    let name = Username::of_deleted(id);
    let emptied = (
        users::username.eq(name.as_str()),
        users::username_key.eq(name.key()),
        users::email.eq(""),
        users::first_name.eq("Deleted user"),
        users::last_name.eq(""),
        users::password_hash.eq(""),
        users::deleted_at.eq(now.micros()),
        users::changed_at.eq(now.micros()),
    );
    each_backend!(conn, c => diesel::update(users::table.find(id.0)).set(emptied).execute(c))?;
    Ok(())
}

/// Writes the account's names, as changed at `now`.
pub(super) fn set_names(conn: &mut Conn, account: &Account, now: Timestamp) -> Result<()> {
    let names = (
        users::first_name.eq(&account.first_name),
        users::last_name.eq(&account.last_name),
        users::changed_at.eq(now.micros()),
    );
    each_backend!(conn, c => diesel::update(users::table.find(account.id.0)).set(names).execute(c))?;
    Ok(())
}

/// Writes the account's e-mail address.
pub(super) fn set_email(conn: &mut Conn, account: &Account) -> Result<()> {
    let email = users::email.eq(account.email.as_str());
    each_backend!(conn, c => diesel::update(users::table.find(account.id.0)).set(email).execute(c))?;
    Ok(())
}

/// Those whose names changed at `since` or later, with ids above `after`, by id; not all of them when they are many.
/// Whoever never changed them (0) is left out, however long ago `since` is.
pub(super) fn changed_since(conn: &mut Conn, since: Timestamp, after: UserId) -> Result<Vec<Account>> {
    let query = users::table
        .filter(users::changed_at.ge(since.micros().max(1)))
        .filter(users::id.gt(after.0))
        .order(users::id)
        .limit(CHANGED)
        .select(ACCOUNT);
    let rows: Vec<AccountRow> = each_backend!(conn, c => query.load(c))?;
    rows.into_iter().map(Account::try_from).collect()
}
