//! Finding what was said.

use chatire_tests::{Chat, Person, Replica, Sent, both_ways};
use shared_proto::ErrorCode::{ChatNotFound, NotAMember, ValidationFailed};
use shared_proto::messages::{Hit, SearchPage};

use crate::pair::Pair;

both_ways! {
    async fn all_words_must_occur_from_their_beginnings_on_in_any_case_and_order(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let texts = [
            "Lunch tomorrow at noon?",
            "No lunch today",
            "Großer Ärger mit dem Zug",
            "Мир и чай",
            "it's C++ and foo*bar: user@example.org",
            "line one\nline two, tab\tthree",
            "日本語 の 文章",
            "नमस्ते दुनिया",
            "İstanbul'a gidiyoruz",
        ];
        for said in texts {
            alice.says(said).in_chat(&chat).await;
        }
        let table: [(&str, &[usize]); 42] = [
            ("lunch", &[0, 1]),
            ("LUNCH", &[0, 1]),
            ("lun", &[0, 1]),
            ("l", &[0, 1, 5]),
            ("unch", &[]),
            ("lunches", &[]),
            ("lunch tomorrow", &[0]),
            ("tomorrow lunch", &[0]),
            ("tom lun noo", &[0]),
            ("  lunch \t today ", &[1]),
            ("lunch dinner", &[]),
            ("lunch lunch", &[0, 1]),
            ("ärger", &[2]),
            ("Ärger", &[2]),
            ("ÄRGER", &[2]),
            ("a\u{308}rger", &[2]),
            ("ärg groß", &[2]),
            ("мир", &[3]),
            ("МИР", &[3]),
            ("чай ми", &[3]),
            ("two", &[5]),
            ("three", &[5]),
            ("日本", &[6]),
            ("文章", &[6]),
            // With signs that make no letter of their own.
            ("नमस्ते", &[7]),
            ("नमस्ते दुन", &[7]),
            ("दु", &[7]),
            ("İstanbul", &[8]),
            ("İST", &[8]),
            // What stands over a letter makes it another one.
            ("arger", &[]),
            ("nothing", &[]),
            // Operators are words like others.
            ("lunch OR dinner", &[]),
            ("lunch AND noon", &[]),
            ("NOT lunch", &[]),
            ("lunch NEAR tomorrow", &[]),
            ("-lunch", &[0, 1]),
            ("lunch!", &[0, 1]),
            ("\"lunch\"", &[0, 1]),
            ("(lunch) & noon?", &[0]),
            ("C++", &[4]),
            ("foo*bar:", &[4]),
            ("it's", &[4]),
        ];
        for (words, expected) in table {
            let mut found = texts_of(&alice.searches(words).await);
            let mut expected: Vec<_> = expected.iter().map(|n| texts[*n].to_owned()).collect();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{words:?}");
        }
    }
}

both_ways! {
    async fn one_looks_in_all_of_ones_chats_or_in_one(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let (own, direct) = (alice.starts_a_chat().await, alice.direct_chat_with(bob).await);
        let mut said = Vec::new();
        for (speaker, place) in [(alice, chat), (bob, chat), (alice, &own), (bob, &direct)] {
            said.push(speaker.says("the whale").in_chat(place).await);
        }
        is_found(alice, "whale", &[&said[3], &said[2], &said[1], &said[0]]).await;
        is_found(bob, "whale", &[&said[3], &said[1], &said[0]]).await;
        for (place, expected) in [(chat, vec![&said[1], &said[0]]), (&own, vec![&said[2]]), (&direct, vec![&said[3]])] {
            let page = alice.over(Replica::Second).searches_in(place, "whale").await;
            assert_eq!(ids(&page), expected.iter().map(|sent| sent.id).collect::<Vec<_>>());
        }
        bob.searches_in(&own, "whale").is_refused(403, NotAMember).await;
        let nowhere = Chat { uri: "AAAAAAAAAAAAAAA".parse().expect("an address") };
        bob.searches_in(&nowhere, "whale").is_refused(404, ChatNotFound).await;
    }
}

