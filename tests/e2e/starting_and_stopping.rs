//! How processes begin and end.

use std::time::Duration;

use chatire_tests::{
    ALLOWED_ORIGIN, Chat, Client, Gateway, Part, Person, Process, Replica, Service, both_ways, cluster_only,
    standalone_only,
};
use serde_json::json;
use tokio::time::Instant;

/// Over which time gateways send their clients away here.
const DRAIN: Duration = Duration::from_secs(1);

both_ways! {
    in |plan| plan.with(Service::Gateway, "SOCKETS__DRAIN_SECONDS", "1"),
    async fn sigterm_ends_every_process_well_and_sockets_are_told_to_come_back(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let sockets = [alice.connects(Gateway::First).await, alice.connects(Gateway::Second).await];
        sockets[0].hears(&chat, alice.says("the last words").in_chat(&chat).await.seq).await;

        // Gateways first, as an operator would: their clients are sent away while everything else still runs.
        let mut parts = world.parts();
        parts.reverse();
        for part in &parts {
            let asked = Instant::now();
            let status = world.terminate(*part).await;
            let after = asked.elapsed();
            assert!(after < DRAIN + Duration::from_secs(2), "{part:?} took {after:?}");
            assert_eq!(status.code(), Some(0), "{part:?}: {status}");
        }
        for socket in &sockets {
            socket.is_closed_with(1012).await;
        }
        for part in world.parts() {
            world.start_again(part).await;
        }
        assert_eq!(alice.history(&chat).await.len(), 1);
    }
}

both_ways! {
    async fn a_message_in_flight_when_its_process_is_asked_to_end_is_answered(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let api = Part::Api(chatire_tests::Replica::First);
        let mut calls = tokio::task::JoinSet::new();
        for n in 0..20 {
            let (alice, chat) = (alice.clone(), chat.clone());
            calls.spawn(async move { alice.says(&format!("{n}")).tried_in(&chat).await });
        }
        // Some are on their way now. Each is taken whole or not at all.
        let first = calls.join_next().await.expect("there are calls").expect("a call");
        world.process(api).terminate();
        let answers = calls.join_all().await;
        let status = world.process(api).ends(Duration::from_secs(10)).await;
        assert_eq!(status.code(), Some(0), "{status}");
        world.start_again(api).await;
        let acknowledged = answers.iter().chain([&first]).flatten().filter(|answer| answer.status == 201).count();
        assert!(acknowledged >= 1);
        let stored = alice.history(&chat).await.len();
        assert!(stored >= acknowledged, "{acknowledged} were acknowledged, {stored} are there");
    }
}

/// Callers at a time, half of whom take a new connection for each call, as a proxy does that keeps none.
const CALLERS: usize = 16;

cluster_only! {
    in |plan| plan.with(Service::Api, "LISTEN__DRAIN_SECONDS", "1"),
    async fn whoever_is_not_refused_a_connection_is_answered_while_a_process_ends(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        for round in 0..5 {
            let callers: Vec<_> =
                (0..CALLERS).map(|n| tokio::spawn(calls_until_refused(alice.clone(), chat.clone(), n % 2 == 0))).collect();
            tokio::time::sleep(DRAIN / 2).await;
            let api = world.process(Part::Api(Replica::First));
            api.terminate();
            let status = api.ends(Duration::from_secs(10)).await;
            assert_eq!(status.code(), Some(0), "{status}");
            let (mut calls, mut last_ones) = (0, 0);
            for caller in callers {
                let (answered, told_to_go) = caller.await.expect("every call was answered, or refused before it began");
                calls += answered;
                last_ones += told_to_go;
            }
            println!("round {round}: {calls} calls, {last_ones} of them the last ones of their connections");
            assert!(last_ones >= CALLERS, "{last_ones}");
            world.start_again(Part::Api(Replica::First)).await;
        }
    }
}

/// Panics when a call that reached the process does not end well. How many calls did, and how many answers said that the
/// connection ends with them.
async fn calls_until_refused(person: Person, chat: Chat, anew: bool) -> (usize, usize) {
    let (mut answered, mut told_to_go) = (0, 0);
    let mut client = person.client().clone();
    loop {
        if anew {
            client = Client::new(client.addresses().clone()).with_token(person.token());
        }
        match client.call("POST", &chat.path("messages/")).json(json!({"message": "still there?"})).tried().await {
            Ok(answer) => {
                let answer = answer.expect(201);
                answered += 1;
                told_to_go += usize::from(answer.headers.get("connection").is_some_and(|value| value == "close"));
            }
            Err(error) if error.is_connect() => return (answered, told_to_go),
            Err(error) => panic!("after {answered} calls: {error:?}"),
        }
    }
}

both_ways! {
    async fn a_start_that_can_not_succeed_is_one_clear_line(world: &mut World) {
        for part in world.parts() {
            let taken = world.twin_of(part);
            refuses(&taken, &taken.setting("LISTEN__PUBLIC")).await;

            let mut unknown = world.twin_of(part);
            unknown.set("NO_SUCH", "1");
            refuses(&unknown, "no_such").await;

            let mut nonsense = world.twin_of(part);
            nonsense.set("LISTEN__PUBLIC", "nonsense");
            refuses(&nonsense, "nonsense").await;

            let mut no_number = world.twin_of(part);
            no_number.set("LISTEN__WORKERS", "many");
            refuses(&no_number, "many").await;
        }
    }
}

standalone_only! {
    async fn a_data_folder_that_can_not_be_written_is_one_clear_line(world: &mut World) {
        let file = world.folder().join("a-file");
        std::fs::write(&file, "in the way").expect("it can be written");
        let folder = file.join("data");
        world.kill(Part::Auth);
        let mut process = world.twin_of(Part::Auth);
        process.set("DATA", folder.to_string_lossy());
        refuses(&process, &folder.to_string_lossy()).await;
        process.set("DATA", file.to_string_lossy());
        refuses(&process, &file.to_string_lossy()).await;
    }
}

standalone_only! {
    async fn it_is_up_at_once_on_the_data_it_has(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        alice.says("still there?").in_chat(&chat).await;
        world.terminate(Part::Auth).await;
        let started = Instant::now();
        world.start_again(Part::Auth).await;
        let after = started.elapsed();
        println!("ready again after {after:?}");
        assert!(after < Duration::from_secs(10), "ready after {after:?}");
        assert_eq!(alice.history(&chat).await.len(), 1);
        let log = world.process(Part::Auth).log();
        assert!(log.contains(ALLOWED_ORIGIN), "the address is not told: {log}");
    }
}

/// It ends by itself, not well, and says in one line which value is wrong.
async fn refuses(process: &Process, named: &str) {
    let ended = process.refuses_to_start().await;
    assert!(ended.status.code().is_some_and(|code| code != 0), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains(named), "{named:?} is not named: {}", ended.stderr);
}
