//! From sign-up to chatting.

use chatire_tests::{Chat, Gateway, Person, Replica, Socket, assert_gapless, both_ways};
use serde_json::{Value, json};
use shared_proto::Seq;
use shared_proto::chats::Chat as ChatView;
use shared_proto::messages::History;

both_ways! {
    async fn what_is_said_over_http_reaches_everybody_over_any_gateway(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let near = alice.connects(Gateway::First).await;
        let far = bob.connects(Gateway::Second).await;

        for (replica, text) in [(Replica::First, "hi, Bob"), (Replica::Second, "over the other one 👋")] {
            let speaker = alice.over(replica);
            let sent = speaker.says(text).in_chat(&chat).await;
            for socket in [&near, &far] {
                socket.hears(&chat, sent.seq).await;
                assert_eq!(data_at(socket, &chat, sent.seq.0), history_entry(&bob, &chat, sent.seq.0).await);
            }
            let message = far.hears_text(&chat, text).await;
            assert_eq!((message.id, message.seq), (sent.id, sent.seq));
            assert_eq!(message.user.id, alice.id());
            assert_eq!(message.client_id.as_ref().map(|id| id.as_str()), Some(sent.client_id.as_str()));
        }
    }
}

both_ways! {
    async fn what_is_said_over_a_socket_is_acknowledged_and_reaches_the_other_gateway(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let from = alice.connects(Gateway::First).await;
        let to = bob.connects(Gateway::Second).await;

        let first = from.says("one").in_chat(&chat).await;
        let second = to.says("two").in_chat(&chat).await;
        assert_eq!(second.seq, first.seq.next(), "positions have no gap");
        for socket in [&from, &to] {
            for sent in [&first, &second] {
                socket.hears(&chat, sent.seq).await;
                let data = data_at(socket, &chat, sent.seq.0);
                assert_eq!(data["id"], json!(sent.id), "the ack and the event name the same message");
                assert_eq!(data, history_entry(&alice, &chat, sent.seq.0).await);
            }
        }
    }
}

both_ways! {
    async fn what_one_says_without_waiting_for_answers_keeps_its_order(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let (chat, other) = (alice.starts_a_chat().await, alice.starts_a_chat().await);
        let (start, start_of_other) = (alice.position(&chat).await, alice.position(&other).await);
        let socket = alice.connects(Gateway::First).await;
        let count = 150;
        for n in 0..count {
            socket.says(&format!("{n}")).as_client_id(&format!("a-{n}")).without_waiting_in(&chat).await;
            socket.says(&format!("{n}")).as_client_id(&format!("b-{n}")).without_waiting_in(&other).await;
        }
        for n in 0..count {
            let here = socket.outcome_of(&format!("a-{n}")).await.expect("it is taken");
            let there = socket.outcome_of(&format!("b-{n}")).await.expect("it is taken");
            let expected = (start + 1 + n, start_of_other + 1 + n);
            assert_eq!((here.seq.0, there.seq.0), expected, "message {n} is out of its order");
        }
        socket.hears(&chat, Seq(start + count)).await;
        assert_gapless(&socket.events_of(&chat), start + 1..=start + count);
    }
}

both_ways! {
    async fn ready_tells_who_one_is_and_where_each_chat_stands(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let (quiet, busy) = (alice.starts_a_chat().await, alice.starts_a_chat().await);
        let sent = alice.says("something").in_chat(&busy).await;
        let ready = alice.connects(Gateway::Second).await.is_ready().await;

        assert_eq!(ready["user"]["id"], json!(alice.id()));
        assert_eq!(ready["user"]["username"], json!(alice.name()));
        assert!(ready["heartbeat_ms"].as_u64().is_some_and(|ms| ms > 0), "{ready}");
        let position = |chat: &Chat| {
            let chats = ready["chats"].as_array().expect("a list");
            let entry = chats.iter().find(|entry| entry["uri"] == chat.uri.as_str()).expect("the chat is in ready");
            entry["seq"].as_i64().expect("a number")
        };
        assert_eq!(position(&busy), sent.seq.0);
        assert_eq!(position(&quiet), alice.position(&quiet).await);
        assert_eq!(ready["chats"].as_array().map(Vec::len), Some(2));
    }
}

