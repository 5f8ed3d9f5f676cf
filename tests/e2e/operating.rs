//! What the operator does at the command line, beside services that run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chatire_tests::{Answer, Gateway, PASSWORD, PATIENCE, Part, Person, World, both_ways, eventually, random_name};
use serde_json::{Value, json};
use shared_proto::ErrorCode;

/// Another password than everybody's.
const OTHER: &str = "copper-Lantern-41-meadow";

both_ways! {
    async fn the_operator_makes_accounts_and_closes_them(world: &mut World) {
        let name = random_name("dora");
        operate(world, &["users", "create", &name, "--email", "dora@example.org"], &format!("{PASSWORD}\n")).await;
        signs_in(world, &name, PASSWORD).await.expect(200);
        let list = operate(world, &["users", "list"], "").await;
        assert!(list.contains(&name) && list.contains("dora@example.org"), "{list}");
        assert!(refused(world, &["users", "create", &name], PASSWORD).await.contains("taken"));
        assert!(refused(world, &["users", "create", &random_name("x")], "password1\n").await.contains("too weak"));
        assert!(refused(world, &["users", "disable", "nobody-at-all"], "").await.contains("no user"));

        let alice = world.signs_up("alice").await;
        let open = [alice.connects(Gateway::First).await, alice.connects(Gateway::Second).await];
        let said = operate(world, &["users", "disable", &alice.name().to_uppercase()], "").await;
        assert!(said.contains("1 sessions ended"), "{said}");
        for socket in &open {
            socket.is_closed_with(4401).await;
        }
        alice.client().get("/auth/users/me/").await.refused(401, ErrorCode::SessionRevoked);
        signs_in(world, alice.name(), PASSWORD).await.refused(403, ErrorCode::AccountDisabled);
        signs_in(world, alice.name(), "guess").await.refused(401, ErrorCode::BadCredentials);
        assert!(operate(world, &["users", "list"], "").await.contains("disabled"));

        operate(world, &["users", "enable", alice.name()], "").await;
        let again = alice.signs_in_again().await;
        let socket = again.connects(Gateway::Second).await;
        operate(world, &["users", "revoke", alice.name()], "").await;
        socket.is_closed_with(4401).await;
        operate(world, &["users", "set-password", alice.name()], &format!("{OTHER}\n")).await;
        signs_in(world, alice.name(), PASSWORD).await.refused(401, ErrorCode::BadCredentials);
        signs_in(world, alice.name(), OTHER).await.expect(200);
    }
}

both_ways! {
    async fn keys_are_changed_under_load_and_nobody_notices(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let first = kid_of(alice.token());
        let done = Arc::new(AtomicBool::new(false));
        let load: Vec<_> = (0..3).map(|_| tokio::spawn(asks_all_the_time(alice.clone(), Arc::clone(&done)))).collect();

        let said = operate(world, &["keys", "rotate", "--after", "1"], "").await;
        let second = said.split_whitespace().next().expect("a key").to_owned();
        let token = eventually("the new key signs", Duration::from_secs(40), async || {
            let token = alice.signs_in_again().await.token().to_owned();
            (kid_of(&token) == second).then_some(token)
        }).await;
        assert!(alice.with_token(&token).client().get("/api/chats/").await.status == 200);
        done.store(true, Ordering::Relaxed);
        for task in load {
            assert!(task.await.expect("nobody was turned away") > 0);
        }
        // The first key still verifies.
        alice.client().get("/api/chats/").await.expect(200);
        alice.connects(Gateway::First).await;

        let list = operate(world, &["keys", "list"], "").await;
        let line = |kid: &str| list.lines().find(|line| line.contains(kid)).expect("it is listed").to_owned();
        assert!(line(&first).contains("verifies") && line(&second).contains("signs"), "{list}");
        assert!(refused(world, &["keys", "retire", &first], "").await.contains("--force"));
        assert!(refused(world, &["keys", "retire", "nonsense"], "").await.contains("no key"));
        operate(world, &["keys", "retire", &first, "--force"], "").await;
        assert!(!operate(world, &["keys", "list"], "").await.contains(&first));
        eventually("the retired key is good for nothing", PATIENCE, async || {
            let answer = alice.client().get("/auth/users/me/").await;
            (answer.status != 200).then(|| answer.refused(401, ErrorCode::TokenInvalid))
        }).await;
        // The session goes on.
        let call = world.stranger().call("POST", "/auth/jwt/refresh/").header("cookie", alice.refresh_cookie());
        let token = call.answer().await.expect(200).json()["token"].as_str().expect("a token").to_owned();
        alice.with_token(&token).connects(Gateway::Second).await;
        assert!(refused(world, &["keys", "retire", &second, "--force"], "").await.contains("only key"));
    }
}

