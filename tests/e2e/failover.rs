//! The database's server dies under load, and another one that has everything takes its place (`make check-failover`).

use std::process::{Command, Stdio};
use std::time::Duration;

use chatire_tests::{World, within};
use tokio::time::Instant;

use crate::faults::life::Life;
use crate::rolling::variable;

/// Until something is acknowledged again, from the death of the server on: the other one has to be promoted meanwhile.
const GOES_ON_WITHIN: Duration = Duration::from_secs(30);
/// Once it does.
const SOON: Duration = Duration::from_secs(20);

#[test]
#[ignore = "needs a cluster over a database with a standby: make check-failover"]
fn what_was_acknowledged_is_there_after_the_database_has_failed_over() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let world = World::behind(&variable("CHATIRE_TEST_EDGE"));
        let mut life = Life::begins(&world).await;
        for _ in 0..10 {
            life.goes_on().await;
        }
        let began = Instant::now();
        let fail_over = tokio::task::spawn_blocking(|| {
            Command::new(variable("CHATIRE_TEST_FAILOVER")).arg("now").stdin(Stdio::null()).status().expect("bash")
        });
        assert!(fail_over.await.expect("an end").success(), "the standby was promoted");
        let promoted = began.elapsed();
        within("acknowledgements after the fail-over", GOES_ON_WITHIN, life.goes_on()).await;
        let goes_on = began.elapsed();
        life.is_heard_everywhere("another database", SOON).await;
        let (lost, refused, broken_off) = (life.lost(), life.traffic().refused(), life.traffic().broken_off());
        eprintln!("promoted after {promoted:.1?}, going on after {goes_on:.1?}; {refused} tries refused, {broken_off} broken off");
        assert!(refused > 0, "nobody noticed that the database was away");
        assert_eq!((lost.closed, lost.silent, lost.sent_away), (0, 0, 0), "sockets stay");
        // Panics unless everything acknowledged is stored once, and was heard by everybody in order.
        life.ends(SOON).await;
    });
}
