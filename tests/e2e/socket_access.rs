//! A socket gets nothing before it has said who it is, and pages of others get no socket at all.

use std::time::Duration;

use chatire_tests::{ALLOWED_ORIGIN, Gateway, Handshake, World, both_ways};
use serde_json::{Value, json};
use tokio::time::Instant;

both_ways! {
    async fn a_socket_that_does_not_say_hello_is_closed_after_five_seconds(world: &mut World) {
        let opened = Instant::now();
        let sockets = [open(world, Gateway::First).await, open(world, Gateway::Second).await];
        for socket in sockets {
            let closed = socket.is_closed_with(4401).await;
            let after = closed.at - opened;
            assert!(after > Duration::from_secs(4) && after < Duration::from_secs(8), "closed after {after:?}");
            assert!(socket.seen().frames.iter().all(|frame| frame.kind() == "error"), "{:?}", socket.seen());
        }
    }
}

both_ways! {
    async fn a_socket_whose_first_frame_is_not_hello_is_closed(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let firsts = [
            json!({"type": "ping"}),
            json!({"type": "send", "chat": chat.uri, "client_id": "c1", "message": "without hello"}),
            json!({"type": "auth", "token": alice.token()}),
        ];
        for first in firsts {
            let socket = open(world, Gateway::First).await;
            socket.sends(first.clone()).await;
            socket.is_closed_with(4401).await;
            assert_eq!(socket.seen().count("pong") + socket.seen().count("ack") + socket.seen().count("ready"), 0);
        }
        assert_eq!(alice.history(&chat).await, []);
    }
}

both_ways! {
    async fn a_bad_token_opens_nothing(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let token = alice.token();
        let (head, signature) = token.rsplit_once('.').expect("a JWT");
        let changed_signature = if signature.starts_with('A') { "B" } else { "A" }.to_owned() + &signature[1..];
        let bad = [
            json!(""),
            json!("garbage"),
            json!("a.b.c"),
            json!(format!("{head}.")),
            json!(head),
            json!(format!("{head}.{changed_signature}")),
            json!(format!("{token}x")),
            json!("x".repeat(20_000)),
        ];
        for token in bad {
            for gateway in Gateway::ALL {
                let socket = open(world, gateway).await;
                socket.sends(hello(&token, 1)).await;
                socket.is_closed_with(4401).await;
                assert_eq!(socket.seen().count("ready"), 0, "{token}");
            }
        }
    }
}

both_ways! {
    async fn the_token_counts_in_the_first_frame_and_nowhere_else(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let in_query = Handshake::with(world.addresses(), Gateway::First).query(&format!("token={}", alice.token()));
        let socket = in_query.socket().await;
        socket.sends(json!({"type": "ping"})).await;
        socket.is_closed_with(4401).await;
    }
}

both_ways! {
    async fn a_hello_that_is_none_is_a_bad_frame(world: &mut World) {
        let alice = world.signs_up("alice").await;
        for bad in [
            json!({"type": "hello"}),
            json!({"type": "hello", "token": 1, "protocol": 1}),
            json!({"type": "hello", "token": alice.token(), "protocol": "one"}),
            json!({"type": "hello", "token": alice.token(), "protocol": 1, "resume": {"x": 1}}),
            json!({"type": "hello", "token": alice.token(), "protocol": 1, "resume": [1]}),
            hello(&json!(alice.token()), 2),
        ] {
            let socket = open(world, Gateway::First).await;
            socket.sends(bad.clone()).await;
            let closed = socket.ends().await;
            assert!(matches!(closed.code, Some(4400 | 4401 | 4403)), "{bad}: {closed:?}");
            assert_eq!(socket.seen().count("ready"), 0, "{bad}");
        }
    }
}

both_ways! {
    async fn only_our_own_pages_may_open_a_socket(world: &mut World) {
        let alice = world.signs_up("alice").await;
        for gateway in Gateway::ALL {
            for foreign in [
                "https://evil.example",
                "http://localhost:8080.evil.example",
                "http://localhost:8081",
                "https://localhost:8080",
                "null",
            ] {
                let refused = Handshake::with(world.addresses(), gateway).from_origin(foreign);
                let (status, body) = refused.refusal().await;
                assert_eq!(status, 403, "{foreign}: {body}");
                assert!(body.contains("origin_forbidden"), "{body}");
            }
            let socket = Handshake::with(world.addresses(), gateway).from_origin(ALLOWED_ORIGIN).socket().await;
            socket.sends(hello(&json!(alice.token()), 1)).await;
            socket.is_ready().await;
        }
    }
}

both_ways! {
    async fn a_plain_request_to_the_sockets_address_is_refused(world: &mut World) {
        let url = format!("http://{}/ws/", world.addresses().gateway(Gateway::First));
        let client = reqwest::Client::builder().no_proxy().build().expect("no TLS");
        for request in [client.get(&url), client.post(&url).body("x"), client.get(&url).header("upgrade", "websocket")] {
            let answer = request.send().await.expect("an answer");
            assert!(answer.status().is_client_error(), "{answer:?}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
        }
    }
}

async fn open(world: &World, gateway: Gateway) -> chatire_tests::Socket {
    Handshake::with(world.addresses(), gateway).socket().await
}

fn hello(token: &Value, protocol: u32) -> Value {
    json!({"type": "hello", "token": token, "protocol": protocol})
}
