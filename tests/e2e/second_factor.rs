//! A second factor: a code of an authenticator app beside the password.

use std::time::{SystemTime, UNIX_EPOCH};

use chatire_tests::{Answer, Gateway, PASSWORD, World, both_ways};
use serde_json::{Value, json};
use shared_proto::ErrorCode;
use totp_rs::{Builder, Secret};

both_ways! {
    async fn with_a_second_factor_the_password_alone_lets_nobody_in(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let begun = json!({"current_password": PASSWORD});
        let begun = alice.client().post("/auth/second_factor/", begun).await.expect(200).json();
        let qr = begun["qr_svg"].as_str().expect("an image");
        assert!(qr.contains("<svg") && !qr.contains("<script"), "{qr}");
        let secret = Secret::try_from_base32(begun["secret"].as_str().expect("a key")).expect("base32");
        let app = Builder::new().with_secret(secret).with_account_name("alice").build().expect("a key");
        #[allow(clippy::disallowed_methods, reason = "the app has a clock of its own")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let body = json!({"code": app.generate(now).to_string()});
        let confirmed = alice.client().post("/auth/second_factor/confirm/", body.clone()).await.expect(200).json();
        let recovery = confirmed["recovery_codes"].as_array().expect("a list").clone();

        signs_in(world, alice.name(), Value::Null).await.refused(401, ErrorCode::SecondFactorRequired);
        // It was used to confirm; a recovery code is good once.
        for used in [&body["code"], &json!("000000"), &json!("")] {
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

async fn signs_in(world: &World, name: &str, code: Value) -> Answer {
    world.stranger().post("/auth/jwt/create/", json!({"username": name, "password": PASSWORD, "code": code})).await
}
