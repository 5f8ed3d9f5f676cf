//! Which access tokens open a door.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chatire_tests::{Answer, Gateway, PATIENCE, Person, Service, both_ways, eventually};
use serde_json::{Value, json};
use shared_proto::ErrorCode;

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
    async fn a_forged_token_is_refused(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let [header, claims, signature] = parts(alice.token());
        let [_, bobs_claims, bobs_signature] = parts(bob.token());
        let none = json!({"alg": "none", "typ": "JWT", "kid": header["kid"]});
        let hmac = json!({"alg": "HS256", "typ": "JWT", "kid": header["kid"]});
        let unknown_key = json!({"alg": "EdDSA", "typ": "JWT", "kid": "unknown"});
        let keyless = json!({"alg": "EdDSA", "typ": "JWT"});
        let forged = [
            join(&header, &bobs_claims, &signature),
            join(&header, &claims, &bobs_signature),
            join(&none, &claims, &json!("")),
            join(&none, &claims, &signature),
            join(&hmac, &claims, &signature),
            join(&unknown_key, &claims, &signature),
            join(&keyless, &claims, &signature),
        ];
        for token in forged {
            let forger = alice.with_token(&token);
            for path in ["/api/chats/", "/auth/sessions/"] {
                forger.client().get(path).await.refused(401, ErrorCode::TokenInvalid);
            }
            assert_eq!(forger.is_turned_away_by(Gateway::First).await, Some(4401), "{token}");
        }
        alice.client().get("/api/chats/").await.expect(200);
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
    in |plan| plan
        .with(Service::Auth, "ACCESS_TOKEN_SECONDS", "2")
        .with(Service::Gateway, "SOCKETS__TOKEN_GRACE_SECONDS", "1"),
    async fn a_token_that_has_ended_is_refused_and_its_sockets_are_closed(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let silent = alice.connects(Gateway::First).await;
        let renewed = alice.connects(Gateway::Second).await;

        let mut cookie = alice.refresh_cookie().to_owned();
        eventually("the socket without a fresh token ends", PATIENCE, async || {
            let answer = refreshed(&alice, &cookie).await;
            cookie = alice.cookie_in(&answer);
            renewed.sends(json!({"type": "auth", "token": answer.json()["token"]})).await;
            renewed.pings().await;
            silent.seen().closed
        }).await;
        silent.is_closed_with(4401).await;
        renewed.pings().await;

        let ended = eventually("the token has ended", PATIENCE, async || {
            let answer = alice.client().get(&chat.path("messages/")).await;
            (answer.status != 200).then_some(answer)
        }).await;
        ended.refused(401, ErrorCode::TokenExpired);
        alice.client().get("/auth/sessions/").await.refused(401, ErrorCode::TokenExpired);
        assert_eq!(alice.is_turned_away_by(Gateway::First).await, Some(4401));
        let body = json!({"token": alice.token()});
        world.stranger().post("/auth/jwt/verify/", body).await.refused(401, ErrorCode::TokenExpired);
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

        let [header, claims, _] = parts(alice.token());
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

/// Header, claims and signature (the last one as it is).
fn parts(token: &str) -> [Value; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("no JWT: {token}") };
    let json = |part: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    [json(header), json(claims), json!(signature)]
}

fn join(header: &Value, claims: &Value, signature: &Value) -> String {
    let text = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}.{}", text(header), text(claims), signature.as_str().expect("a text"))
}
