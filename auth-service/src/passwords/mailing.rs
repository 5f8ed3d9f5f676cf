//! Mails for a new password, from being asked for until a mail server has them.
//!
//! They stand in the database meanwhile: a server that is away or hangs loses nobody's mail, nor does a restart, and no
//! request waits for it.

use std::time::Duration;

use futures_util::future::join_all;
use service_kit::db::Conn;
use service_kit::{Error, Result, chain, clock};
use shared_proto::{Email, ErrorCode, UserId};

use super::mailing_store::{self, Due, Wanted};
use super::store;
use crate::audit::{self, Deed};
use crate::limits::Limits;
use crate::mail::Undelivered;
use crate::opaque_token::FreshToken;
use crate::state::State;
use crate::users::Account;

/// How soon what is due is seen to without being told of.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Mails under way at the same time.
const AT_ONCE: i64 = 16;
/// How long a try may take.
const TRY: Duration = Duration::from_secs(30);
/// How long a mail is left to the one who took it, in seconds: longer than a try takes.
const LEASE: i64 = 60;
/// The pause after the first try, in seconds. It doubles with each of them.
const FIRST_PAUSE: i64 = 5;
const LONGEST_PAUSE: i64 = 600;
/// For so long it is tried, in seconds. Whoever waits longer has asked again.
const GIVE_UP_AFTER: i64 = 6 * 3_600;

/// Sends what is due, for ever.
pub(crate) async fn keep_mailing(state: &State) {
    loop {
        if let Err(error) = mail_due(state).await {
            tracing::warn!(error = chain(&error), "it can't be seen which mails are due; trying again");
        }
        tokio::select! {
            () = state.resets.wanted.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Sends what is due now.
pub(crate) async fn mail_due(state: &State) -> Result<()> {
    loop {
        let now = clock::now();
        if !state.db.read(move |conn| mailing_store::any_due(conn, now)).await? {
            return Ok(());
        }
        let until = now.plus_seconds(LEASE);
        let due = state.db.write(move |conn| mailing_store::lease(conn, now, until, AT_ONCE)).await?;
        for done in join_all(due.into_iter().map(|due| see_to(state, due))).await {
            done?;
        }
    }
}

async fn see_to(state: &State, due: Due) -> Result<()> {
    match due.wanted.user {
        None => look_up(state, due).await,
        Some(user) => send(state, due, user).await,
    }
}

/// Whose address it is: from here on each account has a mail of its own.
async fn look_up(state: &State, due: Due) -> Result<()> {
    let limits = state.limits;
    state.db.write(move |conn| expand(conn, limits, &due)).await
}

fn expand(conn: &mut Conn, limits: Limits, due: &Due) -> Result<()> {
    let mut users = Vec::new();
    let email = Email::try_from(due.wanted.email.clone());
    for account in email.map(|email| store::by_email(conn, &email)).unwrap_or(Ok(Vec::new()))? {
        let user = account.id;
        match limits.take(conn, &[limits.mails.of_user(user)]) {
            Ok(()) => users.push(user),
            Err(error) if error.code() == ErrorCode::RateLimited => {
                tracing::warn!(%user, "no mail for a new password is sent: there were enough of them");
            }
            Err(error) => return Err(error),
        }
    }
    conn.transaction(|conn| {
        for user in users {
            mailing_store::add(conn, &Wanted { user: Some(user), ..due.wanted.clone() })?;
        }
        mailing_store::forget(conn, &due.id)
    })
}

async fn send(state: &State, due: Due, user: UserId) -> Result<()> {
    let Some(account) = state.db.read(move |conn| store::mailable(conn, user)).await? else {
        return forget(state, due.id).await;
    };
    let Err(Undelivered { error, for_good }) = try_to_send(state, &account).await else {
        audit::note(Deed::ResetMailed, Some(user), None, &due.wanted.client);
        return forget(state, due.id).await;
    };
    let now = clock::now();
    if for_good || due.wanted.asked_at.plus_seconds(GIVE_UP_AFTER) <= now {
        tracing::error!(%user, tries = due.tries, error = chain(&error), "a mail for a new password was given up");
        audit::note(Deed::ResetNotMailed, Some(user), None, &due.wanted.client);
        return forget(state, due.id).await;
    }
    let pause = pause_after(due.tries);
    tracing::warn!(%user, tries = due.tries, pause, error = chain(&error), "a mail for a new password did not go yet");
    let again = now.plus_seconds(pause);
    state.db.write(move |conn| mailing_store::put_off(conn, &due.id, again)).await
}

/// Each try has a link of its own. One that came to nothing ends by time: who knows whether the mail did arrive.
async fn try_to_send(state: &State, account: &Account) -> Result<(), Undelivered> {
    let later = |error| Undelivered { error, for_good: false };
    let fresh = FreshToken::new().map_err(later)?;
    let (hash, user) = (fresh.hash(), account.id);
    let expires_at = clock::now().plus_seconds(state.resets.minutes * 60);
    state.db.write(move |conn| store::add(conn, &hash, user, expires_at)).await.map_err(later)?;
    let sending = state.mailer.send(state.resets.letter(account, fresh));
    let too_long = |e: tokio::time::error::Elapsed| later(Error::Unavailable("the mail server", Some(e.into())));
    tokio::time::timeout(TRY, sending).await.map_err(too_long)?
}

async fn forget(state: &State, id: String) -> Result<()> {
    state.db.write(move |conn| mailing_store::forget(conn, &id)).await
}

/// In seconds.
fn pause_after(tries: i32) -> i64 {
    let doubled = u32::try_from(tries - 1).ok().and_then(|tries| 2_i64.checked_pow(tries));
    doubled.map_or(LONGEST_PAUSE, |times| FIRST_PAUSE.saturating_mul(times).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_ten_minutes() {
        assert_eq!([1, 2, 3, 8, 9, 1_000].map(pause_after), [5, 10, 20, 600, 600, 600]);
    }
}
