//! A session is one signed-in device; when it ends, its sockets end at once.

use std::time::Duration;

use chatire_tests::{Client, Gateway, PASSWORD, PATIENCE, Part, Person, Service, both_ways, eventually, random_name};
use serde_json::{Value, json};
use shared_proto::ErrorCode;
use shared_proto::auth::{Sessions, TokenGranted};
use tokio::time::Instant;

/// Where the refresh token is exchanged.
const REFRESH: &str = "/auth/jwt/refresh/";

both_ways! {
    async fn whoever_was_shut_out_says_nothing_more(world: &mut World) {
        let phone = world.signs_up("alice").await;
        let laptop = phone.signs_in_again().await;
        let chat = phone.starts_a_chat().await;
        // Enough of them that each worker has some: when they are closed, the deaf one is too, but does not know.
        let deaf = phone.connects(Gateway::First).await;
        let mut witnesses = Vec::new();
        for _ in 0..8 {
            witnesses.push(phone.connects(Gateway::First).await);
        }
        deaf.stops_reading();
        // The last frame it takes: a read was under way.
        deaf.pings().await;
        phone.signs_out().await;
        for witness in &witnesses {
            witness.is_closed_with(4401).await;
        }
        deaf.says("I am still here").without_waiting_in(&chat).await;
        deaf.says("And here").without_waiting_in(&chat).await;
        let said = laptop.says("Are you?").in_chat(&chat).await;
        deaf.reads_again();
        deaf.is_closed_with(4401).await;
        let history: Vec<_> = laptop.history(&chat).await.into_iter().map(|message| message.seq).collect();
        assert_eq!(history, [said.seq]);
    }
}

both_ways! {
    async fn signing_out_closes_the_sessions_sockets_on_every_gateway_and_no_others(world: &mut World) {
        let phone = world.signs_up("alice").await;
        let laptop = phone.signs_in_again().await;
        let bob = world.signs_up("bob").await;
        let chat = phone.starts_a_chat().await;
        let ending = [phone.connects(Gateway::First).await, phone.connects(Gateway::Second).await];
        let staying = [
            laptop.connects(Gateway::First).await,
            laptop.connects(Gateway::Second).await,
            bob.connects(Gateway::First).await,
        ];
        phone.signs_out().await;
        let signed_out = Instant::now();
        for socket in &ending {
            let closed = socket.is_closed_with(4401).await;
            let after = closed.at.saturating_duration_since(signed_out);
            assert!(after < Duration::from_secs(1), "closed after {after:?}");
        }
        for socket in &staying {
            socket.pings().await;
        }
        let sent = laptop.says("still here").in_chat(&chat).await;
        staying[1].hears(&chat, sent.seq).await;
        assert!(ending[0].events_of(&chat).iter().all(|event| event.seq < sent.seq));
    }
}

both_ways! {
    async fn a_revoked_session_opens_no_socket_even_with_a_token_that_has_not_ended(world: &mut World) {
        let phone = world.signs_up("alice").await;
        let laptop = phone.signs_in_again().await;
        // Both gateways have seen the session well.
        for gateway in Gateway::ALL {
            phone.connects(gateway).await.pings().await;
        }
        let open = [phone.connects(Gateway::First).await, phone.connects(Gateway::Second).await];
        phone.signs_out().await;
        for socket in open {
            socket.is_closed_with(4401).await;
        }
        for gateway in Gateway::ALL {
            assert_eq!(phone.is_turned_away_by(gateway).await, Some(4401));
        }
        phone.client().get("/auth/sessions/").await.refused(401, ErrorCode::SessionRevoked);

        // A gateway that was not there when it happened knows it too, before it takes anybody.
        for _ in 0..4 {
            world.kill(Part::Gateway(Gateway::First));
            world.launch(Part::Gateway(Gateway::First));
            assert_eq!(phone.is_turned_away_from_the_start_by(Gateway::First).await, Some(4401));
        }
        world.is_ready().await;
        laptop.connects(Gateway::First).await;
    }
}

