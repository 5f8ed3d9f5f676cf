//! `POST /auth/users/set_password/`: another password.

use actix_web::{HttpResponse, web};
use service_kit::db::Conn;
use service_kit::extract::Body;
use service_kit::{Error, Result, clock};
use shared_proto::auth::SetPassword;
use shared_proto::{ErrorCode, SessionId, UserId};

use super::{Password, confirm, personal, store};
use crate::audit::{self, Deed};
use crate::outbox::{Outbox, Parcel};
use crate::sessions::{SignedIn, end_all};
use crate::state::State;
use crate::users::store::set_password_hash;

/// All other sessions end: whoever had the old password is out.
pub(crate) async fn change(
    state: web::Data<State>,
    me: SignedIn,
    Body(asked): Body<SetPassword>,
) -> Result<HttpResponse> {
    let new = Password::chosen("new_password", &asked.new_password)?;
    let old = confirm(&state, &me, Some(&asked.current_password)).await?;
    let new = state.passwords.hash_new("new_password", new, personal(&me.account)).await?;
    let (user, outbox) = (me.account.id, state.outbox.clone());
    let kept = me.session.clone();
    let news = state.db.write(move |conn| apply(conn, &outbox, user, &kept, &old, &new)).await?;
    audit::note(Deed::PasswordChanged, Some(user), Some(&me.session), &me.client);
    state.outbox.send(news).await;
    Ok(HttpResponse::NoContent().finish())
}

fn apply(conn: &mut Conn, outbox: &Outbox, user: UserId, kept: &SessionId, old: &str, new: &str) -> Result<Parcel> {
    conn.transaction(|conn| {
        if !set_password_hash(conn, user, old, new)? {
            let changed = "The password was changed by somebody else at this moment.";
            return Err(Error::refused(ErrorCode::WrongPassword, changed));
        }
        store::forget_resets(conn, user)?;
        let news = end_all(conn, user, Some(kept), clock::now())?;
        outbox.keep(conn, news)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use serde_json::json;

    use crate::testing::{Answer, Installation, PASSWORD, Visitor};

    const OTHER: &str = "violet kettle harbour";

    async fn sets(home: &Installation, visitor: &Visitor, current: &str, new: &str) -> Answer {
        let body = json!({"current_password": current, "new_password": new});
        home.answer(visitor.asks(TestRequest::post().uri("/auth/users/set_password/").set_json(body))).await
    }

    #[actix_web::test]
    async fn another_password_ends_the_other_sessions_and_the_old_one_is_good_for_nothing() {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        let (here, phone) = (home.sign_in("alice").await, home.sign_in("alice").await);
        assert_eq!(sets(&home, &here, "wrong", OTHER).await.body["code"], "wrong_password");
        assert_eq!(home.refresh(&phone.cookie).await.status, StatusCode::OK);
        assert_eq!(sets(&home, &here, PASSWORD, OTHER).await.status, StatusCode::NO_CONTENT);

        assert_eq!(home.refresh(&phone.cookie).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(home.refresh(&here.cookie).await.status, StatusCode::OK);
        let signs_in = async |password: &str| {
            let body = json!({"username": "alice", "password": password});
            home.answer(TestRequest::post().uri("/auth/jwt/create/").set_json(body)).await.status
        };
        assert_eq!(signs_in(PASSWORD).await, StatusCode::UNAUTHORIZED);
        assert_eq!(signs_in(OTHER).await, StatusCode::OK);
    }

    #[actix_web::test]
    async fn a_weak_password_is_refused_by_the_fields_name() {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        let alice = home.sign_in("alice").await;
        for weak in ["short", "password1", "alice1234"] {
            let answer = sets(&home, &alice, PASSWORD, weak).await;
            assert_eq!(answer.body["code"], "password_too_weak", "{weak}");
            assert_eq!(answer.body["errors"][0]["field"], "new_password");
        }
    }
}
