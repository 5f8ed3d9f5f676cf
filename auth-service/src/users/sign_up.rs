//! `POST /auth/users/` (and `/auth/users/create/`): a new account.

use actix_web::{HttpRequest, HttpResponse, web};
use service_kit::extract::Body;
use service_kit::{Result, clock};
use shared_proto::Email;
use shared_proto::auth::{SignUp, SignedUp};

use super::store::{self, NewAccount};
use crate::audit::{self, Deed};
use crate::client::Client;
use crate::passwords::Password;
use crate::state::State;

pub(crate) async fn sign_up(
    state: web::Data<State>,
    request: HttpRequest,
    Body(asked): Body<SignUp>,
) -> Result<HttpResponse> {
    let (username, client) = (asked.username, Client::of(&request));
    let email = asked.email.unwrap_or_else(Email::none);
    if username.is_of_deleted() {
        return Err(store::taken(&username));
    }
    let password = Password::chosen("password", &asked.password)?;
    state.limits.check(&state.db, vec![state.limits.sign_ups.of_address(&client)]).await?;
    let personal = vec![username.as_str().to_owned(), email.to_string()];
    let password_hash = state.passwords.hash_new("password", password, personal).await?;

    let new = NewAccount { username, email, password_hash, created_at: clock::now().micros() };
    let (id, new) = state.db.write(move |conn| Ok((store::add(conn, &new)?, new))).await?;
    audit::note(Deed::SignedUp, Some(id), None, &client);
    Ok(HttpResponse::Created().json(SignedUp { id, username: new.username, email: new.email }))
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use serde_json::json;

    use crate::testing::Installation;

    #[actix_web::test]
    async fn a_name_is_given_once_whatever_its_case_and_unicode_form() {
        let home = Installation::new().await;
        let first = home.sign_up("Élodie").await;
        assert_eq!((first.status, &first.body["username"]), (StatusCode::CREATED, &json!("Élodie")));
        for same in ["Élodie", "élodie", "E\u{301}lodie"] {
            let answer = home.sign_up(same).await;
            assert_eq!((answer.status, &answer.body["code"]), (StatusCode::CONFLICT, &json!("username_taken")));
        }
    }

    #[actix_web::test]
    async fn a_weak_password_is_refused_with_its_reasons() {
        let home = Installation::new().await;
        let body = json!({"username": "marianne", "password": "Marianne1"});
        let answer = home.answer(TestRequest::post().uri("/auth/users/create/").set_json(body)).await;
        assert_eq!((answer.status, &answer.body["code"]), (StatusCode::BAD_REQUEST, &json!("password_too_weak")));
        assert_eq!(answer.body["errors"][0]["field"], "password");
        assert!(!answer.body.to_string().contains("Marianne1"));
    }
}
