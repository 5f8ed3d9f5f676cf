//! A mixed day: over a thousand sockets, most of which only listen, while the others type, look around, send and read.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use chatire_tests::Ports;

use crate::Result;
use crate::bench::{Bench, say};
use crate::conversing::measured;
use crate::failure::Failure;
use crate::http::Connection;
use crate::listening::uri;
use crate::memory::private;
use crate::percentile::Latencies;
use crate::report::{Figures, Outcome, Ratio, Row, Wanted};
use crate::spent::SHARE;
use crate::systems::{AuthService, Rooms, Venue};
use crate::talking::{Deed, Round, Talk};
use crate::{open_loop, pace};

/// Chat c and chat c + [`TWINS`] have the same people: everybody is in two.
const ROOMS: Rooms = Rooms { chats: 2 * TWINS, members: 20, people: 1_200 };
const TWINS: u32 = 60;
/// What happens a second, by all who do anything together.
const SENDS: f64 = 60.0;
const TYPINGS: f64 = 60.0;
const MARKS: f64 = 60.0;
/// Somebody looks at the other one of their chats, and is told who is online there.
const LOOKS: f64 = 20.0;
/// Pages of history, over HTTP.
const PAGES: f64 = 30.0;
/// How many read history at the same time, at most.
const READERS: usize = 30;
/// Before anything is measured everybody talks for so long, so that there is history.
const BEFORE: Duration = Duration::from_secs(1);

const P99: &str = "p99 ms";
const MEMORY: &str = "MiB";

/// One in ten does something: four of the twenty in every other chat.
fn is_busy(person: usize) -> bool {
    person % 40 < 4
}

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    say(&format!(
        "starting clusters with 1, 2 and 3 gateways and the standalone process; {} sockets at each",
        ROOMS.people
    ));
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let venues = [
        Venue::cluster(bench, &auth, ("1 gateway", &folder), ROOMS, 1).await?,
        Venue::cluster(bench, &auth, ("2 gateways", &folder), ROOMS, 2).await?,
        Venue::cluster(bench, &auth, ("3 gateways", &folder), ROOMS, 3).await?,
        Venue::standalone(bench, ("standalone", &folder), ROOMS).await?,
    ];
    let mut rows = venues.each_ref().map(|venue| Row::new(venue.name.clone()));
    let mut days = Vec::new();
    for (venue, row) in venues.iter().zip(&mut rows) {
        let talk = venue.talk(ROOMS.chats).await?;
        row.faults.extend(talk.closed_loop(BEFORE).await?.faults);
        days.push(Day::begin(venue, talk));
    }
    for number in 1..=bench.turns() {
        for (day, row) in days.iter().zip(&mut rows) {
            day.turn(bench, row).await?;
            let last = |figure| row.each(figure).pop().flatten().unwrap_or_default();
            let (p99, cpu, memory) = (last(P99), last(SHARE), last(MEMORY));
            let turns = bench.turns();
            say(&format!(
                "turn {number} of {turns}: {}: p99 {p99:.2} ms, {cpu:.0} % of a core, {memory:.0} MiB",
                row.name
            ));
        }
    }
    let [one, two, three, standalone] = &rows;
    let ratio =
        |name: &str, figure, row, other| Ratio::of(format!("{name} ÷ 1 gateway"), figure, row, other, Wanted::Anything);
    let ratios = vec![
        ratio("p99 of delivery, 2 gateways", P99, two, one),
        ratio("p99 of delivery, 3 gateways", P99, three, one),
        ratio("CPU of everything, 2 gateways", SHARE, two, one),
        ratio("CPU of everything, 3 gateways", SHARE, three, one),
        ratio("CPU of everything, standalone", SHARE, standalone, one),
    ];
    let busy = (0..ROOMS.people).filter(|person| is_busy(*person)).count();
    let about = format!(
        "{} sockets in {} chats of {}; {busy} people together send {SENDS}, type {TYPINGS}, mark {MARKS} as read, look at another \
         chat {LOOKS} and load {PAGES} pages of history a second, the others only listen. Latencies of deliveries and of pages \
         from when they were due; CPU in per cent of a core, private memory of our own processes",
        ROOMS.people, ROOMS.chats, ROOMS.members
    );
    Ok(Outcome { workload, about, rows: rows.into(), ratios })
}

/// One system's people.
struct Day<'a> {
    venue: &'a Venue,
    talk: Talk,
    busy: Vec<Busy>,
}

