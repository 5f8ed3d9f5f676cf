//! A retry under the same `client_id` never becomes a second message.

use chatire_tests::{Chat, Gateway, Person, Replica, both_ways, random_name};
use serde_json::json;
use shared_proto::messages::MessageSent;
use shared_proto::{ErrorCode, MessageId, Seq};

both_ways! {
    async fn a_retry_gets_the_first_answer_whichever_way_it_comes(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let sockets = [alice.connects(Gateway::First).await, alice.connects(Gateway::Second).await];
        let before = alice.position(&chat).await;

        let by_http = random_name("h");
        let first: MessageSent = alice.says("once").as_client_id(&by_http).answer_in(&chat).await.expect(201).read();
        for replica in Replica::ALL {
            let other = alice.over(replica);
            let again = other.says("once").as_client_id(&by_http).answer_in(&chat).await.expect(200);
            let again: MessageSent = again.read();
            assert_eq!((again.id, again.seq), (first.id, first.seq));
        }
        for socket in &sockets {
            let again = socket.says("once").as_client_id(&by_http).in_chat(&chat).await;
            assert_eq!((again.id, again.seq), (first.id, first.seq));
        }

        let by_socket = random_name("s");
        let first = sockets[0].says("twice").as_client_id(&by_socket).in_chat(&chat).await;
        let again: MessageSent = alice.says("twice").as_client_id(&by_socket).answer_in(&chat).await.expect(200).read();
        assert_eq!((again.id, again.seq), (first.id, first.seq));
        // A second answer on the same socket: it counts the acks, since both look the same.
        sockets[0].says("twice").as_client_id(&by_socket).without_waiting_in(&chat).await;
        sockets[0].until("the second ack", |seen| {
            let acks = seen.frames.iter().filter(|f| f.kind() == "ack" && f.json["client_id"] == by_socket.as_str());
            let acks: Vec<_> = acks.collect();
            (acks.len() == 2).then(|| assert_eq!(acks[0].json, acks[1].json))
        }).await;

        says_exactly(&alice, &chat, before, &["once", "twice"]).await;
    }
}

both_ways! {
    async fn retries_at_the_same_moment_on_both_replicas_make_one_message(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let before = alice.position(&chat).await;
        let client_id = random_name("c");
        let mut tries = tokio::task::JoinSet::new();
        for n in 0..12 {
            let (alice, chat, client_id) = (alice.over(Replica::ALL[n % 2]), chat.clone(), client_id.clone());
            tries.spawn(async move { alice.says("now").as_client_id(&client_id).answer_in(&chat).await });
        }
        let answers = tries.join_all().await;
        let places: Vec<(MessageId, Seq)> = answers.iter().map(|answer| {
            assert!(answer.status == 200 || answer.status == 201, "{answer:?}");
            let sent: MessageSent = answer.read();
            (sent.id, sent.seq)
        }).collect();
        assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "one try made it");
        says_exactly(&alice, &chat, before, &["now"]).await;
    }
}

both_ways! {
    async fn the_same_client_id_for_something_else_is_a_conflict(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let (chat, elsewhere) = (alice.starts_a_chat().await, alice.starts_a_chat().await);
        bob.joins(&chat).await;
        let socket = alice.connects(Gateway::Second).await;
        let before = alice.position(&chat).await;
        let client_id = random_name("c");
        alice.says("the one").as_client_id(&client_id).in_chat(&chat).await;

        for (text, place) in [("another one", &chat), ("the one", &elsewhere)] {
            let answer = alice.says(text).as_client_id(&client_id).answer_in(place).await;
            answer.refused(409, ErrorCode::IdempotencyConflict);
        }
        let refused = socket.says("another one").as_client_id(&client_id).outcome_in(&chat).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::IdempotencyConflict);

        // Somebody else may use the same one: it is a name among the sender's own.
        bob.says("bob's").as_client_id(&client_id).in_chat(&chat).await;
        says_exactly(&alice, &chat, before, &["the one", "bob's"]).await;
        assert_eq!(alice.history(&elsewhere).await, []);
    }
}

both_ways! {
    async fn without_a_client_id_every_call_is_a_message(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let before = alice.position(&chat).await;
        for _ in 0..2 {
            alice.client().post(&chat.path("messages/"), json!({"message": "again"})).await.expect(201);
        }
        says_exactly(&alice, &chat, before, &["again", "again"]).await;
    }
}

both_ways! {
    async fn a_text_in_another_unicode_form_is_the_same_text(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let socket = alice.connects(Gateway::First).await;
        let before = alice.position(&chat).await;
        let first = alice.says("cafe\u{301}\r\ntwo").as_client_id("c-1").in_chat(&chat).await;
        let again = socket.says("caf\u{e9}\ntwo").as_client_id("c-1").in_chat(&chat).await;
        assert_eq!((again.id, again.seq), (first.id, first.seq));
        socket.hears_text(&chat, "caf\u{e9}\ntwo").await;
        says_exactly(&alice, &chat, before, &["caf\u{e9}\ntwo"]).await;
    }
}

/// What stands in history are these texts, directly after `before` and without gaps.
async fn says_exactly(reader: &Person, chat: &Chat, before: i64, texts: &[&str]) {
    let history = reader.history(chat).await;
    let said: Vec<_> = history.iter().map(|m| (m.seq.0, m.text().unwrap_or_default())).collect();
    let expected: Vec<_> = texts.iter().zip(before + 1..).map(|(text, seq)| (seq, *text)).collect();
    assert_eq!(said, expected);
    assert_eq!(reader.position(chat).await, before + texts.len() as i64);
}
