//! Which access tokens open a door.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chatire_tests::{Answer, Gateway, PATIENCE, Person, Service, both_ways, eventually};
use serde_json::{Value, json};
use shared_proto::ErrorCode;
use tokio::time::Instant;

/// Endpoints that need a token, of both services.
const GUARDED: &[(&str, &str)] = &[
    ("GET", "/auth/sessions/"),
    ("DELETE", "/auth/sessions/"),
    ("DELETE", "/auth/sessions/x/"),
    ("GET", "/auth/users/me/"),
    ("PATCH", "/auth/users/me/"),
    ("DELETE", "/auth/users/me/"),
    ("POST", "/auth/users/set_password/"),
    ("GET", "/auth/second_factor/"),
    ("POST", "/auth/second_factor/"),
    ("POST", "/auth/second_factor/confirm/"),
    ("DELETE", "/auth/second_factor/"),
    ("POST", "/api/chats/"),
    ("GET", "/api/chats/"),
    ("GET", "/api/chats/AAAAAAAAAAAAAAA/"),
    ("PATCH", "/api/chats/AAAAAAAAAAAAAAA/"),
    ("GET", "/api/chats/AAAAAAAAAAAAAAA/messages/"),
    ("POST", "/api/chats/AAAAAAAAAAAAAAA/messages/"),
    ("GET", "/api/chats/AAAAAAAAAAAAAAA/events/"),
];

both_ways! {
    async fn without_a_token_nothing_is_shown(world: &mut World) {
        let stranger = world.stranger();
        for (method, path) in GUARDED {
            let call = || stranger.call(method, path);
            call().answer().await.refused(401, ErrorCode::TokenMissing);
            for other_scheme in ["", "Basic YTpi", "Bearer", "JWT"] {
                let answer = call().header("authorization", other_scheme).answer().await;
                answer.refused(401, ErrorCode::TokenMissing);
            }
            let answer = call().header("authorization", "Bearer garbage").answer().await;
            answer.refused(401, ErrorCode::TokenInvalid);
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
        }
    }
}

both_ways! {
    async fn a_token_for_another_audience_is_refused(world: &mut World) {
        let alice = world.signs_up("alice").await;
        alice.client().get("/api/chats/").await.expect(200);
        world.restart_all_with("TOKENS__AUDIENCE", "somebody-else").await;
        alice.client().get("/api/chats/").await.refused(401, ErrorCode::TokenInvalid);
        for gateway in Gateway::ALL {
            assert_eq!(alice.is_turned_away_by(gateway).await, Some(4401));
        }
        // The keys have stayed: it is the audience that is wrong.
        let anew = alice.signs_in_again().await;
        anew.client().get("/api/chats/").await.expect(200);
        anew.connects(Gateway::First).await;
    }
}

both_ways! {
    in |plan| plan.with(Service::Auth, "ACCESS_TOKEN_SECONDS", "2"),
    async fn a_token_that_has_ended_is_refused(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let [_, claims] = parts(alice.token());
        assert_eq!(claims["exp"].as_i64(), claims["iat"].as_i64().map(|made| made + 2));
        for path in ["/api/chats/", "/auth/sessions/"] {
            let ended = eventually("the token has ended", PATIENCE, async || {
                let answer = alice.client().get(path).await;
                (answer.status != 200).then_some(answer)
            }).await;
            ended.refused(401, ErrorCode::TokenExpired);
        }
        for gateway in Gateway::ALL {
            assert_eq!(alice.is_turned_away_by(gateway).await, Some(4401));
        }
        let body = json!({"token": alice.token()});
        world.stranger().post("/auth/jwt/verify/", body).await.refused(401, ErrorCode::TokenExpired);
    }
}