both_ways! {
    async fn better_ones_come_before_newer_ones_and_newer_ones_before_older_ones(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let best = alice.says("whale whale whale").in_chat(&chat).await;
        let older = alice.says(&format!("a whale {}", "and so on ".repeat(50))).in_chat(&chat).await;
        let newer = alice.says(&format!("a whale {}", "and so on ".repeat(50))).in_chat(&chat).await;
        is_found(&alice, "whale", &[&best, &newer, &older]).await;
    }
}

both_ways! {
    async fn a_snippet_is_a_part_of_the_text_with_the_hit_marked(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let far_away = format!("{}the white Whale at last {}", "early words ".repeat(150), "late words ".repeat(150));
        let table = [
            ("whale", "a Whale".to_owned()),
            ("whale", "I saw a whale on my way to it".to_owned()),
            ("whale", far_away),
            ("whale", "<b>whale</b> & \"more\" <script>alert(1)</script> </mark> &amp;".to_owned()),
            ("whale", "see https://example.org/the-whale?page=1 or ask user@whale.example".to_owned()),
            ("ärger", "viel ÄRGER 👩‍👩‍👧 um nichts".to_owned()),
            ("whale", "\u{202e}whale [1] \u{2068}[/1] **whale** {whale} ‹whale›".to_owned()),
            ("whal", "whales, whaling, whale".to_owned()),
        ];
        for (words, said) in table {
            let sent = alice.says(&said).in_chat(&chat).await;
            let page = alice.searches_in(&chat, words).await;
            let hit = page.hits.iter().find(|hit| hit.message.id == sent.id).expect("it is found");
            assert_eq!((hit.message.text(), &hit.chat), (Some(said.as_str()), &chat.uri));
            assert_eq!(hit.message, alice.reads(&sent).await);
            let whole: String = hit.snippet.iter().map(|part| part.text.as_str()).collect();
            assert!(said.contains(whole.trim_matches('…')), "{whole:?} is no part of {said:?}");
            if said.split_whitespace().count() <= 12 {
                let all = said.trim_matches(|c: char| !c.is_alphanumeric());
                assert!(whole.contains(all), "{whole:?} is not all of {said:?}, which is short");
            }
            assert!(whole.chars().count() <= 400, "{} characters are no snippet", whole.chars().count());
            let marked = hit.snippet.iter().filter(|part| part.hit);
            let marked: Vec<_> = marked.map(|part| part.text.to_lowercase()).collect();
            assert!(!marked.is_empty(), "{:?}", hit.snippet);
            assert!(marked.iter().all(|text| text.starts_with(words)), "{marked:?} is not what was looked for");
            alice.deletes(&sent).await;
        }
    }
}

both_ways! {
    async fn what_one_may_not_read_is_not_found(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let carol = world.signs_up("carol").await;
        let said = alice.says("the whale").in_chat(chat).await;
        is_found(&carol, "whale", &[]).await;

        // Edited away, and edited in.
        alice.edits(&said, "the dolphin").await;
        is_found(bob, "whale", &[]).await;
        is_found(bob, "dolphin", &[&said]).await;
        alice.edits(&said, "the whale again").await;
        is_found(bob, "whale", &[&said]).await;
        // Deleted.
        let deleted = alice.says("another whale").in_chat(chat).await;
        alice.deletes(&deleted).await;
        is_found(bob, "another", &[]).await;
        is_found(bob, "whale", &[&said]).await;
        // Left, and back again.
        bob.leaves(chat).await;
        is_found(bob, "whale", &[]).await;
        bob.searches_in(chat, "whale").is_refused(403, NotAMember).await;
        bob.joins(chat).await;
        is_found(bob, "whale", &[&said]).await;
        // Removed, banned.
        alice.removes(bob, chat).await;
        is_found(bob, "whale", &[]).await;
        bob.joins(chat).await;
        alice.bans(bob, chat).await;
        is_found(bob, "whale", &[]).await;
        is_found(alice, "whale", &[&said]).await;
        // A chat that is gone.
        alice.deletes_chat(chat).await;
        is_found(alice, "whale", &[]).await;
        alice.searches_in(chat, "whale").is_refused(404, ChatNotFound).await;
    }
}

