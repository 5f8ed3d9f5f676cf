//! When one part is away, the others go on with what they can do without it.

use std::time::Duration;

use chatire_tests::{
    Gateway, PATIENCE, Part, Replica, assert_gapless, both_ways, cluster_only, eventually, random_name,
};
use shared_proto::{ErrorCode, Seq};
use tokio::time::Instant;

/// A gateway asks both replicas before it gives up, and each waits some seconds for its database.
const REFUSED_WITHIN: Duration = Duration::from_secs(20);

cluster_only! {
    async fn without_auth_service_those_signed_in_keep_chatting(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let socket = bob.connects(Gateway::Second).await;
        for gateway in Gateway::ALL {
            alice.connects(gateway).await;
        }
        for replica in Replica::ALL {
            alice.over(replica).position(&chat).await;
        }

        world.kill(Part::Auth);
        for replica in Replica::ALL {
            let sent = alice.over(replica).says("nobody can sign in now").in_chat(&chat).await;
            socket.hears(&chat, sent.seq).await;
        }
        for gateway in Gateway::ALL {
            let sent = alice.connects(gateway).await.says("but we can come back").in_chat(&chat).await;
            socket.hears(&chat, sent.seq).await;
        }
        // Somebody nobody has heard of can't be looked up now. That is told, and can be tried again.
        alice.adds(&random_name("who"), &chat).await.refused(503, ErrorCode::Unavailable);

        world.start_again(Part::Auth).await;
        alice.signs_in_again().await.connects(Gateway::First).await;
    }
}

cluster_only! {
    async fn a_gateway_that_dies_takes_nobody_else_with_it(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let dying = bob.connects(Gateway::First).await;
        let staying = alice.connects(Gateway::Second).await;
        let last = alice.says("before").in_chat(&chat).await.seq;
        dying.hears(&chat, last).await;

        world.kill(Part::Gateway(Gateway::First));
        assert_eq!(dying.ends().await.code, None, "it had no time to say anything");
        for n in 0..5 {
            staying.says(&format!("meanwhile {n}")).in_chat(&chat).await;
        }
        let moved = bob.connects_after(Gateway::Second, &[(&chat, last.0)]).await;
        let end = Seq(last.0 + 5);
        for (socket, from) in [(&moved, last.0 + 1), (&staying, last.0)] {
            socket.hears(&chat, end).await;
            assert_gapless(&socket.events_of(&chat), from..=end.0);
        }
        world.start_again(Part::Gateway(Gateway::First)).await;
        let back = bob.connects_after(Gateway::First, &[(&chat, end.0)]).await;
        let live = alice.says("and back").in_chat(&chat).await.seq;
        back.hears(&chat, live).await;
        assert_gapless(&back.events_of(&chat), live.0..=live.0);
    }
}

cluster_only! {
    async fn with_one_chat_api_left_sockets_over_both_gateways_go_on(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let start = alice.position(&chat).await;
        let sockets = [alice.connects(Gateway::First).await, alice.connects(Gateway::Second).await];
        let left = alice.over(Replica::Second);
        left.position(&chat).await;
        world.kill(Part::Api(Replica::First));
        for socket in &sockets {
            // A send that was meant for the dead one is refused as retryable, or takes the other way by itself.
            let client_id = random_name("c");
            eventually("an ack", PATIENCE, async || {
                let outcome = socket.says("anybody there?").as_client_id(&client_id).outcome_in(&chat).await;
                if let Err(refused) = &outcome {
                    assert_eq!(refused.code, ErrorCode::Unavailable, "{refused:?}");
                }
                outcome.ok()
            }).await;
            left.says("over the one that is left").in_chat(&chat).await;
        }
        let end = left.position(&chat).await;
        assert_eq!(end, start + 4, "each is there once");
        for socket in &sockets {
            socket.hears(&chat, Seq(end)).await;
            assert_gapless(&socket.events_of(&chat), start + 1..=end);
        }
    }
}

cluster_only! {
    async fn without_its_database_chat_api_refuses_clearly_and_acknowledges_nothing(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let socket = alice.connects(Gateway::First).await;
        let before = alice.says("before").in_chat(&chat).await.seq;

        world.takes_the_chat_database_away();
        let [first, second] = Replica::ALL.map(|replica| alice.over(replica));
        let messages = chat.path("messages/");
        let (one, other, read, refused) = tokio::join!(
            first.says("nobody keeps this").answer_in(&chat),
            second.says("nor this").answer_in(&chat),
            second.client().get(&messages),
            async {
                socket.says("and not this").as_client_id("in-the-outage").without_waiting_in(&chat).await;
                socket.outcome_if_any("in-the-outage", REFUSED_WITHIN).await.expect("an answer").unwrap_err()
            },
        );
        for answer in [one, other, read] {
            answer.refused(503, ErrorCode::Unavailable);
            assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
        }
        assert_eq!(refused.code, ErrorCode::Unavailable);
        socket.pings().await;

        world.gives_the_chat_database_back();
        let sent = eventually("sending works again", PATIENCE + Duration::from_secs(10), async || {
            let answer = alice.says("after").as_client_id("after-the-outage").answer_in(&chat).await;
            match answer.status {
                200 | 201 => Some(answer.json()),
                _ => {
                    answer.refused(503, ErrorCode::Unavailable);
                    None
                }
            }
        }).await;
        assert_eq!(sent["seq"], before.0 + 1, "nothing of what was refused is there");
        socket.hears(&chat, before.next()).await;
        assert_gapless(&socket.events_of(&chat), before.0..=before.0 + 1);
    }
}