/// Somebody who does things.
struct Busy {
    person: usize,
    chats: [usize; 2],
    /// Which of the two they look at.
    looks_at: Cell<usize>,
}

impl<'a> Day<'a> {
    fn begin(venue: &'a Venue, talk: Talk) -> Self {
        let busy: Vec<Busy> = (0..ROOMS.people).filter(|person| is_busy(*person)).map(Busy::of).collect();
        for Busy { person, chats, .. } in &busy {
            talk.tell(*person, Deed::Look(chats[0]));
        }
        Self { venue, talk, busy }
    }

    async fn turn(&self, bench: &Bench, row: &mut Row) -> Result<()> {
        let mut readers = Vec::new();
        for busy in self.busy.iter().step_by(self.busy.len() / READERS) {
            let token = self.venue.doors[busy.person].token.as_deref().unwrap_or_default();
            readers.push((busy, Connection::open(&self.venue.api, token).await?));
        }
        let pages = RefCell::default();
        let (mut round, spent) = measured(bench, (self.venue, bench.turn()), row, async |lasts| {
            let (round, (), loaded) =
                tokio::try_join!(self.sends(lasts), self.bustles(lasts), load(&mut readers, lasts))?;
            pages.replace(loaded);
            Ok(round)
        })
        .await?;
        if round.transient == 0 {
            row.faults.push("nobody saw anybody type".to_owned());
        }
        let mut pages: Latencies = pages.into_inner();
        let mut figures = vec![
            ("messages", Some(round.acknowledged.len() as f64)),
            ("deliveries", Some(round.deliveries.count() as f64)),
            ("typing, marks, presence", Some(round.transient as f64)),
            ("p50 ms", round.deliveries.at(0.5)),
            (P99, round.deliveries.at(0.99)),
            ("max ms", round.deliveries.at(1.0)),
            ("page p50 ms", pages.at(0.5)),
            ("page p99 ms", pages.at(0.99)),
        ];
        figures.extend(spent.shares_by_process());
        let memory = self.venue.parts.service.iter().map(|meter| private(meter.pid())).sum::<Result<u64>>()?;
        figures.push((MEMORY, Some(memory as f64 / 1024.0 / 1024.0)));
        row.turns.push(Figures(figures));
        Ok(())
    }

    async fn sends(&self, lasts: Duration) -> Result<Round> {
        let mut n = 0;
        self.talk
            .paced_by(SENDS, lasts, || {
                n += 1;
                let busy = self.nth(n);
                (busy.person, busy.chats[n / self.busy.len() % 2])
            })
            .await
    }

    /// What nobody answers.
    async fn bustles(&self, lasts: Duration) -> Result<()> {
        let types = self.does(TYPINGS, lasts, |busy| Deed::Type(busy.here()));
        let marks = self.does(MARKS, lasts, |busy| Deed::Read(busy.here()));
        let looks = self.does(LOOKS, lasts, |busy| {
            busy.looks_at.set(1 - busy.looks_at.get());
            Deed::Look(busy.here())
        });
        tokio::join!(types, marks, looks);
        Ok(())
    }

    async fn does(&self, rate: f64, lasts: Duration, deed: impl Fn(&Busy) -> Deed) {
        let mut due = pace::due(rate, (rate * lasts.as_secs_f64()) as usize);
        let mut n = 0;
        while due.recv().await.is_some() {
            let busy = self.nth(n);
            self.talk.tell(busy.person, deed(busy));
            n += 1;
        }
    }

    /// By strides, so that those who are in the same chat do not act one after the other.
    fn nth(&self, n: usize) -> &Busy {
        &self.busy[n * 7 % self.busy.len()]
    }
}

impl Busy {
    fn of(person: usize) -> Self {
        let chat = person / ROOMS.members;
        Self { person, chats: [chat, chat + TWINS as usize], looks_at: Cell::new(0) }
    }

    fn here(&self) -> usize {
        self.chats[self.looks_at.get()]
    }
}

/// The newest page of a chat's history, by one reader after the other.
async fn load(readers: &mut [(&Busy, Connection)], lasts: Duration) -> Result<Latencies> {
    open_loop::run(readers, PAGES, lasts, async |(busy, connection), _| {
        let chat = u32::try_from(busy.chats[0]).unwrap_or(u32::MAX);
        let answer = connection.get(&format!("/api/chats/{}/messages/", uri(chat))).await?;
        match answer.status {
            200 => Ok(()),
            _ => Err(Failure::new(format!("a page of history was refused: {}", answer.shown()))),
        }
    })
    .await
}
