//! Changing and taking back what one said.

use chatire_tests::{Gateway, Replica, Sent, both_ways};
use serde_json::json;
use shared_proto::ErrorCode::{Forbidden, MessageNotFound, ValidationFailed};
use shared_proto::MessageId;
use shared_proto::event::{Event, EventFrame};
use shared_proto::messages::MessageSent;

use crate::pair::{Pair, newest_event, text};

both_ways! {
    async fn an_edit_is_told_to_everybody_and_stands_in_history(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let sent = alice.says("frist").in_chat(chat).await;

        for (replica, better) in [(Replica::First, "first"), (Replica::Second, "first of all")] {
            let before = pair.position().await;
            let edited = alice.over(replica).edits(&sent, better).await;
            assert_eq!((edited.id, edited.seq, edited.text()), (sent.id, sent.seq, Some(better)));
            assert!(edited.edited_at.is_some_and(|at| at >= edited.at), "{edited:?}");
            assert_eq!(edited.client_id.as_ref().map(|id| id.as_str()), Some(sent.client_id.as_str()));
            let expected = Event::MessageEdited { id: sent.id, of: sent.seq, message: text(better), mentions: vec![] };
            assert_eq!(pair.news().await, expected);
            assert_eq!(pair.position().await, before + 1, "an edit is one event");
            assert_eq!(bob.reads(&sent).await, edited);
            assert_eq!(bob.history(chat).await.pop().as_ref(), Some(&edited));
            assert_eq!(bob.looks_at(chat).await.last_message, Some(edited));
        }
    }
}

both_ways! {
    async fn the_same_text_again_is_no_edit(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let sent = pair.alice.says("caf\u{e9}").in_chat(&pair.chat).await;
        for same in ["caf\u{e9}", "cafe\u{301}"] {
            let message = pair.alice.edits(&sent, same).await;
            assert_eq!((message.text(), message.edited_at), (Some("caf\u{e9}"), None));
        }
        assert_eq!(pair.position().await, sent.seq.0, "nothing has happened");
    }
}

both_ways! {
    async fn a_deleted_message_keeps_its_place_and_says_nothing(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let first = alice.says("first").in_chat(chat).await;
        let own = bob.says(&format!("mine, @{}", alice.name())).in_chat(chat).await;
        let foreign = bob.says("not nice").in_chat(chat).await;
        alice.reacts("👍", &own).await;

        for (sent, deleter) in [(&own, bob), (&foreign, alice)] {
            let before = pair.position().await;
            deleter.deletes(sent).await;
            let by = deleter.seen_by_others();
            assert_eq!(pair.news().await, Event::MessageDeleted { id: sent.id, of: sent.seq, by });
            deleter.deletes(sent).await;
            assert_eq!(pair.position().await, before + 1, "a message is deleted once");
        }
        let history = alice.history(chat).await;
        assert_eq!(history.iter().map(|m| m.id).collect::<Vec<_>>(), [first.id, own.id, foreign.id]);
        assert_eq!(history[0].text(), Some("first"));
        for stone in &history[1..] {
            assert_eq!((stone.text(), &stone.user), (None, &bob.seen_by_others()));
            assert!(stone.deleted_at.is_some_and(|at| at >= stone.at), "{stone:?}");
            assert_eq!((&stone.mentions, &stone.reactions), (&vec![], &vec![]));
        }
        bob.edits(&own, "it was nice").is_refused(404, MessageNotFound).await;
        alice.reacts("👍", &own).is_refused(404, MessageNotFound).await;
    }
}

