//! `POST /auth/jwt/create/`: a new session, for a username and a password.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use service_kit::extract::Body;
use service_kit::{Error, Result, clock};
use shared_proto::auth::{Secret, SignIn};
use shared_proto::{ErrorCode, SessionId, Username};

use super::grant::granted;
use super::store::{self, NewSession};
use crate::audit::{self, Deed};
use crate::client::Client;
use crate::limits::Share;
use crate::opaque_token::FreshToken;
use crate::passwords::Password;
use crate::second_factor::{self, Demand};
use crate::state::State;
use crate::users::store::{Known, known, set_password_hash};

pub(crate) async fn sign_in(
    state: web::Data<State>,
    request: HttpRequest,
    Body(asked): Body<SignIn>,
) -> Result<HttpResponse> {
    state.origins.check(&request)?;
    let client = Client::of(&request);
    let device = state.device_cookie.sent(&request);
    let found = find(&state, &asked.username).await?;
    let known_device = found.as_ref().and_then(|known| state.devices.recognise(device?, known.account.id));
    let guess = match known_device {
        Some(device) => state.limits.failures.of_device(device),
        None => state.limits.failures.of_name(&asked.username),
    };
    // Counted before the password is looked at, so that many guesses at once are no way around it.
    state.limits.check(&state.db, vec![state.limits.sign_ins.of_address(&client), guess.clone()]).await?;

    let user = found.as_ref().map(|known| known.account.id);
    let done = admit(&state, found, &asked, &client, guess).await;
    let deed = match &done {
        Ok(_) => Some(Deed::SignedIn),
        Err(error) => failure(error.code()),
    };
    if let Some(deed) = deed {
        audit::note(deed, user, done.as_ref().ok().map(|(_, session, _)| session), &client);
    }
    let (known, session, fresh) = done?;
    let user = known.account.id;
    let mut answer = granted(&state, session, known.account, fresh, asked.refresh_in_body)?;
    if known_device.is_none() && !asked.refresh_in_body {
        let (name, value) = state.device_cookie.set(&state.devices.introduce(user)?);
        if let Ok(value) = value.try_into() {
            answer.headers_mut().append(name, value);
        }
    }
    Ok(answer)
}

/// What the audit log says of a refusal.
fn failure(code: ErrorCode) -> Option<Deed> {
    match code {
        ErrorCode::BadCredentials => Some(Deed::SignInFailed),
        ErrorCode::SecondFactorWrong => Some(Deed::SecondFactorFailed),
        ErrorCode::AccountDisabled => Some(Deed::SignInRefused),
        _ => None,
    }
}

async fn admit(
    state: &State,
    found: Option<Known>,
    asked: &SignIn,
    client: &Client,
    guess: Share,
) -> Result<(Known, SessionId, FreshToken)> {
    let known = authenticate(state, found, &asked.password).await?;
    let (session, fresh) = begin(state, &known, client.clone(), guess, asked.code.clone()).await?;
    Ok((known, session, fresh))
}

async fn find(state: &State, username: &str) -> Result<Option<Known>> {
    match Username::try_from(username.to_owned()) {
        Ok(name) => state.db.read(move |conn| known(conn, &name)).await,
        Err(_) => Ok(None),
    }
}

/// Takes the same time, and says the same, whether the username or the password is wrong. That an account is closed is
/// told only to whoever has its password.
async fn authenticate(state: &State, found: Option<Known>, password: &Secret) -> Result<Known> {
    let password = Password::given(password).ok_or_else(wrong)?;
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

async fn begin(
    state: &State,
    known: &Known,
    client: Client,
    guess: Share,
    code: Option<Secret>,
) -> Result<(SessionId, FreshToken)> {
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
    let (limits, sealing) = (state.limits, Arc::clone(&state.sealing));
    let begun = state.db.write(move |conn| {
        conn.transaction(|conn| {
            let demand = second_factor::demand(conn, &sealing, new.user, code.as_ref(), now)?;
            if demand != Demand::Wrong {
                limits.give_back(conn, &guess)?;
            }
            Ok((demand, demand == Demand::Met && store::begin(conn, &new)?))
        })
    });
    match begun.await? {
        (_, true) => Ok((id, fresh)),
        (Demand::Met, false) => Err(wrong()),
        (Demand::Missing, _) => Err(Error::refused(
            ErrorCode::SecondFactorRequired,
            "This account asks for a code of its authenticator app, or a recovery code, too.",
        )),
        (Demand::Wrong, _) => Err(second_factor::wrong()),
    }
}
