//! Pairs of people talk over sockets, in and out: fifty as fast as they are answered, five thousand at a steady pace.

use chatire_tests::Ports;

use crate::Result;
use crate::bench::{Bench, say};
use crate::conversing::{Pace, turn};
use crate::report::{Outcome, Ratio, Row, Wanted};
use crate::sending::RATE;
use crate::spent::CPU;
use crate::systems::{AuthService, Rooms, Venue};

/// Pairs that talk as fast as they can.
const FEW: u32 = 50;
/// Pairs at a steady pace.
const MANY: u32 = 5_000;
/// Messages a second of all of these: what two cores manage beside the generator, in the costliest of the systems.
const MESSAGES: f64 = 1_000.0;
/// How often each system has its turn with many pairs, which have no target and take long to come in.
const TURNS_OF_MANY: usize = 2;
/// Both kinds are there from the beginning, and the few are the first of the many.
const ROOMS: Rooms = Rooms { chats: MANY, members: 2, people: 2 * MANY as usize };

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    say("starting a cluster with a gateway, the reference and the standalone process");
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let venues = [
        Venue::cluster(bench, &auth, ("cluster", &folder), ROOMS, 1).await?,
        Venue::reference(bench, ("reference", &folder), ROOMS).await?,
        Venue::standalone(bench, ("standalone", &folder), ROOMS).await?,
    ];
    let mut few = venues.each_ref().map(|venue| Row::new(format!("{}, {FEW}", venue.name)));
    let mut many = venues.each_ref().map(|venue| Row::new(format!("{}, {MANY}", venue.name)));
    for (chats, pace, turns, rows) in
        [(FEW, Pace::ClosedLoop, bench.turns(), &mut few), (MANY, Pace::Rate(MESSAGES), TURNS_OF_MANY, &mut many)]
    {
        for number in 1..=turns {
            for (venue, row) in venues.iter().zip(&mut *rows) {
                // Only one system's at a time: a process may not have sockets for all of them.
                let talk = venue.talk(chats).await?;
                turn(bench, (number, turns), (venue, &talk, pace, bench.turn()), row).await?;
            }
        }
    }
    let mut ratios = Vec::new();
    let ratio = |what: &str, figure, row, reference, wanted| {
        Ratio::of(format!("{what} ÷ reference"), figure, row, reference, wanted)
    };
    for (n, name, faster) in [(0, "cluster", 1.0), (2, "standalone", 2.0)] {
        let (row, other) = (&few[n], &few[1]);
        ratios.push(ratio(&format!("messages/s, {FEW} pairs, {name}"), RATE, row, other, Wanted::Above(faster)));
        ratios.push(ratio(&format!("CPU per message, {FEW} pairs, {name}"), CPU, row, other, Wanted::Anything));
    }
    for (n, name) in [(0, "cluster"), (2, "standalone")] {
        let (row, other) = (&many[n], &many[1]);
        ratios.push(ratio(&format!("p99 of delivery, {MANY} pairs, {name}"), "p99 ms", row, other, Wanted::Anything));
        ratios.push(ratio(&format!("CPU per message, {MANY} pairs, {name}"), CPU, row, other, Wanted::Anything));
    }
    let about = format!(
        "messages of 200 bytes between pairs in chats of their own, over sockets in and out: each of {FEW} pairs' people says \
         the next one when the last one is acknowledged; {MANY} pairs say {MESSAGES} a second together. Latencies until the \
         other one's socket has it, from when a message was sent, or due; CPU in µs per message"
    );
    Ok(Outcome { workload, about, rows: few.into_iter().chain(many).collect(), ratios })
}
