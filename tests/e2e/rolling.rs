//! Every service of a whole cluster, with its edge, is replaced while people talk: by another process of the same version
//! (`make check-rolling`), or of the next one (`make check-upgrade FROM=…`), which works beside the one before for a while.
//!
//! Services of today end without anybody being shown an error. How those of another revision end can't be changed any more:
//! in an upgrade, requests that the edge could not get answered are counted, and done again; nothing is lost all the same.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chatire_tests::{Answer, Call, PASSWORD, Person, World, random_name};
use serde_json::json;
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
        readers.push(tokio::spawn(invites_all_the_time(world.signs_up("host").await, Arc::clone(&done))));
        life.goes_on().await;
        let roll = tokio::task::spawn_blocking(|| {
            Command::new(variable("CHATIRE_TEST_ROLL")).stdin(Stdio::null()).status().expect("bash")
        });
        assert!(roll.await.expect("an end").success(), "every service was replaced");
        life.goes_on().await;
        done.store(true, Ordering::Relaxed);
        let (mut calls, mut refused) = (0, 0);
        for reader in readers {
            let read = reader.await.expect("every call was answered well, or is to be done again");
            calls += read.calls;
            refused += read.refused;
        }
        assert!(calls > 100, "only {calls} calls");
        life.is_heard_everywhere("another process for every service", SOON).await;
        let (lost, traffic) = (life.lost(), life.traffic());
        refused += traffic.refused();
        eprintln!("{calls} calls answered well, {refused} to be done again; sockets: {lost:?}; {traffic:?}");
        assert!(lost.sent_away > 0, "a gateway went");
        if std::env::var_os("CHATIRE_TEST_UPGRADE").is_none() {
            assert_eq!((refused, traffic.broken_off()), (0, 0), "no request was refused or cut off");
            assert_eq!((lost.closed, lost.silent), (0, 0), "those whose gateway went were asked to go before");
        }
        life.ends(SOON).await;
    });
}

/// What came of the calls of somebody who reads.
#[derive(Default)]
struct Read {
    calls: usize,
    refused: usize,
}

impl Read {
    /// One call, again and again until it is answered well.
    async fn insists(&mut self, status: u16, call: impl Fn() -> Call) -> Answer {
        loop {
            let answer = call().answer().await;
            if !matches!(answer.status, 502 | 503) {
                self.calls += 1;
                return answer.expect(status);
            }
            self.refused += 1;
            sleep(PAUSE).await;
        }
    }
}

/// Strangers sign up, and are invited by a service that has to ask another one about them: requests that no proxy may send
/// twice.
async fn invites_all_the_time(host: Person, done: Arc<AtomicBool>) -> Read {
    let (mut read, chat) = (Read::default(), host.starts_a_chat().await);
    let stranger = host.client().without_token();
    while !done.load(Ordering::Relaxed) {
        let name = random_name("guest");
        let account = json!({"username": name, "password": PASSWORD});
        read.insists(201, || stranger.call("POST", "/auth/users/").json(account.clone())).await;
        read.insists(200, || host.client().call("PATCH", &chat.path("")).json(json!({"username": name}))).await;
        sleep(PAUSE).await;
    }
    read
}

/// With a fresh token each time.
async fn reads_all_the_time(person: Person, done: Arc<AtomicBool>) -> Read {
    let (mut read, mut cookie) = (Read::default(), person.refresh_cookie().to_owned());
    while !done.load(Ordering::Relaxed) {
        let stranger = person.client().without_token();
        let refreshes = || stranger.call("POST", "/auth/jwt/refresh/").header("cookie", &cookie);
        let answer = read.insists(200, refreshes).await;
        cookie = person.cookie_in(&answer);
        let fresh = person.with_token(answer.json()["token"].as_str().expect("a token"));
        read.insists(200, || fresh.client().call("GET", "/api/chats/")).await;
        read.insists(200, || fresh.client().call("GET", "/auth/users/me/")).await;
        sleep(PAUSE).await;
    }
    read
}

/// What the script tells that starts the test.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: the make command of this test sets it"))
}