both_ways! {
    async fn health_is_told_on_the_internal_listener_only(world: &mut World) {
        for path in ["/readyz", "/metrics", "/internal/sends/", "/internal/users/chats/"] {
            let answer = world.stranger().get(path).await;
            assert_ne!(answer.header("content-type"), "application/json", "{path}: {answer:?}");
            assert!(!answer.text.contains("# TYPE") && !answer.text.contains("\"ready\""), "{path}: {answer:?}");
        }
        for part in world.parts() {
            let internal = world.process(part).internal().to_owned();
            let client = reqwest::Client::builder().no_proxy().build().expect("no TLS");
            for path in ["/healthz", "/readyz", "/metrics"] {
                let answer = client.get(format!("http://{internal}{path}")).send().await.expect("an answer");
                assert_eq!(answer.status(), 200, "{part:?} {path}");
            }
            let guarded = [
                ("POST", "/internal/sends/", Part::Api(Replica::First)),
                ("POST", "/internal/users/chats/", Part::Api(Replica::First)),
                ("POST", "/internal/events/", Part::Api(Replica::First)),
                ("GET", "/internal/users/?username=alice", Part::Auth),
                ("GET", "/internal/sessions/revoked/?since=0", Part::Auth),
            ];
            for (method, path, owner) in guarded {
                let internal = world.process(owner).internal().to_owned();
                for credential in [None, Some("wrong")] {
                    let call = client.request(method.parse().expect("a method"), format!("http://{internal}{path}"));
                    let call = credential.into_iter().fold(call, reqwest::RequestBuilder::bearer_auth);
                    let answer = call.header("content-type", "application/json").body("{}").send().await;
                    let answer = answer.expect("an answer");
                    assert_eq!(answer.status(), 401, "{method} {path} with {credential:?}");
                }
            }
        }
    }
}

cluster_only! {
    async fn a_chat_that_is_stuck_delays_no_other_one_and_goes_on_in_order(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let (stuck, other) = (alice.starts_a_chat().await, bob.starts_a_chat().await);
        let listener = alice.connects(Gateway::First).await;
        let start = alice.position(&stuck).await;
        let held = world.holds(&stuck);

        let waiting = {
            let (alice, stuck) = (alice.clone(), stuck.clone());
            tokio::spawn(async move {
                let mut sent = Vec::new();
                for n in 0..3 {
                    sent.push(alice.says(&format!("after a while {n}")).in_chat(&stuck).await);
                }
                sent
            })
        };
        let mut said = 0;
        let freely = Instant::now();
        while freely.elapsed() < Duration::from_secs(2) {
            for replica in Replica::ALL {
                let before = Instant::now();
                bob.over(replica).says(&format!("at once {said}")).in_chat(&other).await;
                assert!(before.elapsed() < Duration::from_secs(1), "message {said} waited for another chat");
                said += 1;
            }
        }
        assert!(!waiting.is_finished(), "the stuck chat was stuck");
        drop(held);
        let sent = waiting.await.expect("nobody gave up");
        let end = sent.last().expect("three").seq;
        listener.hears(&stuck, end).await;
        assert_gapless(&listener.events_of(&stuck), start + 1..=end.0);
    }
}

cluster_only! {
    async fn a_chat_that_is_stuck_delays_nothing_else_that_is_said_over_sockets(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let stuck = alice.starts_a_chat().await;
        let mut others = Vec::new();
        while others.len() < 20 {
            others.push(alice.starts_a_chat().await);
        }
        let socket = alice.connects(Gateway::First).await;
        let held = world.holds(&stuck);
        for n in 0..3 {
            socket.says("it waits").as_client_id(&format!("stuck{n}")).without_waiting_in(&stuck).await;
        }
        // Those that travel with a stuck one learn of their own fate a moment later, once; then nobody waits for it.
        let (mut said, mut slow) = (0, 0);
        let freely = Instant::now();
        while freely.elapsed() < Duration::from_secs(4) {
            for chat in &others {
                let before = Instant::now();
                socket.says(&format!("at once {said}")).in_chat(chat).await;
                slow += usize::from(before.elapsed() > Duration::from_millis(400));
                said += 1;
            }
        }
        assert!(said > 100 && slow <= 2, "{slow} of {said} waited for another chat");
        assert_eq!(socket.outcome_if_any("stuck0", Duration::ZERO).await.map(|outcome| outcome.is_ok()), None);
        drop(held);
        let mut seqs = Vec::new();
        for n in 0..3 {
            seqs.push(socket.outcome_of(&format!("stuck{n}")).await.expect("it is stored in the end").seq.0);
        }
        assert!(seqs.is_sorted(), "in the order in which it was said: {seqs:?}");
    }
}
