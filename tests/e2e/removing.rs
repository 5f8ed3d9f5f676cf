//! Taking people out of a chat, keeping them out, and ending it.

use chatire_tests::{Gateway, Replica, both_ways};
use shared_proto::ErrorCode::{Banned, ChatNotFound, MemberNotFound, NotAMember, UserNotFound, ValidationFailed};
use shared_proto::UserId;
use shared_proto::chats::Role;
use shared_proto::event::Event;

use crate::pair::{Pair, newest_event};

both_ways! {
    async fn who_is_removed_is_out_and_may_come_back_by_the_link(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let before = pair.position().await;
        alice.makes(bob, Role::Admin, chat).await;
        alice.over(Replica::Second).removes(bob, chat).await;
        let expected =
            Event::MemberRemoved { user: bob.seen_by_others(), by: alice.seen_by_others(), banned: false };
        assert_eq!(newest_event(alice, chat, &[&pair.near]).await, expected);
        assert_eq!(pair.position().await, before + 2);
        alice.removes(bob, chat).is_refused(404, MemberNotFound).await;
        bob.looks_at(chat).is_refused(403, NotAMember).await;
        assert_eq!(bob.chats().await.len(), 0);
        assert_eq!(alice.looks_at(chat).await.member_count, 1);

        bob.joins(chat).await;
        assert_eq!(bob.looks_at(chat).await.role, Role::Member, "what one was is forgotten");
        assert_eq!(pair.news().await, Event::MemberJoined { user: bob.seen_by_others(), by: None });
    }
}

both_ways! {
    async fn who_is_banned_stays_out_until_the_ban_is_lifted(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let link = alice.looks_at(chat).await.link.expect("it has one at first");
        let ban = alice.bans(bob, chat).await;
        assert_eq!((&ban.user, &ban.by), (&bob.seen_by_others(), &alice.seen_by_others()));
        let expected = Event::MemberRemoved { user: bob.seen_by_others(), by: alice.seen_by_others(), banned: true };
        assert_eq!(newest_event(alice, chat, &[&pair.near]).await, expected);
        let position = pair.position().await;

        for replica in Replica::ALL {
            assert_eq!(alice.over(replica).bans(bob, chat).await, ban, "banned is banned");
            let bob = bob.over(replica);
            bob.looks_at(chat).is_refused(403, NotAMember).await;
            bob.adds(bob.name(), chat).await.refused(403, Banned);
            bob.previews(&link).is_refused(403, Banned).await;
            alice.over(replica).adds(bob.name(), chat).await.refused(403, Banned);
        }
        // Neither does another link help.
        let other = alice.changes_the_link_of(chat).await.link.expect("a new one");
        bob.joins_by(&other).is_refused(403, Banned).await;
        bob.previews(&other).is_refused(403, Banned).await;
        assert_eq!(alice.bans_by(chat, &[]).await.bans, [ban]);
        assert_eq!(pair.position().await, position + 1, "but for the link nothing has happened");

        alice.unbans(bob, chat).await;
        alice.unbans(bob, chat).await;
        assert_eq!(pair.position().await, position + 1, "that one may come back is nobody's event");
        assert_eq!(alice.bans_by(chat, &[]).await.bans, []);
        bob.looks_at(chat).is_refused(403, NotAMember).await;
        bob.joins_by(&other).await;
        assert_eq!(pair.news().await, Event::MemberJoined { user: bob.seen_by_others(), by: None });
    }
}

both_ways! {
    async fn people_who_are_no_members_can_be_banned_too(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, chat, .. } = &pair;
        let position = pair.position().await;
        // Who was never there, who was removed, and who left.
        let (never, removed, left) =
            (world.signs_up("never").await, world.signs_up("removed").await, world.signs_up("left").await);
        alice.bans(&never, chat).is_refused(404, UserNotFound).await;
        never.starts_a_chat().await;
        for person in [&removed, &left] {
            person.joins(chat).await;
        }
        alice.removes(&removed, chat).await;
        left.leaves(chat).await;
        let people = [&never, &removed, &left];
        for person in people {
            alice.bans(person, chat).await;
            person.adds(person.name(), chat).await.refused(403, Banned);
        }
        assert_eq!(pair.position().await, position + 4, "that nobody goes is no event");

        let mut expected: Vec<_> = people.iter().map(|person| person.id()).collect();
        expected.sort_unstable();
        let (mut found, mut after) = (Vec::new(), None::<UserId>);
        loop {
            let next = after.map(|id| id.to_string());
            let mut query = vec![("limit", "1")];
            query.extend(next.iter().map(|id| ("after", id.as_str())));
            let page = alice.bans_by(chat, &query).await;
            assert!(page.bans.len() <= 1, "{page:?}");
            found.extend(page.bans.iter().map(|ban| ban.user.id));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(found, expected, "by id, page by page");
    }
}

both_ways! {
    async fn nobody_bans_themselves_or_people_who_do_not_exist(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, chat, .. } = &pair;
        alice.bans(alice, chat).is_refused(400, ValidationFailed).await;
        for nobody in ["0", "-1", "999999999", "9007199254740991"] {
            let answer = alice.client().call("PUT", &chat.path(&format!("bans/{nobody}/"))).answer().await;
            answer.refused(404, UserNotFound);
        }
        assert_eq!(alice.bans_by(chat, &[]).await.bans, []);
    }
}

both_ways! {
    async fn whoever_joins_while_being_banned_is_out_in_the_end(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        for _ in 0..5 {
            let mut tries = tokio::task::JoinSet::new();
            for n in 0..8 {
                let (alice, bob) = (alice.over(Replica::ALL[n % 2]), bob.over(Replica::ALL[n / 2 % 2]));
                let chat = chat.clone();
                tries.spawn(async move {
                    match n {
                        0 => drop(alice.bans(&bob, &chat).await),
                        1 => drop(alice.adds(bob.name(), &chat).await),
                        _ => drop(bob.adds(bob.name(), &chat).await),
                    }
                });
            }
            tries.join_all().await;
            bob.looks_at(chat).is_refused(403, NotAMember).await;
            assert_eq!(alice.looks_at(chat).await.member_count, 1);
            alice.unbans(bob, chat).await;
            bob.joins(chat).await;
        }
    }
}

both_ways! {
    async fn a_deleted_chat_is_gone_for_everybody(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let link = alice.looks_at(chat).await.link.expect("it has one at first");
        let sent = bob.says("zzwhale").in_chat(chat).await;
        alice.deletes_chat(chat).await;
        for socket in [&pair.near, &pair.far] {
            let last = socket.hears(chat, sent.seq.next()).await;
            assert_eq!(last.event, Event::ChatDeleted { by: alice.seen_by_others() });
        }
        let carol = world.signs_up("carol").await;
        for person in [alice, bob, &carol].map(|person| person.over(Replica::Second)) {
            person.looks_at(chat).is_refused(404, ChatNotFound).await;
            person.previews(&link).is_refused(404, ChatNotFound).await;
            person.joins_by(&link).is_refused(404, ChatNotFound).await;
            person.reads(&sent).is_refused(404, ChatNotFound).await;
            person.deletes_chat(chat).is_refused(404, ChatNotFound).await;
            assert_eq!(person.chats().await.len(), 0);
            assert_eq!(person.searches("zzwhale").await.hits, []);
            let ready = person.connects(Gateway::First).await.is_ready().await;
            assert_eq!(ready["chats"], serde_json::json!([]));
        }
        let other = alice.starts_a_chat().await;
        bob.joins(&other).await;
        newest_event(alice, &other, &[&pair.near, &pair.far]).await;
    }
}
