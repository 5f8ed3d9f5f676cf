//! How much one user, one socket and one address may do.

use chatire_tests::{Gateway, Handshake, PATIENCE, Service, both_ways, eventually};
use serde_json::json;
use shared_proto::ErrorCode;

both_ways! {
    in |plan| plan
        .with(Service::Gateway, "LIMITS__ENABLED", "true")
        .with(Service::Gateway, "LIMITS__SENDS_AT_ONCE", "5"),
    async fn whoever_says_too_much_at_once_is_told_when_to_say_it_again(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let (socket, his) = (alice.connects(Gateway::First).await, bob.connects(Gateway::First).await);
        let ids: Vec<String> = (0..12).map(|n| format!("m{n}")).collect();
        for id in &ids {
            socket.says(id).as_client_id(id).without_waiting_in(&chat).await;
        }
        let mut refused = 0;
        for id in &ids {
            if let Err(error) = socket.outcome_of(id).await {
                assert_eq!(error.code, ErrorCode::RateLimited);
                assert!(error.retry_after_ms.is_some_and(|wait| (1..=1_000).contains(&wait)), "{error:?}");
                refused += 1;
            }
        }
        assert!((1..=7).contains(&refused), "{refused} of 12 refused");
        his.says("others go on").in_chat(&chat).await;
        // What was refused can be said again, also under the same name.
        let last = ids.last().expect("there are some");
        let again = eventually("it is taken", PATIENCE, async || {
            let socket = alice.connects(Gateway::First).await;
            socket.says(last).as_client_id(last).without_waiting_in(&chat).await;
            socket.outcome_of(last).await.ok()
        })
        .await;
        his.hears(&chat, again.seq).await;
    }
}

both_ways! {
    in |plan| plan
        .with(Service::Api, "LIMITS__ENABLED", "true")
        .with(Service::Api, "LIMITS__SENDS_AT_ONCE", "5"),
    async fn over_http_it_is_429_with_retry_after(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let send = || alice.client().call("POST", &chat.path("messages/")).json(json!({"message": "m"}));
        let mut answers = Vec::new();
        for _ in 0..30 {
            answers.push(send().answer().await);
        }
        let refused = answers.iter().find(|answer| answer.status != 201).expect("30 are too many at once");
        refused.refused(429, ErrorCode::RateLimited);
        assert_eq!(refused.header("retry-after"), "1");
    }
}

both_ways! {
    in |plan| plan
        .with(Service::Gateway, "LIMITS__ENABLED", "true")
        .with(Service::Gateway, "LIMITS__FRAMES_AT_ONCE", "50")
        .with(Service::Gateway, "LIMITS__SOCKETS_PER_USER", "3"),
    async fn a_flood_of_frames_and_one_socket_too_many_end_with_4429(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let bystander = bob.connects(Gateway::First).await;
        let floods = alice.connects(Gateway::First).await;
        for _ in 0..500 {
            floods.sends(json!({"type": "ping"})).await;
        }
        floods.is_closed_with(4429).await;
        bystander.pings().await;

        let open = [
            alice.connects(Gateway::First).await,
            alice.connects(Gateway::First).await,
            alice.connects(Gateway::First).await,
        ];
        assert_eq!(alice.is_turned_away_by(Gateway::First).await, Some(4429));
        let [one, ..] = open;
        one.says_goodbye().await;
        alice.connects_in_the_end(Gateway::First).await;
        bystander.pings().await;
    }
}

both_ways! {
    in |plan| plan
        .with(Service::Gateway, "LIMITS__ENABLED", "true")
        .with(Service::Gateway, "LIMITS__SOCKETS_PER_ADDRESS", "3"),
    async fn an_address_has_so_many_sockets_and_no_more(world: &mut World) {
        let alice = world.signs_up("alice").await;
        // Also before their hello.
        let silent = Handshake::with(world.addresses(), Gateway::First).socket().await;
        let open = [alice.connects(Gateway::First).await, alice.connects(Gateway::First).await];
        let (status, body) = Handshake::with(world.addresses(), Gateway::First).refusal().await;
        assert_eq!(status, 429, "{body}");
        assert!(body.contains("rate_limited"), "{body}");
        silent.breaks_off();
        alice.connects_in_the_end(Gateway::First).await;
        drop(open);
    }
}

both_ways! {
    in |plan| plan
        .with(Service::Gateway, "LIMITS__ENABLED", "true")
        .with(Service::Gateway, "LIMITS__HANDSHAKES_AT_ONCE", "3")
        .with(Service::Gateway, "LIMITS__HANDSHAKES_PER_SECOND", "1"),
    async fn an_address_opens_so_many_at_once_and_no_more(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let mut statuses = Vec::new();
        for _ in 0..8 {
            if let Err(tungstenite_error) = Handshake::with(world.addresses(), Gateway::First).tried().await {
                statuses.push(tungstenite_error.to_string());
            }
        }
        assert!(statuses.len() >= 4 && statuses.iter().all(|status| status.contains("429")), "{statuses:?}");
        alice.connects_in_the_end(Gateway::First).await;
    }
}
