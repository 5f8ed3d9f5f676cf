//! What signing in and refreshing give.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use service_kit::Result;
use shared_proto::SessionId;
use shared_proto::auth::TokenGranted;

use crate::opaque_token::FreshToken;
use crate::state::State;
use crate::users::Account;

/// An access token, and the refresh token in the cookie or the body.
pub(super) fn granted(
    state: &State,
    session: SessionId,
    account: Account,
    fresh: FreshToken,
    in_body: bool,
) -> Result<HttpResponse> {
    let token = state.access.issue(&state.keys, &account, session)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    let refresh_token = if in_body {
        Some(fresh.into_text())
    } else {
        answer.insert_header(state.cookie.set(&fresh.into_text()));
        None
    };
    let user = account.for_oneself();
    Ok(answer.json(TokenGranted { token, expires_in: state.access.seconds(), user, refresh_token }))
}
