//! Who reads slowly costs nobody but themselves.

use chatire_tests::{Gateway, Service, assert_gapless, both_ways};

/// Each of this many messages has the size of the largest there may be: far more than the queue and all buffers hold.
const MANY: usize = 400;

both_ways! {
    in |plan| plan.with(Service::Gateway, "SOCKETS__QUEUE_BYTES", "200000"),
    async fn a_reader_that_is_too_slow_is_sent_away_and_resumes_without_loss(world: &mut World) {
        let (alice, bob, carol) =
            (world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("carol").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        carol.joins(&chat).await;
        let start = alice.position(&chat).await;
        let slow = bob.connects_with_small_buffers(Gateway::First).await;
        let others = [carol.connects(Gateway::First).await, carol.connects(Gateway::Second).await];
        slow.stops_reading();

        let text = "👩".repeat(4_000);
        let mut end = alice.says(&text).in_chat(&chat).await.seq;
        for _ in 1..MANY {
            end = alice.says(&text).in_chat(&chat).await.seq;
        }
        for socket in &others {
            socket.hears(&chat, end).await;
            assert_gapless(&socket.events_of(&chat), start + 1..=end.0);
        }

        slow.reads_again();
        let closed = slow.ends().await;
        assert!(matches!(closed.code, Some(4408) | None), "{closed:?}");
        let mut heard = slow.events_of(&chat);
        assert!(heard.len() < MANY, "nothing was too slow here");
        let last = heard.last().map_or(start, |event| event.seq.0);
        let back = bob.connects_after(Gateway::Second, &[(&chat, last)]).await;
        back.hears(&chat, end).await;
        heard.extend(back.events_of(&chat));
        assert_gapless(&heard, start + 1..=end.0);
    }
}
