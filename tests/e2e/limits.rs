//! How often something may be tried, from one address and for one account, over all replicas.

use chatire_tests::{Answer, Client, PASSWORD, Service, both_ways, cluster_only, random_name};
use reqwest::header::SET_COOKIE;
use serde_json::json;
use shared_proto::ErrorCode;

both_ways! {
    in |plan| plan
        .with(Service::Auth, "LIMITS__ENABLED", "true")
        .with(Service::Auth, "LIMITS__FAILURES_PER_ACCOUNT", "3"),
    async fn whoever_guesses_a_password_is_stopped_and_its_owner_still_gets_in_from_a_known_device(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let stranger = world.stranger();
        let known = device_in(&signs_in(&stranger, alice.name(), PASSWORD, "").await.expect(200)).expect("a device");
        // Of somebody else: good for nothing here.
        let mallory = world.signs_up("mallory").await;
        let foreign = device_in(&signs_in(&stranger, mallory.name(), PASSWORD, "").await.expect(200)).expect("a device");

        for name in [alice.name(), &alice.name().to_uppercase(), alice.name()] {
            signs_in(&stranger, name, "guess", "").await.refused(401, ErrorCode::BadCredentials);
        }
        for (password, cookie) in [("guess", ""), (PASSWORD, ""), (PASSWORD, foreign.as_str()), (PASSWORD, "device=x")] {
            let refused = signs_in(&stranger, alice.name(), password, cookie).await;
            refused.refused(429, ErrorCode::RateLimited);
            let wait: u64 = refused.header("retry-after").parse().expect("seconds");
            assert!((1..=20).contains(&wait), "{refused:?}");
        }
        // Good passwords are no failures: as many as one likes.
        for _ in 0..5 {
            let answer = signs_in(&stranger, alice.name(), PASSWORD, &known).await.expect(200);
            assert_eq!(device_in(&answer), None, "it is known already");
        }
        // Whoever has the device guesses no more often than anybody.
        for _ in 0..3 {
            signs_in(&stranger, alice.name(), "guess", &known).await.refused(401, ErrorCode::BadCredentials);
        }
        signs_in(&stranger, alice.name(), PASSWORD, &known).await.refused(429, ErrorCode::RateLimited);
        signs_in(&stranger, mallory.name(), PASSWORD, "").await.expect(200);

        // A name that nobody has is stopped the same way.
        let nobody = random_name("nobody");
        for _ in 0..3 {
            signs_in(&stranger, &nobody, "guess", "").await.refused(401, ErrorCode::BadCredentials);
        }
        signs_in(&stranger, &nobody, "guess", "").await.refused(429, ErrorCode::RateLimited);

        // With a stolen access token the password can't be guessed either.
        let body = json!({"current_password": "guess", "new_password": "copper-Lantern-41"});
        for _ in 0..3 {
            let answer = mallory.client().post("/auth/users/set_password/", body.clone()).await;
            answer.refused(403, ErrorCode::WrongPassword);
        }
        mallory.client().post("/auth/users/set_password/", body).await.refused(429, ErrorCode::RateLimited);
    }
}

