//! What somebody does can be followed through all processes: by its request id in their logs, and as a trace.

use chatire_tests::{Collector, Gateway, PATIENCE, Part, Replica, Span, cluster_only, eventually, random_name};
use serde_json::json;

cluster_only! {
    async fn a_message_is_one_trace_from_the_sender_to_every_gateway(world: &mut World) {
        let collector = Collector::open(world.takes_a_port());
        world.restart_all_with("LOG__OTLP_ENDPOINT", &collector.url()).await;
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let (near, far) = (alice.connects(Gateway::First).await, bob.connects(Gateway::Second).await);
        let sent = near.says("follow me").in_chat(&chat).await;
        far.hears(&chat, sent.seq).await;

        let [send] = told(&collector, |span| span.name == "send" && span.service == "ws-gateway").await;
        assert!(send.parent.is_empty(), "{send:?}");
        let [store] = told(&collector, |span| span.parent == send.id).await;
        assert_eq!((store.service.as_str(), store.name.as_str(), &store.trace), ("chat-api", "store", &send.trace));
        let [one, other] = told(&collector, |span| span.parent == store.id).await;
        for deliver in [&one, &other] {
            assert_eq!((deliver.service.as_str(), deliver.name.as_str()), ("ws-gateway", "deliver"));
            assert_eq!(deliver.trace, send.trace);
        }
        assert_ne!(one.instance, other.instance, "both gateways deliver it");
        assert!([&one, &other].iter().any(|deliver| deliver.instance == send.instance));

        // Over HTTP the request is the beginning.
        let id = random_name("request");
        let body = json!({"message": "and me", "client_id": random_name("c")});
        let call = alice.client().call("POST", &chat.path("messages/")).header("x-request-id", &id).json(body);
        call.answer().await.expect(201);
        let [one, other] = told(&collector, |span| span.name == "deliver" && span.request == id).await;
        assert_eq!((&one.trace, &one.parent), (&other.trace, &other.parent));
        let [request] = told(&collector, |span| span.id == one.parent).await;
        assert_eq!((request.service.as_str(), request.name.as_str(), &request.trace), ("chat-api", "request", &one.trace));
        assert!(request.parent.is_empty(), "{request:?}");
    }
}

/// Waits until so many spans like these were told.
async fn told<const N: usize>(collector: &Collector, like: impl Fn(&Span) -> bool) -> [Span; N] {
    eventually(&format!("{N} spans are told"), PATIENCE, async || {
        let found: Vec<Span> = collector.spans().into_iter().filter(&like).collect();
        found.try_into().ok()
    })
    .await
}

cluster_only! {
    async fn the_id_of_a_request_stands_in_the_logs_of_all_that_take_part(world: &mut World) {
        world.restart_all_with("LOG__LEVEL", "debug").await;
        let alice = world.signs_up("alice").await;
        let chat = alice.starts_a_chat().await;
        let socket = alice.connects(Gateway::Second).await;
        let id = random_name("request");
        let body = json!({"message": "hello", "client_id": random_name("c")});
        let call = alice.client().call("POST", &chat.path("messages/")).header("x-request-id", &id).json(body);
        let answer = call.answer().await.expect(201);
        assert_eq!(answer.headers["x-request-id"], id.as_str());
        socket.hears_text(&chat, "hello").await;
        for part in [Part::Api(Replica::First), Part::Gateway(Gateway::Second)] {
            let what = format!("{part:?} logs {id}");
            eventually(&what, PATIENCE, async || world.process(part).log().contains(&id).then_some(())).await;
        }

        // One process asks another under the same id: whoever is invited by name is looked up at auth-service.
        let bob = world.signs_up("bob").await;
        let id = random_name("request");
        let invite = alice.client().call("PATCH", &chat.path("")).header("x-request-id", &id);
        invite.json(json!({"username": bob.name()})).answer().await.expect(200);
        eventually("auth-service logs it", PATIENCE, async || world.process(Part::Auth).log().contains(&id).then_some(()))
            .await;

        // A message over a socket goes by its own name.
        let sent = socket.says("over a socket").in_chat(&chat).await;
        eventually("the gateway logs it", PATIENCE, async || {
            let log = world.process(Part::Gateway(Gateway::Second)).log();
            log.lines().any(|line| line.contains("an event came") && line.contains(&sent.client_id)).then_some(())
        })
        .await;
    }
}