both_ways! {
    async fn only_messages_of_the_chat_in_the_address_are_found(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let elsewhere = pair.alice.starts_a_chat().await;
        let sent = pair.alice.says("here").in_chat(&pair.chat).await;
        let strange = [
            Sent { chat: elsewhere.clone(), ..sent.clone() },
            Sent { id: MessageId(sent.id.0 + 1_000), ..sent.clone() },
            Sent { id: MessageId(0), ..sent.clone() },
            Sent { id: MessageId(-sent.id.0), ..sent.clone() },
        ];
        for strange in &strange {
            pair.alice.reads(strange).is_refused(404, MessageNotFound).await;
            pair.alice.edits(strange, "there").is_refused(404, MessageNotFound).await;
            pair.alice.deletes(strange).is_refused(404, MessageNotFound).await;
            pair.alice.reacts("👍", strange).is_refused(404, MessageNotFound).await;
        }
        assert_eq!(pair.alice.reads(&sent).await.text(), Some("here"));
        assert_eq!(pair.position().await, sent.seq.0);
    }
}

both_ways! {
    async fn an_edit_has_the_limits_of_a_message(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let sent = pair.alice.says("short").in_chat(&pair.chat).await;
        for bad in ["", " \n", "nul\0", &"x".repeat(4_001), &"👩".repeat(4_001)] {
            pair.alice.edits(&sent, bad).is_refused(400, ValidationFailed).await;
        }
        let longest = "👩".repeat(4_000);
        pair.alice.edits(&sent, &longest).await;
        let expected = Event::MessageEdited { id: sent.id, of: sent.seq, message: text(&longest), mentions: vec![] };
        assert_eq!(pair.news().await, expected);
    }
}

both_ways! {
    async fn not_even_the_owner_changes_what_others_said(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let sent = pair.bob.says("my words").in_chat(&pair.chat).await;
        pair.alice.edits(&sent, "your words").is_refused(403, Forbidden).await;
        assert_eq!(pair.alice.reads(&sent).await.text(), Some("my words"));
    }
}

both_ways! {
    async fn a_retry_of_what_was_edited_or_deleted_meanwhile_says_nothing_new(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let (edited, deleted) =
            (pair.alice.says("one").in_chat(&pair.chat).await, pair.alice.says("two").in_chat(&pair.chat).await);
        pair.alice.edits(&edited, "uno").await;
        pair.alice.deletes(&deleted).await;
        let before = pair.position().await;
        for (first, words) in [(&edited, "one"), (&deleted, "two")] {
            let again = pair.alice.says(words).as_client_id(&first.client_id);
            let again: MessageSent = again.answer_in(&pair.chat).await.expect(200).read();
            assert_eq!((again.id, again.seq), (first.id, first.seq));
            let again = pair.near.says(words).as_client_id(&first.client_id).in_chat(&pair.chat).await;
            assert_eq!(again.id, first.id);
        }
        assert_eq!(pair.position().await, before);
        let texts: Vec<_> = pair.bob.history(&pair.chat).await.iter().map(|m| m.text().map(str::to_owned)).collect();
        assert_eq!(texts, [Some("uno".to_owned()), None]);
    }
}

both_ways! {
    async fn edits_and_deletions_at_the_same_moment_end_in_what_the_last_event_says(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, chat, .. } = &pair;
        let (edited, deleted) = (alice.says("0").in_chat(chat).await, alice.says("0").in_chat(chat).await);
        let mut tries = tokio::task::JoinSet::new();
        for n in 1..=8 {
            for sent in [&edited, &deleted] {
                let (alice, sent) = (alice.over(Replica::ALL[n % 2]), sent.clone());
                tries.spawn(async move { alice.edits(&sent, &n.to_string()).answer().await });
            }
        }
        let (deleter, taken_back) = (alice.clone(), deleted.clone());
        tries.spawn(async move { deleter.deletes(&taken_back).answer().await });
        for answer in tries.join_all().await {
            assert!(matches!(answer.status, 200 | 204) || answer.problem().code == MessageNotFound, "{answer:?}");
        }

        newest_event(alice, chat, &[&pair.near, &pair.far]).await;
        let heard = pair.far.events_of(chat);
        let last = heard.iter().rev().find_map(|event| match &event.event {
            Event::MessageEdited { id, message, .. } if *id == edited.id => Some(message.clone()),
            _ => None,
        });
        assert_eq!(Some(alice.reads(&edited).await.message), last);
        let of_deleted = |event: &&EventFrame| json!(event.event)["data"]["id"] == json!(deleted.id);
        let last = heard.iter().rfind(of_deleted).expect("it has come");
        assert!(matches!(last.event, Event::MessageDeleted { .. }), "nothing comes after a deletion: {last:?}");
        chatire_tests::assert_gapless(&heard, edited.seq.0..=pair.position().await);
    }
}

