//! `POST /auth/logout/`: ends this session.

use actix_web::{HttpRequest, HttpResponse, web};
use service_kit::extract::Body;
use service_kit::{Error, Result, token};
use shared_proto::auth::Refresh;
use shared_proto::{ErrorCode, SessionId, UserId};

use super::revoke::end;
use super::signed_in::SignedIn;
use super::store;
use crate::client::Client;
use crate::opaque_token::TokenHash;
use crate::state::State;

/// The session is that of the access token, or, without a good one, that of the refresh token (a client that comes
/// back after a while has no other). Answers 204 also when the session has ended already.
pub(crate) async fn sign_out(
    state: web::Data<State>,
    request: HttpRequest,
    Body(asked): Body<Refresh>,
) -> Result<HttpResponse> {
    state.origins.check(&request)?;
    let refresh_token = asked.refresh_token.as_ref().map(|t| t.expose()).or_else(|| state.cookie.sent(&request));
    let session = match by_access_token(&state, &request).await {
        Ok(session) => Some(session),
        Err(error) if error.code() == ErrorCode::SessionRevoked => None,
        Err(error) => match refresh_token.filter(|_| is_about_the_token(&error)) {
            Some(refresh_token) => by_refresh_token(&state, refresh_token).await?,
            None => return Err(error),
        },
    };
    if let Some((session, user)) = session {
        end(&state, user, session, &Client::of(&request)).await?;
    }
    Ok(HttpResponse::NoContent().insert_header(state.cookie.clear()).finish())
}

async fn by_access_token(state: &State, request: &HttpRequest) -> Result<(SessionId, UserId)> {
    let me = SignedIn::by_token(state, token::from_header(request)?, Client::of(request)).await?;
    Ok((me.session, me.account.id))
}

async fn by_refresh_token(state: &State, sent: &str) -> Result<Option<(SessionId, UserId)>> {
    let Some(hash) = TokenHash::of_text(sent) else { return Ok(None) };
    state.db.read(move |conn| store::owner_of(conn, &hash)).await
}

fn is_about_the_token(error: &Error) -> bool {
    matches!(error.code(), ErrorCode::TokenMissing | ErrorCode::TokenInvalid | ErrorCode::TokenExpired)
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use serde_json::json;

    use crate::testing::Installation;

    #[actix_web::test]
    async fn after_signing_out_neither_token_is_good() {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        let alice = home.sign_in("alice").await;
        let answer = home.answer(alice.asks(TestRequest::post().uri("/auth/logout/"))).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert!(answer.cookie.unwrap().starts_with("refresh_token=; Max-Age=0"));

        let me = home.answer(alice.asks(TestRequest::get().uri("/auth/users/me/"))).await;
        assert_eq!((me.status, &me.body["code"]), (StatusCode::UNAUTHORIZED, &json!("session_revoked")));
        assert_eq!(home.refresh(&alice.cookie).await.status, StatusCode::UNAUTHORIZED);
        let again = home.answer(alice.asks(TestRequest::post().uri("/auth/logout/"))).await;
        assert_eq!(again.status, StatusCode::NO_CONTENT);
    }

    #[actix_web::test]
    async fn the_refresh_token_is_enough_to_sign_out() {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        let alice = home.sign_in("alice").await;
        let token = alice.cookie.trim_start_matches("refresh_token=");
        let request = TestRequest::post().uri("/auth/logout/").set_json(json!({"refresh_token": token}));
        assert_eq!(home.answer(request).await.status, StatusCode::NO_CONTENT);
        assert_eq!(home.refresh(&alice.cookie).await.status, StatusCode::UNAUTHORIZED);
    }

    #[actix_web::test]
    async fn without_any_token_there_is_nothing_to_sign_out_of() {
        let home = Installation::new().await;
        let answer = home.answer(TestRequest::post().uri("/auth/logout/")).await;
        assert_eq!((answer.status, &answer.body["code"]), (StatusCode::UNAUTHORIZED, &json!("token_missing")));
    }
}
