//! Ten thousand sockets to which nothing is said: their memory and their cost, also after a burst.

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
/// Who speaks at the same time in the burst.
const SPEAKERS: usize = 20;
/// How often each speaker says something in each of their chats.
const ROUNDS: u64 = 20;
/// How long the burst may take to be heard.
const HEARD_WITHIN: Duration = Duration::from_secs(120);
/// What was done last is over by then, and its memory given back.
const SETTLED: Duration = Duration::from_secs(10);

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

    let mut gateway = Row::new("gateway");
    let doors = (0..ROOMS.people).map(|n| Door { address: address.clone(), token: Some(token(&forger, n)) });
    let empty = private(pid)?;
    say(&format!("{} sockets at the gateway", ROOMS.people));
    let crowd = Crowd::gather(doors.collect(), Returning::Never, &tally).await?;
    let (memory, cpu) = at_rest(bench, pid, empty, crowd.len()).await?;
    say(&format!("{memory:.1} KiB a socket, {cpu:.2} % of a core; now a burst"));
    let mut speakers = Vec::new();
    for chat in 0..ROOMS.chats {
        let token = token(&forger, ROOMS.member_of(chat));
        speakers.push(Speaker::over_http(api.address(), token, chat));
    }
    let took = burst(&mut speakers, &tally).await?;
    let (after, _) = at_rest(bench, pid, empty, crowd.len()).await?;
    gateway.faults.extend(tally.take_faults());
    gateway.turns.push(Figures(vec![
        (MEMORY, Some(memory)),
        (AFTER_BURST, Some(after)),
        (CPU, Some(cpu)),
        ("burst s", Some(took.as_secs_f64())),
    ]));
    drop(crowd);

    let mut reference = Row::new("Node ws");
    let node = Broadcast::node(bench, &mut ports, &folder).await?;
    let door = Door { address: node.address().to_owned(), token: None };
    let empty = private(node.pid())?;
    say(&format!("{} sockets at the reference", ROOMS.people));
    let tally = Arc::new(Tally::new(ROOMS.people));
    let crowd = Crowd::gather(vec![door; ROOMS.people], Returning::Never, &tally).await?;
    let (memory, cpu) = at_rest(bench, node.pid(), empty, crowd.len()).await?;
    reference.faults.extend(tally.take_faults());
    reference.turns.push(Figures(vec![
        (MEMORY, Some(memory)),
        (AFTER_BURST, None),
        (CPU, Some(cpu)),
        ("burst s", None),
    ]));

    let ratios = vec![
        Ratio::alone("KiB a socket, gateway", MEMORY, &gateway, Wanted::Below(16.0)),
        Ratio::alone("KiB a socket after a burst, gateway", AFTER_BURST, &gateway, Wanted::Below(16.0)),
        Ratio::alone("% of a core, gateway", CPU, &gateway, Wanted::Below(1.0)),
        Ratio::of("memory, gateway ÷ Node ws", MEMORY, &gateway, &reference, Wanted::Anything),
    ];
    let about = format!(
        "{} sockets in {} chats, to which nothing is said but heartbeats; then {} messages to each, then nothing again; \
         private memory beside that of the process without sockets",
        ROOMS.people, ROOMS.chats, ROUNDS
    );
    Ok(Outcome { workload, about, rows: vec![gateway, reference], ratios })
}

/// KiB for each socket, and per cent of a core over a time with two heartbeats of each.
async fn at_rest(bench: &Bench, pid: u32, empty: u64, sockets: usize) -> Result<(f64, f64)> {
    sleep(SETTLED).await;
    let (meter, lasts) = (Meter::new("sockets", pid), Duration::from_secs(if bench.quick { 5 } else { 50 }));
    let (before, began) = (meter.read()?, Instant::now());
    sleep(lasts).await;
    let share = (meter.read()? - before).as_secs_f64() / began.elapsed().as_secs_f64();
    let memory = private(pid)?.saturating_sub(empty) as f64 / 1024.0 / sockets as f64;
    Ok((memory, 100.0 * share))
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
