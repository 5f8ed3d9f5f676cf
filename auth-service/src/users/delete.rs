//! `DELETE /auth/users/me/`: the end of an account.

use actix_web::{HttpResponse, web};
use service_kit::db::Conn;
use service_kit::extract::Body;
use service_kit::{Result, clock};
use shared_proto::UserId;
use shared_proto::auth::DeleteMe;
use shared_proto::bus::Control;

use super::store;
use crate::audit::{self, Deed};
use crate::outbox::{Outbox, Parcel};
use crate::passwords;
use crate::second_factor;
use crate::sessions::{SignedIn, end_all};
use crate::state::State;

/// The name becomes free, and everything that tells who it was is gone. Sessions and sockets end. What was said stays, by
/// "Deleted user".
pub(crate) async fn delete(state: web::Data<State>, me: SignedIn, Body(asked): Body<DeleteMe>) -> Result<HttpResponse> {
    passwords::confirm(&state, &me, Some(&asked.current_password)).await?;
    let (user, outbox) = (me.account.id, state.outbox.clone());
    let news = state.db.write(move |conn| apply(conn, &outbox, user)).await?;
    audit::note(Deed::AccountDeleted, Some(user), Some(&me.session), &me.client);
    state.outbox.send(news).await;
    Ok(HttpResponse::NoContent().insert_header(state.cookie.clear()).finish())
}

fn apply(conn: &mut Conn, outbox: &Outbox, user: UserId) -> Result<Parcel> {
    conn.transaction(|conn| {
        if store::lock(conn, user)?.is_none() {
            return Ok(Parcel::default());
        }
        let now = clock::now();
        passwords::forget_resets(conn, user)?;
        second_factor::forget(conn, user)?;
        let mut news = end_all(conn, user, None, now)?;
        store::empty(conn, user, now)?;
        news.push(Control::UserChanged { user });
        outbox.keep(conn, news)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use serde_json::json;

    use crate::testing::{Installation, PASSWORD};

    #[actix_web::test]
    async fn a_deleted_account_is_gone_and_its_name_is_free() {
        let home = Installation::new().await;
        let id = home.sign_up("alice").await.body["id"].as_i64().unwrap();
        let (alice, phone) = (home.sign_in("alice").await, home.sign_in("alice").await);
        let delete = |password: &str| {
            let request = TestRequest::delete().uri("/auth/users/me/");
            alice.asks(request.set_json(json!({"current_password": password})))
        };
        assert_eq!(home.answer(delete("wrong")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(home.answer(delete(PASSWORD)).await.status, StatusCode::NO_CONTENT);

        assert_eq!(home.answer(delete(PASSWORD)).await.body["code"], "session_revoked");
        assert_eq!(home.refresh(&phone.cookie).await.status, StatusCode::UNAUTHORIZED);
        for name in ["alice", &format!("deleted-{id}")] {
            let body = json!({"username": name, "password": PASSWORD});
            let answer = home.answer(TestRequest::post().uri("/auth/jwt/create/").set_json(body)).await;
            assert_eq!(answer.body["code"], "bad_credentials");
        }
        let changed = home.answer_inside("/internal/users/changed/?since=0").await;
        assert_eq!(changed.body["users"][0]["username"], format!("deleted-{id}"));
        assert_eq!(home.answer_inside(&format!("/internal/users/?username=deleted-{id}")).await.status, 404);

        assert_eq!(home.sign_up("Deleted-77").await.body["code"], "username_taken");
        let again = home.sign_up("Alice").await;
        assert_eq!(again.status, StatusCode::CREATED);
        assert_ne!(again.body["id"], id);
    }
}
