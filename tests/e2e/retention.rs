//! Messages that were kept for as long as the operator wants them go, while people talk on: nothing of them is left to be
//! found, and nobody finds a gap.

use std::time::Duration;

use chatire_tests::{
    Chat, Gateway, PATIENCE, Part, Person, Replica, Sent, Service, assert_gapless, both_ways, eventually,
};
use shared_proto::{ErrorCode, Seq};
use tokio::task::JoinSet;

use crate::commands::{printed, refused};
use crate::pair::Pair;
use crate::talk::Talk;

const API: Part = Part::Api(Replica::First);
/// Stands in everything that is to be forgotten.
const OLD: &str = "zzostrich";
/// More than the steps of one round take at once.
const MANY: usize = 230;
const GONE_WITHIN: Duration = Duration::from_secs(30);

both_ways! {
    in |plan| plan.with(Service::Api, "RETENTION__EVERY_SECONDS", "1"),
    async fn what_a_chat_keeps_for_some_days_is_gone_after_that_with_everything_that_belongs_to_it(world: &mut World) {
        let Pair { alice, bob, chat, .. } = Pair::in_a_chat(world).await;
        let start = bob.position(&chat).await;
        let other = alice.starts_a_chat().await;
        let kept_there = alice.says(&format!("{OLD} stays")).in_chat(&other).await;
        let first = alice.says(&format!("{OLD} for @{}", bob.name())).in_chat(&chat).await;
        alice.edits(&first, &format!("{OLD} once more for @{}", bob.name())).await;
        bob.reacts("👍", &first).await;
        let deleted = alice.says(&format!("{OLD} not said")).in_chat(&chat).await;
        alice.deletes(&deleted).await;
        let old = says_many(&alice, &chat).await;
        let answer = bob.says("zzheron answers").in_reply_to(&first).in_chat(&chat).await;
        let last = alice.says("zzheron stays").in_chat(&chat).await;
        world.ages(&chat, old.seq, 31);
        world.ages(&other, kept_there.seq, 31);

        let uri = chat.uri.to_string();
        assert!(printed(world, API, &["retention", "set", &uri, "30"]).await.contains("for 30 days"));
        let left = history_shrinks_to(&alice, &chat, 2).await;
        assert_eq!(left, [answer.id, last.id]);
        for person in [&alice, &bob].map(|person| person.over(Replica::Second)) {
            assert_eq!(person.searches_in(&chat, OLD).await.hits, []);
            assert_eq!(person.searches("zzheron").await.hits.len(), 2);
            let seen = person.looks_at(&chat).await;
            assert_eq!(seen.last_message.expect("the newest one is there").id, last.id);
            person.reads(&first).is_refused(404, ErrorCode::MessageNotFound).await;
            person.reacts("👍", &first).is_refused(404, ErrorCode::MessageNotFound).await;
            let quoted = person.history_by(&chat, "limit=100").await;
            assert_eq!((quoted.messages[0].reply_to, quoted.answered.len(), quoted.next), (Some(first.id), 0, None));
        }
        alice.edits(&first, "again").is_refused(404, ErrorCode::MessageNotFound).await;
        let unread = bob.looks_at(&chat).await;
        assert_eq!((unread.unread, unread.mentions), (1, 0), "what is gone is not unread");

        // Whoever comes back from before all that gets every event, and none says anything of it.
        assert_gapless(&bob.events(&chat, start).await, start + 1..=last.seq.0);
        let page = bob.client().get(&chat.path(&format!("events/?after={start}"))).await;
        assert!(page.text.contains("message.created") && !page.text.contains(OLD), "{}", page.text);
        let socket = bob.connects_after(Gateway::Second, &[(&chat, start)]).await;
        socket.hears(&chat, last.seq).await;
        assert_gapless(&socket.events_of(&chat), start + 1..=last.seq.0);
        assert!(!socket.seen().frames.iter().any(|frame| frame.json.to_string().contains(OLD)));

        // Everything may go; the chat goes on where it was.
        world.ages(&chat, last.seq, 31);
        history_shrinks_to(&bob, &chat, 0).await;
        assert_eq!(bob.looks_at(&chat).await.last_message, None);
        assert_eq!(bob.looks_at(&chat).await.unread, 0);
        let next = bob.says("a new beginning").in_chat(&chat).await;
        assert_eq!(next.seq, last.seq.next());
        assert_eq!(alice.history(&other).await.len(), 1, "another chat has no such rule");

        assert!(printed(world, API, &["retention", "list"]).await.contains(&format!("{uri}  for 30 days")));
        assert!(printed(world, API, &["retention", "clear", &uri]).await.contains("for good"));
        assert!(!printed(world, API, &["retention", "list"]).await.contains(&uri));
    }
}

