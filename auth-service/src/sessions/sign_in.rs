//! `POST /auth/jwt/create/`: a new session, for a username and a password.

use actix_web::{HttpRequest, HttpResponse, web};
use service_kit::extract::Body;
use service_kit::{Error, Result, clock};
use shared_proto::auth::{Secret, SignIn};
use shared_proto::{ErrorCode, SessionId, Username};

use super::client::Client;
use super::grant::granted;
use super::refresh_token::FreshToken;
use super::store::{self, NewSession};
use crate::passwords::Password;
use crate::state::State;
use crate::users::Account;
use crate::users::store::with_password;

pub(crate) async fn sign_in(
    state: web::Data<State>,
    request: HttpRequest,
    Body(asked): Body<SignIn>,
) -> Result<HttpResponse> {
    state.origins.check(&request)?;
    let account = authenticate(&state, asked.username, &asked.password).await?;
    let (session, fresh) = begin(&state, &account, Client::of(&request)).await?;
    tracing::info!(user = %account.id, %session, "signed in");
    granted(&state, session, account, fresh, asked.refresh_in_body)
}

/// Takes the same time, and says the same, whether the username or the password is wrong.
async fn authenticate(state: &State, username: String, password: &Secret) -> Result<Account> {
    let wrong = || Error::refused(ErrorCode::BadCredentials, "Username or password are wrong.");
    let password = Password::given(password).ok_or_else(wrong)?;
    let found = match Username::try_from(username) {
        Ok(name) => state.db.read(move |conn| with_password(conn, &name)).await?,
        Err(_) => None,
    };
    let (account, hash) = found.unzip();
    if !state.passwords.matches(password, hash).await? {
        return Err(wrong());
    }
    account.ok_or_else(wrong)
}

async fn begin(state: &State, account: &Account, client: Client) -> Result<(SessionId, FreshToken)> {
    let fresh = FreshToken::new()?;
    let id = store::session_id(nanoid::nanoid!())?;
    let now = clock::now();
    let new = NewSession {
        id: id.clone(),
        user: account.id,
        client,
        token: fresh.hash(),
        now,
        expires_at: now.plus_seconds(state.lifetimes.session_seconds),
    };
    state.db.write(move |conn| store::begin(conn, &new)).await?;
    Ok((id, fresh))
}