both_ways! {
    in |plan| plan.with(Service::Gateway, "SOCKETS__TOKEN_GRACE_SECONDS", "1"),
    async fn a_socket_ends_with_its_token_unless_it_gets_a_fresh_one(world: &mut World) {
        /// Of the first tokens, in seconds.
        const LIFE: i64 = 6;
        let alice = world.signs_up("alice").await;
        let [_, claims] = parts(alice.token());
        let forger = world.forger();
        // A machine may stop for a while, and then the token has ended before it could be renewed: that says nothing.
        let (silent, renewed) = loop {
            let began = Instant::now();
            let mut short = claims.clone();
            short["exp"] = json!(now() + LIFE);
            let short = alice.with_token(&forger.sign(&short));
            let silent = short.tries_to_connect(Gateway::First, &[]).await;
            let renewed = short.tries_to_connect(Gateway::Second, &[]).await;
            let fresh = refreshed(&alice, alice.refresh_cookie()).await.json();
            if let Some(renewed) = &renewed {
                renewed.sends(json!({"type": "auth", "token": fresh["token"]})).await;
            }
            let in_time = began.elapsed() < Duration::from_secs(LIFE.unsigned_abs() - 1);
            match (silent, renewed) {
                (Some(silent), Some(renewed)) if in_time => break (silent, renewed),
                (_, _) if in_time => panic!("a good token was turned away"),
                (_, _) => {}
            }
        };
        silent.is_closed_with(4401).await;
        // Its first token has ended as long ago as the other one's.
        renewed.pings().await;
        let chat = alice.starts_a_chat().await;
        let sent = alice.says("still there?").in_chat(&chat).await;
        renewed.hears(&chat, sent.seq).await;
    }
}

both_ways! {
    async fn a_fresh_token_of_somebody_else_does_not_change_who_one_is(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let private = bob.starts_a_chat().await;
        for token in [json!(bob.token()), json!("garbage")] {
            let socket = alice.connects(Gateway::First).await;
            socket.sends(json!({"type": "auth", "token": token})).await;
            assert!(matches!(socket.ends().await.code, Some(4400 | 4401 | 4403)), "{:?}", socket.seen().closed);
        }
        assert_eq!(bob.history(&private).await, []);
    }
}

both_ways! {
    async fn a_token_can_be_verified_by_call_and_by_published_key(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let stranger = world.stranger();
        let verified = stranger.post("/auth/jwt/verify/", json!({"token": alice.token()})).await.expect(200).json();
        assert_eq!(verified["token"], alice.token());
        stranger.post("/auth/jwt/verify/", json!({"token": "x"})).await.refused(401, ErrorCode::TokenInvalid);

        let [header, claims] = parts(alice.token());
        let keys = stranger.get("/.well-known/jwks.json").await.expect(200).json();
        let key = keys["keys"].as_array().expect("a list").iter().find(|key| key["kid"] == header["kid"]);
        let key = key.unwrap_or_else(|| panic!("{header} is not in {keys}"));
        assert_eq!((&key["kty"], &key["crv"]), (&json!("OKP"), &json!("Ed25519")));
        assert!(key.get("d").is_none(), "a private key is published");
        assert_eq!(header["alg"], "EdDSA");
        for claim in ["iss", "aud", "sub", "username", "sid", "iat", "exp", "jti"] {
            assert!(claims.get(claim).is_some(), "no {claim} in {claims}");
        }
        let (made, ends) = (claims["iat"].as_i64().expect("a time"), claims["exp"].as_i64().expect("a time"));
        assert_eq!(ends - made, 300);
    }
}

/// A page's refresh.
async fn refreshed(person: &Person, cookie: &str) -> Answer {
    let call = person.client().without_token().call("POST", "/auth/jwt/refresh/");
    call.header("cookie", cookie).answer().await.expect(200)
}

/// In Unix seconds.
pub(crate) fn now() -> i64 {
    #[allow(clippy::disallowed_methods, reason = "whoever makes tokens has a clock of their own")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    now.as_secs().cast_signed()
}

/// Header and claims.
pub(crate) fn parts(token: &str) -> [Value; 2] {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, _] = parts[..] else { panic!("no JWT: {token}") };
    [header, claims].map(|part| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice(&bytes).expect("JSON")
    })
}
