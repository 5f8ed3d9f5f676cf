//! One client never delays another, whatever it does.

mod victims;

use std::time::Duration;

use chatire_tests::offending::{Offence, Offender};
use chatire_tests::{Gateway, Handshake, Person, Service, World, both_ways};

use victims::Victims;

/// What any victim has to bear beside an offender, measured in the same run: the two processes, the offender and all victims
/// share the machine, and an offender has a right to its part of it. What this finds is whoever waits for an offender: a
/// timeout, a queue that is full, a lock that is held. Those are seconds.
const TIMES_WITHOUT: u32 = 5;
/// Below this it is the machine that is measured: a scheduler's turn of each of 200 sockets' readers, in a debug build.
const AT_LEAST: Duration = Duration::from_millis(250);
/// The machine may have other things to do at one moment and not at another. What an offender does is seen each time.
const TRIES: usize = 3;

both_ways! {
    in |plan| plan.with(Service::Gateway, "LIMITS__ENABLED", "true"),
    async fn two_hundred_victims_hear_as_soon_as_ever_beside_an_offender_of_any_kind(world: &mut World) {
        let mut victims = Victims::gathered(world).await;
        for offence in Offence::ALL {
            let person = world.signs_up("mallory").await;
            person.joins(victims.chat()).await;
            // Before the first try: what an offender leaves behind may delay others for a while too.
            let alone = victims.p99().await;
            let bound = AT_LEAST.max(alone * TIMES_WITHOUT);
            let mut tries = 0;
            while beside(offence, &person, &mut victims, world).await > bound {
                tries += 1;
                assert!(tries < TRIES, "{offence:?} delays others: p99 is {alone:?} without it");
            }
            println!("{offence:?}: p99 {alone:.1?} without it, so {bound:.1?} would do");
        }
        victims.are_all_there().await;
    }
}

/// The latency while somebody offends.
async fn beside(offence: Offence, person: &Person, victims: &mut Victims, world: &World) -> Duration {
    let door = Handshake::with(world.addresses(), Gateway::First);
    let offender = Offender::begins(offence, person.clone(), victims.chat().clone(), door).await;
    let beside = victims.p99().await;
    let times = offender.ends().await;
    println!("{offence:?}, {times} times: p99 {beside:.1?}");
    beside
}
