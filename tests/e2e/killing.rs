//! chat-api is killed again and again under load, while the broker comes and goes: nothing is lost, doubled or out of
//! order.
//!
//! `CHATIRE_TEST_SEED` repeats the choices of a run (not its timing), `CHATIRE_TEST_KILLS` makes it shorter or longer.

mod breaking;
mod killer;

use std::sync::Arc;
use std::time::Duration;

use chatire_tests::{Dice, Gateway, Service, cluster_only, eventually, within};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::town::hearing::{Ends, Place, Staying, comes_and_goes};
use crate::town::speaking::Traffic;
use crate::town::{Size, Town};
use breaking::Breaking;
use killer::Killer;

const SIZE: Size = Size { speakers: 12, chats: 6, quiet_chats: 50 };
const KILLS: usize = 200;
/// Within this time of the last fault everybody has heard everything: a replica that died may have leased events for 15
/// seconds, and after an outage a process may wait some seconds before it tries the broker again.
const HEALED_WITHIN: Duration = Duration::from_secs(40);
/// Once nothing is killed any more.
const ALL_SAID_WITHIN: Duration = Duration::from_secs(60);

cluster_only! {
    // The test may take longer than tokens usually live.
    in |plan| plan.with_own_broker().with(Service::Auth, "ACCESS_TOKEN_SECONDS", "900"),
    async fn two_hundred_kills_under_load_lose_double_and_reorder_nothing(world: &mut World) {
        let mut dice = Dice::new();
        let town = Town::founded(world, SIZE, &mut dice).await;
        let mut staying = Vec::new();
        for listener in &town.listeners {
            for gateway in Gateway::ALL {
                staying.push(Staying::over(gateway, listener, &town.places).await);
            }
        }
        let (ends, mut wandering) = (Ends::unknown(), JoinSet::new());
        for (n, listener) in town.listeners.iter().enumerate() {
            let (who, places) = (format!("wanderer {n}"), town.places.clone());
            wandering.spawn(comes_and_goes(who, listener.clone(), places, ends.clone(), dice.another()));
        }
        let traffic = Arc::new(Traffic::default());
        let mut speakers = town.speak(&traffic, &Gateway::ALL, &mut dice);

        let began = Instant::now();
        let mut killer = Killer::new(traffic.clone(), &town, dice.another());
        let breaking = Breaking::begins(world.broker().clone(), dice.another());
        let wanted = wanted_kills();
        killer.kills(world, wanted * 3 / 4, 6).await;
        let outages = breaking.ends().await;
        // A broker that comes back makes everybody look for what they have missed. From here on only the outbox does.
        killer.kills(world, wanted, 2).await;
        let Killer { kills, mut last_words, .. } = killer;
        world.is_ready().await;
        let faults_ended = Instant::now();

        traffic.ends();
        let mut said = Vec::new();
        eventually("everything is acknowledged", ALL_SAID_WITHIN, async || {
            while let Some(speaker) = speakers.try_join_next() {
                said.push(speaker.expect("the speaker went on to the end"));
            }
            while let Some(word) = last_words.try_join_next() {
                said.push(vec![word.expect("it was insisted on to the end")]);
            }
            (speakers.is_empty() && last_words.is_empty()).then_some(())
        }).await;
        let records = town.records(&said).await;
        let positions: Vec<i64> = records.iter().map(|record| record.start + record.events.len() as i64).collect();
        ends.are(&positions);
        let mut heard = Vec::new();
        for listener in &staying {
            heard.push(listener.hears_all(&positions, faults_ended + HEALED_WITHIN).await);
        }
        heard.extend(within("the wanderers have heard all", HEALED_WITHIN, wandering.join_all()).await);
        let healed = faults_ended.elapsed();
        for (n, mut record) in records.into_iter().enumerate() {
            record.heard = heard.iter().map(|heard| (heard.who.clone(), heard.events[n].clone())).collect();
            record.assert_sound();
        }
        everybody_hears_what_comes_next(&town, &staying, &positions).await;

        let messages: usize = said.iter().map(Vec::len).sum();
        let loads: usize = heard.iter().map(|heard| heard.loads).sum();
        eprintln!(
            "{messages} messages, {kills:?}, {outages} outages of the broker, {traffic:?}, {loads} chats loaded, in {:?}; \
             {healed:?} after the last fault everybody had everything",
            began.elapsed(),
        );
        assert!(loads <= outages * heard.len(), "what was missed was sent, and not left to be loaded: {loads}");
        // Otherwise it would have proved little.
        assert!(kills.under_way * 2 >= kills.all, "most kills hit a request: {kills:?}");
        assert!(traffic.broken_off() >= kills.all / 4, "many tries were broken off: {traffic:?}");
        assert!(traffic.found_again() > 0, "some were stored and then not acknowledged: {traffic:?}");
        assert!(kills.last_words >= kills.all / 8, "it was quiet in some chats: {kills:?}");
        assert!(outages >= kills.all / 100, "the broker came and went: {outages}");
        assert!(messages >= kills.all * 10, "people talked all the time");
    }
}

fn wanted_kills() -> usize {
    std::env::var("CHATIRE_TEST_KILLS").map_or(KILLS, |n| n.parse().expect("CHATIRE_TEST_KILLS is a number"))
}

/// Live again, at once, and over the sockets that were there all the time.
async fn everybody_hears_what_comes_next(town: &Town, staying: &[Staying], positions: &[i64]) {
    for (Place { chat, .. }, position) in town.places.iter().zip(positions) {
        let next = town.listeners[0].says("is everybody still there?").in_chat(chat).await;
        assert_eq!(next.seq.0, position + 1);
        for listener in staying {
            listener.socket().hears(chat, next.seq).await;
        }
    }
}
