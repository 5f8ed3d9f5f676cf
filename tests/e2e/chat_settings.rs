//! A chat's name and its link.

use chatire_tests::{Chat, Replica, both_ways, random_name};
use shared_proto::ErrorCode::{ChatNotFound, LinkClosed};
use shared_proto::chats::LinkPreview;
use shared_proto::event::Event;

use crate::pair::{Pair, name};

both_ways! {
    async fn a_new_name_is_told_to_everybody_and_stands_wherever_the_chat_is_named(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let link = alice.looks_at(chat).await.link.expect("it has one at first");
        for new in [Some("Lunch & more 🥗"), Some("Lunch"), None] {
            let (by, expected) = (alice.seen_by_others(), new.and_then(name));
            let before = pair.position().await;
            let renamed = alice.renames(chat, new).await;
            assert_eq!(renamed.name, expected);
            assert_eq!(pair.news().await, Event::ChatRenamed { name: expected.clone(), by });
            alice.over(Replica::Second).renames(chat, new).await;
            assert_eq!(pair.position().await, before + 1, "the same name again is no event");

            assert_eq!(bob.looks_at(chat).await.name, expected);
            assert_eq!(bob.chats().await[0].name, expected);
            assert_eq!(bob.previews(&link).await.name, expected);
            let ready = bob.connects(chatire_tests::Gateway::First).await.is_ready().await;
            assert_eq!(ready["chats"][0]["name"].as_str(), new);
        }
    }
}

both_ways! {
    async fn a_name_is_taken_without_the_space_around_it(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat_called("  Lunch ").await;
        let position = alice.position(&chat).await;
        assert_eq!(alice.looks_at(&chat).await.name, name("Lunch"));
        assert_eq!(alice.renames(&chat, Some(" Lunch\t")).await.name, name("Lunch"));
        assert_eq!(alice.position(&chat).await, position, "that is the same name");
        let longest = "é".repeat(100);
        assert_eq!(alice.renames(&chat, Some(&longest)).await.name, name(&longest));
    }
}

both_ways! {
    async fn a_new_link_takes_the_place_of_the_old_one(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let carol = world.signs_up("carol").await;
        let mut old = vec![alice.looks_at(chat).await.link.expect("it has one at first")];
        assert_eq!(old[0].as_str(), chat.uri.as_str(), "at first the address is the link");
        for replica in Replica::ALL {
            let link = alice.over(replica).changes_the_link_of(chat).await.link.expect("a new one");
            assert!(!old.contains(&link), "{link} was there already");
            let by = alice.seen_by_others();
            assert_eq!(pair.news().await, Event::ChatLink { link: Some(link.clone()), by });
            assert_eq!(bob.looks_at(chat).await.link, Some(link.clone()));
            old.push(link);
        }
        let link = old.pop().expect("the newest");

        // The address stays, but it is no link any more; the one in between is nothing at all.
        carol.joins_by(&old[0]).is_refused(403, LinkClosed).await;
        carol.joins_by(&old[1]).is_refused(404, ChatNotFound).await;
        for old in &old {
            carol.previews(old).is_refused(404, ChatNotFound).await;
        }
        assert!(!carol.previews(&link).await.joined);
        let joined = carol.joins_by(&link).await;
        assert_eq!((&joined.uri, joined.user.id), (&chat.uri, carol.id()), "the answer names the address");
        assert!(carol.previews(&link).await.joined);

        // Who is in already is in, by the link and by the address.
        let position = pair.position().await;
        for link in [&old[0], &link] {
            assert_eq!(carol.joins_by(link).await.uri, chat.uri);
        }
        assert_eq!(pair.position().await, position);
        // A link is to join by, and is no address.
        let by_link = Chat { uri: link.as_str().parse().expect("of the same form") };
        for path in ["", "messages/", "members/", "events/?after=0"] {
            carol.client().get(&by_link.path(path)).await.refused(404, ChatNotFound);
        }
        carol.says("hello?").answer_in(&by_link).await.refused(404, ChatNotFound);
    }
}

both_ways! {
    async fn behind_a_closed_link_people_come_by_invitation_only(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let (carol, dave) = (world.signs_up("carol").await, world.signs_up("dave").await);
        let changed = alice.changes_the_link_of(chat).await.link.expect("a new one");
        assert_eq!(alice.closes_the_link_of(chat).await.link, None);
        assert_eq!(pair.news().await, Event::ChatLink { link: None, by: alice.seen_by_others() });
        let position = pair.position().await;
        assert_eq!(alice.closes_the_link_of(chat).await.link, None);
        assert_eq!(pair.position().await, position, "closed is closed");
        assert_eq!(bob.looks_at(chat).await.link, None);

        let address = chat.uri.as_str().parse().expect("of the same form");
        carol.joins_by(&address).is_refused(403, LinkClosed).await;
        carol.joins_by(&changed).is_refused(404, ChatNotFound).await;
        for link in [&address, &changed] {
            carol.previews(link).is_refused(404, ChatNotFound).await;
        }
        bob.invites(&carol, chat).await;
        let expected = Event::MemberJoined { user: carol.seen_by_others(), by: Some(bob.seen_by_others()) };
        assert_eq!(pair.news().await, expected);

        let opened = alice.changes_the_link_of(chat).await.link.expect("a new one");
        assert!(opened != changed && opened != address, "what was closed stays closed");
        dave.joins_by(&opened).await;
        assert_eq!(pair.news().await, Event::MemberJoined { user: dave.seen_by_others(), by: None });
        carol.joins_by(&changed).is_refused(404, ChatNotFound).await;
    }
}

both_ways! {
    async fn a_preview_shows_what_one_is_invited_to(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let title = random_name("Lunch");
        let chat = alice.starts_a_chat_called(&title).await;
        let link = alice.looks_at(&chat).await.link.expect("it has one at first");
        alice.says("a secret").in_chat(&chat).await;
        let position = alice.position(&chat).await;
        let mut members = vec![alice.seen_by_others()];
        let looker = world.signs_up("looker").await;
        while members.len() < 7 {
            let expected = LinkPreview {
                uri: chat.uri.clone(),
                name: name(&title),
                members: members[..members.len().min(5)].to_vec(),
                member_count: i32::try_from(members.len()).expect("few"),
                joined: false,
            };
            let answer = looker.over(Replica::Second).previews(&link).answer().await.expect(200);
            assert_eq!(answer.read::<LinkPreview>(), expected);
            assert!(!answer.text.contains("secret"), "{answer:?}");
            let person = world.signs_up("person").await;
            person.joins(&chat).await;
            members.push(person.seen_by_others());
            assert!(person.previews(&link).await.joined);
        }
        assert_eq!(alice.position(&chat).await, position + 6, "looking changes nothing");
    }
}

both_ways! {
    async fn of_links_made_at_the_same_moment_one_works(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let mut tries = tokio::task::JoinSet::new();
        for n in 0..8 {
            let (alice, chat) = (alice.over(Replica::ALL[n % 2]), chat.clone());
            tries.spawn(async move { alice.changes_the_link_of(&chat).await.link.expect("a new one") });
        }
        let links = tries.join_all().await;
        let works = alice.looks_at(&chat).await.link.expect("a link");
        assert!(links.contains(&works), "{works} was given to nobody");
        let looker = world.signs_up("looker").await;
        for link in links {
            let status = looker.previews(&link).answer().await.status;
            assert_eq!(status, if link == works { 200 } else { 404 }, "{link}");
        }
    }
}
