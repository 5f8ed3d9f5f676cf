//! A thousand and ten thousand sockets to which nothing is said: their memory and their cost, also after a burst.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chatire_tests::Ports;
use futures_util::future::try_join_all;
use tokio::time::sleep;

use crate::Result;
use crate::bench::{Bench, say};
use crate::cpu::Meter;
use crate::failure::Failure;
use crate::listening::{Crowd, Door, Returning, Tally};
use crate::memory::private;
use crate::report::{Figures, Outcome, Ratio, Row, Wanted};
use crate::speaker::Speaker;
use crate::systems::{AuthService, Broadcast, ChatApi, Rooms, token};

/// Each socket is in one of a thousand chats.
const ROOMS: Rooms = Rooms { chats: 1_000, members: 10, people: 10_000 };
/// So many come first.
const FEW: usize = 1_000;
/// Who speaks at the same time in the burst.
const SPEAKERS: usize = 20;
/// How often each speaker says something in each of their chats.
const ROUNDS: u64 = 20;
/// How long the burst may take to be heard.
const HEARD_WITHIN: Duration = Duration::from_secs(120);
/// What coming in has cost is over by then.
const SETTLED: Duration = Duration::from_secs(5);
/// What a burst has cost is over by then, and its memory given back.
const SETTLED_AFTER_BURST: Duration = Duration::from_secs(8);
/// In it each socket has one heartbeat (`ws-gateway/settings.toml`).
const HEARTBEAT: Duration = Duration::from_secs(25);

const MEMORY: &str = "KiB a socket";
const AFTER_BURST: &str = "KiB after burst";
const CPU: &str = "% of a core";

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    say("starting the cluster's services, and the reference");
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let mut api = ChatApi::start(bench, &mut ports, &auth, "chat-api", &folder).await?;
    ROOMS.fill(&api).await?;
    let address = api.add_gateway(bench, &mut ports, &auth, &folder).await;
    let forger = auth.forger();
    let pid = api.gateway_pids()[0];
    let tally = Arc::new(Tally::new(ROOMS.members));
    let doors = (0..ROOMS.people).map(|n| Door { address: address.clone(), token: Some(token(&forger, n)) });
    let mut sockets = Sockets::none_yet("gateway", pid, doors.collect(), &tally)?;
    let few = sockets.up_to(FEW, None).await?;
    let mut many = sockets.up_to(ROOMS.people, Some(if bench.quick { HEARTBEAT / 5 } else { HEARTBEAT })).await?;
    say("now a burst");
    let mut speakers = Vec::new();
    for chat in 0..ROOMS.chats {
        let token = token(&forger, ROOMS.member_of(chat));
        speakers.push(Speaker::over_http(api.address(), token, chat));
    }
    let took = burst(&mut speakers, &tally).await?;
    sleep(SETTLED_AFTER_BURST).await;
    many.after_burst = Some((sockets.memory()?, took));
    drop(sockets);
    let gateway = [row("gateway", FEW, few, Vec::new()), row("gateway", ROOMS.people, many, tally.take_faults())];

    let node = Broadcast::node(bench, &mut ports, &folder).await?;
    let door = Door { address: node.address().to_owned(), token: None };
    let tally = Arc::new(Tally::new(ROOMS.people));
    let mut sockets = Sockets::none_yet("Node ws", node.pid(), vec![door; ROOMS.people], &tally)?;
    let few = sockets.up_to(FEW, None).await?;
    let many = sockets.up_to(ROOMS.people, Some(HEARTBEAT / 5)).await?;
    let reference = [row("Node ws", FEW, few, Vec::new()), row("Node ws", ROOMS.people, many, tally.take_faults())];

    let ratios = vec![
        Ratio::of("memory, gateway ÷ Node ws, 10,000", MEMORY, &gateway[1], &reference[1], Wanted::Below(1.0)),
        Ratio::of("memory, gateway ÷ Node ws, 1,000", MEMORY, &gateway[0], &reference[0], Wanted::Anything),
        Ratio::alone("KiB a socket, gateway, 10,000", MEMORY, &gateway[1], Wanted::Below(16.0)),
        Ratio::alone("KiB a socket after a burst, gateway, 10,000", AFTER_BURST, &gateway[1], Wanted::Below(16.0)),
        Ratio::alone("% of a core, gateway, 10,000", CPU, &gateway[1], Wanted::Below(1.0)),
    ];
    let about = format!(
        "{FEW} and then {} sockets in {} chats, to which nothing is said but heartbeats; then {ROUNDS} messages to each, then \
         nothing again; private memory beside that of the process without sockets",
        ROOMS.people, ROOMS.chats
    );
    Ok(Outcome { workload, about, rows: gateway.into_iter().chain(reference).collect(), ratios })
}

