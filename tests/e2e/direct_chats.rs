//! The chat of two people.

use chatire_tests::{Gateway, Replica, both_ways};
use serde_json::json;
use shared_proto::ErrorCode::{ChatNotFound, DirectChat, Forbidden, NotAMember, UserNotFound, ValidationFailed};
use shared_proto::chats::{Chat as ChatView, ChatKind, Role};

both_ways! {
    async fn two_people_have_one_chat_whoever_opens_it(world: &mut World) {
        // Bob has never spoken to chat-api.
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let opened: ChatView = alice.opens_a_chat_with(&bob).answer().await.expect(201).read();
        assert_eq!((opened.kind, opened.role, opened.member_count), (ChatKind::Direct, Role::Member, 2));
        assert_eq!((&opened.name, &opened.link, &opened.last_message), (&None, &None, &None));
        let mut members: Vec<_> = opened.members.iter().map(|member| member.id).collect();
        members.sort_unstable();
        let mut expected = [alice.id(), bob.id()];
        expected.sort_unstable();
        assert_eq!(members, expected);

        for (person, other) in [(&alice, &bob), (&bob, &alice)] {
            for replica in Replica::ALL {
                let again: ChatView = person.over(replica).opens_a_chat_with(other).answer().await.expect(200).read();
                assert_eq!((again.uri, again.seq), (opened.uri.clone(), opened.seq));
            }
            let shouted = json!({"username": other.name().to_uppercase()});
            let again: ChatView = person.client().post("/api/chats/direct/", shouted).await.expect(200).read();
            assert_eq!(again.uri, opened.uri);
            let chats = person.chats().await;
            let listed: Vec<_> = chats.iter().map(|chat| (&chat.uri, chat.kind)).collect();
            assert_eq!(listed, [(&opened.uri, ChatKind::Direct)]);
        }
        // With others it is another one.
        let carol = world.signs_up("carol").await;
        assert_ne!(carol.opens_a_chat_with(&bob).await.uri, opened.uri);
    }
}

both_ways! {
    async fn opening_from_both_sides_at_the_same_moment_makes_one_chat(world: &mut World) {
        let alice = world.signs_up("alice").await;
        for _ in 0..3 {
            let bob = world.signs_up("bob").await;
            let mut tries = tokio::task::JoinSet::new();
            for n in 0..12 {
                let (one, other) = if n % 4 < 2 { (&alice, &bob) } else { (&bob, &alice) };
                let (one, other) = (one.over(Replica::ALL[n % 2]), other.clone());
                tries.spawn(async move { one.opens_a_chat_with(&other).answer().await });
            }
            let answers = tries.join_all().await;
            assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "one of them made it");
            let views: Vec<ChatView> = answers.into_iter().map(|a| a.expect_one_of(&[200, 201]).read()).collect();
            assert!(views.iter().all(|view| view.uri == views[0].uri && view.member_count == 2), "{views:?}");
            assert_eq!(bob.chats().await.len(), 1);
        }
        assert_eq!(alice.chats().await.len(), 3);
    }
}

both_ways! {
    async fn what_is_said_in_it_reaches_the_other_wherever_they_are(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let sockets = [bob.connects(Gateway::First).await, bob.connects(Gateway::Second).await];
        let from = alice.connects(Gateway::First).await;
        let chat = alice.direct_chat_with(&bob).await;
        let first = alice.says("hi, Bob").in_chat(&chat).await;
        for socket in &sockets {
            socket.hears(&chat, first.seq).await;
        }
        let second = sockets[1].says("hi, Alice").in_chat(&chat).await;
        from.hears(&chat, second.seq).await;
        assert_eq!(bob.events(&chat, 0).await, alice.events(&chat, 0).await);
        assert_eq!(bob.looks_at(&chat).await.unread, 0, "who answers has read");
        assert_eq!(alice.looks_at(&chat).await.unread, 1);
    }
}

both_ways! {
    async fn nobody_comes_or_goes_and_there_is_nothing_to_rule(world: &mut World) {
        let (alice, bob, carol) =
            (world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("carol").await);
        let chat = alice.direct_chat_with(&bob).await;
        alice.says("a secret").in_chat(&chat).await;
        let position = alice.position(&chat).await;
        for (person, other) in [(&alice, &bob), (&bob, &alice)] {
            person.adds(carol.name(), &chat).await.refused(403, DirectChat);
            person.renames(&chat, Some("Ours")).is_refused(403, DirectChat).await;
            person.deletes_chat(&chat).is_refused(403, DirectChat).await;
            person.changes_the_link_of(&chat).is_refused(403, DirectChat).await;
            person.closes_the_link_of(&chat).is_refused(403, DirectChat).await;
            person.makes(other, Role::Admin, &chat).is_refused(403, DirectChat).await;
            person.removes(other, &chat).is_refused(403, DirectChat).await;
            person.leaves(&chat).is_refused(403, DirectChat).await;
            for answer in [
                person.bans(other, &chat).answer().await,
                person.bans(&carol, &chat).answer().await,
                person.bans_by(&chat, &[]).answer().await,
            ] {
                assert!(matches!(answer.problem().code, DirectChat | Forbidden), "{answer:?}");
                assert_eq!(answer.status, 403);
            }
        }
        // To others it has no link, though its address has the form of one.
        carol.adds(carol.name(), &chat).await.refused(404, ChatNotFound);
        let address = chat.uri.as_str().parse().expect("of the same form");
        carol.previews(&address).is_refused(404, ChatNotFound).await;
        carol.looks_at(&chat).is_refused(403, NotAMember).await;
        carol.adds(world.signs_up("dave").await.name(), &chat).await.refused(403, NotAMember);
        assert_eq!(alice.position(&chat).await, position);
    }
}

both_ways! {
    async fn one_has_no_chat_with_oneself_or_with_nobody(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let table = [
            (alice.name().to_owned(), 400, ValidationFailed),
            (alice.name().to_uppercase(), 400, ValidationFailed),
            ("nobody_of_this_name".to_owned(), 404, UserNotFound),
        ];
        for (username, status, code) in table {
            alice.client().post("/api/chats/direct/", json!({"username": username})).await.refused(status, code);
        }
        assert_eq!(alice.chats().await.len(), 0);
    }
}
