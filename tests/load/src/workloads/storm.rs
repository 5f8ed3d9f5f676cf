//! Ten thousand clients lose their gateway and come back to another one, where people go on talking.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chatire_tests::{Forger, Ports};
use tokio::time::sleep;

use crate::Result;
use crate::bench::{Bench, say};
use crate::elsewhere::Elsewhere;
use crate::failure::Failure;
use crate::listening::{Crowd, Door, Returning, Tally, uri};
use crate::pace;
use crate::report::{Figures, Outcome, Ratio, Row, Wanted};
use crate::speaker::Speaker;
use crate::spent::Parts;
use crate::systems::{AuthService, ChatApi, Rooms, token};
use crate::talking::{Chat, Dialect, Talk};

/// Who loses the gateway: each is in one of a thousand chats.
const LOSERS: usize = 10_000;
/// Their chats, which come first.
const LOST: u32 = 1_000;
/// Of each chat.
const MEMBERS: usize = LOSERS / LOST as usize;
/// Chats at the gateway that stays, after all others: two people of each talk.
const TALKS: u32 = 20;
/// Messages a second, in all of these together.
const MESSAGES: f64 = 200.0;
/// Messages a second in the chats of those who are away.
const MISSED: f64 = 100.0;
/// How long all this is watched after the loss.
const WATCHED: Duration = Duration::from_secs(10);
/// By then the last one must be back and have everything.
const BACK_WITHIN: Duration = Duration::from_secs(60);

const ALL_BACK: &str = "all back s";
const P99: &str = "delivery p99 ms";

/// Everybody is in one chat.
const ROOMS: Rooms = Rooms { chats: LOST + TALKS, members: MEMBERS, people: LOSERS + TALKS as usize * MEMBERS };

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let mut row = Row::new("cluster");
    let turns = if bench.quick { 1 } else { bench.turns() };
    for number in 1..=turns {
        let name = format!("chat-api-{number}");
        say(&format!("starting chat-api with two gateways; {LOSERS} sockets at one of them"));
        // Each turn has processes of its own.
        let mut ports = Ports::claim();
        let api = ChatApi::start(bench, &mut ports, &auth, &name, &folder).await?;
        let figures = turn(bench, &mut ports, &auth, api, &folder, &mut row).await?;
        row.turns.push(figures);
        let last = |figure| row.each(figure).pop().flatten().unwrap_or_default();
        let (back, p99) = (last(ALL_BACK), last(P99));
        say(&format!("turn {number} of {turns}: all back after {back:.1} s, p99 {p99:.0} ms on the other gateway"));
    }
    let ratios = vec![
        Ratio::alone("p99 ms of delivery meanwhile", P99, &row, Wanted::Below(1_000.0)),
        Ratio::alone("s until all were back", ALL_BACK, &row, Wanted::Below(10.0)),
    ];
    let about = format!(
        "a gateway with {LOSERS} sockets is killed; they come back to another one as the web client does (full jitter from 0.5 s \
         on) and resume, while {MISSED} messages a second are said in their chats and {MESSAGES} a second in others at the gateway \
         that stays"
    );
    Ok(Outcome { workload, about, rows: vec![row], ratios })
}

async fn turn(
    bench: &Bench,
    ports: &mut Ports,
    auth: &AuthService,
    mut api: ChatApi,
    folder: &std::path::Path,
    row: &mut Row,
) -> Result<Figures> {
    ROOMS.fill(&api).await?;
    let forger = auth.forger();
    let stays = api.add_gateway(bench, ports, auth, folder).await;
    let dies = api.add_gateway(bench, ports, auth, folder).await;
    let talk = talk(&stays, &forger).await?;
    let door = |person| Door { address: dies.clone(), token: Some(token(&forger, person)) };
    let tally = Arc::new(Tally::new(MEMBERS));
    // Ten thousand handshakes would delay those whose messages are timed.
    let (elsewhere, doors) = (Elsewhere::start()?, (0..LOSERS).map(door).collect());
    let (returning, heard) = (Returning::To(stays.clone()), tally.clone());
    let crowd = elsewhere.run(async move { Crowd::gather(doors, returning, &heard).await }).await?;
    let before = talk.paced(MESSAGES, bench.warm_up() * 3).await?;
    row.faults.extend(before.faults);

    let parts = Parts { service: Vec::new(), postgres: Some(bench.postgres()), broker: Some(bench.broker()) };
    api.kill_gateway(1);
    let (began, lost_at) = (parts.read()?, Instant::now());
    let (during, said, back) = tokio::try_join!(
        talk.paced(MESSAGES, WATCHED),
        missed(api.address(), &forger),
        all_are_back(&tally, crowd.len(), lost_at),
    )?;
    let ended = parts.read()?;
    tally.have_heard(said * MEMBERS as u64, BACK_WITHIN).await?;
    row.faults.extend(during.faults);
    row.faults.extend(tally.take_faults());
    let (mut calm, mut meanwhile, mut away) = (before.deliveries, during.deliveries, tally.returns());
    let others = began.figures_until(&ended, crowd.len()).pop();
    let mut figures = vec![
        (ALL_BACK, Some(back.as_secs_f64())),
        ("back p50 s", away.at(0.5).map(|ms| ms / 1e3)),
        ("back p99 s", away.at(0.99).map(|ms| ms / 1e3)),
        ("p99 ms before", calm.at(0.99)),
        ("delivery p50 ms", meanwhile.at(0.5)),
        (P99, meanwhile.at(0.99)),
        ("max ms", meanwhile.at(1.0)),
    ];
    figures.extend(others);
    Ok(Figures(figures))
}

/// Two people of each chat that is not lost.
async fn talk(gateway: &str, forger: &Forger) -> Result<Talk> {
    let (mut doors, mut chats) = (Vec::new(), Vec::new());
    for chat in LOST..ROOMS.chats {
        chats.push(Chat { uri: uri(chat), members: vec![doors.len(), doors.len() + 1] });
        let door = |n| Door { address: gateway.to_owned(), token: Some(token(forger, ROOMS.member_of(chat) + n)) };
        doors.extend([door(0), door(1)]);
    }
    Talk::open(Dialect::Chatire, &doors, chats).await
}

/// Says something in one chat after the other, at a steady pace; returns how often.
async fn missed(api: &str, forger: &Forger) -> Result<u64> {
    let count = (MISSED * WATCHED.as_secs_f64()) as u32;
    let mut due = pace::due(MISSED, count as usize);
    for n in 0..count {
        due.recv().await;
        let chat = n % LOST;
        // Each chat hears of two of these: their connections are not worth keeping.
        let token = token(forger, ROOMS.member_of(chat));
        Speaker::over_http(api, token, chat).say().await?;
    }
    Ok(count.into())
}

/// Waits until everybody is; returns how long after the loss that was.
async fn all_are_back(tally: &Tally, sockets: usize, lost_at: Instant) -> Result<Duration> {
    while tally.returns().count() < sockets {
        if lost_at.elapsed() > BACK_WITHIN {
            let back = tally.returns().count();
            return Err(Failure::new(format!("{back} of {sockets} are back after {BACK_WITHIN:?}")));
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(lost_at.elapsed())
}
