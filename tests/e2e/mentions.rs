//! `@username` in a message names a member.

use std::collections::BTreeSet;

use chatire_tests::{Chat, Person, both_ways};
use shared_proto::UserId;
use shared_proto::event::Event;
use shared_proto::messages::{Mention, Message};

use crate::pair::{Pair, text};

both_ways! {
    async fn members_are_mentioned_by_their_names_and_nobody_else_is(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let (carol, dave) = (world.signs_up("carol").await, world.signs_up("dave").await);
        let (dotted, accented) = (world.signs_up("anna.lee+x").await, world.signs_up("josé").await);
        for member in [&carol, &dotted, &accented] {
            member.joins(&pair.chat).await;
        }
        let Pair { alice, bob, chat, .. } = &pair;
        let (b, c) = (bob.name(), carol.name());
        let table: Vec<(String, Vec<&Person>)> = vec![
            (format!("@{b}"), vec![bob]),
            (format!("hello @{b}"), vec![bob]),
            (format!("@{b}, @{c}."), vec![bob, &carol]),
            (format!("(@{b}) \"@{c}\"!"), vec![bob, &carol]),
            (format!("@{b}: what about @{c}? @{b}!"), vec![bob, &carol]),
            (format!("@{b}'s turn…"), vec![bob]),
            (format!("one\n@{b}\n\t@{c}"), vec![bob, &carol]),
            (format!("@{}", b.to_uppercase()), vec![bob]),
            (format!("@{}", fullwidth(b)), vec![bob]),
            (format!("@{}.", dotted.name()), vec![&dotted]),
            (format!("@{}...", dotted.name().to_uppercase()), vec![&dotted]),
            (format!("@{}", accented.name().replace('é', "e\u{301}")), vec![&accented]),
            (format!("@{}", accented.name().to_uppercase()), vec![&accented]),
            (format!("👋@{b}"), vec![bob]),
            // Not by anything else.
            (b.to_owned(), vec![]),
            (format!("x@{b}"), vec![]),
            (format!("write to info@{b} or 7@{c}"), vec![]),
            (format!("@{b}x"), vec![]),
            (format!("@{}", &b[..b.len() - 1]), vec![]),
            (format!("@ {b}"), vec![]),
            (format!("#{b}"), vec![]),
            (format!("@{} is no member", dave.name()), vec![]),
            ("@nobody_of_this_name".to_owned(), vec![]),
            ("@".to_owned(), vec![]),
            ("@@@ @, @.".to_owned(), vec![]),
        ];
        for (words, mentioned) in &table {
            let sent = alice.says(words).in_chat(chat).await;
            let message = alice.reads(&sent).await;
            mentions_exactly(&message, mentioned);
            let heard = pair.far.hears(chat, sent.seq).await;
            assert_eq!(heard.event, Event::MessageCreated(message), "the event names the same");
        }
        let (words, mentioned) = &table[2];
        let sent = pair.near.says(words).in_chat(chat).await;
        mentions_exactly(&bob.reads(&sent).await, mentioned);
    }
}

both_ways! {
    async fn an_edit_mentions_whom_the_new_text_names(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let carol = world.signs_up("carol").await;
        carol.joins(&pair.chat).await;
        let sent = pair.alice.says(&format!("@{}", pair.bob.name())).in_chat(&pair.chat).await;
        let now = format!("I mean @{}", carol.name());
        mentions_exactly(&pair.alice.edits(&sent, &now).await, &[&carol]);
        let (message, mentions) = (text(&now), vec![mention(&carol)]);
        assert_eq!(pair.news().await, Event::MessageEdited { id: sent.id, of: sent.seq, message, mentions });
        mentions_exactly(&pair.bob.history(&pair.chat).await[0], &[&carol]);
    }
}

both_ways! {
    async fn who_comes_later_or_has_left_is_not_mentioned(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let carol = world.signs_up("carol").await;
        let words = format!("@{} and @{}", bob.name(), carol.name());
        let before = alice.says(&words).in_chat(chat).await;
        mentions_exactly(&alice.reads(&before).await, &[bob]);
        carol.joins(chat).await;
        let with_both = alice.says(&words).in_chat(chat).await;
        mentions_exactly(&alice.reads(&with_both).await, &[bob, &carol]);
        bob.leaves(chat).await;
        let after = alice.says(&words).in_chat(chat).await;
        mentions_exactly(&alice.reads(&after).await, &[&carol]);
        mentions_exactly(&alice.reads(&before).await, &[bob]);
    }
}

both_ways! {
    async fn a_text_full_of_names_is_a_message_like_any_other(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let (own, unknown) = (format!("@{} ", alice.name()), "@somebody_else ");
        for words in [own.repeat(4_000 / own.len()), unknown.repeat(4_000 / unknown.len()), "@".repeat(4_000)] {
            says_and_finds(&alice, &chat, &words).await;
        }
        let all_different: String = (0..500).map(|n| format!("@m{n:03} ")).collect();
        says_and_finds(&alice, &chat, &all_different).await;
    }
}

async fn says_and_finds(speaker: &Person, chat: &Chat, words: &str) {
    let sent = speaker.says(words).in_chat(chat).await;
    let message = speaker.reads(&sent).await;
    assert_eq!(message.text(), Some(words));
    assert!(message.mentions.len() <= 1, "each is named once: {:?}", message.mentions);
}

fn mention(member: &Person) -> Mention {
    Mention { id: member.id(), username: member.user().username.clone() }
}

#[track_caller]
fn mentions_exactly(message: &Message, expected: &[&Person]) {
    let mut expected: Vec<Mention> = expected.iter().map(|member| mention(member)).collect();
    let mut mentions = message.mentions.clone();
    expected.sort_by_key(|mention| mention.id);
    mentions.sort_by_key(|mention| mention.id);
    assert_eq!(mentions, expected, "{:?}", message.text());
    let ids: BTreeSet<UserId> = mentions.iter().map(|mention| mention.id).collect();
    assert_eq!(ids.len(), mentions.len(), "somebody is mentioned twice");
}

/// As keyboards for Chinese and Japanese write Latin letters.
fn fullwidth(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { char::from_u32(c as u32 + 0xfee0).expect("a letter") } else { c })
        .collect()
}