both_ways! {
    in |plan| plan.with(Service::Api, "RETENTION__EVERY_SECONDS", "1").with(Service::Api, "RETENTION__DAYS", "7"),
    async fn old_messages_of_all_chats_go_while_people_talk_and_nobody_notices(world: &mut World) {
        let Pair { alice, bob, chat, near, far } = Pair::in_a_chat(world).await;
        let forever = alice.starts_a_chat().await;
        let kept = alice.says("for good").in_chat(&forever).await;
        let uri = forever.uri.to_string();
        printed(world, API, &["retention", "set", &uri, "forever"]).await;
        world.ages(&forever, kept.seq, 400);
        let start = alice.position(&chat).await;
        let old = says_many(&alice, &chat).await;

        let talk = Talk::in_chat(&chat);
        let mut senders = JoinSet::new();
        for (n, person) in [alice.over(Replica::First), bob.over(Replica::Second)].into_iter().enumerate() {
            senders.spawn(talks_on(person, chat.clone(), talk.clone(), n));
        }
        talk.goes_on(10, "before").await;
        world.ages(&chat, old.seq, 8);
        eventually("the old ones are gone", GONE_WITHIN, async || {
            let oldest = alice.history_by(&chat, "after=0&limit=1").await.messages;
            (oldest[0].seq > old.seq).then_some(())
        }).await;
        talk.goes_on(10, "after").await;
        talk.ends();
        let sent = senders.join_all().await.concat();
        let end = old.seq.0 + sent.len() as i64;
        let history = bob.history(&chat).await;
        assert_eq!(history.iter().map(|m| m.seq.0).collect::<Vec<_>>(), (old.seq.0 + 1..=end).collect::<Vec<_>>());
        for socket in [near, far] {
            socket.hears(&chat, Seq(end)).await;
            assert_gapless(&socket.events_of(&chat), start + 1..=end);
        }
        assert_eq!(alice.history(&forever).await.len(), 1);
    }
}

both_ways! {
    async fn the_operator_has_old_messages_deleted_at_once(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let (chat, other) = (alice.starts_a_chat().await, alice.starts_a_chat().await);
        for chat in [&chat, &other] {
            for n in 0..3 {
                // The first one is 30 days old in the end, the last one 10.
                let said = alice.says(&format!("{n}")).in_chat(chat).await;
                world.ages(chat, said.seq, 10);
            }
            alice.says("new").in_chat(chat).await;
        }
        let (uri, rule) = (chat.uri.to_string(), other.uri.to_string());
        assert!(printed(world, API, &["retention", "run"]).await.starts_with("0 messages"), "all is kept for good");
        assert!(printed(world, API, &["retention", "run", "--chat", &uri, "--days", "15"]).await.starts_with("2 messages"));
        assert!(printed(world, API, &["retention", "run", "--chat", &uri, "--days", "9"]).await.starts_with("1 messages"));
        assert_eq!((alice.history(&chat).await.len(), alice.history(&other).await.len()), (1, 4));
        printed(world, API, &["retention", "set", &rule, "15"]).await;
        assert!(printed(world, API, &["retention", "run", "--days", "9"]).await.starts_with("2 messages"), "it has its rule");

        assert!(refused(world, API, &["retention", "set", "abcdefghijklmno", "5"]).await.contains("no chat"));
        assert!(refused(world, API, &["retention", "set", &uri, "0"]).await.contains("forever"));
        assert!(refused(world, API, &["retention", "run", "--chat", &uri]).await.contains("--days"));
    }
}

/// Returns the last one.
async fn says_many(person: &Person, chat: &Chat) -> Sent {
    let mut last = None;
    for n in 0..MANY {
        last = Some(person.says(&format!("{OLD} {n}")).in_chat(chat).await);
    }
    last.expect("many")
}

/// Each is acknowledged at the first try.
async fn talks_on(person: Person, chat: Chat, talk: Talk, who: usize) -> Vec<Sent> {
    let mut sent = Vec::new();
    while !talk.is_over() {
        sent.push(person.says(&format!("{who} says {}", sent.len())).in_chat(&chat).await);
        talk.took_one().await;
    }
    sent
}

/// Returns what is left.
async fn history_shrinks_to(person: &Person, chat: &Chat, count: usize) -> Vec<shared_proto::MessageId> {
    eventually("the old ones are gone", GONE_WITHIN.max(PATIENCE), async || {
        let left = person.history(chat).await;
        (left.len() == count).then(|| left.iter().map(|message| message.id).collect())
    })
    .await
}