both_ways! {
    async fn what_was_edited_away_or_deleted_is_nowhere_any_more(world: &mut World) {
        let pair = Pair::in_a_chat(world).await;
        let Pair { alice, bob, chat, .. } = &pair;
        let start = pair.position().await;
        let (hot, warm, gone) = ("zzhot", "zzwarm", "zzgone");
        let edited = alice.says(&format!("{hot} @{}", bob.name())).in_chat(chat).await;
        let reply = bob.says("really?").in_reply_to(&edited).in_chat(chat).await;
        let deleted = alice.says(gone).in_chat(chat).await;
        let edited_and_deleted = alice.says(hot).in_chat(chat).await;
        bob.says("to that too").in_reply_to(&deleted).in_chat(chat).await;
        alice.edits(&edited, warm).await;
        alice.edits(&edited, "cold").await;
        alice.edits(&edited_and_deleted, warm).await;
        alice.deletes(&deleted).await;
        alice.deletes(&edited_and_deleted).await;

        let mut told = Vec::new();
        for replica in Replica::ALL {
            let bob = bob.over(replica);
            let paths = [
                "".to_owned(),
                "messages/".into(),
                "messages/?after=0".into(),
                format!("messages/?before={}", reply.seq.0 + 1),
                // Without the answered ones, which come along.
                format!("messages/?after={}&limit=1", reply.seq.0 - 1),
                format!("messages/?around={}", deleted.seq),
                format!("messages/{}/", edited.id),
                format!("messages/{}/", deleted.id),
                "events/?after=0".into(),
                format!("events/?after={}", reply.seq),
            ];
            for path in paths {
                told.push((path.clone(), bob.client().get(&chat.path(&path)).await.text));
            }
            told.push(("the list".into(), bob.client().get("/api/chats/").await.expect(200).text));
            for word in [hot, warm, gone] {
                assert_eq!(bob.searches(word).await.hits, [], "{word} is found");
                assert_eq!(bob.searches_in(chat, word).await.hits, [], "{word} is found");
            }
            assert_eq!(bob.searches("cold").await.hits.len(), 1);
        }
        let end = pair.position().await;
        for gateway in Gateway::ALL {
            for after in [0, start, edited.seq.0, deleted.seq.0] {
                let socket = bob.connects_after(gateway, &[(chat, after)]).await;
                socket.hears(chat, shared_proto::Seq(end)).await;
                chatire_tests::assert_gapless(&socket.events_of(chat), after + 1..=end);
                let frames = socket.seen().frames.into_iter().map(|frame| (format!("{gateway:?}"), frame.text));
                told.extend(frames);
            }
        }
        for (place, text) in &told {
            for word in [hot, warm, gone] {
                assert!(!text.contains(word), "{place}: {text}");
            }
        }
        // What catches up sees what each says now.
        for event in bob.events(chat, start).await {
            match event.event {
                Event::MessageCreated(m) if m.id == edited.id => {
                    assert_eq!((m.text(), &m.mentions), (Some("cold"), &vec![]));
                }
                Event::MessageCreated(m) if [deleted.id, edited_and_deleted.id].contains(&m.id) => {
                    assert_eq!(m.text(), None);
                }
                Event::MessageEdited { id, message, .. } if id == edited.id => assert_eq!(message, text("cold")),
                Event::MessageEdited { message, .. } => assert_eq!(message, None),
                _ => {}
            }
        }
    }
}
