//! One chat with a thousand listeners: a gateway beside a bare broadcaster and a plain server on Node and `ws`.

use std::path::Path;
use std::sync::Arc;

use chatire_tests::Ports;

use crate::Result;
use crate::bench::{Bench, say};
use crate::fanning::{OWN, Stage, Voice};
use crate::listening::{Crowd, Door, Returning, Tally};
use crate::report::{Outcome, Ratio, Row, Wanted};
use crate::speaker::Speaker;
use crate::spent::{CPU, Parts};
use crate::systems::{AuthService, Broadcast, ChatApi, Rooms, token};

/// Sockets.
const LISTENERS: usize = 1_000;
/// Messages in flight: the next one is said when everybody has heard one of them.
const IN_FLIGHT: [usize; 2] = [1, 16];

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    say("starting the cluster's services, and the references");
    let floor = Broadcast::floor(&mut ports, &folder).await?;
    let node = Broadcast::node(bench, &mut ports, &folder).await?;
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let mut api = ChatApi::start(bench, &mut ports, &auth, "chat-api", &folder).await?;
    say(&format!("{LISTENERS} sockets at each"));
    let mut stages = [
        gateway(bench, &mut ports, &auth, &mut api, &folder).await?,
        reference("floor", &floor).await?,
        reference("Node ws", &node).await?,
    ];

    let mut rows: Vec<Row> = Vec::new();
    for in_flight in IN_FLIGHT {
        rows.extend(stages.iter().map(|stage| Row::new(format!("{}, {in_flight}", stage.name))));
    }
    for number in 1..=bench.turns() {
        let each = IN_FLIGHT.iter().flat_map(|in_flight| (0..stages.len()).map(|stage| (*in_flight, stage)));
        for ((in_flight, stage), row) in each.collect::<Vec<_>>().into_iter().zip(&mut rows) {
            stages[stage].turn(bench, number, in_flight, row).await?;
        }
    }

    let [one, floor_one, node_one, many, floor_many, node_many] = &rows[..] else { unreachable!("three by two") };
    let ratio = |what: &str, figure, row, other, wanted| Ratio::of(what, figure, row, other, wanted);
    let ratios = vec![
        ratio("CPU a delivery, gateway ÷ floor, 1 in flight", OWN, one, floor_one, Wanted::Below(1.2)),
        ratio("CPU a delivery, gateway, 16 in flight ÷ 1", OWN, many, one, Wanted::Below(0.25)),
        ratio("CPU a delivery, gateway ÷ floor, 16 in flight", OWN, many, floor_many, Wanted::Anything),
        ratio("CPU a delivery, gateway ÷ Node ws, 1 in flight", OWN, one, node_one, Wanted::Anything),
        ratio("CPU a delivery, gateway ÷ Node ws, 16 in flight", OWN, many, node_many, Wanted::Anything),
        ratio("CPU of everything ÷ Node ws, 1 in flight", CPU, one, node_one, Wanted::Anything),
    ];
    let about = format!(
        "{LISTENERS} sockets in one chat hear messages of 200 bytes; the next one is said when everybody has heard the last \
         (1), or one of the last 16; CPU in µs for each frame that a socket got"
    );
    Ok(Outcome { workload, about, rows, ratios })
}

async fn gateway(
    bench: &Bench,
    ports: &mut Ports,
    auth: &AuthService,
    api: &mut ChatApi,
    folder: &Path,
) -> Result<Stage> {
    let rooms = Rooms { chats: 1, members: LISTENERS, people: LISTENERS };
    rooms.fill(api).await?;
    let address = api.add_gateway(bench, ports, auth, folder).await;
    let forger = auth.forger();
    let mut speakers = Vec::new();
    for person in 0..most_in_flight() {
        let speaker = Speaker::over_http(api.address(), token(&forger, person), 0);
        speakers.push(Voice(vec![(0, speaker)]));
    }
    Stage::at_gateways(bench, "gateway", api, &[address], (rooms, &forger), speakers).await
}

async fn reference(name: &str, reference: &Broadcast) -> Result<Stage> {
    let speakers = reference.speakers(most_in_flight()).await?;
    let speakers = speakers.into_iter().map(|speaker| Voice(vec![(0, speaker)])).collect();
    let door = Door { address: reference.address().to_owned(), token: None };
    let tally = Arc::new(Tally::new(LISTENERS));
    let crowd = Crowd::gather(vec![door; LISTENERS], Returning::Never, &tally).await?;
    let own = vec![reference.meter()?];
    let parts = Parts { service: own.clone(), postgres: None, broker: None };
    Ok(Stage { name: name.to_owned(), tally, _crowd: crowd, audience: LISTENERS, speakers, own, parts })
}

fn most_in_flight() -> usize {
    IN_FLIGHT.into_iter().max().unwrap_or(1)
}
