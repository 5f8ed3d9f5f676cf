//! Frames that are wrong: the sender is told, or the socket ends with the right code; nobody else notices.

use chatire_tests::{Gateway, both_ways, random_name};
use serde_json::json;
use shared_proto::ErrorCode;

both_ways! {
    async fn what_is_no_frame_ends_the_socket_with_4400(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let bystander = alice.connects(Gateway::First).await;
        for bad in [
            "",
            "x",
            "{",
            "[]",
            "null",
            "1",
            "\"ping\"",
            "{}",
            r#"{"type": 1}"#,
            r#"{"type": "ping"} {"type": "ping"}"#,
            r#"{"type": "send"}"#,
            r#"{"type": "send", "chat": "AAAAAAAAAAAAAAA", "client_id": "a b", "message": "m"}"#,
            r#"["ping"]"#,
            r#"{"type": "auth"}"#,
        ] {
            let socket = alice.connects(Gateway::First).await;
            socket.sends_text(bad).await;
            let closed = socket.ends().await;
            assert_eq!(closed.code, Some(4400), "{bad:?}: {closed:?}");
        }
        let socket = alice.connects(Gateway::First).await;
        socket.sends_text("[".repeat(50_000)).await;
        assert_eq!(socket.ends().await.code, Some(4400), "deep nesting");
        bystander.pings().await;
    }
}

both_ways! {
    async fn a_frame_of_an_unknown_type_is_an_error_and_the_socket_stays(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let socket = alice.connects(Gateway::Second).await;
        socket.sends(json!({"type": "dance", "with": "me"})).await;
        socket.is_told(ErrorCode::UnknownFrame).await;
        socket.pings().await;
    }
}

both_ways! {
    async fn frames_over_the_limit_and_binary_frames_end_the_socket(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let bystander = alice.connects(Gateway::First).await;
        for size in [64 * 1024 + 1, 300_000, 10_000_000] {
            let socket = alice.connects(Gateway::First).await;
            socket.sends_text("x".repeat(size)).await;
            let closed = socket.ends().await;
            assert_eq!(closed.code, Some(1009), "{size} bytes: {closed:?}");
        }
        let socket = alice.connects(Gateway::First).await;
        socket.sends_binary(br#"{"type":"ping"}"#.to_vec()).await;
        socket.is_closed_with(1003).await;
        bystander.pings().await;
    }
}

both_ways! {
    async fn a_second_hello_ends_the_socket(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let socket = alice.connects(Gateway::First).await;
        socket.sends(json!({"type": "hello", "token": alice.token(), "protocol": 1})).await;
        socket.is_closed_with(4400).await;
    }
}

both_ways! {
    async fn a_wrong_field_of_a_send_is_an_error_for_its_client_id_and_the_socket_stays(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let socket = alice.connects(Gateway::First).await;
        for wrong in [
            json!({"chat": 1, "message": "m"}),
            json!({"chat": "short", "message": "m"}),
            json!({"message": "m"}),
            json!({"chat": chat.uri}),
            json!({"chat": chat.uri, "message": 5}),
            json!({"chat": chat.uri, "message": "m", "reply_to": "x"}),
        ] {
            let (mut frame, client_id) = (wrong.clone(), random_name("c"));
            frame["type"] = json!("send");
            frame["client_id"] = json!(client_id);
            socket.sends(frame).await;
            let refused = socket.outcome_of(&client_id).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::ValidationFailed, "{wrong}");
        }
        socket.pings().await;
        assert_eq!(alice.history(&chat).await, []);
    }
}

both_ways! {
    async fn a_bad_text_is_an_error_for_its_client_id_and_the_socket_stays(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let socket = alice.connects(Gateway::First).await;
        for bad in ["", " \n ", "bell\u{7}", "nul\0", &"x".repeat(4_001), &"é".repeat(4_001)] {
            let refused = socket.says(bad).outcome_in(&chat).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::ValidationFailed, "{bad:?}");
        }
        let client_id = random_name("c");
        socket.sends(json!({
            "type": "send", "chat": chat.uri, "client_id": client_id, "message": "an answer", "reply_to": 1,
        })).await;
        let refused = socket.outcome_of(&client_id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::MessageNotFound);

        let sent = socket.says("a good one").in_chat(&chat).await;
        socket.hears(&chat, sent.seq).await;
        assert_eq!(alice.history(&chat).await.len(), 1);
    }
}

both_ways! {
    async fn fields_that_nobody_knows_are_left_alone(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let socket = alice.connects(Gateway::First).await;
        let client_id = random_name("c");
        socket.sends(json!({
            "message": "from a newer client", "client_id": client_id, "chat": chat.uri, "new": {"a": [1]}, "type": "send",
        })).await;
        socket.outcome_of(&client_id).await.expect("it is taken");
    }
}
