//! One client never delays another, whatever it does.

mod offending;
mod victims;

use std::time::Duration;

use chatire_tests::{Gateway, Handshake, Person, Service, World, both_ways};

use offending::{Offence, Offender};
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
            let mut tries = 0;
            while !is_harmless(offence, &person, &mut victims, world).await {
                tries += 1;
                assert!(tries < TRIES, "{offence:?} delays others");
            }
        }
        victims.are_all_there().await;
    }
}

/// Measured without and with the offender, one right after the other.
async fn is_harmless(offence: Offence, person: &Person, victims: &mut Victims, world: &World) -> bool {
    let alone = victims.p99().await;
    let bound = AT_LEAST.max(alone * TIMES_WITHOUT);
    let door = Handshake::with(world.addresses(), Gateway::First);
    let offender = Offender::begins(offence, person.clone(), victims.chat().clone(), door).await;
    let beside = victims.p99().await;
    let times = offender.ends().await;
    println!("{offence:?} ({times} times): p99 {alone:.1?} without, {beside:.1?} with, at most {bound:.1?} would do");
    beside <= bound
}