/// Those at one process.
struct Sockets<'a> {
    name: &'static str,
    pid: u32,
    /// The process's memory without any.
    empty: u64,
    /// Of all who may come.
    doors: Vec<Door>,
    tally: &'a Arc<Tally>,
    crowds: Vec<Crowd>,
}

/// What they were found to need.
struct Found {
    memory: f64,
    cpu: Option<f64>,
    /// Memory, and how long it took until it was heard.
    after_burst: Option<(f64, Duration)>,
}

impl<'a> Sockets<'a> {
    fn none_yet(name: &'static str, pid: u32, doors: Vec<Door>, tally: &'a Arc<Tally>) -> Result<Self> {
        Ok(Self { name, pid, empty: private(pid)?, doors, tally, crowds: Vec::new() })
    }

    /// So many are there in all; their CPU is looked at for so long, if it is.
    async fn up_to(&mut self, count: usize, cpu_over: Option<Duration>) -> Result<Found> {
        let doors = self.doors[self.len()..count].to_vec();
        self.crowds.push(Crowd::gather(doors, Returning::Never, self.tally).await?);
        sleep(SETTLED).await;
        let memory = self.memory()?;
        let cpu = match cpu_over {
            Some(lasts) => Some(self.cpu(lasts).await?),
            None => None,
        };
        let shown = cpu.map(|cpu| format!(", {cpu:.2} % of a core")).unwrap_or_default();
        say(&format!("{count} sockets at {}: {memory:.1} KiB each{shown}", self.name));
        Ok(Found { memory, cpu, after_burst: None })
    }

    /// KiB for each.
    fn memory(&self) -> Result<f64> {
        Ok(private(self.pid)?.saturating_sub(self.empty) as f64 / 1024.0 / self.len() as f64)
    }

    /// Per cent of a core.
    async fn cpu(&self, lasts: Duration) -> Result<f64> {
        let meter = Meter::new("sockets", self.pid);
        let (before, began) = (meter.read()?, Instant::now());
        sleep(lasts).await;
        Ok(100.0 * (meter.read()? - before).as_secs_f64() / began.elapsed().as_secs_f64())
    }

    fn len(&self) -> usize {
        self.crowds.iter().map(Crowd::len).sum()
    }
}

fn row(name: &str, sockets: usize, found: Found, faults: Vec<String>) -> Row {
    let figures = vec![
        (MEMORY, Some(found.memory)),
        (AFTER_BURST, found.after_burst.map(|(memory, _)| memory)),
        (CPU, found.cpu),
        ("burst s", found.after_burst.map(|(_, took)| took.as_secs_f64())),
    ];
    Row { turns: vec![Figures(figures)], faults, ..Row::new(format!("{name}, {sockets}")) }
}

/// As much as can be said, in all chats; returns how long it took until all was heard.
async fn burst(speakers: &mut [Speaker], tally: &Tally) -> Result<Duration> {
    let began = Instant::now();
    let said = speakers.len() as u64 * ROUNDS;
    let each = speakers.len() / SPEAKERS;
    try_join_all(speakers.chunks_mut(each).map(async |some: &mut [Speaker]| {
        for _ in 0..ROUNDS {
            for speaker in &mut *some {
                speaker.say().await?;
            }
        }
        Ok::<_, Failure>(())
    }))
    .await?;
    tally.have_heard(said * ROOMS.members as u64, HEARD_WITHIN).await?;
    Ok(began.elapsed())
}
