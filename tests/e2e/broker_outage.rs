//! Without its broker the cluster takes messages; with it again, everybody gets every one of them.

use std::collections::BTreeSet;
use std::time::Duration;

use chatire_tests::{Chat, Gateway, Part, Person, Replica, Sent, Socket, World, assert_gapless, cluster_only};
use shared_proto::Seq;
use tokio::task::JoinSet;

use crate::talk::Talk;

/// How many messages of all senders must get through in each phase.
const ENOUGH: usize = 40;
/// After an outage of some seconds a process may wait this long before it tries the broker again.
const HEALED_WITHIN: Duration = Duration::from_secs(40);

cluster_only! {
    in |plan| plan.with_own_broker(),
    async fn killing_the_broker_while_people_send_delays_messages_and_loses_none(world: &mut World) {
        everybody_hears_everything(world, |world| world.start_broker_again()).await;
    }
}

cluster_only! {
    in |plan| plan.with_own_broker(),
    async fn a_broker_that_is_lost_for_good_is_replaced_by_an_empty_one_and_no_message_is_lost(world: &mut World) {
        everybody_hears_everything(world, |world| world.broker().replace_by_an_empty_one()).await;
        // A second time, without having noticed that the first one was away.
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let socket = bob.connects(Gateway::Second).await;
        let start = bob.position(&chat).await;
        world.broker().replace_by_an_empty_one();
        let said = alice.says("to the new one").in_chat(&chat).await;
        socket.until_within(HEALED_WITHIN, "what was said", |seen| {
            seen.frames.iter().any(|frame| frame.json["seq"] == said.seq.0 && frame.kind() == "event").then_some(())
        }).await;
        assert_gapless(&socket.events_of(&chat), start + 1..=said.seq.0);
    }
}

/// While the broker works, while it is killed, and when `back` has brought one back, people talk and listen.
async fn everybody_hears_everything(world: &mut World, back: impl FnOnce(&World)) {
    let (alice, bob, carol) =
        (world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("carol").await);
    let chat = alice.starts_a_chat().await;
    bob.joins(&chat).await;
    carol.joins(&chat).await;
    let start = alice.position(&chat).await;
    let listeners = [carol.connects(Gateway::First).await, carol.connects(Gateway::Second).await];

    let talk = Talk::in_chat(&chat);
    let mut senders = JoinSet::new();
    for replica in Replica::ALL {
        senders.spawn(talks_over_http(alice.over(replica), chat.clone(), talk.clone()));
    }
    for gateway in Gateway::ALL {
        senders.spawn(talks_over(bob.connects(gateway).await, chat.clone(), talk.clone()));
    }
    talk.goes_on(ENOUGH, "with the broker").await;
    world.kill_broker();
    talk.goes_on(ENOUGH, "without the broker").await;
    back(world);
    talk.goes_on(ENOUGH, "with the broker again").await;
    talk.ends();
    let sent = senders.join_all().await.concat();
    let end = start + sent.len() as i64;

    let acknowledged: BTreeSet<i64> = sent.iter().map(|sent| sent.seq.0).collect();
    assert_eq!(acknowledged, (start + 1..=end).collect(), "each has a place of its own");
    for socket in &listeners {
        socket
            .until_within(HEALED_WITHIN, &format!("event {end}"), |seen| {
                seen.frames.iter().rev().any(|frame| frame.json["seq"] == end && frame.kind() == "event").then_some(())
            })
            .await;
        assert_gapless(&socket.events_of(&chat), start + 1..=end);
        assert!(socket.seen().closed.is_none(), "the sockets stay");
    }
    let live = alice.says("as before").in_chat(&chat).await;
    for socket in &listeners {
        socket.hears(&chat, live.seq).await;
    }
}

cluster_only! {
    in |plan| plan.with_own_broker(),
    async fn what_was_committed_without_a_broker_outlives_the_replica_that_took_it(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let sockets = [bob.connects(Gateway::First).await, bob.connects(Gateway::Second).await];
        let start = alice.position(&chat).await;
        let heard = alice.says("with the broker").in_chat(&chat).await;
        for socket in &sockets {
            socket.hears(&chat, heard.seq).await;
        }

        world.kill_broker();
        let mut last = Seq::START;
        for n in 0..10 {
            last = alice.over(Replica::ALL[n % 2]).says(&format!("without it {n}")).in_chat(&chat).await.seq;
        }
        world.kill(Part::Api(Replica::First));
        world.start_broker_again();
        for socket in &sockets {
            socket.until_within(HEALED_WITHIN, &format!("event {last}"), |seen| {
                seen.frames.iter().any(|frame| frame.json["seq"] == last.0 && frame.kind() == "event").then_some(())
            }).await;
            assert_gapless(&socket.events_of(&chat), start + 1..=last.0);
        }
        world.start_again(Part::Api(Replica::First)).await;
        let live = alice.says("over the one that came back").in_chat(&chat).await;
        for socket in &sockets {
            socket.hears(&chat, live.seq).await;
            assert_gapless(&socket.events_of(&chat), start + 1..=live.seq.0);
        }
    }
}

cluster_only! {
    in |plan| plan.with_own_broker(),
    async fn a_sign_out_without_a_broker_closes_the_sockets_once_it_is_back(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let other_device = alice.signs_in_again().await;
        let sockets = [alice.connects(Gateway::First).await, alice.connects(Gateway::Second).await];
        let staying = other_device.connects(Gateway::First).await;
        world.kill_broker();
        alice.signs_out().await;
        world.start_broker_again();
        for socket in &sockets {
            let closed = socket.ends_within(HEALED_WITHIN).await;
            assert_eq!(closed.code, Some(4401), "{closed:?}");
        }
        staying.pings().await;
    }
}

/// Each is acknowledged at the first try.
async fn talks_over_http(person: Person, chat: Chat, talk: Talk) -> Vec<Sent> {
    let mut sent = Vec::new();
    while !talk.is_over() {
        sent.push(person.says(&format!("HTTP {}", sent.len())).in_chat(&chat).await);
        talk.took_one().await;
    }
    sent
}

/// Each is acknowledged at the first try, over the one socket, which stays.
async fn talks_over(socket: Socket, chat: Chat, talk: Talk) -> Vec<Sent> {
    let mut sent = Vec::new();
    while !talk.is_over() {
        sent.push(socket.says(&format!("socket {}", sent.len())).in_chat(&chat).await);
        talk.took_one().await;
    }
    sent
}
