//! Over three gateways with clients on each, while people talk all the time, everything breaks that can: no client misses
//! anything, hears anything twice or in a wrong order, or is left silent.
//!
//! A client is like our own (`faults/client.rs`). After each fault has healed, something is said in each chat, and every
//! client must hear it within a bound; in the end, all that each client heard is compared with all that was said.
//!
//! `CHATIRE_TEST_SEED` repeats the choices of a run (not its timing).

mod client;
pub(crate) mod life;
mod links;
mod planted;

use std::time::Duration;

use chatire_tests::{Dice, Gateway, Part, Replica, Service, cluster_only};
use tokio::time::sleep;

use life::{CLIENTS, Life};
use links::{Fault, by_kind};

/// Everybody has heard everything: a client looks after 5 seconds of silence for another gateway, which asks chat-api for
/// what it has missed; each of these tries may meet something that is still broken.
const SOON: Duration = Duration::from_secs(15);
/// The same when the broker was away: a process may then wait some seconds before it tries it again, and a replica that died
/// may have leased events for 15.
const AFTER_THE_BROKER: Duration = Duration::from_secs(40);
/// How long the broker stands still.
const FROZEN_BROKER: Duration = Duration::from_secs(20);

cluster_only! {
    in |plan| plan.with_three_gateways().with(Service::Gateway, "SOCKETS__DRAIN_SECONDS", "2"),
    async fn gateways_that_die_or_are_drained_in_turn_cost_nobody_anything(world: &mut World) {
        let mut life = Life::begins(world).await;
        for gateway in Gateway::THREE {
            let part = Part::Gateway(gateway);
            let before = life.lost();
            world.kill(part);
            life.goes_on().await;
            world.start_again(part).await;
            life.is_heard_everywhere(&format!("SIGKILL of the {gateway:?} gateway"), SOON).await;
            assert!(life.lost().closed >= before.closed + CLIENTS / 3, "its clients had to go");
        }
        for gateway in Gateway::THREE {
            let part = Part::Gateway(gateway);
            let before = life.lost();
            assert!(world.terminate(part).await.success(), "it ended well");
            life.goes_on().await;
            world.start_again(part).await;
            life.is_heard_everywhere(&format!("SIGTERM of the {gateway:?} gateway"), SOON).await;
            let after = life.lost();
            assert!(after.sent_away + after.closed >= before.sent_away + before.closed + CLIENTS / 3, "its clients had to go");
        }
        assert!(life.lost().sent_away > 0, "they were asked to go before they had to");
        assert_eq!(life.lost().silent, 0, "nobody had to find out by silence");
        life.ends(SOON).await;
    }
}

cluster_only! {
    in |plan| plan.with_three_gateways().with_own_broker(),
    async fn a_broker_that_restarts_or_stands_still_delays_and_costs_nobody_anything(world: &mut World) {
        let mut life = Life::begins(world).await;
        world.broker().stop();
        life.goes_on().await;
        world.start_broker_again();
        life.is_heard_everywhere("restart of the broker", AFTER_THE_BROKER).await;

        world.kill_broker();
        life.goes_on().await;
        world.start_broker_again();
        life.is_heard_everywhere("crash of the broker", AFTER_THE_BROKER).await;

        world.broker().freeze();
        sleep(FROZEN_BROKER).await;
        life.goes_on().await;
        world.broker().thaw();
        life.is_heard_everywhere("SIGSTOP of the broker", AFTER_THE_BROKER).await;
        assert_eq!(life.lost(), Default::default(), "sockets stay");
        life.ends(AFTER_THE_BROKER).await;
    }
}

cluster_only! {
    in |plan| plan.with_three_gateways(),
    async fn chat_apis_that_die_or_end_in_turn_cost_nobody_anything(world: &mut World) {
        let mut life = Life::begins(world).await;
        for replica in Replica::ALL {
            let part = Part::Api(replica);
            world.kill(part);
            life.goes_on().await;
            world.start_again(part).await;
            life.is_heard_everywhere(&format!("SIGKILL of the {replica:?} chat-api"), AFTER_THE_BROKER).await;
            assert!(world.terminate(part).await.success(), "it ended well");
            life.goes_on().await;
            world.start_again(part).await;
            life.is_heard_everywhere(&format!("SIGTERM of the {replica:?} chat-api"), SOON).await;
        }
        world.kill(Part::Api(Replica::First));
        world.kill(Part::Api(Replica::Second));
        world.start_again(Part::Api(Replica::First)).await;
        world.start_again(Part::Api(Replica::Second)).await;
        life.is_heard_everywhere("SIGKILL of both chat-apis", AFTER_THE_BROKER).await;
        assert_eq!(life.lost(), Default::default(), "sockets stay");
        life.ends(SOON).await;
    }
}

cluster_only! {
    in |plan| plan.with_three_gateways().with_proxies(),
    async fn links_that_are_slow_or_cut_in_turn_and_together_cost_nobody_anything(world: &mut World) {
        let mut life = Life::begins(world).await;
        for link in world.links() {
            Fault::Delay.befalls(&[link], world, &mut life).await;
            Fault::Cut.befalls(&[link], world, &mut life).await;
        }
        for links in by_kind(world.links()) {
            Fault::Cut.befalls(&links, world, &mut life).await;
        }
        assert_eq!(life.lost().closed, 2 * CLIENTS, "by a cut of its own link each, and no other");
        life.ends(AFTER_THE_BROKER).await;
    }
}

cluster_only! {
    in |plan| plan.with_three_gateways().with_proxies(),
    async fn links_on_which_nothing_arrives_for_some_seconds_cost_nobody_anything(world: &mut World) {
        let mut life = Life::begins(world).await;
        let mut dice = Dice::new();
        for links in by_kind(world.links()) {
            // Another one in each run.
            Fault::Freeze.befalls(&[*dice.pick(&links)], world, &mut life).await;
        }
        let lost = life.lost();
        assert!(lost.silent >= CLIENTS / 3, "those behind the frozen link went elsewhere: {lost:?}");
        assert_eq!(lost.closed, 0, "a gateway that lacks something keeps its sockets");
        life.ends(AFTER_THE_BROKER).await;
    }
}