both_ways! {
    async fn a_socket_opened_while_its_session_ends_does_not_stay(world: &mut World) {
        let alice = world.signs_up("alice").await;
        for round in 0..16 {
            let device = alice.signs_in_again().await;
            let opening = {
                let device = device.clone();
                tokio::spawn(async move { device.tries_to_connect(Gateway::ALL[round % 2], &[]).await })
            };
            // At another moment in each round: before the handshake is over, and after.
            tokio::time::sleep(Duration::from_micros(400) * (round as u32 / 2)).await;
            device.signs_out().await;
            if let Some(socket) = opening.await.expect("a try") {
                socket.is_closed_with(4401).await;
            }
        }
        alice.connects(Gateway::First).await;
    }
}

both_ways! {
    async fn sessions_are_listed_and_revoked_one_by_one_or_all_others(world: &mut World) {
        let phone = world.signs_up("alice").await;
        let (laptop, tablet) = (phone.signs_in_again().await, phone.signs_in_again().await);
        let bob = world.signs_up("bob").await;
        let listed: Sessions = phone.client().get("/auth/sessions/").await.expect(200).read();
        assert_eq!(listed.sessions.len(), 3);
        let current: Vec<_> = listed.sessions.iter().filter(|session| session.current).collect();
        assert_eq!(current.len(), 1);
        assert_eq!(current[0].id, phone.session().await);

        let id = laptop.session().await;
        let path = format!("/auth/sessions/{id}/");
        bob.client().call("DELETE", &path).answer().await.refused(404, ErrorCode::SessionNotFound);
        let socket = laptop.connects(Gateway::Second).await;
        phone.client().call("DELETE", &path).answer().await.expect(204);
        socket.is_closed_with(4401).await;

        let (others, mine) = (tablet.connects(Gateway::First).await, phone.connects(Gateway::First).await);
        phone.client().call("DELETE", "/auth/sessions/").answer().await.expect(204);
        others.is_closed_with(4401).await;
        mine.pings().await;
        let listed: Sessions = phone.client().get("/auth/sessions/").await.expect(200).read();
        assert_eq!(listed.sessions.len(), 1);
    }
}

