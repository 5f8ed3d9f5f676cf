//! Only members read, send or subscribe.

use chatire_tests::{Chat, Gateway, Replica, both_ways};
use serde_json::json;
use shared_proto::ErrorCode;

both_ways! {
    async fn a_non_member_can_neither_read_nor_post(world: &mut World) {
        let (alice, mallory) = (world.signs_up("alice").await, world.signs_up("mallory").await);
        let chat = alice.starts_a_chat().await;
        let secret = alice.says("secret").in_chat(&chat).await;
        let outside = mallory.client();

        for path in ["messages/", "messages/?before=99", "events/?after=0", ""] {
            let answer = outside.get(&chat.path(path)).await;
            answer.refused(403, ErrorCode::NotAMember);
            assert!(!answer.text.contains("secret") && !answer.text.contains(alice.name()), "{answer:?}");
        }
        mallory.says("let me in").answer_in(&chat).await.refused(403, ErrorCode::NotAMember);
        let friend = world.signs_up("friend").await;
        mallory.adds(friend.name(), &chat).await.refused(403, ErrorCode::NotAMember);

        let list = outside.get("/api/chats/").await.expect(200).json();
        assert_eq!(list["chats"], json!([]));
        assert_eq!(alice.position(&chat).await, secret.seq.0, "nothing has happened");
    }
}

both_ways! {
    async fn a_non_members_socket_gets_nothing_and_may_not_send(world: &mut World) {
        let (alice, mallory) = (world.signs_up("alice").await, world.signs_up("mallory").await);
        let chat = alice.starts_a_chat().await;
        let allowed = mallory.starts_a_chat().await;
        for gateway in Gateway::ALL {
            let (inside, outside) = (alice.connects(gateway).await, mallory.connects(gateway).await);
            // To ask for it does not help.
            let asking = mallory.connects_after(gateway, &[(&chat, 0), (&allowed, 0)]).await;

            let refused = outside.says("let me in").outcome_in(&chat).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::NotAMember);

            let secret = alice.says("secret").in_chat(&chat).await;
            // This gateway has passed the secret on; what would go to others is on its way too.
            inside.hears(&chat, secret.seq).await;
            let marker = mallory.says("marker").in_chat(&allowed).await;
            for socket in [&outside, &asking] {
                socket.hears(&allowed, marker.seq).await;
                socket.pings().await;
                let traces: Vec<_> = traces(socket.seen().frames, &chat);
                assert!(traces.iter().all(|text| text.contains("not_a_member")), "{traces:?}");
                assert!(!traces.iter().any(|text| text.contains("secret")), "{traces:?}");
            }
        }
    }
}

both_ways! {
    async fn an_unknown_chat_is_not_found(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let nowhere = Chat { uri: "AAAAAAAAAAAAAAA".parse().expect("a link") };
        for path in ["", "messages/", "events/?after=0"] {
            alice.client().get(&nowhere.path(path)).await.refused(404, ErrorCode::ChatNotFound);
        }
        alice.says("hello?").answer_in(&nowhere).await.refused(404, ErrorCode::ChatNotFound);
        alice.adds(alice.name(), &nowhere).await.refused(404, ErrorCode::ChatNotFound);
        let socket = alice.connects(Gateway::First).await;
        let refused = socket.says("hello?").outcome_in(&nowhere).await.unwrap_err();
        assert!(matches!(refused.code, ErrorCode::ChatNotFound | ErrorCode::NotAMember), "{refused:?}");
        socket.pings().await;
    }
}

both_ways! {
    async fn nobody_can_be_added_who_does_not_exist(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        alice.adds("nobody_of_this_name", &chat).await.refused(404, ErrorCode::UserNotFound);
        // The name counts as its owner would sign in with it.
        let bob = world.signs_up("bob").await;
        alice.adds(&bob.name().to_uppercase(), &chat).await.expect(200);
        assert!(bob.history(&chat).await.is_empty());
        // So does one's own.
        let carol = world.signs_up("carol").await;
        carol.adds(&carol.name().to_uppercase(), &chat).await.expect(200);
    }
}

both_ways! {
    async fn joining_many_times_at_once_is_joining_once(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        let before = alice.position(&chat).await;
        let mut tries = tokio::task::JoinSet::new();
        for n in 0..12 {
            let (alice, bob, chat) = (alice.over(Replica::ALL[n % 2]), bob.over(Replica::ALL[n % 2]), chat.clone());
            tries.spawn(async move {
                if n % 3 == 0 { alice.invites(&bob, &chat).await } else { bob.joins(&chat).await }
            });
        }
        for joined in tries.join_all().await {
            assert_eq!(joined.members.iter().map(|member| member.id).collect::<Vec<_>>(), [alice.id(), bob.id()]);
            assert_eq!(joined.user.id, bob.id());
        }
        assert_eq!(alice.position(&chat).await, before + 1, "it has happened once");
    }
}

/// Frames that have to do with a chat, other than errors about one's own sends (those name no chat).
fn traces(frames: Vec<chatire_tests::Frame>, chat: &Chat) -> Vec<String> {
    frames.into_iter().map(|frame| frame.text).filter(|text| text.contains(chat.uri.as_str())).collect()
}