both_ways! {
    in |plan| plan
        .with(Service::Auth, "LIMITS__ENABLED", "true")
        .with(Service::Auth, "LIMITS__SIGN_UPS_PER_ADDRESS", "3")
        .with(Service::Auth, "LIMITS__SIGN_INS_PER_ADDRESS", "3")
        .with(Service::Auth, "LIMITS__RESETS_PER_ADDRESS", "3")
        .with(Service::Auth, "LIMITS__REFRESHES_PER_ACCOUNT", "3"),
    async fn an_address_signs_up_signs_in_resets_and_refreshes_no_more_often_than_it_may(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let stranger = world.stranger();
        let refresh = async || {
            let call = stranger.call("POST", "/auth/jwt/refresh/");
            call.header("cookie", alice.refresh_cookie()).answer().await
        };
        for _ in 0..3 {
            refresh().await.expect(200);
        }
        refresh().await.refused(429, ErrorCode::RateLimited);

        for _ in 0..2 {
            signs_in(&stranger, &random_name("nobody"), "guess", "").await.refused(401, ErrorCode::BadCredentials);
        }
        let named_by_a_stranger = stranger.call("POST", "/auth/jwt/create/").header("x-forwarded-for", "203.0.113.9");
        let body = json!({"username": alice.name(), "password": PASSWORD});
        named_by_a_stranger.json(body).answer().await.refused(429, ErrorCode::RateLimited);

        let sign_up = async || {
            stranger.post("/auth/users/", json!({"username": random_name("bob"), "password": PASSWORD})).await
        };
        for _ in 0..2 {
            sign_up().await.expect(201);
        }
        sign_up().await.refused(429, ErrorCode::RateLimited);

        let reset = async || stranger.post("/auth/users/reset_password/", json!({"email": "a@example.org"})).await;
        for _ in 0..3 {
            reset().await.expect(204);
        }
        reset().await.refused(429, ErrorCode::RateLimited);
    }
}

cluster_only! {
    in |plan| plan
        .with(Service::Auth, "LIMITS__ENABLED", "true")
        .with(Service::Auth, "LIMITS__FAILURES_PER_ACCOUNT", "4")
        .with(Service::Auth, "LIMITS__SIGN_INS_PER_ADDRESS", "8")
        .with(Service::Auth, "LISTEN__TRUSTED_PROXIES", "127.0.0.1"),
    async fn two_replicas_count_together(world: &mut World) {
        let (_replica, there) = world.starts_another_auth().await;
        let here = world.stranger();
        let alice = world.signs_up("alice").await;
        let from = async |client: &Client, address: &str, name: &str| {
            let call = client.call("POST", "/auth/jwt/create/").header("x-forwarded-for", address);
            call.json(json!({"username": name, "password": "guess"})).answer().await
        };
        // All at once, from everywhere, at both: the account is guessed at four times and no more.
        let mut tries = tokio::task::JoinSet::new();
        for n in 0..24 {
            let (client, name) = (if n % 2 == 0 { here.clone() } else { there.clone() }, alice.name().to_owned());
            tries.spawn(async move {
                let call = client.call("POST", "/auth/jwt/create/").header("x-forwarded-for", &format!("192.0.2.{n}"));
                call.json(json!({"username": name, "password": "guess"})).answer().await.status
            });
        }
        let answers = tries.join_all().await;
        let guessed = answers.iter().filter(|status| **status == 401).count();
        assert_eq!(guessed, 4, "{answers:?}");
        assert!(answers.iter().all(|status| [401, 429].contains(status)), "{answers:?}");

        for n in 0..8 {
            let client = if n % 2 == 0 { &here } else { &there };
            from(client, "198.51.100.7", &random_name("nobody")).await.refused(401, ErrorCode::BadCredentials);
        }
        for client in [&here, &there] {
            from(client, "198.51.100.7", &random_name("nobody")).await.refused(429, ErrorCode::RateLimited);
            from(client, "198.51.100.8", &random_name("nobody")).await.refused(401, ErrorCode::BadCredentials);
        }
        // An IPv6 network is one address.
        for n in 0..8 {
            from(&here, &format!("2001:db8::{n}"), &random_name("nobody")).await.expect(401);
        }
        from(&there, "2001:db8::ffff:1", &random_name("nobody")).await.refused(429, ErrorCode::RateLimited);
    }
}

async fn signs_in(client: &Client, name: &str, password: &str, cookie: &str) -> Answer {
    let call = client.call("POST", "/auth/jwt/create/").json(json!({"username": name, "password": password}));
    if cookie.is_empty() { call.answer().await } else { call.header("cookie", cookie).answer().await }
}

/// What a known device keeps, as it is sent back.
fn device_in(answer: &Answer) -> Option<String> {
    let mut cookies = answer.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookie = cookies.find(|cookie| cookie.starts_with("device="))?;
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(cookie.contains("Path=/auth/jwt/create/"), "{cookie}");
    cookie.split(';').next().map(str::to_owned)
}
