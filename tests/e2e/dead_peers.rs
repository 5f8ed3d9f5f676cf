//! Peers that are gone without a word: within a minute nothing is left of them.

use std::time::Duration;

use chatire_tests::{Gateway, Link, Part, World, cluster_only, eventually};
use tokio::time::Instant;

/// With the settings as shipped.
const WITHIN: Duration = Duration::from_secs(60);
/// Each of this many messages has the size of the largest there may be: far more than the queue and all buffers hold. The
/// kernel's grow to several megabytes at each end of each connection, and there are two: no fewer than these are enough for sure.
const MANY: usize = 3_000;
/// Between two looks at whether it was too much already.
const SOME: usize = 50;

cluster_only! {
    in |plan| plan.with_proxies(),
    async fn a_half_open_connection_and_a_peer_that_never_reads_end_within_a_minute(world: &mut World) {
        let (alice, bob, carol) =
            (world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("carol").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;

        // Between carol and her gateway nothing arrives any more, in either direction; both ends believe in the other.
        let _half_open = carol.connects(Gateway::First).await;
        world.link(Link::ClientsToGateway(Gateway::First)).freeze();
        let frozen = Instant::now();

        // bob's system says that it is there and takes nothing more: the close frame for the slow can't be written.
        let never_reads = bob.connects_with_small_buffers(Gateway::Second).await;
        never_reads.stops_reading();
        let text = "👩".repeat(4_000);
        let mut said = 0;
        while world.process(Part::Gateway(Gateway::Second)).figure("chatire_slow_closes_total").await < 1.0 {
            assert!(said < MANY, "all {MANY} messages fit somewhere");
            for _ in 0..SOME {
                alice.says(&text).in_chat(&chat).await;
            }
            said += SOME;
        }
        let full = Instant::now();

        let half_open = is_left_alone(world, Gateway::First, frozen).await;
        let unread = is_left_alone(world, Gateway::Second, full).await;
        println!("a half-open connection ended after {half_open:.0?}, one that never reads after {unread:.0?}");
    }
}

/// Waits until a gateway has no socket any more.
async fn is_left_alone(world: &mut World, gateway: Gateway, since: Instant) -> Duration {
    let patience = WITHIN.saturating_sub(since.elapsed());
    eventually(&format!("{gateway:?} has no sockets"), patience, async || {
        (world.process(Part::Gateway(gateway)).figure("chatire_sockets").await == 0.0).then_some(())
    })
    .await;
    since.elapsed()
}