both_ways! {
    async fn history_comes_in_pages_in_both_directions(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let mut said = Vec::new();
        for n in 1..=8 {
            said.push(alice.says(&format!("message {n}")).in_chat(&chat).await.id);
        }
        let page = async |query: &str| -> History {
            alice.client().get(&chat.path(&format!("messages/?{query}"))).await.expect(200).read()
        };
        let ids = |page: &History| page.messages.iter().map(|message| message.id).collect::<Vec<_>>();

        let newest = page("limit=3").await;
        assert_eq!(ids(&newest), said[5..], "the newest page, the oldest first within it");
        let next = newest.next.expect("there are older ones");
        let middle = page(&format!("limit=3&before={next}")).await;
        assert_eq!(ids(&middle), said[2..5]);
        let next = middle.next.expect("there are older ones");
        let oldest = page(&format!("limit=3&before={next}")).await;
        assert_eq!(ids(&oldest), said[..2]);
        assert_eq!(oldest.next, None);

        let forward = page(&format!("limit=3&after={}", oldest.messages[1].seq)).await;
        assert_eq!(ids(&forward), said[2..5]);
        let rest = page(&format!("limit=3&after={}", forward.next.expect("there are newer ones"))).await;
        assert_eq!(ids(&rest), said[5..]);
        assert_eq!(ids(&page("").await), said);
    }
}

both_ways! {
    async fn my_chats_are_listed_the_latest_first_with_their_last_message(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let older = alice.starts_a_chat().await;
        let newer = alice.starts_a_chat().await;
        bob.starts_a_chat().await;
        bob.joins(&older).await;
        alice.says("first here").in_chat(&newer).await;
        let last = bob.says("then here").in_chat(&older).await;

        let list = alice.client().get("/api/chats/").await.expect(200).json();
        let chats: Vec<ChatView> = serde_json::from_value(list["chats"].clone()).expect("a list of chats");
        assert_eq!(chats.iter().map(|c| &c.uri).collect::<Vec<_>>(), [&older.uri, &newer.uri]);
        assert_eq!(chats[0].seq, last.seq);
        assert_eq!(chats[0].last_message.as_ref().map(|message| message.id), Some(last.id));
        assert_eq!(chats[0].members.iter().map(|m| m.id).collect::<Vec<_>>(), [alice.id(), bob.id()]);
        assert_eq!(chats[0].member_count, 2);
    }
}

both_ways! {
    async fn the_longest_message_of_the_widest_characters_arrives_as_it_was_said(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let socket = alice.connects(Gateway::Second).await;
        let text = "👩".repeat(4_000);
        let over_socket = socket.says(&text).in_chat(&chat).await;
        let over_http = alice.says(&text).in_chat(&chat).await;
        // Some clients escape every character.
        let escaped = "\\ud83d\\udc69".repeat(4_000);
        socket.sends_text(format!(
            r#"{{"type":"send","chat":"{}","client_id":"escaped","message":"{escaped}"}}"#, chat.uri
        )).await;
        let over_socket_escaped = socket.outcome_of("escaped").await.expect("it is taken");
        for sent in [over_socket, over_http, over_socket_escaped] {
            socket.hears(&chat, sent.seq).await;
            assert_eq!(data_at(&socket, &chat, sent.seq.0)["message"], json!(text));
        }
    }
}

/// The event's data, exactly as it came over the socket.
fn data_at(socket: &Socket, chat: &Chat, seq: i64) -> Value {
    let seen = socket.seen();
    let is_it = |frame: &Value| frame["type"] == "event" && frame["chat"] == chat.uri.as_str() && frame["seq"] == seq;
    let frame = seen.frames.iter().find(|frame| is_it(&frame.json)).expect("it has come");
    assert_eq!(frame.json["kind"], "message.created");
    frame.json["data"].clone()
}

/// The message's entry, exactly as it came over HTTP.
async fn history_entry(reader: &Person, chat: &Chat, seq: i64) -> Value {
    let page = reader.client().get(&chat.path("messages/")).await.expect(200).json();
    let entries = page["messages"].as_array().expect("a list");
    entries.iter().find(|entry| entry["seq"] == seq).expect("it is in history").clone()
}
