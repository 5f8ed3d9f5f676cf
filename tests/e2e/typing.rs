//! Who is writing: seen where one looks, and by members only.

use std::time::Duration;

use chatire_tests::{Chat, Gateway, Person, Socket, both_ways};
use tokio::time::interval;

both_ways! {
    async fn whoever_looks_sees_who_is_writing(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let hers = alice.connects(Gateway::First).await;
        let (looks, elsewhere) = (bob.connects(Gateway::Second).await, bob.connects(Gateway::Second).await);
        let own = alice.connects(Gateway::Second).await;
        looks.looks_at(&chat).await;
        own.looks_at(&chat).await;

        types_until_seen(&alice, &hers, &looks, &chat).await;

        let after = alice.says("done").in_chat(&chat).await;
        for socket in [&elsewhere, &own] {
            socket.hears(&chat, after.seq).await;
            assert!(!socket.seen().has_typed(&alice, &chat), "one looks elsewhere, the other is her own");
        }
    }
}

both_ways! {
    async fn nobody_is_seen_writing_in_a_chat_they_are_not_in(world: &mut World) {
        let (alice, bob, eve) =
            (world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("eve").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let (hers, his, of_eve) =
            (alice.connects(Gateway::First).await, bob.connects(Gateway::First).await, eve.connects(Gateway::First).await);
        his.looks_at(&chat).await;
        of_eve.focuses(Some(&chat)).await;
        of_eve.types_in(&chat).await;
        of_eve.pings().await;

        types_until_seen(&alice, &hers, &his, &chat).await;
        let after = alice.says("done").in_chat(&chat).await;
        his.hears(&chat, after.seq).await;
        of_eve.pings().await;
        assert!(!his.seen().has_typed(&eve, &chat), "she is not a member");
        assert!(!of_eve.seen().has_typed(&alice, &chat), "she sees nothing of it");
        assert_eq!(of_eve.seen().count("presence"), 0);
    }
}

/// As clients do: again and again while somebody writes.
async fn types_until_seen(person: &Person, writes: &Socket, looks: &Socket, chat: &Chat) {
    let mut keys = interval(Duration::from_millis(100));
    let typing = async {
        loop {
            keys.tick().await;
            writes.types_in(chat).await;
        }
    };
    tokio::select! {
        () = looks.sees_typing(person, chat) => {}
        () = typing => {}
    }
}
