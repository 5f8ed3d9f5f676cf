//! Owners, admins, members: who is what, and how that changes.

use chatire_tests::{Chat, Person, Replica, World, both_ways};
use shared_proto::ErrorCode::{ChatNotFound, Forbidden, MemberNotFound, ValidationFailed};
use shared_proto::chats::Role::{self, Admin, Member, Owner};
use shared_proto::event::Event;

use crate::pair::{Pair, newest_event};

both_ways! {
    async fn admins_are_made_and_unmade_by_the_owner(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        for role in [Admin, Member] {
            let before = pair.position().await;
            let member = alice.makes(bob, role, chat).await;
            assert_eq!((&member.user, member.role), (&bob.seen_by_others(), role));
            let expected = Event::MemberRole { user: bob.seen_by_others(), role, by: alice.seen_by_others() };
            assert_eq!(pair.news().await, expected);
            assert_eq!(alice.over(Replica::Second).makes(bob, role, chat).await.role, role);
            assert_eq!(pair.position().await, before + 1, "the same role again is no event");
            assert_eq!(bob.looks_at(chat).await.role, role);
            assert_eq!(bob.chats().await[0].role, role);
        }
        assert_eq!(alice.looks_at(chat).await.role, Owner);
        let dave = world.signs_up("dave").await;
        alice.makes(&dave, Admin, chat).is_refused(404, MemberNotFound).await;
        alice.makes(alice, Owner, chat).await;
        alice.makes(alice, Admin, chat).is_refused(400, ValidationFailed).await;
        alice.makes(alice, Member, chat).is_refused(400, ValidationFailed).await;
        assert_eq!(roles(alice, chat).await, [(alice.id(), Owner), (bob.id(), Member)]);
    }
}

both_ways! {
    async fn a_chat_is_handed_over_and_its_owner_is_an_admin_then(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let before = pair.position().await;
        assert_eq!(alice.makes(bob, Owner, chat).await.role, Owner);
        pair.news().await;
        let happened: Vec<_> = alice.events(chat, before).await.into_iter().map(|event| event.event).collect();
        let (alice_seen, bob_seen) = (alice.seen_by_others(), bob.seen_by_others());
        let steps = [(alice_seen.clone(), Admin), (bob_seen, Owner)];
        let expected = steps.map(|(user, role)| Event::MemberRole { user, role, by: alice_seen.clone() });
        assert_eq!(happened, expected, "at no moment there are two owners");
        assert_eq!(roles(alice, chat).await, [(bob.id(), Owner), (alice.id(), Admin)]);
        alice.makes(bob, Member, chat).is_refused(403, Forbidden).await;
        alice.deletes_chat(chat).is_refused(403, Forbidden).await;
        bob.makes(alice, Member, chat).await;
        alice.renames(chat, Some("Mine")).is_refused(403, Forbidden).await;
    }
}

both_ways! {
    async fn there_is_one_owner_however_many_times_at_once_the_chat_is_handed_over(world: &mut World) {
        let (alice, chat, others) = chat_of(world, 4).await;
        let mut tries = tokio::task::JoinSet::new();
        for (n, other) in others.iter().enumerate() {
            let (alice, other, chat) = (alice.over(Replica::ALL[n % 2]), other.clone(), chat.clone());
            tries.spawn(async move { alice.makes(&other, Owner, &chat).answer().await });
        }
        let answers = tries.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
        answers.iter().filter(|answer| answer.status != 200).for_each(|answer| answer.refused(403, Forbidden));
        let roles = roles(&alice, &chat).await;
        assert_eq!(roles.iter().filter(|(_, role)| *role == Owner).count(), 1, "{roles:?}");
        assert!(roles.contains(&(alice.id(), Admin)), "{roles:?}");
    }
}

both_ways! {
    async fn an_owner_who_leaves_hands_over_to_the_first_admin_else_to_the_first_member(world: &mut World) {
        let (alice, chat, people) = chat_of(world, 3).await;
        let [bob, carol, dave] = &people[..] else { panic!("three") };
        alice.makes(carol, Admin, &chat).await;
        let socket = dave.connects(chatire_tests::Gateway::Second).await;
        for (leaver, heir, left) in [(&alice, carol, vec![bob, dave]), (carol, bob, vec![dave]), (bob, dave, vec![])] {
            let before = dave.position(&chat).await;
            leaver.leaves(&chat).await;
            newest_event(dave, &chat, &[&socket]).await;
            let happened: Vec<_> = dave.events(&chat, before).await.into_iter().map(|event| event.event).collect();
            let (user, by) = (heir.seen_by_others(), leaver.seen_by_others());
            let left_by = by.clone();
            assert_eq!(happened, [Event::MemberRole { user, role: Owner, by }, Event::MemberLeft { user: left_by }]);
            let expected: Vec<_> =
                [(heir.id(), Owner)].into_iter().chain(left.iter().map(|member| (member.id(), Member))).collect();
            assert_eq!(roles(dave, &chat).await, expected);
        }
        dave.renames(&chat, Some("Mine alone")).await;
    }
}

