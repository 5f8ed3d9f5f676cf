//! One chat with many listeners: a gateway beside a bare broadcaster, and beside what others push messages to sockets with.

mod setting;

use std::path::Path;

use chatire_tests::Ports;

use crate::Result;
use crate::bench::{Bench, say};
use crate::fanning::{OWN, Stage, Voice};
use crate::listening::Dialect;
use crate::report::{Figures, Outcome, Ratio, Row, Wanted};
use crate::speaker::{Speaker, frame_length};
use crate::spent::CPU;
use crate::systems::{AuthService, Broadcast, ChatApi, Reference, Rooms, token};
use setting::{AUDIENCES, MANY, ONE, SETTINGS, Setting};

const GATEWAY: &str = "gateway";
/// The reference that stores what it delivers; without an order of its own, so that only one speaks at a time.
const STORING: &str = "Node ws + pg";
/// The floor on a machine that has other things to do: each message is stored and published at a chat-api before, whose gateway
/// has no listener. What it costs more than the floor alone is what the system's other processes leave of the processor's
/// caches, and no gateway can get rid of.
const BUSY_FLOOR: &str = "floor after chat-api";

/// A system under one load.
struct Cell {
    system: String,
    setting: &'static Setting,
    row: Row,
}

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    say("starting the references, and auth-service");
    let busy_floor = Broadcast::floor(BUSY_FLOOR, &mut ports, &folder).await?;
    let mut references = vec![Broadcast::floor("floor", &mut ports, &folder).await?];
    let nats = Broadcast::nats(&mut ports, &folder).await?;
    let left_out = if nats.is_none() { "; NATS was LEFT OUT: there is no nats-server here" } else { "" };
    references.extend(nats);
    references.push(Broadcast::node(bench, &mut ports, &folder).await?);
    references.push(Broadcast::socket_io(bench, &mut ports, &folder).await?);
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let mut cells = Vec::new();
    for sockets in AUDIENCES {
        cells.extend(with_audience(bench, sockets, &auth, (&busy_floor, &references), &folder).await?);
    }

    let about = format!(
        "in front: how many sockets hear one chat / how many messages of 200 bytes are in flight, of which the next one is said when \
         everybody has heard one of them; CPU in µs for each frame that a socket got{left_out}"
    );
    Ok(Outcome { workload, about, ratios: ratios(&cells, &references), rows: rows(&cells) })
}

/// All systems in turns under all loads with so many sockets.
async fn with_audience(
    bench: &Bench,
    sockets: usize,
    auth: &AuthService,
    (busy_floor, references): (&Broadcast, &[Broadcast]),
    folder: &Path,
) -> Result<Vec<Cell>> {
    let mut ports = Ports::claim();
    say(&format!("starting chat-api with a gateway, and a reference that stores; {sockets} sockets at each system"));
    let mut api = ChatApi::start(bench, &mut ports, auth, &format!("chat-api-{sockets}"), folder).await?;
    let mut stages = vec![gateway(bench, &mut ports, auth, &mut api, sockets, folder).await?];
    let storing = Reference::start(bench, &mut ports, folder).await?;
    let (seat, doors) = storing.one_chat(sockets, frame_length()).await?;
    let speakers = vec![Speaker::from_seat(&seat).await?];
    stages.push(Stage::at_reference(STORING, (Dialect::Reference, doors), speakers, storing.meters(bench)?).await?);
    let (mut elsewhere, speakers) = floor_speakers(bench, &mut ports, auth, (busy_floor, sockets), folder).await?;
    let _gateway = elsewhere.add_gateway(bench, &mut ports, auth, folder).await;
    let (listeners, meters) = (busy_floor.doors(sockets), busy_floor.meters()?);
    stages.push(Stage::at_reference(BUSY_FLOOR, listeners, speakers, meters).await?);
    for reference in references {
        let speakers = reference.speakers(setting::most_in_flight()).await?;
        let listeners = reference.doors(sockets);
        stages.push(Stage::at_reference(reference.name(), listeners, speakers, reference.meters()?).await?);
    }

    let mut cells = Vec::new();
    for setting in SETTINGS.iter().filter(|setting| setting.sockets == sockets) {
        for (stage, at) in stages.iter().zip(0..) {
            if stage.speakers.len() >= setting.in_flight {
                let row = Row::new(format!("{}, {}", stage.name, setting.name));
                cells.push((at, Cell { system: stage.name.clone(), setting, row }));
            }
        }
    }
    let (turns, _) = bench.short_turns();
    for number in 1..=turns {
        for (stage, cell) in &mut cells {
            let in_flight = cell.setting.in_flight;
            stages[*stage].short_turn(bench, number, in_flight, &mut cell.row).await?;
        }
    }
    Ok(cells.into_iter().map(|(_, cell)| cell).collect())
}

