//! `POST /auth/jwt/create/`: a new session, for a username and a password.

use actix_web::{HttpRequest, HttpResponse, web};
use service_kit::extract::Body;
use service_kit::{Error, Result, clock};
use shared_proto::auth::{Secret, SignIn};
use shared_proto::{ErrorCode, SessionId, Username};

use super::client::Client;
use super::grant::granted;
use super::store::{self, NewSession};
use crate::opaque_token::FreshToken;
use crate::passwords::Password;
use crate::state::State;
use crate::users::store::{Known, known, set_password_hash};

pub(crate) async fn sign_in(
    state: web::Data<State>,
    request: HttpRequest,
    Body(asked): Body<SignIn>,
) -> Result<HttpResponse> {
    state.origins.check(&request)?;
    let known = authenticate(&state, asked.username, &asked.password).await?;
    let (session, fresh) = begin(&state, &known, Client::of(&request)).await?;
    tracing::info!(user = %known.account.id, %session, "signed in");
    granted(&state, session, known.account, fresh, asked.refresh_in_body)
}

/// Takes the same time, and says the same, whether the username or the password is wrong. That an account is closed is
/// told only to whoever has its password.
async fn authenticate(state: &State, username: String, password: &Secret) -> Result<Known> {
    let password = Password::given(password).ok_or_else(wrong)?;
    let found = match Username::try_from(username) {
        Ok(name) => state.db.read(move |conn| known(conn, &name)).await?,
        Err(_) => None,
    };
    let hash = found.as_ref().map(|known| known.password_hash.clone());
    let compared = state.passwords.compare(password, hash).await?;
    let mut known = found.filter(|_| compared.is_right).ok_or_else(wrong)?;
    if known.is_disabled {
        return Err(Error::refused(ErrorCode::AccountDisabled, "The operator has closed this account."));
    }
    if let Some(better) = compared.better {
        let (user, old, new) = (known.account.id, known.password_hash.clone(), better.clone());
        if state.db.write(move |conn| set_password_hash(conn, user, &old, &new)).await? {
            known.password_hash = better;
        }
    }
    Ok(known)
}

fn wrong() -> Error {
    Error::refused(ErrorCode::BadCredentials, "Username or password are wrong.")
}

async fn begin(state: &State, known: &Known, client: Client) -> Result<(SessionId, FreshToken)> {
    let fresh = FreshToken::new()?;
    let id = store::session_id(nanoid::nanoid!())?;
    let now = clock::now();
    let new = NewSession {
        id: id.clone(),
        user: known.account.id,
        password_hash: known.password_hash.clone(),
        client,
        token: fresh.hash(),
        now,
        expires_at: now.plus_seconds(state.lifetimes.session_seconds),
    };
    if !state.db.write(move |conn| store::begin(conn, &new)).await? {
        return Err(wrong());
    }
    Ok((id, fresh))
}