both_ways! {
    async fn a_member_who_leaves_is_gone_and_may_come_back(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        alice.makes(bob, Admin, chat).await;
        bob.leaves(chat).await;
        assert_eq!(newest_event(alice, chat, &[&pair.near]).await, Event::MemberLeft { user: bob.seen_by_others() });
        assert_eq!(roles(alice, chat).await, [(alice.id(), Owner)]);
        assert_eq!(bob.chats().await.len(), 0);
        bob.joins(chat).await;
        assert_eq!(roles(alice, chat).await, [(alice.id(), Owner), (bob.id(), Member)], "who comes back is a member");
        // By one's own id it is the same.
        bob.removes(bob, chat).await;
        assert_eq!(newest_event(alice, chat, &[&pair.near]).await, Event::MemberLeft { user: bob.seen_by_others() });
    }
}

both_ways! {
    async fn with_the_last_one_who_leaves_the_chat_is_gone(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let socket = alice.connects(chatire_tests::Gateway::Second).await;
        let position = alice.position(&chat).await;
        alice.leaves(&chat).await;
        let last = socket.hears(&chat, shared_proto::Seq(position + 1)).await;
        assert_eq!(last.event, Event::ChatDeleted { by: alice.seen_by_others() });
        alice.looks_at(&chat).is_refused(404, ChatNotFound).await;
        alice.adds(alice.name(), &chat).await.refused(404, ChatNotFound);
        assert_eq!(alice.chats().await.len(), 0);
    }
}

both_ways! {
    async fn when_all_leave_at_the_same_moment_the_chat_is_gone(world: &mut World) {
        let (alice, chat, others) = chat_of(world, 5).await;
        let mut tries = tokio::task::JoinSet::new();
        for (n, person) in others.iter().chain([&alice]).enumerate() {
            let (person, chat) = (person.over(Replica::ALL[n % 2]), chat.clone());
            tries.spawn(async move { person.leaves(&chat).await });
        }
        tries.join_all().await;
        for person in others.iter().chain([&alice]) {
            person.looks_at(&chat).is_refused(404, ChatNotFound).await;
            assert_eq!(person.chats().await.len(), 0);
        }
    }
}

both_ways! {
    async fn members_come_page_by_page_the_owner_first_then_admins_then_as_they_joined(world: &mut World) {
        let (alice, chat, others) = chat_of(world, 6).await;
        for admin in [&others[4], &others[2]] {
            alice.makes(admin, Admin, &chat).await;
        }
        let order = [&alice, &others[2], &others[4], &others[0], &others[1], &others[3], &others[5]];
        let expected: Vec<_> = order.iter().zip([Owner, Admin, Admin, Member, Member, Member, Member])
            .map(|(person, role)| (person.id(), role)).collect();
        let ids: Vec<_> = order.iter().map(|person| person.id()).collect();
        assert_eq!(roles(&others[0], &chat).await, expected);
        for limit in ["1", "2", "3", "7", "100"] {
            let (mut found, mut after) = (Vec::new(), None::<String>);
            loop {
                let mut query = vec![("limit", limit)];
                query.extend(after.iter().map(|next| ("after", next.as_str())));
                let page = alice.members_by(&chat, &query).await;
                assert!(page.members.len() <= limit.parse().expect("a number"), "{page:?}");
                found.extend(page.members.iter().map(|member| member.user.id));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            assert_eq!(found, ids, "{limit} in a page");
        }
        let view = alice.looks_at(&chat).await;
        assert_eq!(view.members.iter().map(|member| member.id).collect::<Vec<_>>(), ids);
        assert_eq!(view.member_count, 7);
        let again = others[0].joins(&chat).await;
        assert_eq!(again.members.iter().map(|member| member.id).collect::<Vec<_>>(), ids);
    }
}

async fn chat_of(world: &World, others: usize) -> (Person, Chat, Vec<Person>) {
    let alice = world.signs_up("alice").await;
    let chat = alice.starts_a_chat().await;
    let mut people = Vec::new();
    for _ in 0..others {
        let person = world.signs_up("person").await;
        person.joins(&chat).await;
        people.push(person);
    }
    (alice, chat, people)
}

async fn roles(reader: &Person, chat: &Chat) -> Vec<(shared_proto::UserId, Role)> {
    reader.members_of(chat).await.iter().map(|member| (member.user.id, member.role)).collect()
}
