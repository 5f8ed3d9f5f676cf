//! Read marks as they move.

use chatire_tests::{Gateway, Replica, both_ways, eventually};
use serde_json::json;
use shared_proto::Seq;

both_ways! {
    async fn a_mark_that_moves_is_stored_and_seen_where_one_looks_and_on_ones_own_devices(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let (looks, elsewhere) = (alice.connects(Gateway::First).await, alice.connects(Gateway::First).await);
        looks.looks_at(&chat).await;
        let (phone, laptop) = (bob.connects(Gateway::First).await, bob.connects(Gateway::Second).await);
        let sent = alice.says("read this").in_chat(&chat).await;

        phone.reads_up_to(&chat, sent.seq).await;
        looks.sees_read(&bob, &chat, sent.seq).await;
        laptop.sees_read(&bob, &chat, sent.seq).await;
        assert_eq!(bob.over(Replica::Second).read_mark(&chat).await, sent.seq);

        // Over HTTP it is the same.
        let next = alice.says("and this").in_chat(&chat).await;
        bob.client().call("PUT", &chat.path("read/")).json(json!({"seq": next.seq})).answer().await.expect(200);
        looks.sees_read(&bob, &chat, next.seq).await;
        laptop.sees_read(&bob, &chat, next.seq).await;

        elsewhere.hears(&chat, next.seq).await;
        elsewhere.pings().await;
        assert!(elsewhere.seen().marks_of(&chat).iter().all(|mark| mark.user != bob.id()), "it does not look");
    }
}

both_ways! {
    async fn a_mark_never_goes_back_nor_beyond_the_end_and_strangers_have_none(world: &mut World) {
        let (alice, bob, eve) =
            (world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("eve").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let looks = alice.connects(Gateway::First).await;
        looks.looks_at(&chat).await;
        let (his, of_eve) = (bob.connects(Gateway::Second).await, eve.connects(Gateway::Second).await);
        let first = alice.says("one").in_chat(&chat).await;
        let last = alice.says("two").in_chat(&chat).await;

        of_eve.reads_up_to(&chat, last.seq).await;
        his.reads_up_to(&chat, Seq(last.seq.0 + 1_000)).await;
        looks.sees_read(&bob, &chat, last.seq).await;
        his.reads_up_to(&chat, first.seq).await;
        his.reads_up_to(&chat, Seq(-7)).await;
        // What was passed on before has come to chat-api when this has.
        let third = alice.says("three").in_chat(&chat).await;
        his.reads_up_to(&chat, third.seq).await;
        looks.sees_read(&bob, &chat, third.seq).await;
        let marks = looks.seen().marks_of(&chat);
        assert!(marks.iter().all(|mark| mark.user != eve.id()), "{marks:?}");
        let his_marks: Vec<Seq> = marks.iter().filter(|mark| mark.user == bob.id()).map(|mark| mark.seq).collect();
        assert_eq!(his_marks, [last.seq, third.seq]);
        eventually("the mark is stored", chatire_tests::PATIENCE, async || {
            (bob.read_mark(&chat).await == third.seq).then_some(())
        })
        .await;
    }
}
