//! One's own chats: which are the latest, and what one has not read in them.

use chatire_tests::{Chat, Gateway, Person, Replica, both_ways};
use shared_proto::ErrorCode::ValidationFailed;

use crate::pair::Pair;

both_ways! {
    async fn what_others_said_after_ones_mark_is_unread(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let at_bob = format!("look, @{}", bob.name());
        assert_eq!(unread(bob, chat).await, (0, 0), "who has just come has read everything");
        let first = alice.says("one").in_chat(chat).await;
        let second = alice.says(&at_bob).in_chat(chat).await;
        let third = alice.says("three").in_chat(chat).await;
        assert_eq!(unread(bob, chat).await, (3, 1));
        assert_eq!(unread(alice, chat).await, (0, 0), "one's own are read");

        alice.edits(&third, &at_bob).await;
        assert_eq!(unread(bob, chat).await, (3, 2), "an edit can mention too");
        alice.edits(&second, "never mind").await;
        assert_eq!(unread(bob, chat).await, (3, 1));
        alice.deletes(&first).await;
        assert_eq!(unread(bob, chat).await, (2, 1), "what was deleted need not be read");
        alice.reacts("👍", &second).await;
        alice.renames(chat, Some("Lunch")).await;
        assert_eq!(unread(bob, chat).await, (2, 1), "only messages count");

        bob.has_read(chat, second.seq.0).await;
        assert_eq!(unread(bob, chat).await, (1, 1));
        alice.deletes(&third).await;
        assert_eq!(unread(bob, chat).await, (0, 0));
        alice.says(&at_bob).in_chat(chat).await;
        assert_eq!(unread(bob, chat).await, (1, 1));
        pair.far.says("here I am").in_chat(chat).await;
        assert_eq!(unread(bob, chat).await, (0, 0), "who answers has read");
        assert_eq!(unread(alice, chat).await, (1, 0));
    }
}

both_ways! {
    async fn who_comes_later_need_not_read_what_was_said_before(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        for n in 0..3 {
            alice.says(&format!("old {n}")).in_chat(&chat).await;
        }
        let carol = world.signs_up("carol").await;
        carol.joins(&chat).await;
        let view = carol.looks_at(&chat).await;
        assert_eq!((view.unread, view.read_seq, view.seq), (0, view.seq, view.read_seq));
        carol.leaves(&chat).await;
        alice.says("meanwhile").in_chat(&chat).await;
        alice.invites(&carol, &chat).await;
        assert_eq!(unread(&carol, &chat).await, (0, 0), "nor when one comes back");
        alice.says("new").in_chat(&chat).await;
        assert_eq!(unread(&carol, &chat).await, (1, 0));
    }
}

both_ways! {
    async fn more_than_ninety_nine_are_counted_as_a_hundred(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let words = format!("@{}", bob.name());
        let mut last = 0;
        for (count, expected) in [(99, 99), (1, 100), (1, 100), (20, 100)] {
            for _ in 0..count {
                last = alice.says(&words).in_chat(chat).await.seq.0;
            }
            assert_eq!(unread(bob, chat).await, (expected, expected));
        }
        bob.has_read(chat, last - 99).await;
        assert_eq!(unread(bob, chat).await, (99, 99));
        bob.has_read(chat, last).await;
        assert_eq!(unread(bob, chat).await, (0, 0));
    }
}

both_ways! {
    async fn a_read_mark_never_goes_back_nor_beyond_the_end(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        for n in 0..5 {
            alice.says(&format!("message {n}")).in_chat(chat).await;
        }
        let end = pair.position().await;
        for (asked, back_from_end) in [(end - 3, 3), (end - 4, 3), (0, 3), (end - 1, 1), (end + 50, 0)] {
            assert_eq!(bob.has_read(chat, asked).await.seq.0, end - back_from_end);
            assert_eq!(bob.looks_at(chat).await.read_seq.0, end - back_from_end);
        }
        bob.has_read(chat, 1 << 53).await;
        bob.has_read(chat, -1).is_refused(400, ValidationFailed).await;
        assert_eq!(bob.looks_at(chat).await.read_seq.0, end);
        assert_eq!(pair.position().await, end, "to read is no event");

        let own = bob.says("mine").in_chat(chat).await;
        assert_eq!(bob.looks_at(chat).await.read_seq, own.seq, "one has read what one says");
        let mark = alice.members_of(chat).await.into_iter().find(|member| member.user.id == bob.id());
        assert_eq!(mark.expect("he is a member").read_seq, own.seq);
        for gateway in Gateway::ALL {
            let ready = bob.connects(gateway).await.is_ready().await;
            assert_eq!(ready["chats"][0]["read_seq"], own.seq.0);
        }
    }
}

