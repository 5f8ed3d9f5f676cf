//! Every service of a whole cluster, with its edge, is replaced while people talk: by another process of the same version
//! (`make check-rolling`), or of the next one (`make check-upgrade FROM=…`), which works beside the one before for a while.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chatire_tests::{Person, World};
use tokio::time::sleep;

use crate::faults::life::Life;

/// Everybody has heard everything, once all is as it was.
const SOON: Duration = Duration::from_secs(15);
/// Between two calls of somebody who reads.
const PAUSE: Duration = Duration::from_millis(20);

#[test]
#[ignore = "needs a cluster with its edge: make check-rolling"]
fn every_service_is_replaced_under_load_and_nobody_notices() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let world = World::behind(&variable("CHATIRE_TEST_EDGE"));
        let mut life = Life::begins(&world).await;
        let done = Arc::new(AtomicBool::new(false));
        let mut readers = Vec::new();
        for _ in 0..2 {
            readers.push(tokio::spawn(reads_all_the_time(world.signs_up("reader").await, Arc::clone(&done))));
        }
        life.goes_on().await;
        let roll = tokio::task::spawn_blocking(|| {
            Command::new(variable("CHATIRE_TEST_ROLL")).stdin(Stdio::null()).status().expect("bash")
        });
        assert!(roll.await.expect("an end").success(), "every service was replaced");
        life.goes_on().await;
        done.store(true, Ordering::Relaxed);
        let mut calls = 0;
        for reader in readers {
            calls += reader.await.expect("every call was answered well");
        }
        assert!(calls > 100, "only {calls} calls");
        life.is_heard_everywhere("another process for every service", SOON).await;
        let (lost, traffic) = (life.lost(), life.traffic());
        eprintln!("{calls} calls answered well; sockets: {lost:?}; {traffic:?}");
        assert_eq!((traffic.refused(), traffic.broken_off()), (0, 0), "no request was refused or cut off");
        assert_eq!((lost.closed, lost.silent), (0, 0), "those whose gateway went were asked to go before");
        assert!(lost.sent_away > 0, "a gateway went");
        life.ends(SOON).await;
    });
}

/// With a fresh token each time; returns how often it was answered well. Panics otherwise.
async fn reads_all_the_time(person: Person, done: Arc<AtomicBool>) -> usize {
    let (mut calls, mut cookie) = (0, person.refresh_cookie().to_owned());
    while !done.load(Ordering::Relaxed) {
        let call = person.client().without_token().call("POST", "/auth/jwt/refresh/").header("cookie", &cookie);
        let answer = call.answer().await.expect(200);
        cookie = person.cookie_in(&answer);
        let fresh = person.with_token(answer.json()["token"].as_str().expect("a token"));
        fresh.client().get("/api/chats/").await.expect(200);
        fresh.client().get("/auth/users/me/").await.expect(200);
        calls += 3;
        sleep(PAUSE).await;
    }
    calls
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: make check-rolling sets it"))
}
