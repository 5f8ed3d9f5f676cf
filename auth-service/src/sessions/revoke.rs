//! `DELETE /auth/sessions/{id}/` and `DELETE /auth/sessions/`: ending one session, or all others.

use actix_web::{HttpResponse, web};
use service_kit::db::Conn;
use service_kit::{Error, Result, clock};
use shared_proto::bus::Control;
use shared_proto::{ErrorCode, SessionId, Timestamp, UserId};

use super::signed_in::SignedIn;
use super::store;
use crate::audit::{self, Deed};
use crate::client::Client;
use crate::outbox::Parcel;
use crate::state::State;

/// One of one's own sessions; answers the same when it has ended already.
pub(crate) async fn revoke(state: web::Data<State>, me: SignedIn, id: web::Path<String>) -> Result<HttpResponse> {
    let unknown = || Error::refused(ErrorCode::SessionNotFound, "You have no such session.");
    let id = SessionId::try_from(id.into_inner()).map_err(|_| unknown())?;
    if !end(&state, me.account.id, id, &me.client).await? {
        return Err(unknown());
    }
    Ok(HttpResponse::NoContent().finish())
}

/// All of one's sessions but this one.
pub(crate) async fn revoke_others(state: web::Data<State>, me: SignedIn) -> Result<HttpResponse> {
    let (user, kept) = (me.account.id, me.session);
    let outbox = state.outbox.clone();
    let revoked = state.db.write(move |conn| {
        conn.transaction(|conn| {
            let news = end_all(conn, user, Some(&kept), clock::now())?;
            Ok((news.len(), outbox.keep(conn, news)?))
        })
    });
    let (count, news) = revoked.await?;
    if count > 0 {
        audit::note(Deed::OtherSessionsEnded, Some(user), None, &me.client);
    }
    state.outbox.send(news).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all sessions of a user, or all but one, inside a transaction. Returns what the gateways must hear.
pub(crate) fn end_all(conn: &mut Conn, user: UserId, kept: Option<&SessionId>, now: Timestamp) -> Result<Vec<Control>> {
    let ended = store::revoke_all(conn, user, kept, now)?;
    Ok(ended.into_iter().map(|id| news(id, user)).collect())
}

/// Ends a user's session and tells the gateways. `false` when the user has no such session.
pub(super) async fn end(state: &State, user: UserId, session: SessionId, client: &Client) -> Result<bool> {
    let (outbox, id) = (state.outbox.clone(), session.clone());
    let revoked = state.db.write(move |conn| {
        conn.transaction(|conn| match store::revoke(conn, user, &id, clock::now())? {
            Some(true) => Ok(Some((true, outbox.keep(conn, vec![news(id, user)])?))),
            Some(false) => Ok(Some((false, Parcel::default()))),
            None => Ok(None),
        })
    });
    let Some((ended, news)) = revoked.await? else { return Ok(false) };
    if ended {
        audit::note(Deed::SessionEnded, Some(user), Some(&session), client);
    }
    state.outbox.send(news).await;
    Ok(true)
}

fn news(session: SessionId, user: UserId) -> Control {
    Control::SessionRevoked { session, user }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use serde_json::Value;

    use crate::testing::{Answer, Installation, Visitor};

    async fn sessions(home: &Installation, visitor: &Visitor) -> Vec<Value> {
        let answer = home.answer(visitor.asks(TestRequest::get().uri("/auth/sessions/"))).await;
        answer.body["sessions"].as_array().unwrap().clone()
    }

    async fn revokes(home: &Installation, visitor: &Visitor, id: &str) -> Answer {
        home.answer(visitor.asks(TestRequest::delete().uri(&format!("/auth/sessions/{id}")))).await
    }

    #[actix_web::test]
    async fn one_session_or_all_others_are_revoked_but_never_those_of_somebody_else() {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        home.sign_up("mallory").await;
        let (phone, laptop, tablet) =
            (home.sign_in("alice").await, home.sign_in("alice").await, home.sign_in("alice").await);
        let mallory = home.sign_in("mallory").await;

        let listed = sessions(&home, &laptop).await;
        assert_eq!(listed.len(), 3);
        assert_eq!(listed.iter().filter(|s| s["current"] == true).count(), 1);
        let of_phone = format!(
            "{}/",
            sessions(&home, &phone).await.iter().find(|s| s["current"] == true).unwrap()["id"].as_str().unwrap()
        );

        assert_eq!(revokes(&home, &mallory, &of_phone).await.status, StatusCode::NOT_FOUND);
        assert_eq!(revokes(&home, &laptop, &of_phone).await.status, StatusCode::NO_CONTENT);
        assert_eq!(revokes(&home, &laptop, &of_phone).await.status, StatusCode::NO_CONTENT);
        assert_eq!(home.refresh(&phone.cookie).await.status, StatusCode::UNAUTHORIZED);

        assert_eq!(revokes(&home, &laptop, "").await.status, StatusCode::NO_CONTENT);
        assert_eq!(home.refresh(&tablet.cookie).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(sessions(&home, &laptop).await.len(), 1);
        assert_eq!(sessions(&home, &mallory).await.len(), 1);
    }
}
