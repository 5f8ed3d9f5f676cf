//! Whoever deletes their account is in no chat any more: nobody talks to somebody who is not there.

use chatire_tests::{Chat, Gateway, PATIENCE, Person, both_ways, cluster_only, eventually};
use serde_json::json;
use shared_proto::ErrorCode;
use shared_proto::chats::Role;
use shared_proto::event::Event;

use crate::tokens::now;

both_ways! {
    async fn a_deleted_account_leaves_its_groups_as_if_by_itself(world: &mut World) {
        let (alice, bob, carol) = (world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("carol").await);
        let chat = alice.starts_a_chat().await;
        for person in [&carol, &bob] {
            person.joins(&chat).await;
        }
        alice.makes(&bob, Role::Admin, &chat).await;
        let alone = alice.starts_a_chat().await;
        let link = alice.looks_at(&alone).await.link.expect("a new chat has one");
        let socket = carol.connects(Gateway::Second).await;
        let before = carol.position(&chat).await;

        alice.deletes_the_account().await;
        // The chat goes to whom it would have gone to, and then its owner is out.
        let (given, left) = (before + 1, before + 2);
        let event = socket.hears(&chat, shared_proto::Seq(given)).await.event;
        assert!(matches!(&event, Event::MemberRole { user, role: Role::Owner, .. } if user.id == bob.id()), "{event:?}");
        let event = socket.hears(&chat, shared_proto::Seq(left)).await.event;
        let Event::MemberLeft { user } = &event else { panic!("{event:?}") };
        assert_eq!((user.id, &*user.first_name), (alice.id(), "Deleted user"));
        assert!(user.username.is_of_deleted());
        assert_eq!(members(&carol, &chat).await, [(bob.id(), Role::Owner), (carol.id(), Role::Member)]);
        assert_eq!(carol.looks_at(&chat).await.member_count, 2);

        // Where nobody else was, nobody gets in any more.
        eventually("the chat without anybody ends", PATIENCE, async || {
            let answer = carol.previews(&link).answer().await;
            (answer.status != 200).then(|| answer.refused(404, ErrorCode::ChatNotFound))
        }).await;

        // Once is enough: the same news again, and other news, change nothing.
        let body = json!({"first_name": "Bob", "current_password": chatire_tests::PASSWORD});
        bob.client().patch("/auth/users/me/", body).await.expect(200);
        eventually("the other news came", PATIENCE, async || {
            (carol.members_of(&chat).await[0].user.first_name == "Bob").then_some(())
        }).await;
        assert_eq!(carol.position(&chat).await, left);
    }
}

both_ways! {
    async fn a_deleted_account_comes_into_no_chat_with_a_token_that_has_not_ended(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let (chat, other) = (alice.starts_a_chat().await, bob.starts_a_chat().await);
        bob.joins(&chat).await;
        bob.deletes_the_account().await;
        eventually("the deleted one is out", PATIENCE, async || {
            (alice.looks_at(&chat).await.member_count == 1).then_some(())
        }).await;
        // Chats are left one after the other.
        eventually("the deleted one is out of the other chat too", PATIENCE, async || {
            let answer = bob.looks_at(&other).answer().await;
            (answer.status != 200).then(|| answer.refused(404, ErrorCode::ChatNotFound))
        }).await;
        bob.adds(bob.name(), &chat).await.refused(401, ErrorCode::TokenInvalid);
        bob.client().post("/api/chats/", json!({})).await.refused(401, ErrorCode::TokenInvalid);
        bob.opens_a_chat_with(&alice).is_refused(401, ErrorCode::TokenInvalid).await;
        alice.adds(bob.name(), &chat).await.refused(404, ErrorCode::UserNotFound);
        alice.opens_a_chat_with(&bob).is_refused(404, ErrorCode::UserNotFound).await;
        assert_eq!(members(&alice, &chat).await, [(alice.id(), Role::Owner)]);
    }
}

both_ways! {
    async fn a_chat_of_two_stays_for_the_one_who_is_left(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let (chat, group) = (alice.direct_chat_with(&bob).await, bob.starts_a_chat().await);
        alice.joins(&group).await;
        bob.says("keep this").in_chat(&chat).await;
        bob.deletes_the_account().await;
        eventually("the deleted one is out of the group", PATIENCE, async || {
            (alice.looks_at(&group).await.member_count == 1).then_some(())
        }).await;
        let said = alice.history(&chat).await.pop().expect("the message");
        assert_eq!((said.text(), said.user.username.is_of_deleted()), (Some("keep this"), true));
        assert!(alice.chats().await.iter().any(|listed| listed.uri == chat.uri));
    }
}

both_ways! {
    async fn everything_may_die_while_a_deleted_account_leaves_and_each_chat_is_left_once(world: &mut World) {
        const CHATS: usize = 30;
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let mut chats = Vec::new();
        for _ in 0..CHATS {
            let chat = alice.starts_a_chat().await;
            bob.joins(&chat).await;
            chats.push((alice.position(&chat).await, chat));
        }
        bob.deletes_the_account().await;
        for part in world.parts() {
            world.kill(part);
        }
        for part in world.parts() {
            world.launch(part);
        }
        world.is_ready().await;
        for (before, chat) in &chats {
            eventually("the deleted one is out", PATIENCE * 2, async || {
                (alice.looks_at(chat).await.member_count == 1).then_some(())
            }).await;
            assert_eq!(alice.position(chat).await, before + 1, "once");
        }
    }
}

cluster_only! {
    async fn who_is_being_invited_when_their_account_ends_does_not_stay(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        // chat-api knows who he is, and needs to ask nobody.
        bob.starts_a_chat().await;
        let waits = |statement: &str| {
            format!(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' \
                 AND query LIKE '{statement}%'"
            )
        };
        let held = world.holds(&chat);
        let inviting = {
            let (alice, name, chat) = (alice.clone(), bob.name().to_owned(), chat.clone());
            tokio::spawn(async move { alice.adds(&name, &chat).await })
        };
        eventually("the invitation waits for the chat", PATIENCE, async || {
            world.finds_in_the_chat_database(&waits("SELECT \"chats\"")).then_some(())
        }).await;
        let before = now() * 1_000_000;
        bob.deletes_the_account().await;
        eventually("chat-api does what it can about the end of the account", PATIENCE, async || {
            let is_done = world.finds_in_the_chat_database(&format!("SELECT 1 FROM users_asked WHERE at > {before}"));
            (is_done || world.finds_in_the_chat_database(&waits("INSERT INTO \"users\""))).then_some(())
        }).await;
        drop(held);
        inviting.await.expect("an answer").expect(200);
        eventually("nobody else is in the chat", PATIENCE, async || {
            (alice.looks_at(&chat).await.member_count == 1).then_some(())
        }).await;
    }
}

async fn members(asker: &Person, chat: &Chat) -> Vec<(shared_proto::UserId, Role)> {
    asker.members_of(chat).await.into_iter().map(|member| (member.user.id, member.role)).collect()
}
