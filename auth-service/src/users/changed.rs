//! `GET /internal/users/changed/?since=&after=`: for a chat-api that may have missed the news.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use service_kit::Result;
use service_kit::credential::FromInside;
use service_kit::extract::Query;
use shared_proto::internal::UsersChanged;
use shared_proto::{Timestamp, UserId};

use super::store::{self, Account};
use crate::state::State;

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// Unix seconds.
    since: i64,
    /// The last id of the answer before.
    #[serde(default)]
    after: i64,
}

/// Those whose names changed since then, by id. An answer that is full may have another one after it.
pub(crate) async fn changed(
    _: FromInside,
    state: web::Data<State>,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse> {
    let since = Timestamp::from_micros(0).plus_seconds(asked.since);
    let accounts = state.db.read(move |conn| store::changed_since(conn, since, UserId(asked.after))).await?;
    Ok(HttpResponse::Ok().json(UsersChanged { users: accounts.into_iter().map(Account::for_others).collect() }))
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::http::header::AUTHORIZATION;
    use actix_web::test::TestRequest;
    use diesel::prelude::*;
    use rstest::rstest;
    use serde_json::json;
    use service_kit::each_backend;

    use crate::schema::users;
    use crate::testing::Installation;

    /// Adds users 1 to `count`; the names of each changed as many seconds after 1970 as its id says, those of the
    /// first one never.
    async fn add_users(home: &Installation, count: i64) {
        let added = home.state.db.write(move |conn| {
            conn.transaction(|conn| {
                for id in 1..=count {
                    let row = (
                        users::id.eq(id),
                        users::username.eq(format!("user{id}")),
                        users::username_key.eq(format!("user{id}")),
                        users::email.eq("a@example.org"),
                        users::password_hash.eq(""),
                        users::created_at.eq(0),
                        users::changed_at.eq(if id == 1 { 0 } else { id * 1_000_000 }),
                    );
                    each_backend!(conn, c => diesel::insert_into(users::table).values(row).execute(c))?;
                }
                Ok(())
            })
        });
        added.await.unwrap();
    }

    /// The ids in an answer.
    async fn ids(home: &Installation, query: &str) -> Vec<i64> {
        let answer = home.answer_inside(&format!("/internal/users/changed/?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
        let users = answer.body["users"].as_array().unwrap();
        assert!(users.iter().all(|user| user.get("email").is_none()));
        users.iter().map(|user| user["id"].as_i64().unwrap()).collect()
    }

    #[actix_web::test]
    async fn those_who_changed_since_then_come_by_id_500_at_a_time() {
        let home = Installation::new().await;
        add_users(&home, 1_100).await;
        // From the beginning: without the one that never changed.
        assert_eq!(ids(&home, "since=0").await, (2..=501).collect::<Vec<_>>());
        assert_eq!(ids(&home, "since=0&after=501").await, (502..=1_001).collect::<Vec<_>>());
        assert_eq!(ids(&home, "since=0&after=1001").await, (1_002..=1_100).collect::<Vec<_>>());
        assert!(ids(&home, "since=0&after=1100").await.is_empty());
        assert_eq!(ids(&home, "since=1099").await, [1_099, 1_100]);
        assert_eq!(ids(&home, "since=1099&after=1099").await, [1_100]);
        assert!(ids(&home, "since=1101").await.is_empty());
    }

    #[actix_web::test]
    async fn any_moment_and_any_id_can_be_asked_for() {
        let home = Installation::new().await;
        add_users(&home, 3).await;
        assert_eq!(ids(&home, "since=-9223372036854775808&after=-1").await, [2, 3]);
        assert!(ids(&home, "since=9223372036854775807").await.is_empty());
        assert!(ids(&home, "since=0&after=9223372036854775807").await.is_empty());
    }

    #[rstest]
    #[case("", "since")]
    #[case("since=", "since")]
    #[case("since=yesterday", "since")]
    #[case("since=1.5", "since")]
    #[case("since=9223372036854775808", "since")]
    #[case("since=0&after=x", "after")]
    #[case("since=0&after=", "after")]
    #[actix_web::test]
    async fn a_question_that_is_none_is_refused_by_name(#[case] query: &str, #[case] field: &str) {
        let home = Installation::new().await;
        let answer = home.answer_inside(&format!("/internal/users/changed/?{query}")).await;
        assert_eq!((answer.status, &answer.body["code"]), (StatusCode::BAD_REQUEST, &json!("validation_failed")));
        assert_eq!(answer.body["errors"][0]["field"], field);
    }

    #[actix_web::test]
    async fn nobody_is_told_without_the_internal_credential() {
        let home = Installation::new().await;
        let asks = || TestRequest::get().uri("/internal/users/changed/?since=0");
        assert_eq!(home.answer_stranger_inside(asks()).await.status, StatusCode::UNAUTHORIZED);
        let guessed = asks().insert_header((AUTHORIZATION, "Bearer something else"));
        assert_eq!(home.answer_stranger_inside(guessed).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(home.answer(asks()).await.status, StatusCode::NOT_FOUND, "it is not public");
    }
}