/// Who speaks to the floor when chat-api has stored it.
async fn floor_speakers(
    bench: &Bench,
    ports: &mut Ports,
    auth: &AuthService,
    (floor, sockets): (&Broadcast, usize),
    folder: &Path,
) -> Result<(ChatApi, Vec<Speaker>)> {
    let api = ChatApi::start(bench, ports, auth, &format!("chat-api-of-nobody-{sockets}"), folder).await?;
    Rooms { chats: 1, members: 2, people: 2 }.fill(&api).await?;
    let to_floor = floor.speakers(1).await?;
    let forger = auth.forger();
    let twice = |there| Speaker::twice(Speaker::over_http(api.address(), token(&forger, 0), 0), there);
    let speakers = to_floor.into_iter().map(twice).collect();
    Ok((api, speakers))
}

async fn gateway(
    bench: &Bench,
    ports: &mut Ports,
    auth: &AuthService,
    api: &mut ChatApi,
    sockets: usize,
    folder: &Path,
) -> Result<Stage> {
    let rooms = Rooms { chats: 1, members: sockets, people: sockets };
    rooms.fill(api).await?;
    let address = api.add_gateway(bench, ports, auth, folder).await;
    let forger = auth.forger();
    let mut speakers = Vec::new();
    for person in 0..setting::most_in_flight() {
        let speaker = Speaker::over_http(api.address(), token(&forger, person), 0);
        speakers.push(Voice(vec![(0, speaker)]));
    }
    Stage::at_gateways(bench, GATEWAY, api, &[address], (rooms, &forger), speakers).await
}

/// A row for each system, with the figures of all loads.
fn rows(cells: &[Cell]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for cell in cells {
        let at = rows.iter().position(|row| row.name == cell.system).unwrap_or_else(|| {
            rows.push(Row::new(&*cell.system));
            rows.len() - 1
        });
        let row = &mut rows[at];
        row.turns.resize_with(cell.row.turns.len(), || Figures(Vec::new()));
        for (name, full_name) in cell.setting.figures {
            for (turn, value) in row.turns.iter_mut().zip(cell.row.each(name)) {
                turn.0.push((full_name, value));
            }
        }
        row.faults.extend(cell.row.faults.iter().map(|fault| format!("{}: {fault}", cell.setting.name)));
    }
    rows
}

fn ratios(cells: &[Cell], references: &[Broadcast]) -> Vec<Ratio> {
    // What was not measured meets nothing.
    let nothing = Row::new("");
    let of = |system: &str, setting: &str| {
        let found = cells.iter().find(|cell| cell.system == system && cell.setting.name == setting);
        found.map_or(&nothing, |cell| &cell.row)
    };
    let ratio = |setting: &str, other: &str, wanted| {
        let what = format!("{setting} fan-out µs, gateway ÷ {other}");
        Ratio::of(what, OWN, of(GATEWAY, setting), of(other, setting), wanted)
    };
    let everything = |setting: &str, wanted| {
        let what = format!("{setting} CPU µs of everything, ÷ {STORING}");
        Ratio::of(what, CPU, of(GATEWAY, setting), of(STORING, setting), wanted)
    };
    let mut ratios = vec![
        ratio(MANY, "NATS", Wanted::Below(1.0)),
        ratio(ONE, "floor", Wanted::Below(1.15)),
        everything(ONE, Wanted::Below(1.0)),
        ratio(ONE, BUSY_FLOOR, Wanted::Anything),
        Ratio::of(
            format!("{ONE} fan-out µs, {BUSY_FLOOR} ÷ floor"),
            OWN,
            of(BUSY_FLOOR, ONE),
            of("floor", ONE),
            Wanted::Anything,
        ),
        Ratio::of(
            format!("{MANY} fan-out µs ÷ {ONE}, gateway"),
            OWN,
            of(GATEWAY, MANY),
            of(GATEWAY, ONE),
            Wanted::Below(0.25),
        ),
    ];
    for setting in &SETTINGS {
        for reference in references.iter().map(Broadcast::name) {
            if !matches!((setting.name, reference), (MANY, "NATS") | (ONE, "floor")) {
                ratios.push(ratio(setting.name, reference, Wanted::Anything));
            }
        }
    }
    ratios
}
