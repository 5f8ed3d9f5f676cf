//! `POST /auth/users/reset_password_confirm/`: a new password, by the link of a mail.

use actix_web::{HttpRequest, HttpResponse, web};
use service_kit::db::Conn;
use service_kit::extract::Body;
use service_kit::{Error, Result, clock};
use shared_proto::auth::ResetPasswordConfirm;
use shared_proto::{ErrorCode, UserId};

use super::{Password, personal, store};
use crate::audit::{self, Deed};
use crate::client::Client;
use crate::opaque_token::TokenHash;
use crate::outbox::{Outbox, Parcel};
use crate::sessions::end_all;
use crate::state::State;
use crate::users::store::set_password_hash;

/// All sessions end. A password that is refused for being weak does not use the link up.
pub(crate) async fn reset(
    state: web::Data<State>,
    request: HttpRequest,
    Body(asked): Body<ResetPasswordConfirm>,
) -> Result<HttpResponse> {
    state.origins.check(&request)?;
    let client = Client::of(&request);
    state.limits.check(&state.db, vec![state.limits.resets.of_address(&client)]).await?;
    let new = Password::chosen("new_password", &asked.new_password)?;
    let token = TokenHash::of_text(asked.token.expose()).ok_or_else(invalid)?;
    let looked_for = token.clone();
    let found = state.db.read(move |conn| store::find(conn, &looked_for, clock::now())).await?;
    let (account, old) = found.ok_or_else(invalid)?;
    let new = state.passwords.hash_new("new_password", new, personal(&account)).await?;
    let (user, outbox) = (account.id, state.outbox.clone());
    let news = state.db.write(move |conn| apply(conn, &outbox, user, &token, &old, &new)).await?;
    audit::note(Deed::PasswordReset, Some(user), None, &client);
    state.outbox.send(news).await;
    Ok(HttpResponse::NoContent().finish())
}

fn apply(conn: &mut Conn, outbox: &Outbox, user: UserId, token: &TokenHash, old: &str, new: &str) -> Result<Parcel> {
    conn.transaction(|conn| {
        if !store::spend(conn, token)? || !set_password_hash(conn, user, old, new)? {
            return Err(invalid());
        }
        store::forget_resets(conn, user)?;
        let news = end_all(conn, user, None, clock::now())?;
        outbox.keep(conn, news)
    })
}

fn invalid() -> Error {
    Error::refused(ErrorCode::ResetInvalid, "The link was used before or is too old; ask for another mail.")
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use diesel::prelude::*;
    use serde_json::{Value, json};
    use service_kit::each_backend;

    use crate::schema::password_resets;
    use crate::testing::{Answer, Installation, PASSWORD};

    const OTHER: &str = "violet kettle harbour";

    async fn posts(home: &Installation, path: &str, body: Value) -> Answer {
        home.answer(TestRequest::post().uri(path).set_json(body)).await
    }

    /// An installation with somebody who has an address.
    async fn with_alice() -> Installation {
        let home = Installation::new().await;
        let body = json!({"username": "alice", "password": PASSWORD, "email": "Alice@example.org"});
        assert_eq!(posts(&home, "/auth/users/", body).await.status, StatusCode::CREATED);
        home
    }

    async fn asks(home: &Installation, email: &str) {
        let answer = posts(home, "/auth/users/reset_password/", json!({"email": email})).await;
        assert_eq!((answer.status, answer.body), (StatusCode::NO_CONTENT, Value::Null));
    }

    fn token_in(mail: &str) -> String {
        let rest = mail.split("/auth#reset=").nth(1).expect("a link");
        rest.split_whitespace().next().unwrap().to_owned()
    }

    async fn sets(home: &Installation, token: &str, password: &str) -> Answer {
        let body = json!({"token": token, "new_password": password});
        posts(home, "/auth/users/reset_password_confirm/", body).await
    }

    #[actix_web::test]
    async fn a_mail_lets_one_choose_a_new_password_once_and_ends_all_sessions() {
        let home = with_alice().await;
        let phone = home.sign_in("alice").await;
        asks(&home, "nobody@example.org").await;
        asks(&home, "").await;
        asks(&home, "alice@EXAMPLE.org").await;
        let mail = home.mail(1).await;
        assert!(mail.contains("account alice at http://localhost:8080"), "{mail}");
        let token = token_in(&mail);

        assert_eq!(sets(&home, &token, "alice1234").await.body["code"], "password_too_weak");
        assert_eq!(sets(&home, &token, OTHER).await.status, StatusCode::NO_CONTENT);
        assert_eq!(sets(&home, &token, "another good one").await.body["code"], "reset_invalid");
        assert_eq!(home.refresh(&phone.cookie).await.status, StatusCode::UNAUTHORIZED);
        let signs_in = async |password: &str| {
            posts(&home, "/auth/jwt/create/", json!({"username": "alice", "password": password})).await.status
        };
        assert_eq!(signs_in(PASSWORD).await, StatusCode::UNAUTHORIZED);
        assert_eq!(signs_in(OTHER).await, StatusCode::OK);
    }

    #[actix_web::test]
    async fn a_link_ends_by_time_and_by_any_other_change_of_the_password() {
        let home = with_alice().await;
        asks(&home, "alice@example.org").await;
        let first = token_in(&home.mail(1).await);
        let aged = home.state.db.write(|conn| {
            let end = password_resets::expires_at.eq(1);
            Ok(each_backend!(conn, c => diesel::update(password_resets::table).set(end).execute(c))?)
        });
        assert_eq!(aged.await.unwrap(), 1);
        assert_eq!(sets(&home, &first, OTHER).await.body["code"], "reset_invalid");

        asks(&home, "alice@example.org").await;
        let second = token_in(&home.mail(2).await);
        asks(&home, "alice@example.org").await;
        let third = token_in(&home.mail(3).await);
        assert_eq!(sets(&home, &third, OTHER).await.status, StatusCode::NO_CONTENT);
        assert_eq!(sets(&home, &second, "another good one").await.body["code"], "reset_invalid");
        for strange in ["", "x", &"A".repeat(43)] {
            assert_eq!(sets(&home, strange, OTHER).await.body["code"], "reset_invalid");
        }
    }
}