both_ways! {
    async fn what_the_operator_did_stands_in_the_log_of_the_services(world: &mut World) {
        let name = random_name("dora");
        let created = operate(world, &["users", "create", &name], &format!("{PASSWORD}\n")).await;
        let id = created.split_whitespace().last().expect("an id").to_owned();
        operate(world, &["users", "set-password", &name], &format!("{OTHER}\n")).await;
        for deed in ["disable", "enable", "revoke"] {
            operate(world, &["users", deed, &name], "").await;
        }
        let rotated = operate(world, &["keys", "rotate", "--after", "600"], "").await;
        let kid = rotated.split_whitespace().next().expect("a key").to_owned();
        operate(world, &["keys", "retire", &kid], "").await;
        // What was refused was not done.
        refused(world, &["users", "disable", "nobody-at-all"], "").await;
        refused(world, &["keys", "retire", &kid], "").await;

        let of_account = format!("user={id} ");
        let of_key = format!("key=\"{kid}\"");
        let expected = [
            ("account_created", &of_account),
            ("password_set", &of_account),
            ("account_disabled", &of_account),
            ("account_enabled", &of_account),
            ("sessions_revoked", &of_account),
            ("key_rotated", &of_key),
            ("key_retired", &of_key),
        ];
        let noted = |log: &str| -> Vec<String> {
            let lines = log.lines().filter(|line| line.contains("audit:") && line.contains("operator="));
            lines.map(str::to_owned).collect()
        };
        let lines = eventually("all of it is noted", PATIENCE, async || {
            let lines = noted(&world.process(Part::Auth).log());
            (lines.len() >= expected.len()).then_some(lines)
        }).await;
        assert_eq!(lines.len(), expected.len(), "{lines:#?}");
        for (deed, whose) in expected {
            let deed = format!("deed=\"{deed}\"");
            assert!(lines.iter().any(|line| line.contains(&deed) && line.contains(whose.as_str())), "{deed}: {lines:#?}");
        }
        let log = world.process(Part::Auth).log();
        assert!(!log.contains(PASSWORD) && !log.contains(OTHER));
    }
}

/// With a fresh token each time; returns how often it was answered well. Panics otherwise.
async fn asks_all_the_time(alice: Person, done: Arc<AtomicBool>) -> usize {
    let (mut rounds, mut cookie) = (0, alice.signs_in_again().await.refresh_cookie().to_owned());
    while !done.load(Ordering::Relaxed) {
        let call = alice.client().without_token().call("POST", "/auth/jwt/refresh/").header("cookie", &cookie);
        let answer = call.answer().await.expect(200);
        cookie = alice.cookie_in(&answer);
        let fresh = alice.with_token(answer.json()["token"].as_str().expect("a token"));
        fresh.client().get("/api/chats/").await.expect(200);
        fresh.client().get("/auth/users/me/").await.expect(200);
        rounds += 1;
        if rounds % 10 == 0 {
            fresh.connects(Gateway::Second).await.pings().await;
        }
    }
    rounds
}

async fn signs_in(world: &World, name: &str, password: &str) -> Answer {
    world.stranger().post("/auth/jwt/create/", json!({"username": name, "password": password})).await
}

/// What the command printed; it must have done well.
async fn operate(world: &mut World, arguments: &[&str], input: &str) -> String {
    let output = world.process(Part::Auth).operates(arguments, input).await;
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the command said on standard error; it must have refused.
async fn refused(world: &mut World, arguments: &[&str], input: &str) -> String {
    let output = world.process(Part::Auth).operates(arguments, input).await;
    assert!(!output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn kid_of(token: &str) -> String {
    let header = token.split('.').next().and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok()).expect("base64url");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"].as_str().expect("a key").to_owned()
}
