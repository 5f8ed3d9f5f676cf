//! `POST /auth/jwt/refresh/` (or wherever `refresh.path` points): a new access token and a new refresh token for a
//! refresh token.

use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use service_kit::extract::Body;
use service_kit::{Error, Result, clock};
use shared_proto::ErrorCode;
use shared_proto::auth::Refresh;

use super::grant::granted;
use super::rotate::{Rotation, rotate};
use super::store;
use crate::audit::{self, Deed};
use crate::client::Client;
use crate::opaque_token::{FreshToken, TokenHash};
use crate::state::State;

pub(crate) async fn refresh(
    state: web::Data<State>,
    request: HttpRequest,
    Body(asked): Body<Refresh>,
) -> Result<HttpResponse> {
    state.origins.check(&request)?;
    let in_body = asked.refresh_token.is_some();
    let sent = asked.refresh_token.as_ref().map(|token| token.expose()).or_else(|| state.cookie.sent(&request));
    let sent = sent.ok_or_else(|| refused("No refresh token was sent"))?;

    let (fresh, client) = (FreshToken::new()?, Client::of(&request));
    let rotation = match TokenHash::of_text(sent) {
        Some(old) => exchange(&state, old, fresh.hash(), &client).await?,
        None => Rotation::Refused,
    };
    match rotation {
        Rotation::Renewed(session, account) => {
            audit::note(Deed::Refreshed, Some(account.id), Some(&session), &client);
            granted(&state, session, account, fresh, in_body)
        }
        Rotation::Reused(session, user, news) => {
            tracing::warn!(%session, "a refresh token was used twice: its session is revoked");
            audit::note(Deed::RefreshReused, Some(user), Some(&session), &client);
            state.outbox.send(news).await;
            Ok(sign_in_again(&state))
        }
        Rotation::Refused => Ok(sign_in_again(&state)),
    }
}

async fn exchange(state: &State, old: TokenHash, new: TokenHash, client: &Client) -> Result<Rotation> {
    let (outbox, lifetimes, limits) = (state.outbox.clone(), state.lifetimes, state.limits);
    let from_there = limits.refreshes.of_address(client);
    let rotated = state.db.write(move |conn| {
        let of_account = store::owner_of(conn, &old)?.map(|(_, user)| limits.account_refreshes.of_user(user));
        limits.take(conn, &std::iter::once(from_there).chain(of_account).collect::<Vec<_>>())?;
        rotate(conn, &outbox, &old, &new, lifetimes, clock::now())
    });
    rotated.await
}

/// The token will never be good again, so the browser may forget it.
fn sign_in_again(state: &State) -> HttpResponse {
    let mut answer = refused("The refresh token has ended or was used before").error_response();
    let (name, value) = state.cookie.clear();
    if let Ok(value) = value.try_into() {
        answer.headers_mut().insert(name, value);
    }
    answer
}

fn refused(why: &str) -> Error {
    Error::refused(ErrorCode::RefreshInvalid, format!("{why}; sign in again."))
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use futures_util::future::join_all;
    use serde_json::{Value, json};

    use crate::testing::{Installation, PASSWORD};

    #[actix_web::test]
    async fn twenty_tabs_that_refresh_at_once_stay_signed_in() {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        let cookie = home.sign_in("alice").await.cookie;
        let answers = join_all((0..20).map(|_| home.refresh(&cookie))).await;
        for answer in answers {
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            assert_eq!(home.refresh(&answer.visitor().cookie).await.status, StatusCode::OK);
        }
    }

    #[actix_web::test]
    async fn a_client_without_cookies_gets_its_tokens_in_the_body() {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        let body = json!({"username": "ALICE", "password": PASSWORD, "refresh_in_body": true});
        let signed_in = home.answer(TestRequest::post().uri("/auth/jwt/create/").set_json(body)).await;
        assert_eq!(signed_in.cookie, None);
        let body = json!({"refresh_token": signed_in.body["refresh_token"]});
        let refreshed = home.answer(TestRequest::post().uri("/auth/jwt/refresh/").set_json(body)).await;
        assert_eq!((refreshed.status, refreshed.cookie), (StatusCode::OK, None));
        assert_ne!(refreshed.body["refresh_token"], signed_in.body["refresh_token"]);
        assert_eq!(refreshed.body["user"]["email"], "");
    }

    #[actix_web::test]
    async fn a_foreign_page_is_refused_before_the_token_is_used() {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        let cookie = home.sign_in("alice").await.cookie;
        let request = TestRequest::post().uri("/auth/jwt/refresh/").insert_header(("cookie", cookie.as_str()));
        let answer = home.answer(request.insert_header(("origin", "https://evil.test"))).await;
        assert_eq!((answer.status, &answer.body["code"]), (StatusCode::FORBIDDEN, &json!("origin_forbidden")));
    }

    #[actix_web::test]
    async fn a_token_that_is_none_is_refused_and_its_cookie_cleared() {
        let home = Installation::new().await;
        for strange in ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let answer = home.refresh(&format!("refresh_token={strange}")).await;
            assert_eq!((answer.status, &answer.body["code"]), (StatusCode::UNAUTHORIZED, &json!("refresh_invalid")));
            assert!(answer.cookie.unwrap().starts_with("refresh_token=; Max-Age=0; Path=/auth/jwt/refresh/"));
        }
        let answer = home.answer(TestRequest::post().uri("/auth/jwt/refresh/")).await;
        assert_eq!((answer.status, answer.cookie), (StatusCode::UNAUTHORIZED, None));
        assert_ne!(answer.body, Value::Null);
    }
}
