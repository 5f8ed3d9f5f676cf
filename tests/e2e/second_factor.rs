//! A second factor: a code of an authenticator app beside the password.

use chatire_tests::{Answer, Gateway, PASSWORD, Person, World, both_ways};
use serde_json::{Value, json};
use shared_proto::ErrorCode;
use totp_rs::{Builder, Secret, Totp};

both_ways! {
    async fn with_a_second_factor_the_password_alone_lets_nobody_in(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let App { used, recovery, .. } = set_up(&alice).await;

        signs_in(world, alice.name(), Value::Null).await.refused(401, ErrorCode::SecondFactorRequired);
        // It was used to confirm; a recovery code is good once.
        for used in [&used, &json!("000000"), &json!("")] {
            signs_in(world, alice.name(), used.clone()).await.refused(403, ErrorCode::SecondFactorWrong);
        }
        signs_in(world, alice.name(), recovery[0].clone()).await.expect(200);
        signs_in(world, alice.name(), recovery[0].clone()).await.refused(403, ErrorCode::SecondFactorWrong);

        // Of ten who come with the same code at once, one gets in.
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let (stranger, name, code) = (world.stranger(), alice.name().to_owned(), recovery[1].clone());
            tries.spawn(async move {
                let body = json!({"username": name, "password": PASSWORD, "code": code});
                stranger.post("/auth/jwt/create/", body).await.status
            });
        }
        assert_eq!(tries.join_all().await.iter().filter(|status| **status == 200).count(), 1);

        // Whoever was signed in stays so.
        alice.connects(Gateway::First).await.pings().await;
        let end = json!({"current_password": PASSWORD, "code": recovery[2]});
        alice.client().call("DELETE", "/auth/second_factor/").json(end).answer().await.expect(204);
        signs_in(world, alice.name(), Value::Null).await.expect(200);
    }
}

both_ways! {
    async fn a_code_of_the_app_lets_one_in_once(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let App { app, .. } = set_up(&alice).await;
        // Clocks differ: the code of the next half minute is good already.
        let code = json!(app.generate(now() + 30).to_string());
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let (stranger, name, code) = (world.stranger(), alice.name().to_owned(), code.clone());
            tries.spawn(async move {
                let body = json!({"username": name, "password": PASSWORD, "code": code});
                stranger.post("/auth/jwt/create/", body).await
            });
        }
        let (good, bad): (Vec<_>, Vec<_>) = tries.join_all().await.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(good.len(), 1, "{bad:?}");
        for answer in bad {
            answer.refused(403, ErrorCode::SecondFactorWrong);
        }
        let token = good[0].json()["token"].as_str().expect("a token").to_owned();
        alice.with_token(&token).connects(Gateway::Second).await;
        // Neither it nor one before it is good again, whatever stands between its digits.
        let digits = code.as_str().expect("digits");
        for used in [digits.to_owned(), format!("{} {}", &digits[..3], &digits[3..]), app.generate(now() - 30).to_string()] {
            signs_in(world, alice.name(), json!(used)).await.refused(403, ErrorCode::SecondFactorWrong);
        }
    }
}

/// An authenticator app that an account was set up with.
struct App {
    app: Totp,
    /// The code that it was confirmed by.
    used: Value,
    recovery: Vec<Value>,
}

async fn set_up(person: &Person) -> App {
    let begun = json!({"current_password": PASSWORD});
    let begun = person.client().post("/auth/second_factor/", begun).await.expect(200).json();
    let qr = begun["qr_svg"].as_str().expect("an image");
    assert!(qr.contains("<svg") && !qr.contains("<script"), "{qr}");
    let secret = Secret::try_from_base32(begun["secret"].as_str().expect("a key")).expect("base32");
    let app = Builder::new().with_secret(secret).with_account_name("alice").build().expect("a key");
    let used = json!(app.generate(now()).to_string());
    let confirmed = person.client().post("/auth/second_factor/confirm/", json!({"code": used})).await;
    let recovery = confirmed.expect(200).json()["recovery_codes"].as_array().expect("a list").clone();
    App { app, used, recovery }
}

/// By the app's own clock.
fn now() -> u64 {
    crate::tokens::now().unsigned_abs()
}

async fn signs_in(world: &World, name: &str, code: Value) -> Answer {
    world.stranger().post("/auth/jwt/create/", json!({"username": name, "password": PASSWORD, "code": code})).await
}
