//! What was acknowledged is there, whatever is killed whenever.

use std::collections::BTreeMap;

use chatire_tests::{Chat, Gateway, Part, Person, Replica, Sent, assert_gapless, both_ways, cluster_only};
use serde_json::Value;
use shared_proto::MessageId;
use tokio::task::JoinSet;

use crate::talk::{THE_END, Talk, insists_on, insists_over_http, insists_over_sockets, listens};

/// How many messages get through between two faults.
const ENOUGH: usize = 40;

both_ways! {
    async fn killing_chat_api_while_people_send_loses_and_doubles_nothing(world: &mut World) {
        let people = [world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("carol").await];
        let (chat, start) = together(&people).await;
        let talk = Talk::in_chat(&chat);
        let (senders, listeners) = everybody(&people, &talk, start);
        for replica in Replica::ALL {
            talk.goes_on(ENOUGH, "before the kill").await;
            world.kill(Part::Api(replica));
            world.start_again(Part::Api(replica)).await;
        }
        talk.goes_on(ENOUGH, "after the last kill").await;
        all_is_well(&people[0], &talk, &chat, start, senders, listeners).await;
    }
}

cluster_only! {
    in |plan| plan.with_own_broker(),
    async fn when_everything_dies_in_turn_nothing_is_lost_doubled_or_out_of_order(world: &mut World) {
        let people = [world.signs_up("alice").await, world.signs_up("bob").await, world.signs_up("carol").await];
        let (chat, start) = together(&people).await;
        let talk = Talk::in_chat(&chat);
        let (senders, listeners) = everybody(&people, &talk, start);
        let victims = [
            Part::Gateway(Gateway::First),
            Part::Api(Replica::First),
            Part::Auth,
            Part::Api(Replica::Second),
            Part::Gateway(Gateway::Second),
        ];
        for victim in victims {
            talk.goes_on(ENOUGH, "before the next kill").await;
            world.kill(victim);
            world.start_again(victim).await;
        }
        // Without the broker a replica and a gateway die too.
        world.kill_broker();
        for victim in [Part::Api(Replica::First), Part::Gateway(Gateway::First)] {
            talk.goes_on(ENOUGH, "without the broker").await;
            world.kill(victim);
            world.launch(victim);
        }
        talk.goes_on(ENOUGH, "without the broker").await;
        world.start_broker_again();
        world.is_ready().await;
        talk.goes_on(ENOUGH, "after it all").await;
        all_is_well(&people[0], &talk, &chat, start, senders, listeners).await;
    }
}

/// A chat of all of them, and its position.
async fn together(people: &[Person; 3]) -> (Chat, i64) {
    let [alice, others @ ..] = people;
    let chat = alice.starts_a_chat().await;
    for other in others {
        other.joins(&chat).await;
    }
    let start = alice.position(&chat).await;
    (chat, start)
}

type Senders = JoinSet<Vec<Sent>>;
type Listeners = JoinSet<Vec<shared_proto::event::EventFrame>>;

/// The first talks over HTTP, the second over sockets, the third listens; each twice at the same time.
fn everybody([first, second, third]: &[Person; 3], talk: &Talk, start: i64) -> (Senders, Listeners) {
    let (mut senders, mut listeners) = (JoinSet::new(), JoinSet::new());
    for gateway in Gateway::ALL {
        senders.spawn(insists_over_http(first.clone(), talk.clone()));
        senders.spawn(insists_over_sockets(second.clone(), talk.clone()));
        listeners.spawn(listens(third.clone(), talk.clone(), gateway, start));
    }
    (senders, listeners)
}

/// Ends the talk: history is what was acknowledged, and everybody has heard all of it, in order, once.
async fn all_is_well(reader: &Person, talk: &Talk, chat: &Chat, start: i64, senders: Senders, listeners: Listeners) {
    talk.ends();
    let mut sent = senders.join_all().await.concat();
    sent.push(insists_on(reader, THE_END, chat).await);
    let end = start + sent.len() as i64;

    let place = |client_id: &str, id: MessageId, seq: i64| (client_id.to_owned(), (id.0, seq));
    let acknowledged: BTreeMap<_, _> = sent.iter().map(|sent| place(&sent.client_id, sent.id, sent.seq.0)).collect();
    let history = reader.history(chat).await;
    assert_eq!(history.len(), sent.len(), "history has what was acknowledged, each once");
    let client_id = |message: &shared_proto::messages::Message| message.client_id.clone().expect("sent with one");
    let stored: BTreeMap<_, _> =
        history.iter().map(|message| place(client_id(message).as_str(), message.id, message.seq.0)).collect();
    assert_eq!(stored, acknowledged);

    let events = reader.events(chat, start).await;
    assert_gapless(&events, start + 1..=end);
    for heard in listeners.join_all().await {
        assert_gapless(&heard, start + 1..=end);
        assert_eq!(heard, events);
    }
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
