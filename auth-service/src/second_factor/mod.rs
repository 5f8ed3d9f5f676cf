//! A second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when the app is lost.

mod begin;
mod code;
mod confirm;
mod end;
mod show;
mod store;

pub(crate) use begin::begin;
pub(crate) use code::{Demand, demand};
pub(crate) use confirm::confirm;
pub(crate) use end::end;
use service_kit::Error;
use shared_proto::ErrorCode;
pub(crate) use show::show;
pub(crate) use store::forget;

fn not_found() -> Error {
    Error::refused(ErrorCode::SecondFactorNotFound, "There is no second factor.")
}

/// The code is none of now, or was used before.
pub(crate) fn wrong() -> Error {
    Error::refused(ErrorCode::SecondFactorWrong, "The code is wrong, or was used before; wait for the next one.")
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use serde_json::{Value, json};
    use service_kit::clock;
    use shared_proto::UserId;

    use super::code::totp;
    use super::store;
    use crate::testing::{Answer, Installation, PASSWORD, Visitor};

    const AT: &str = "/auth/second_factor/";

    async fn posts(home: &Installation, who: &Visitor, path: &str, body: Value) -> Answer {
        home.answer(who.asks(TestRequest::post().uri(path).set_json(body))).await
    }

    async fn signs_in(home: &Installation, code: Option<&str>) -> Answer {
        let body = json!({"username": "alice", "password": PASSWORD, "code": code});
        home.answer(TestRequest::post().uri("/auth/jwt/create/").set_json(body)).await
    }

    /// What the app shows so many steps from now.
    async fn app_shows(home: &Installation, steps: i64) -> String {
        let sealing = home.state.sealing.clone();
        let stored = home.state.db.read(|conn| store::find(conn, UserId(1))).await.unwrap().unwrap();
        let totp = totp(&sealing, UserId(1), "alice", &stored.secret).unwrap();
        totp.generate(clock::now().plus_seconds(30 * steps).seconds().unsigned_abs()).to_string()
    }

    #[actix_web::test]
    async fn a_second_factor_is_set_up_asked_for_and_ended() {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        let alice = home.sign_in("alice").await;
        assert_eq!(posts(&home, &alice, AT, json!({"current_password": "x"})).await.status, StatusCode::FORBIDDEN);
        let confirm = "/auth/second_factor/confirm/";
        assert_eq!(posts(&home, &alice, confirm, json!({"code": "1"})).await.body["code"], "second_factor_not_found");
        let begun = posts(&home, &alice, AT, json!({"current_password": PASSWORD})).await;
        assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
        assert!(begun.body["uri"].as_str().unwrap().starts_with("otpauth://totp/Chatire"), "{}", begun.body);
        assert!(begun.body["qr_svg"].as_str().unwrap().contains("<svg"));
        // Nothing is asked for before a first code has shown that the app has the key.
        assert_eq!(signs_in(&home, None).await.status, StatusCode::OK);
        assert_eq!(posts(&home, &alice, confirm, json!({"code": "abc"})).await.body["code"], "second_factor_wrong");
        let first = app_shows(&home, -1).await;
        let confirmed = posts(&home, &alice, confirm, json!({"code": first})).await;
        let codes = confirmed.body["recovery_codes"].as_array().unwrap().clone();
        assert_eq!(codes.len(), 10);
        assert_eq!(
            posts(&home, &alice, AT, json!({"current_password": PASSWORD})).await.body["code"],
            "second_factor_exists"
        );

        assert_eq!(signs_in(&home, None).await.body["code"], "second_factor_required");
        let wrong = async |code: &str| signs_in(&home, Some(code)).await.body["code"] == "second_factor_wrong";
        assert!(wrong("").await && wrong("x").await && wrong(&first).await, "a code is good once");
        let now = app_shows(&home, 0).await;
        assert_eq!(signs_in(&home, Some(&now)).await.status, StatusCode::OK);
        assert!(wrong(&now).await, "a code is good once");
        let recovery = codes[3].as_str().unwrap();
        assert_eq!(signs_in(&home, Some(&recovery.to_uppercase().replace('-', " "))).await.status, StatusCode::OK);
        assert!(wrong(recovery).await, "a recovery code is good once");
        let shown = home.answer(alice.asks(TestRequest::get().uri(AT))).await.body;
        assert_eq!(shown, json!({"enabled": true, "recovery_codes_left": 9}));

        let ends = async |password: &str, code: &str| {
            let body = json!({"current_password": password, "code": code});
            home.answer(alice.asks(TestRequest::delete().uri(AT).set_json(body))).await
        };
        let next = codes[4].as_str().unwrap();
        assert_eq!(ends("x", next).await.body["code"], "wrong_password");
        assert_eq!(ends(PASSWORD, recovery).await.body["code"], "second_factor_wrong");
        assert_eq!(ends(PASSWORD, next).await.status, StatusCode::NO_CONTENT);
        assert_eq!(ends(PASSWORD, next).await.body["code"], "second_factor_not_found");
        assert_eq!(signs_in(&home, None).await.status, StatusCode::OK);
    }
}
