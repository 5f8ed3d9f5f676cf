//! How long a message is on its way to everybody in a chat while nothing is busy.

use std::time::Duration;

use chatire_tests::Ports;

use crate::Result;
use crate::bench::{Bench, say};
use crate::conversing::{Pace, turn};
use crate::report::{Outcome, Ratio, Row, Wanted};
use crate::systems::{AuthService, Rooms, Venue};

/// Sockets in the chat; how often each system has its turn and for how long; whether the targets are about it.
const SIZES: [(usize, usize, Duration, bool); 2] =
    [(200, 3, Duration::from_secs(5), true), (1_000, 2, Duration::from_secs(3), false)];
/// Messages a second, by one member after the other.
const MESSAGES: f64 = 10.0;
/// Messages a second before anything is measured, for so long: a service that runs for a day has its code compiled and its
/// statements prepared.
const BEFORE: (f64, Duration) = (50.0, Duration::from_secs(2));

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let (mut rows, mut ratios) = (Vec::new(), Vec::new());
    for (sockets, turns, lasts, aimed_at) in SIZES {
        say(&format!("starting a cluster, the reference and the standalone process; {sockets} sockets at each"));
        let rooms = Rooms { chats: 1, members: sockets, people: sockets };
        let folder = bench.folder(&format!("{workload}/{sockets}"))?;
        let venues = [
            Venue::cluster(bench, &auth, ("cluster", &folder), rooms, 1).await?,
            Venue::reference(bench, ("reference", &folder), rooms).await?,
            Venue::standalone(bench, ("standalone", &folder), rooms).await?,
        ];
        let mut all = venues.each_ref().map(|venue| Row::new(format!("{}, {sockets}", venue.name)));
        let mut talks = Vec::new();
        for (venue, row) in venues.iter().zip(&mut all) {
            let talk = venue.talk(rooms.chats).await?;
            row.faults.extend(talk.paced(BEFORE.0, BEFORE.1).await?.faults);
            talks.push(talk);
        }
        let (turns, lasts) = if bench.quick { (bench.turns(), bench.turn()) } else { (turns, lasts) };
        for number in 1..=turns {
            for ((venue, talk), row) in venues.iter().zip(&talks).zip(&mut all) {
                turn(bench, (number, turns), (venue, talk, Pace::Rate(MESSAGES), lasts), row).await?;
            }
        }
        let [cluster, reference, standalone] = &all;
        for (name, row, bound) in [("standalone", standalone, 1.0), ("cluster", cluster, 2.0)] {
            let wanted = if aimed_at { Wanted::Below(bound) } else { Wanted::Anything };
            let what = |figure: &str| format!("{figure} of delivery, {sockets} sockets, {name} ÷ reference");
            ratios.push(Ratio::of(what("p99 ms"), "p99 ms", row, reference, wanted));
            ratios.push(Ratio::of(what("p50 ms"), "p50 ms", row, reference, Wanted::Anything));
        }
        rows.extend(all);
    }
    let about = format!(
        "{MESSAGES} messages a second of 200 bytes in one chat, by one of its people after the other, from when one was due \
         until each of the others' sockets had it; CPU in µs per message"
    );
    Ok(Outcome { workload, about, rows, ratios })
}