both_ways! {
    async fn the_refresh_cookie_is_hidden_from_scripts_and_other_sites_and_sent_to_one_path(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let answer = refresh(&alice, alice.refresh_cookie()).await.expect(200);
        let cookie = answer.header("set-cookie").to_ascii_lowercase();
        let attributes: Vec<_> = cookie.split(';').map(str::trim).collect();
        for expected in ["httponly", "samesite=strict", "path=/auth/jwt/refresh/"] {
            assert!(attributes.contains(&expected), "no {expected} in {cookie}");
        }
        // The public URL is not https.
        assert!(!attributes.contains(&"secure"), "{cookie}");
        assert!(attributes.iter().any(|attribute| attribute.starts_with("max-age=")), "{cookie}");
        assert!(!answer.text.contains("refresh_token"), "the token is in the cookie only: {answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

both_ways! {
    async fn every_use_of_the_refresh_token_rotates_it_and_a_lost_answer_does_no_harm(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let first = alice.refresh_cookie().to_owned();
        let answer = refresh(&alice, &first).await.expect(200);
        let granted: TokenGranted = answer.read();
        assert_eq!(granted.user.id, alice.id());
        assert_ne!(granted.token, alice.token());
        let second = alice.cookie_in(&answer);
        assert_ne!(second, first, "it was rotated");
        let again = alice.with_token(&granted.token);
        again.connects(Gateway::First).await;
        assert_eq!(again.session().await, alice.session().await, "it is the same session");

        // The answer may have been lost, or another tab was quicker.
        let third = alice.cookie_in(&refresh(&alice, &first).await.expect(200));
        for cookie in [&second, &third] {
            refresh(&alice, cookie).await.expect(200);
        }
        alice.connects(Gateway::Second).await;
    }
}

both_ways! {
    in |plan| plan.with(Service::Auth, "REFRESH__GRACE_SECONDS", "1"),
    async fn a_refresh_token_used_again_later_ends_the_session(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let other_device = alice.signs_in_again().await;
        let socket = alice.connects(Gateway::Second).await;
        let stolen = alice.refresh_cookie().to_owned();
        let newest = alice.cookie_in(&refresh(&alice, &stolen).await.expect(200));
        let refused = eventually("the replay is noticed", PATIENCE, async || {
            let answer = refresh(&alice, &stolen).await;
            (answer.status != 200).then_some(answer)
        }).await;
        refused.refused(401, ErrorCode::RefreshInvalid);
        socket.is_closed_with(4401).await;
        refresh(&alice, &newest).await.refused(401, ErrorCode::RefreshInvalid);
        refresh(&other_device, other_device.refresh_cookie()).await.expect(200);
    }
}

both_ways! {
    async fn a_refresh_needs_a_token_of_ours_and_a_page_of_ours(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let stranger = world.stranger();
        stranger.post(REFRESH, json!({})).await.refused(401, ErrorCode::RefreshInvalid);
        let name = alice.refresh_cookie().split('=').next().expect("a name").to_owned();
        for unknown in ["", "x", &"A".repeat(43), &"A".repeat(5_000)] {
            refresh(&alice, &format!("{name}={unknown}")).await.refused(401, ErrorCode::RefreshInvalid);
        }
        let from = async |origin: &str| {
            let call = stranger.call("POST", REFRESH).header("cookie", alice.refresh_cookie());
            call.header("origin", origin).answer().await
        };
        for foreign in ["https://evil.example", "http://localhost:8080.evil.example", "null"] {
            from(foreign).await.refused(403, ErrorCode::OriginForbidden);
        }
        from(chatire_tests::ALLOWED_ORIGIN).await.expect(200);

        alice.signs_out().await;
        refresh(&alice, alice.refresh_cookie()).await.refused(401, ErrorCode::RefreshInvalid);
    }
}

both_ways! {
    in |plan| plan.with(Service::Auth, "REFRESH__PATH", "/auth/elsewhere/renew/"),
    async fn where_the_refresh_endpoint_was_moved_the_well_known_one_is_not_there(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let call = |path: &str| alice.client().without_token().call("POST", path).header("cookie", alice.refresh_cookie());
        call(REFRESH).answer().await.refused(404, ErrorCode::NotFound);
        let answer = call("/auth/elsewhere/renew/").answer().await.expect(200);
        assert!(answer.header("set-cookie").contains("Path=/auth/elsewhere/renew/;"), "{answer:?}");
        let document = world.stranger().get("/auth/openapi.json").await.expect(200).json();
        assert!(document["paths"]["/auth/elsewhere/renew/"]["post"].is_object());
        assert!(document["paths"].get(REFRESH).is_none());
        assert_eq!(world.stranger().get("/.well-known/jwks.json").await.header("cache-control"), "public, max-age=300");
    }
}

both_ways! {
    async fn clients_without_cookies_get_the_refresh_token_in_the_body(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let body = json!({"username": alice.name(), "password": PASSWORD, "refresh_in_body": true});
        let granted = world.stranger().post("/auth/jwt/create/", body).await.expect(200).json();
        let again = renew(&world.stranger(), &granted["refresh_token"]).await;
        assert_ne!(again["refresh_token"], granted["refresh_token"]);
        renew(&world.stranger(), &again["refresh_token"]).await;
    }
}

both_ways! {
    async fn one_name_is_given_once_however_many_ask_at_the_same_moment(world: &mut World) {
        let name = random_name("zoe");
        let mut tries = tokio::task::JoinSet::new();
        for n in 0..8 {
            let (stranger, name) = (world.stranger(), if n % 2 == 0 { name.clone() } else { name.to_uppercase() });
            tries.spawn(async move {
                stranger.post("/auth/users/", json!({"username": name, "password": PASSWORD})).await
            });
        }
        let answers = tries.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{answers:?}");
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            answer.refused(409, ErrorCode::UsernameTaken);
        }
    }
}

both_ways! {
    async fn twenty_tabs_that_refresh_at_the_same_moment_all_stay_signed_in(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let mut tabs = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let alice = alice.clone();
            tabs.spawn(async move { refresh(&alice, alice.refresh_cookie()).await.expect(200) });
        }
        for answer in tabs.join_all().await {
            let granted: TokenGranted = answer.read();
            alice.with_token(&granted.token).client().get("/auth/sessions/").await.expect(200);
            refresh(&alice, &alice.cookie_in(&answer)).await.expect(200);
        }
    }
}

/// A page's call with its cookie.
async fn refresh(person: &Person, cookie: &str) -> chatire_tests::Answer {
    person.client().without_token().call("POST", REFRESH).header("cookie", cookie).answer().await
}

/// A program's call with the token in the body.
async fn renew(client: &Client, refresh_token: &Value) -> Value {
    assert!(refresh_token.is_string(), "{refresh_token}");
    client.post(REFRESH, json!({"refresh_token": refresh_token})).await.expect(200).json()
}