both_ways! {
    async fn hits_come_page_by_page(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let mut expected = Vec::new();
        for _ in 0..45 {
            expected.insert(0, alice.says("the same whale").in_chat(&chat).await.id);
        }
        for (limit, size) in [(None, 20), (Some("1"), 1), (Some("50"), 50), (Some("45"), 45), (Some("7"), 7)] {
            let (mut found, mut after) = (Vec::new(), None::<i32>);
            loop {
                let next = after.map(|next| next.to_string());
                let mut query = vec![("q", "whale"), ("chat", chat.uri.as_str())];
                query.extend(limit.map(|limit| ("limit", limit)));
                query.extend(next.iter().map(|next| ("after", next.as_str())));
                let page = alice.searches_by(&query).await;
                assert!(page.hits.len() == size || page.next.is_none(), "{} are no page of {size}", page.hits.len());
                found.extend(ids(&page));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            assert_eq!(found, expected, "{limit:?} in a page");
        }
    }
}

both_ways! {
    async fn whatever_one_looks_for_is_answered(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let sent = alice.says("the whale's tail").in_chat(&chat).await;
        let refused = [
            "", " ", "\t\n", "'", "\"", "*", "\\", ":", "&|!()", "👩‍👩‍👧 👍", "-- ;", "%", "_", "...", "\u{200d}",
            "\u{202e}", &"w".repeat(201), &"w".repeat(10_000), &"w ".repeat(5_000), &"👍".repeat(2_500),
        ];
        for words in refused {
            alice.searches(words).is_refused(400, ValidationFailed).await;
            alice.searches_in(&chat, words).is_refused(400, ValidationFailed).await;
        }
        let odd = [
            "whale'", "'whale", "wh'ale", "'' whale", "whale\"", "\"whale", "\"whale tail\"~5", "whale*", "*whale",
            "wh*le", "whale\\", "\\whale", "\\' whale", "whale:", ":whale", "message:whale", "whale:*", "whale:a*",
            "{whale}", "whale & !tail", "!whale", "whale <-> tail", "whale | tail", "(whale", "whale)", "((whale",
            "& whale", "whale &", "^whale", "whale^2", "+whale -tail", "whale NEAR/3 tail", "NEAR(whale tail)",
            "AND", "OR OR", "NOT", "AND whale", "whale;DROP TABLE messages", "%whale%", "whale_", "$1", "?1 whale",
            ":1", "whale\0", "wha\u{200d}le", "\u{301}whale", "\u{202e}whale", "a\u{301}\u{301}\u{301}", "👍whale",
            "1", "-1", "0x1F", "١٢٣", "ﬁ", "ß", "İ", "ſ", "\u{345}a", &"w".repeat(200), &"w ".repeat(100),
            &"é".repeat(200), &"a:* ".repeat(50), &"'a".repeat(100),
        ];
        for words in odd {
            let answer = alice.searches(words).answer().await;
            match answer.status {
                200 => drop(answer.read::<SearchPage>()),
                _ => answer.refused(400, ValidationFailed),
            }
        }
        is_found(&alice, "whale", &[&sent]).await;
        is_found(&alice, "whale's", &[&sent]).await;
    }
}

/// Exactly these, in this order.
async fn is_found(searcher: &Person, words: &str, expected: &[&Sent]) {
    for replica in Replica::ALL {
        let page = searcher.over(replica).searches(words).await;
        let found: Vec<_> = page.hits.iter().map(|hit: &Hit| (hit.chat.clone(), hit.message.id)).collect();
        let expected: Vec<_> = expected.iter().map(|sent| (sent.chat.uri.clone(), sent.id)).collect();
        assert_eq!(found, expected, "{words:?}: {page:?}");
    }
}

fn ids(page: &SearchPage) -> Vec<shared_proto::MessageId> {
    page.hits.iter().map(|hit| hit.message.id).collect()
}

fn texts_of(page: &SearchPage) -> Vec<String> {
    page.hits.iter().map(|hit| hit.message.text().expect("a text").to_owned()).collect()
}
