//! Tokens that look like ours, and are not: every service turns each of them away, at every door.

use chatire_tests::{
    Forger, Gateway, PATIENCE, Part, Person, Replica, World, both_ways, cluster_only, eventually, sign_by_hmac,
    unsigned,
};
use serde_json::{Value, json};
use shared_proto::ErrorCode::{self, TokenExpired, TokenInvalid};

use crate::tokens::{now, parts};

both_ways! {
    async fn a_token_of_ours_with_a_wrong_claim_is_refused_everywhere(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let (forger, [_, claims]) = (world.forger(), parts(alice.token()));
        // The forger does know how: it is the claim that is wrong.
        is_accepted(&alice, &forger.sign(&claims)).await;

        let with = |name: &str, value: Value| {
            let mut changed = claims.clone();
            changed[name] = value;
            forger.sign(&changed)
        };
        let without = |name: &str| {
            let mut changed = claims.clone();
            changed.as_object_mut().expect("an object").remove(name);
            forger.sign(&changed)
        };
        for (what, token) in [
            ("another issuer", with("iss", json!("somebody-else"))),
            ("an issuer that looks alike", with("iss", json!("Chatire"))),
            ("no issuer", without("iss")),
            ("another audience", with("aud", json!("somebody-else"))),
            ("no audience", without("aud")),
            ("made in an hour", with("iat", json!(now() + 3_600))),
            ("made in a minute", with("iat", json!(now() + 60))),
            ("made at no time", without("iat")),
            ("good from tomorrow on", with("nbf", json!(now() + 86_400))),
            ("no end", without("exp")),
            ("an end that is none", with("exp", json!("never"))),
            ("nobody", without("sub")),
            ("nobody's id", with("sub", json!("alice"))),
            ("no session", without("sid")),
        ] {
            is_refused(&alice, what, &token, TokenInvalid).await;
        }
        for (what, token) in [
            ("ended a minute ago", with("exp", json!(now() - 60))),
            ("ended long ago", with("exp", json!(1_000_000_000))),
        ] {
            is_refused(&alice, what, &token, TokenExpired).await;
        }
        is_accepted(&alice, &forger.sign(&claims)).await;
    }
}

both_ways! {
    async fn a_token_that_our_key_did_not_sign_is_refused_everywhere(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let (forger, [header, claims]) = (world.forger(), parts(alice.token()));
        let [_, bobs_claims] = parts(bob.token());
        let signature = |token: &str| token.rsplit('.').next().expect("a signature").to_owned();
        let with = |name: &str, value: Value| {
            let mut changed = header.clone();
            changed[name] = value;
            changed
        };
        let mut keyless = header.clone();
        keyless.as_object_mut().expect("an object").remove("kid");

        for (what, token) in [
            ("another's claims", format!("{}.{}", unsigned(&header, &bobs_claims), signature(alice.token()))),
            ("another's signature", format!("{}.{}", unsigned(&header, &claims), signature(bob.token()))),
            ("an unknown key", forger.sign_under(&with("kid", json!("unknown")), &claims)),
            ("a key by its path", forger.sign_under(&with("kid", json!("../../etc/passwd")), &claims)),
            ("a very long key", forger.sign_under(&with("kid", json!("k".repeat(3_000))), &claims)),
            ("no key", forger.sign_under(&keyless, &claims)),
            ("a key of its own", {
                let own = json!({"kty": "OKP", "crv": "Ed25519", "x": forger.public_key()});
                let mut header = with("jwk", own);
                header["kid"] = json!("own");
                forger.sign_under(&header, &claims)
            }),
            ("another algorithm, rightly signed", forger.sign_under(&with("alg", json!("RS256")), &claims)),
        ] {
            is_refused(&alice, what, &token, TokenInvalid).await;
        }
        for none in ["none", "None", "NONE", ""] {
            let header = with("alg", json!(none));
            is_refused(&alice, none, &format!("{}.", unsigned(&header, &claims)), TokenInvalid).await;
            is_refused(&alice, none, &forger.sign_under(&header, &claims), TokenInvalid).await;
        }
        for (what, key) in public_keys(world, &forger, &header).await {
            for alg in ["HS256", "EdDSA"] {
                let token = sign_by_hmac(&key, &with("alg", json!(alg)), &claims);
                is_refused(&alice, &format!("{alg} by HMAC under {what}"), &token, TokenInvalid).await;
            }
        }
    }
}

both_ways! {
    async fn a_token_that_was_cut_or_changed_is_refused_everywhere(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let token = alice.token();
        let dots: Vec<usize> = token.match_indices('.').map(|(at, _)| at).collect();
        let [first, second] = dots[..] else { panic!("no JWT") };
        for end in [1, first, first + 1, (first + second) / 2, second, second + 1, second + 9, token.len() - 2, token.len() - 1] {
            is_refused(&alice, &format!("cut at {end}"), &token[..end], TokenInvalid).await;
        }
        for (what, changed) in [
            ("without a header", token[first..].to_owned()),
            ("a fourth part", format!("{token}.{}", &token[second + 1..])),
            ("something behind it", format!("{token}A")),
            ("twice", format!("{token}{token}")),
        ] {
            is_refused(&alice, what, &changed, TokenInvalid).await;
        }
        is_accepted(&alice, token).await;
    }
}