both_ways! {
    async fn marks_that_are_set_at_the_same_moment_end_at_the_furthest(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let start = pair.position().await;
        for n in 0..10 {
            alice.says(&format!("message {n}")).in_chat(chat).await;
        }
        let mut tries = tokio::task::JoinSet::new();
        for n in [3, 9, 1, 10, 5, 2, 8, 4, 7, 6] {
            let (bob, chat) = (bob.over(Replica::ALL[n % 2]), chat.clone());
            tries.spawn(async move { bob.has_read(&chat, start + n as i64).await });
        }
        tries.join_all().await;
        assert_eq!(bob.looks_at(chat).await.read_seq.0, start + 10);
    }
}

both_ways! {
    async fn the_list_comes_page_by_page_the_latest_first(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let mut order = Vec::new();
        for _ in 0..6 {
            let chat = alice.starts_a_chat().await;
            bob.joins(&chat).await;
            order.insert(0, chat);
        }
        order.insert(0, alice.direct_chat_with(&bob).await);
        is_listed(&alice, &order).await;
        // What is said brings a chat to the front, for everybody in it.
        for place in [3, 6, 1] {
            let chat = order.remove(place);
            bob.over(Replica::Second).says("hi").in_chat(&chat).await;
            order.insert(0, chat);
            is_listed(&alice, &order).await;
            is_listed(&bob, &order).await;
        }
        // To read does not.
        alice.has_read(&order[4], 1 << 53).await;
        is_listed(&alice, &order).await;
    }
}

both_ways! {
    async fn a_chat_in_the_list_has_its_first_ten_members_and_alone_up_to_a_hundred(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let mut ids = vec![alice.id()];
        for _ in 0..11 {
            let person = world.signs_up("person").await;
            person.joins(&chat).await;
            ids.push(person.id());
        }
        let (listed, alone) = (alice.chats().await.remove(0), alice.looks_at(&chat).await);
        assert_eq!(listed.members.iter().map(|member| member.id).collect::<Vec<_>>(), ids[..10]);
        assert_eq!(alone.members.iter().map(|member| member.id).collect::<Vec<_>>(), ids);
        assert_eq!((listed.member_count, alone.member_count), (12, 12));
        assert_eq!((listed.created_at, listed.seq, listed.role), (alone.created_at, alone.seq, alone.role));
    }
}

/// As they are listed and as they are alone.
async fn unread(reader: &Person, chat: &Chat) -> (i32, i32) {
    let alone = reader.looks_at(chat).await;
    let listed = reader.over(Replica::Second).chats().await.into_iter().find(|listed| listed.uri == chat.uri);
    let listed = listed.expect("it is listed");
    assert_eq!((alone.unread, alone.mentions), (listed.unread, listed.mentions), "alone and in the list");
    (alone.unread, alone.mentions)
}

async fn is_listed(reader: &Person, expected: &[Chat]) {
    let expected: Vec<_> = expected.iter().map(|chat| chat.uri.clone()).collect();
    for limit in ["1", "3", "7", "100"] {
        let (mut found, mut before) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("limit", limit)];
            query.extend(before.iter().map(|next| ("before", next.as_str())));
            let page = reader.chats_by(&query).await;
            found.extend(page.chats.into_iter().map(|chat| chat.uri));
            match page.next {
                Some(next) => before = Some(next),
                None => break,
            }
        }
        assert_eq!(found, expected, "{limit} in a page");
    }
}
