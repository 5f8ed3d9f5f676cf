//! What the operator does to accounts.

use diesel::prelude::*;
use service_kit::db::{Conn, Db};
use service_kit::{Error, Result, clock, each_backend};
use shared_proto::auth::Secret;
use shared_proto::{Email, ErrorCode, UserId, Username};

use super::store::{self, ACCOUNT, Account, AccountRow, Known, NewAccount};
use crate::audit::{ByOperator, Deed};
use crate::outbox::Outbox;
use crate::passwords::{Password, Passwords, forget_resets, personal};
use crate::schema::users;
use crate::second_factor;
use crate::sessions::end_all;

/// Accounts in one page of the list.
const PAGE: i64 = 500;

/// Whether an account can be signed in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Enabled,
    Disabled,
}

/// As signing up.
pub(crate) async fn create(
    db: &Db,
    passwords: &Passwords,
    username: Username,
    email: Email,
    password: &Secret,
) -> Result<UserId> {
    if username.is_of_deleted() {
        return Err(store::taken(&username));
    }
    let password = Password::chosen("password", password)?;
    let known_of_it = vec![username.as_str().to_owned(), email.to_string()];
    let password_hash = passwords.hash_new("password", password, known_of_it).await?;
    let now = clock::now();
    let new = NewAccount { username, email, password_hash, created_at: now.micros() };
    db.write(move |conn| {
        conn.transaction(|conn| {
            let user = store::add(conn, &new)?;
            Outbox::keep_deed(conn, ByOperator::to_account(Deed::AccountCreated, user, now))?;
            Ok(user)
        })
    })
    .await
}

/// Ends all sessions; returns how many.
pub(crate) async fn set_password(
    db: &Db,
    outbox: &Outbox,
    passwords: &Passwords,
    username: &Username,
    password: &Secret,
    without_second_factor: bool,
) -> Result<usize> {
    let password = Password::chosen("password", password)?;
    let name = username.clone();
    let known = db.read(move |conn| find(conn, &name)).await?;
    let hash = passwords.hash_new("password", password, personal(&known.account)).await?;
    let name = username.clone();
    ending(db, outbox, Deed::PasswordSet, move |conn| {
        let known = find(conn, &name)?;
        let user = known.account.id;
        store::set_password_hash(conn, user, &known.password_hash, &hash)?;
        forget_resets(conn, user)?;
        if without_second_factor {
            second_factor::forget(conn, user)?;
        }
        Ok(user)
    })
    .await
}

/// Nobody signs in any more. Ends all sessions; returns how many.
pub(crate) async fn disable(db: &Db, outbox: &Outbox, username: &Username) -> Result<usize> {
    let name = username.clone();
    ending(db, outbox, Deed::AccountDisabled, move |conn| {
        let user = find(conn, &name)?.account.id;
        let disabled = users::disabled_at.eq(clock::now().micros());
        each_backend!(conn, c => diesel::update(users::table.find(user.0)).set(disabled).execute(c))?;
        forget_resets(conn, user)?;
        Ok(user)
    })
    .await
}

/// Lets it sign in again.
pub(crate) async fn enable(db: &Db, username: &Username) -> Result<()> {
    let name = username.clone();
    db.write(move |conn| {
        conn.transaction(|conn| {
            let user = find(conn, &name)?.account.id;
            let enabled = users::disabled_at.eq(None::<i64>);
            each_backend!(conn, c => diesel::update(users::table.find(user.0)).set(enabled).execute(c))?;
            Outbox::keep_deed(conn, ByOperator::to_account(Deed::AccountEnabled, user, clock::now()))
        })
    })
    .await
}

/// Ends all sessions; returns how many.
pub(crate) async fn revoke(db: &Db, outbox: &Outbox, username: &Username) -> Result<usize> {
    let name = username.clone();
    ending(db, outbox, Deed::SessionsRevoked, move |conn| Ok(find(conn, &name)?.account.id)).await
}

/// Those with ids after `after`, by id.
pub(crate) async fn list(db: &Db, after: Option<UserId>) -> Result<Vec<(Account, Standing)>> {
    let query = users::table
        .filter(users::id.gt(after.map_or(-1, |after| after.0)))
        .filter(users::deleted_at.is_null())
        .order(users::id)
        .limit(PAGE)
        .select((ACCOUNT, users::disabled_at));
    let rows: Vec<(AccountRow, Option<i64>)> =
        db.read(move |conn| Ok(each_backend!(conn, c => query.load(c))?)).await?;
    let listed = |(account, disabled_at): (AccountRow, Option<i64>)| {
        let standing = if disabled_at.is_some() { Standing::Disabled } else { Standing::Enabled };
        Ok((Account::try_from(account)?, standing))
    };
    rows.into_iter().map(listed).collect()
}

/// Does something to an account and ends its sessions, in one transaction.
async fn ending(
    db: &Db,
    outbox: &Outbox,
    deed: Deed,
    change: impl FnOnce(&mut Conn) -> Result<UserId> + Send + 'static,
) -> Result<usize> {
    let keeping = outbox.clone();
    let ended = db.write(move |conn| {
        conn.transaction(|conn| {
            let user = change(conn)?;
            let now = clock::now();
            let news = end_all(conn, user, None, now)?;
            Outbox::keep_deed(conn, ByOperator::to_account(deed, user, now))?;
            Ok((news.len(), keeping.keep(conn, news)?))
        })
    });
    let (count, news) = ended.await?;
    outbox.send(news).await;
    Ok(count)
}

fn find(conn: &mut Conn, name: &Username) -> Result<Known> {
    let nobody = || Error::refused(ErrorCode::UserNotFound, format!("There is no user {name}."));
    store::known(conn, name)?.ok_or_else(nobody)
}
