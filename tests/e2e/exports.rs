//! What is known of somebody, or of a chat, as the operator hands it out.

use chatire_tests::{PASSWORD, Part, Replica, Way, World, both_ways};
use serde_json::Value;

use crate::commands::{printed, refused};
use crate::pair::Pair;

/// More than is read in one go.
const MANY: usize = 510;

both_ways! {
    async fn everything_that_is_known_of_somebody_is_in_the_export(world: &mut World) {
        let Pair { alice, bob, chat, .. } = Pair::in_a_chat(world).await;
        let phone_session = alice.signs_in_again().await.session().await;
        let left = bob.starts_a_chat_called("left behind").await;
        alice.joins(&left).await;
        let said_there = alice.says("said before leaving").in_chat(&left).await;
        alice.leaves(&left).await;
        let edited = alice.says("at first").in_chat(&chat).await;
        alice.edits(&edited, "later").await;
        for n in 2..MANY {
            alice.says(&format!("number {n}")).in_chat(&chat).await;
        }
        bob.says("what others say is theirs").in_chat(&chat).await;

        let all = export_of_user(world, alice.name()).await;
        let account = &all["account"];
        assert_eq!((&account["id"], account["username"].as_str()), (&alice.id().0.into(), Some(alice.name())));
        let sessions = all["sessions"].as_array().expect("a list");
        assert_eq!(sessions.len(), 2);
        assert!(sessions.iter().any(|session| session["id"] == phone_session.to_string()), "{sessions:?}");
        assert_eq!(all["names"]["username"], alice.name());
        let chats = all["chats"].as_array().expect("a list");
        assert_eq!(chats.iter().map(|chat| chat["uri"].clone()).collect::<Vec<_>>(), [chat.uri.to_string()]);
        let messages = all["messages"].as_array().expect("a list");
        assert_eq!(messages.len(), MANY, "also of the chat that was left");
        assert_eq!((&messages[0]["id"], &messages[0]["message"]), (&said_there.id.0.into(), &"said before leaving".into()));
        assert_eq!((&messages[1]["message"], &messages[1]["earlier"][0]["message"]), (&"later".into(), &"at first".into()));
        let text = all.to_string();
        for secret in ["argon2", PASSWORD, "what others say", alice.refresh_cookie()] {
            assert!(!text.contains(secret), "{secret} is in the export");
        }
        let parts: &[Part] = if world.way() == Way::Cluster { &[Part::Auth, Part::Api(Replica::Second)] } else { &[Part::Auth] };
        for part in parts {
            assert!(refused(world, *part, &["export", "user", "nobody-at-all"]).await.contains("no user"));
        }
    }
}

both_ways! {
    async fn everything_of_a_chat_is_in_its_export(world: &mut World) {
        let Pair { alice, bob, chat, .. } = Pair::in_a_chat(world).await;
        let carol = world.signs_up("carol").await;
        carol.joins(&chat).await;
        alice.bans(&carol, &chat).await;
        let first = alice.says(&format!("hello @{}", bob.name())).in_chat(&chat).await;
        bob.reacts("👍", &first).await;
        for n in 1..MANY {
            bob.says(&format!("number {n}")).in_chat(&chat).await;
        }
        let part = Part::Api(Replica::Second);
        let all: Value = read(&printed(world, part, &["export", "chat", &chat.uri.to_string()]).await);
        assert_eq!((&all["chat"]["uri"], &all["chat"]["seq"]), (&chat.uri.to_string().into(), &alice.position(&chat).await.into()));
        let names = |list: &str| -> Vec<Value> {
            all[list].as_array().expect("a list").iter().map(|one| one["user"]["username"].clone()).collect()
        };
        assert_eq!((names("members"), names("bans")), (vec![alice.name().into(), bob.name().into()], vec![carol.name().into()]));
        let seqs: Vec<i64> = all["messages"].as_array().expect("a list").iter().filter_map(|m| m["seq"].as_i64()).collect();
        let history: Vec<i64> = alice.history(&chat).await.iter().map(|message| message.seq.0).collect();
        assert_eq!((seqs.len(), seqs), (MANY, history));
        assert_eq!(all["messages"][0]["reactions"][0]["emoji"], "👍");
        assert_eq!(all["messages"][0]["mentions"][0]["username"], bob.name());
        assert!(refused(world, part, &["export", "chat", "abcdefghijklmno"]).await.contains("no chat"));
    }
}

/// In a cluster each service has its part.
async fn export_of_user(world: &mut World, name: &str) -> Value {
    let mut all = read(&printed(world, Part::Auth, &["export", "user", name]).await);
    if world.way() == Way::Cluster {
        let of_chats = read(&printed(world, Part::Api(Replica::First), &["export", "user", name]).await);
        let parts = of_chats.as_object().expect("an object").clone();
        all.as_object_mut().expect("an object").extend(parts);
    }
    all
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}
