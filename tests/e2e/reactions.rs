//! Emoji under messages.

use std::collections::BTreeMap;

use chatire_tests::{Person, Replica, Sent, both_ways};
use shared_proto::ErrorCode::{LimitReached, ValidationFailed};
use shared_proto::event::Event;
use shared_proto::messages::Reaction;

use crate::pair::{Pair, emoji, newest_event};

both_ways! {
    async fn reactions_are_counted_in_the_order_in_which_they_came(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let carol = world.signs_up("carol").await;
        carol.joins(chat).await;
        let sent = bob.says("it's done").in_chat(chat).await;

        for (person, mark) in [(&carol, "👍"), (bob, "🎉"), (alice, "👍")] {
            let before = pair.position().await;
            person.over(Replica::Second).reacts(mark, &sent).await;
            let (user, emoji) = (person.seen_by_others(), emoji(mark));
            assert_eq!(pair.news().await, Event::ReactionAdded { id: sent.id, of: sent.seq, user, emoji });
            assert_eq!(pair.position().await, before + 1);
        }
        for (reader, mine) in [(alice, [true, false]), (bob, [false, true]), (&carol, [true, false])] {
            let expected = [
                Reaction { emoji: emoji("👍"), count: 2, users: vec![carol.id(), alice.id()], mine: mine[0] },
                Reaction { emoji: emoji("🎉"), count: 1, users: vec![bob.id()], mine: mine[1] },
            ];
            let message = reader.reads(&sent).await;
            assert_eq!(message.reactions, expected);
            assert_eq!(reader.history(chat).await.pop().as_ref(), Some(&message), "history tells the same");
            assert_eq!(reader.searches("done").await.hits[0].message, message, "and so does search");
        }
        alice.takes_back("👍", &sent).await;
        let (user, thumb) = (alice.seen_by_others(), emoji("👍"));
        assert_eq!(pair.news().await, Event::ReactionRemoved { id: sent.id, of: sent.seq, user, emoji: thumb });
        carol.takes_back("👍", &sent).await;
        let left = [Reaction { emoji: emoji("🎉"), count: 1, users: vec![bob.id()], mine: false }];
        assert_eq!(alice.reads(&sent).await.reactions, left);
        // In events a message is new.
        let Event::MessageCreated(stored) = alice.events(chat, sent.seq.0 - 1).await.remove(0).event else {
            panic!("not the message")
        };
        assert_eq!(stored.reactions, []);
    }
}

both_ways! {
    async fn everybody_has_each_emoji_once_however_often_they_ask(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let sent = pair.alice.says("again and again").in_chat(&pair.chat).await;
        // Without the variation selector it is the same heart; another skin is another emoji.
        let heart = "\u{2764}\u{fe0f}";
        let mut expected = sent.seq.0;
        for (mark, is_new) in [(heart, true), (heart, false), ("\u{2764}", false), ("👍", true), ("👍🏽", true)] {
            pair.bob.reacts(mark, &sent).await;
            expected += i64::from(is_new);
            assert_eq!(pair.position().await, expected, "{mark}");
        }
        assert_eq!(counts(&pair.bob, &sent).await, [(heart.into(), 1), ("👍".into(), 1), ("👍🏽".into(), 1)].into());
        for (mark, was_there) in [("\u{2764}", true), (heart, false), ("🎉", false), ("👍", true), ("👍", false)] {
            pair.bob.takes_back(mark, &sent).await;
            expected += i64::from(was_there);
            assert_eq!(pair.position().await, expected, "{mark}");
        }
        // What is somebody else's can't be taken back.
        pair.alice.takes_back("👍🏽", &sent).await;
        assert_eq!(counts(&pair.bob, &sent).await, [("👍🏽".into(), 1)].into());
        assert_eq!(pair.position().await, expected);
    }
}

