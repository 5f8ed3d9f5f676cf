//! `POST /auth/users/reset_password/`: a mail by which a forgotten password can be replaced.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use service_kit::extract::Body;
use service_kit::{Error, Result, chain, clock};
use shared_proto::auth::ResetPassword;
use shared_proto::{Email, ErrorCode};
use tokio::sync::Semaphore;

use super::store;
use crate::audit::{self, Deed};
use crate::client::Client;
use crate::mail::Letter;
use crate::opaque_token::FreshToken;
use crate::state::State;
use crate::users::Account;

/// Mails under way at the same time.
const AT_ONCE: usize = 16;
/// How long one may take altogether.
const WITHIN: Duration = Duration::from_secs(60);

/// Resetting passwords by mail.
pub(crate) struct Resets {
    public_url: String,
    minutes: i64,
    turns: Arc<Semaphore>,
}

impl Resets {
    /// `minutes` is how long a mailed link is good.
    pub(crate) fn new(public_url: &str, minutes: i64) -> Self {
        let public_url = public_url.trim_end_matches('/').to_owned();
        Self { public_url, minutes, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The token stands behind `#`: browsers send that part to no server, and no log has it.
    fn letter(&self, account: &Account, token: FreshToken) -> Letter {
        let (url, name, minutes) = (&self.public_url, &account.username, self.minutes);
        let token = token.into_text();
        Letter {
            to: account.email.to_string(),
            subject: "Chatire: a new password".to_owned(),
            text: format!(
                "Somebody, hopefully you, asked for a new password for the account {name} at {url}.\n\n\
                 This link lets you choose one. It works once, for {minutes} minutes:\n\n\
                 {url}/auth#reset={token}\n\n\
                 If you did not ask for it, do nothing: your password has not changed.\n"
            ),
        }
    }
}

/// The answer comes before anything is looked up: neither it nor its time tells whether the address is known.
pub(crate) async fn ask_reset(
    state: web::Data<State>,
    request: HttpRequest,
    Body(asked): Body<ResetPassword>,
) -> Result<HttpResponse> {
    state.origins.check(&request)?;
    let client = Client::of(&request);
    state.limits.check(&state.db, vec![state.limits.resets.of_address(&client)]).await?;
    let turn = Arc::clone(&state.resets.turns).try_acquire_owned();
    let turn = turn.map_err(|e| Error::Unavailable("a turn to send a mail", Some(e.into())))?;
    actix_web::rt::spawn(async move {
        let _turn = turn;
        match tokio::time::timeout(WITHIN, send(&state, asked.email, &client)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(error = chain(&error), "a mail for a new password was not sent"),
            Err(_) => tracing::error!("a mail for a new password was not sent in time"),
        }
    });
    Ok(HttpResponse::NoContent().finish())
}

async fn send(state: &State, email: Email, client: &Client) -> Result<()> {
    for account in state.db.read(move |conn| store::by_email(conn, &email)).await? {
        let fresh = FreshToken::new()?;
        let (hash, user) = (fresh.hash(), account.id);
        let expires_at = clock::now().plus_seconds(state.resets.minutes * 60);
        let (limits, mails) = (state.limits, state.limits.mails.of_user(user));
        let kept = state.db.write(move |conn| {
            limits.take(conn, &[mails])?;
            store::add(conn, &hash, user, expires_at)
        });
        match kept.await {
            Err(error) if error.code() == ErrorCode::RateLimited => {
                tracing::warn!(%user, "no mail for a new password was sent: there were enough of them");
                continue;
            }
            kept => kept?,
        }
        state.mailer.send(state.resets.letter(&account, fresh)).await?;
        audit::note(Deed::ResetMailed, Some(user), None, client);
    }
    Ok(())
}
