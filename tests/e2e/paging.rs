//! History page by page, from anywhere in both directions.

use chatire_tests::{Chat, Person, both_ways};
use shared_proto::Seq;
use shared_proto::messages::{History, Message};

const ALL: usize = 23;

both_ways! {
    async fn any_page_size_in_any_direction_brings_every_message_once(world: &mut World) {
        let (alice, chat) = long_chat(world).await;
        let all = alice.history_by(&chat, "limit=100").await.messages;
        assert_eq!(all.len(), ALL, "deleted messages keep their places");
        for limit in [1, 2, 7, ALL, 100] {
            let mut backwards: Vec<Message> = Vec::new();
            let mut forwards: Vec<Message> = Vec::new();
            let mut page = alice.history_by(&chat, &format!("limit={limit}")).await;
            loop {
                is_a_page(&page, limit);
                backwards.splice(0..0, page.messages);
                let Some(next) = page.next else { break };
                page = alice.history_by(&chat, &format!("limit={limit}&before={next}")).await;
            }
            let mut page = alice.history_by(&chat, &format!("limit={limit}&after=0")).await;
            loop {
                is_a_page(&page, limit);
                forwards.extend(page.messages);
                let Some(next) = page.next else { break };
                page = alice.history_by(&chat, &format!("limit={limit}&after={next}")).await;
            }
            assert_eq!((&backwards, &forwards), (&all, &all), "{limit} in a page");
        }
    }
}

both_ways! {
    async fn a_page_around_a_position_goes_on_to_both_sides(world: &mut World) {
        let (alice, chat) = long_chat(world).await;
        let all = alice.history_by(&chat, "limit=100").await.messages;
        let end = alice.position(&chat).await;
        for limit in [1, 5, 8, 100] {
            for around in 0..=end + 2 {
                let page = alice.history_by(&chat, &format!("limit={limit}&around={around}")).await;
                is_a_page(&page, limit);
                let (up_to, after) = sides(&page, around);
                let all_up_to = all.iter().filter(|message| message.seq.0 <= around).count();
                let all_after = ALL - all_up_to;
                if limit > 1 {
                    // About half on each side, as far as there are so many.
                    let half = limit / 2;
                    assert!(up_to + 1 >= half.min(all_up_to), "{up_to} are not about half of {limit} around {around}");
                    assert!(after + 1 >= half.min(all_after), "{after} are not about half of {limit} around {around}");
                }
                let mut walked = page.messages;
                let mut previous = page.previous;
                while let Some(before) = previous {
                    let page = alice.history_by(&chat, &format!("limit={limit}&before={before}")).await;
                    walked.splice(0..0, page.messages);
                    previous = page.next;
                }
                let mut next = page.next;
                while let Some(after) = next {
                    let page = alice.history_by(&chat, &format!("limit={limit}&after={after}")).await;
                    walked.extend(page.messages);
                    next = page.next;
                }
                assert_eq!(walked, all, "{limit} around {around}");
            }
        }
    }
}

both_ways! {
    async fn the_message_one_asks_around_is_in_the_page(world: &mut World) {
        let (alice, chat) = long_chat(world).await;
        for message in alice.history(&chat).await {
            for limit in [1, 2, 3, 10] {
                let page = alice.history_by(&chat, &format!("limit={limit}&around={}", message.seq)).await;
                assert!(page.messages.contains(&message), "{limit} around {}: {page:?}", message.seq);
            }
        }
    }
}

both_ways! {
    async fn a_page_of_an_empty_chat_is_empty_wherever_one_asks(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        for query in ["", "before=0", "before=5", "after=0", "after=5", "around=0", "around=5"] {
            let page = alice.history_by(&chat, query).await;
            assert!(page.messages.is_empty() && page.answered.is_empty(), "{query}: {page:?}");
            assert_eq!((page.next, page.previous), (None, None), "{query}");
            assert_eq!(page.seq, Seq(alice.position(&chat).await));
        }
    }
}

/// Messages with other events in between, some of them edited, some deleted.
async fn long_chat(world: &chatire_tests::World) -> (Person, Chat) {
    let alice = world.signs_up("alice").await;
    let chat = alice.starts_a_chat().await;
    for n in 0..ALL {
        let sent = alice.says(&format!("message {n}")).in_chat(&chat).await;
        match n % 8 {
            2 => drop(alice.edits(&sent, &format!("message {n}, edited")).await),
            4 => alice.deletes(&sent).await,
            6 => alice.reacts("👍", &sent).await,
            _ => {}
        }
    }
    (alice, chat)
}

/// In order, and not too many.
fn is_a_page(page: &History, limit: usize) {
    assert!(page.messages.len() <= limit, "more than {limit}: {page:?}");
    assert!(page.messages.windows(2).all(|pair| pair[0].seq < pair[1].seq), "not in order: {page:?}");
}

/// How many are up to a position, and how many are after it.
fn sides(page: &History, seq: i64) -> (usize, usize) {
    let up_to = page.messages.iter().filter(|message| message.seq.0 <= seq).count();
    (up_to, page.messages.len() - up_to)
}