both_ways! {
    async fn reactions_at_the_same_moment_count_once_for_each_person(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let sent = pair.alice.says("quick!").in_chat(&pair.chat).await;
        let mut tries = tokio::task::JoinSet::new();
        for n in 0..16 {
            let person = if n % 4 < 2 { &pair.alice } else { &pair.bob };
            let (person, sent) = (person.over(Replica::ALL[n % 2]), sent.clone());
            tries.spawn(async move { person.reacts("👍", &sent).await });
        }
        tries.join_all().await;
        assert_eq!(counts(&pair.alice, &sent).await, [("👍".into(), 2)].into());
        assert_eq!(pair.position().await, sent.seq.0 + 2, "it has happened twice");
        newest_event(&pair.alice, &pair.chat, &[&pair.near, &pair.far]).await;
    }
}

both_ways! {
    async fn the_first_ten_people_are_named_and_all_are_counted(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let sent = alice.says("who comes?").in_chat(&chat).await;
        let mut people = Vec::new();
        for _ in 0..12 {
            let person = world.signs_up("person").await;
            person.joins(&chat).await;
            person.reacts("✋", &sent).await;
            people.push(person);
        }
        let first: Vec<_> = people.iter().take(10).map(Person::id).collect();
        for (reader, mine) in [(&alice, false), (&people[0], true), (&people[11], true)] {
            let [reaction] = reader.reads(&sent).await.reactions.try_into().expect("one emoji");
            assert_eq!(reaction, Reaction { emoji: emoji("✋"), count: 12, users: first.clone(), mine });
        }
    }
}

both_ways! {
    async fn a_message_takes_fifty_different_emoji_and_not_one_more(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let sent = pair.alice.says("all of them").in_chat(&pair.chat).await;
        let mut tries = tokio::task::JoinSet::new();
        for (n, mark) in animals().into_iter().enumerate() {
            let person = if n % 4 < 2 { &pair.alice } else { &pair.bob };
            let (person, sent) = (person.over(Replica::ALL[n % 2]), sent.clone());
            tries.spawn(async move { person.reacts(&mark, &sent).answer().await });
        }
        let answers = tries.join_all().await;
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 204).collect();
        refused.iter().for_each(|answer| answer.refused(409, LimitReached));
        let there = counts(&pair.alice, &sent).await;
        assert_eq!((there.len(), refused.len()), (50, animals().len() - 50));

        // Of those that are there, others may have more.
        let (first, _) = there.first_key_value().expect("there are fifty");
        for person in [&pair.alice, &pair.bob] {
            person.reacts(first, &sent).await;
        }
        assert_eq!(counts(&pair.alice, &sent).await[first], 2);
        // And when one is gone, there is room for another.
        let new = animals().into_iter().find(|mark| !there.contains_key(mark)).expect("there were more than fifty");
        pair.bob.reacts(&new, &sent).is_refused(409, LimitReached).await;
        for person in [&pair.alice, &pair.bob] {
            person.takes_back(first, &sent).await;
        }
        pair.bob.reacts(&new, &sent).await;
    }
}

both_ways! {
    async fn what_is_not_one_emoji_is_no_reaction(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let sent = pair.alice.says("only emoji").in_chat(&pair.chat).await;
        let long = "👍".repeat(500);
        for strange in ["a", "1", "👍👍", "👍%20", ":+1:", "%E2%80%8D", "%00", "%27", "<b>", "👍a", "%2F", &long] {
            let (put, taken) = (pair.bob.reacts(strange, &sent), pair.bob.takes_back(strange, &sent));
            put.is_refused(400, ValidationFailed).await;
            let answer = taken.answer().await;
            assert!(answer.status == 204 || answer.problem().code == ValidationFailed, "{answer:?}");
        }
        assert_eq!(pair.position().await, sent.seq.0);
    }
}

async fn counts(reader: &Person, sent: &Sent) -> BTreeMap<String, i32> {
    let reactions = reader.reads(sent).await.reactions;
    reactions.into_iter().map(|reaction| (reaction.emoji.to_string(), reaction.count)).collect()
}

/// 56 of them, each shown as an emoji without a variation selector.
fn animals() -> Vec<String> {
    ('\u{1f400}'..='\u{1f437}').map(String::from).collect()
}
