//! What was acknowledged is there, whatever is killed whenever.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chatire_tests::{
    Chat, Gateway, PATIENCE, Part, Person, Replica, Sent, Way, assert_gapless, both_ways, random_name,
};
use serde_json::Value;
use shared_proto::chats::MessageSent;
use shared_proto::{ErrorCode, Seq};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How many messages each sender gets through.
const EACH: usize = 40;
/// As long as a client waits for an answer before it tries again.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(50);

both_ways! {
    async fn killing_chat_api_while_people_send_loses_and_doubles_nothing(world: &mut World) {
        let (alice, bob, carol) =
            (world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("carol").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        carol.joins(&chat).await;
        let start = alice.position(&chat).await;
        let listener = carol.connects(Gateway::Second).await;

        let acks = Arc::new(watch::Sender::new(0));
        let mut talk = JoinSet::new();
        for n in 0..3 {
            talk.spawn(insists_over_http(alice.clone(), chat.clone(), n, acks.clone()));
            talk.spawn(insists_over_sockets(bob.clone(), chat.clone(), n, acks.clone()));
        }
        let all = 6 * EACH;
        for (round, replica) in Replica::ALL.into_iter().enumerate() {
            let mut progress = acks.subscribe();
            let enough = (round + 1) * all / 4;
            let moving = progress.wait_for(|acks| *acks >= enough);
            tokio::time::timeout(PATIENCE * 3, moving).await.expect("the talk goes on").expect("somebody talks");
            assert!(*acks.borrow() < all, "the kill came too late to disturb anybody");
            world.kill(Part::Api(replica));
            world.start_again(Part::Api(replica)).await;
        }
        let sent = tokio::time::timeout(PATIENCE * 6, talk.join_all()).await.expect("the talk ends").concat();
        let end = start + sent.len() as i64;

        let history = alice.history(&chat).await;
        let places = |id: &str, seq: Seq, text: &str| (id.to_owned(), (seq, text.to_owned()));
        let mut stored = BTreeMap::new();
        for message in &history {
            let id = message.client_id.as_ref().expect("all were sent with one");
            let (id, place) = places(id.as_str(), message.seq, message.id.to_string().as_str());
            assert!(stored.insert(id, place).is_none(), "twice in history: {message:?}");
        }
        let acknowledged: BTreeMap<_, _> =
            sent.iter().map(|sent| places(&sent.client_id, sent.seq, &sent.id.to_string())).collect();
        assert_eq!(stored, acknowledged, "history is what was acknowledged");
        assert_gapless(&alice.events(&chat, start).await, start + 1..=end);

        // Over standalone the listener's gateway was killed too: it comes back as any client would.
        let mut heard = listener.events_of(&chat);
        let last = heard.last().map_or(start, |event| event.seq.0);
        let listener = match world.way() {
            Way::Cluster => listener,
            Way::Standalone => carol.connects_after(Gateway::Second, &[(&chat, last)]).await,
        };
        if listener.events_of(&chat).last().is_none_or(|event| event.seq.0 < end) && last < end {
            listener.hears(&chat, Seq(end)).await;
        }
        match world.way() {
            Way::Cluster => heard = listener.events_of(&chat),
            Way::Standalone => heard.extend(listener.events_of(&chat)),
        }
        assert_gapless(&heard, start + 1..=end);
    }
}

/// Says [`EACH`] things one after the other, each again and again over either replica until it is acknowledged.
async fn insists_over_http(person: Person, chat: Chat, n: usize, acks: Arc<watch::Sender<usize>>) -> Vec<Sent> {
    let mut sent = Vec::new();
    let mut replicas = Replica::ALL.iter().cycle().skip(n);
    while sent.len() < EACH {
        let (client_id, text) = (random_name("h"), format!("over HTTP {n}: {}", sent.len()));
        let acknowledged = loop {
            let over = person.over(*replicas.next().expect("endless"));
            match over.says(&text).as_client_id(&client_id).tried_in(&chat).await {
                Some(answer) if answer.status == 200 || answer.status == 201 => {
                    let stored: MessageSent = answer.read();
                    break Sent { client_id, id: stored.id, seq: stored.seq };
                }
                Some(answer) => answer.refused(503, ErrorCode::Unavailable),
                None => {}
            }
            tokio::time::sleep(PAUSE).await;
        };
        sent.push(acknowledged);
        acks.send_modify(|acks| *acks += 1);
    }
    sent
}

/// The same over sockets, opened anew over either gateway whenever one does not answer.
async fn insists_over_sockets(person: Person, chat: Chat, n: usize, acks: Arc<watch::Sender<usize>>) -> Vec<Sent> {
    let mut sent = Vec::new();
    let mut gateways = Gateway::ALL.iter().cycle().skip(n);
    let mut socket = None;
    while sent.len() < EACH {
        let (client_id, text) = (random_name("s"), format!("over a socket {n}: {}", sent.len()));
        let acknowledged = loop {
            let open = match socket.take() {
                Some(open) => open,
                None => match person.tries_to_connect(*gateways.next().expect("endless")).await {
                    Some(open) => open,
                    None => {
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                },
            };
            open.says(&text).as_client_id(&client_id).without_waiting_in(&chat).await;
            match open.outcome_if_any(&client_id, ANSWER_WITHIN).await {
                Some(Ok(stored)) => {
                    socket = Some(open);
                    break stored;
                }
                Some(Err(refused)) => {
                    assert_eq!(refused.code, ErrorCode::Unavailable, "{refused:?}");
                    tokio::time::sleep(PAUSE).await;
                }
                None => {}
            }
        };
        sent.push(acknowledged);
        acks.send_modify(|acks| *acks += 1);
    }
    sent
}

both_ways! {
    async fn everything_is_there_after_a_crash_of_everything(world: &mut World) {
        let (alice, bob) = (world.signs_up("alice").await, world.signs_up("bob").await);
        let chat = alice.starts_a_chat().await;
        bob.joins(&chat).await;
        let sent = alice.says("remember this").in_chat(&chat).await;
        let before = alice.client().get(&chat.path("messages/")).await.expect(200).json();
        for part in world.parts() {
            world.kill(part);
        }
        for part in world.parts() {
            world.start_again(part).await;
        }
        let after: Value = alice.client().get(&chat.path("messages/")).await.expect(200).json();
        assert_eq!(after, before, "the token is still good, and nothing has changed");
        let socket = bob.connects_after(Gateway::Second, &[(&chat, sent.seq.0 - 1)]).await;
        let live = alice.signs_in_again().await.says("and this").in_chat(&chat).await;
        assert_eq!(live.seq, sent.seq.next());
        socket.hears(&chat, live.seq).await;
        assert_gapless(&socket.events_of(&chat), sent.seq.0..=live.seq.0);
    }
}