cluster_only! {
    async fn without_auth_service_known_keys_stay_good_and_unknown_ones_are_no_verdict(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let (forger, [_, claims]) = (world.forger(), parts(alice.token()));
        is_accepted(&alice, alice.token()).await;
        world.kill(Part::Auth);

        // Tokens that nobody has seen yet, under the key that all know: each counts by itself.
        for n in 0..3 {
            let mut unseen = claims.clone();
            unseen["jti"] = json!(format!("unseen-{n}"));
            is_accepted_by_the_others(&alice, &forger.sign(&unseen)).await;
        }
        let mut foreign = claims.clone();
        foreign["iss"] = json!("somebody-else");
        let foreign = alice.with_token(&forger.sign(&foreign));
        foreign.client().get("/api/chats/").await.refused(401, TokenInvalid);

        // A new key: nobody but auth-service could say whether it is ours, so nobody is signed out for it. (Who has just
        // asked for the keys knows for two seconds that it is none.)
        let rotated = world.process(Part::Auth).operates(&["keys", "rotate", "--after", "0"], "").await;
        assert!(rotated.status.success(), "{rotated:?}");
        let newer = world.forger();
        let newer = alice.with_token(&newer.sign(&claims));
        for replica in Replica::ALL {
            let newer = newer.over(replica);
            eventually("the keys are asked for", PATIENCE, async || {
                (newer.client().get("/api/chats/").await.status == 503).then_some(())
            }).await;
            for _ in 0..5 {
                newer.client().get("/api/chats/").await.refused(503, ErrorCode::Unavailable);
            }
        }
        is_accepted_by_the_others(&alice, &forger.sign(&claims)).await;

        world.start_again(Part::Auth).await;
        for replica in Replica::ALL {
            let newer = newer.over(replica);
            eventually("the new key is known", PATIENCE, async || {
                (newer.client().get("/api/chats/").await.status == 200).then_some(())
            }).await;
        }
        for gateway in Gateway::ALL {
            eventually("the new key is known", PATIENCE, async || newer.tries_to_connect(gateway, &[]).await).await;
        }
    }
}

/// At every door: auth-service, each chat-api, each gateway with the first frame and with a later one.
async fn is_refused(alice: &Person, what: &str, token: &str, code: ErrorCode) {
    eprintln!("{what}");
    let forger = alice.with_token(token);
    forger.client().get("/auth/users/me/").await.refused(401, code);
    let verify = forger.client().without_token().post("/auth/jwt/verify/", json!({"token": token})).await;
    verify.refused(401, code);
    for replica in Replica::ALL {
        forger.over(replica).client().get("/api/chats/").await.refused(401, code);
    }
    for gateway in Gateway::ALL {
        assert_eq!(forger.is_turned_away_by(gateway).await, Some(4401), "{what}");
    }
    let socket = alice.connects(Gateway::First).await;
    socket.sends(json!({"type": "auth", "token": token})).await;
    socket.is_closed_with(4401).await;
}

async fn is_accepted(alice: &Person, token: &str) {
    alice.with_token(token).client().get("/auth/users/me/").await.expect(200);
    is_accepted_by_the_others(alice, token).await;
}

async fn is_accepted_by_the_others(alice: &Person, token: &str) {
    let alice = alice.with_token(token);
    for replica in Replica::ALL {
        alice.over(replica).client().get("/api/chats/").await.expect(200);
    }
    for gateway in Gateway::ALL {
        alice.connects(gateway).await.pings().await;
    }
}

/// The published key in every form that somebody might take for a password.
async fn public_keys(world: &World, forger: &Forger, header: &Value) -> Vec<(&'static str, Vec<u8>)> {
    use base64::Engine;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    /// What stands in front of an Ed25519 key in DER (RFC 8410).
    const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    let jwks = world.stranger().get("/.well-known/jwks.json").await.expect(200);
    let keys = jwks.json()["keys"].as_array().expect("a list").clone();
    let key = keys.into_iter().find(|key| key["kid"] == header["kid"]).expect("the key is published");
    let x = key["x"].as_str().expect("a key").to_owned();
    assert_eq!(x, forger.public_key());
    let raw = BASE64_URL_SAFE_NO_PAD.decode(&x).expect("base64url");
    let der = [SPKI.as_slice(), &raw].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64_STANDARD.encode(&der));
    vec![
        ("the bytes", raw),
        ("the text", x.into_bytes()),
        ("DER", der),
        ("PEM", pem.into_bytes()),
        ("the entry of the JWKS", key.to_string().into_bytes()),
    ]
}
