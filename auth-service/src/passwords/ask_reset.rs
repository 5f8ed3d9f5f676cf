//! `POST /auth/users/reset_password/`: a mail by which a forgotten password can be replaced.

use actix_web::{HttpRequest, HttpResponse, web};
use service_kit::extract::Body;
use service_kit::{Result, clock};
use shared_proto::auth::ResetPassword;
use tokio::sync::Notify;

use super::mailing_store::{self, Wanted};
use crate::client::Client;
use crate::mail::Letter;
use crate::opaque_token::FreshToken;
use crate::state::State;
use crate::users::Account;

/// Resetting passwords by mail.
pub(crate) struct Resets {
    public_url: String,
    pub(super) minutes: i64,
    /// Somebody asked for a mail.
    pub(super) wanted: Notify,
}

impl Resets {
    /// `minutes` is how long a mailed link is good.
    pub(crate) fn new(public_url: &str, minutes: i64) -> Self {
        let public_url = public_url.trim_end_matches('/').to_owned();
        Self { public_url, minutes, wanted: Notify::new() }
    }

    /// The token stands behind `#`: browsers send that part to no server, and no log has it.
    pub(super) fn letter(&self, account: &Account, token: FreshToken) -> Letter {
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

/// It is only written down here that a mail is wanted: neither the answer nor its time tells whether the address is known.
/// [Mailing](super::mailing) it comes afterwards.
pub(crate) async fn ask_reset(
    state: web::Data<State>,
    request: HttpRequest,
    Body(asked): Body<ResetPassword>,
) -> Result<HttpResponse> {
    state.origins.check(&request)?;
    let client = Client::of(&request);
    state.limits.check(&state.db, vec![state.limits.resets.of_address(&client)]).await?;
    let wanted = Wanted { email: asked.email.to_string(), user: None, client, asked_at: clock::now() };
    state.db.write(move |conn| mailing_store::add(conn, &wanted)).await?;
    state.resets.wanted.notify_one();
    Ok(HttpResponse::NoContent().finish())
}
