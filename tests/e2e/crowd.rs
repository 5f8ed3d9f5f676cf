//! Many people in one chat at the same moment.

use std::collections::BTreeSet;

use chatire_tests::{Gateway, Replica, assert_gapless, both_ways};
use tokio::task::JoinSet;

const PEOPLE: usize = 20;
const EACH: usize = 5;
const LISTENERS: usize = 10;

both_ways! {
    async fn what_a_crowd_says_at_once_is_in_one_order_for_everybody(world: &mut World) {
        let mut people = vec![world.signs_up("owner").await];
        let chat = people[0].starts_a_chat().await;
        while people.len() < PEOPLE {
            let person = world.signs_up("person").await;
            person.over(Replica::ALL[people.len() % 2]).joins(&chat).await;
            people.push(person);
        }
        let start = people[0].position(&chat).await;
        let end = start + (PEOPLE * EACH) as i64;
        let mut listeners = Vec::new();
        for (n, person) in people.iter().take(LISTENERS).enumerate() {
            listeners.push(person.connects(Gateway::ALL[n % 2]).await);
        }

        let mut talk = JoinSet::new();
        for (n, person) in people.iter().enumerate() {
            let (person, chat) = (person.over(Replica::ALL[n % 2]), chat.clone());
            talk.spawn(async move {
                let mut sent = Vec::new();
                if n % 4 < 2 {
                    for m in 0..EACH {
                        sent.push(person.says(&format!("{n} says {m} over HTTP")).in_chat(&chat).await);
                    }
                } else {
                    let socket = person.connects(Gateway::ALL[n % 2]).await;
                    for m in 0..EACH {
                        sent.push(socket.says(&format!("{n} says {m} over a socket")).in_chat(&chat).await);
                    }
                }
                // What one says one after the other is in that order for everybody.
                assert!(sent.windows(2).all(|pair| pair[0].seq < pair[1].seq), "{sent:?}");
                sent
            });
        }
        let sent = talk.join_all().await.concat();
        let acknowledged: BTreeSet<i64> = sent.iter().map(|sent| sent.seq.0).collect();
        assert_eq!(acknowledged, (start + 1..=end).collect(), "each has a place of its own");

        let history = people[1].history(&chat).await;
        assert_eq!(history.iter().map(|m| m.seq.0).collect::<Vec<_>>(), (start + 1..=end).collect::<Vec<_>>());
        let events = people[0].events(&chat, start).await;
        for socket in &listeners {
            socket.hears(&chat, shared_proto::Seq(end)).await;
            assert_gapless(&socket.events_of(&chat), start + 1..=end);
            assert_eq!(socket.events_of(&chat), events);
        }
    }
}
