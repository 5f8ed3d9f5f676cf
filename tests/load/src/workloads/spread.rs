//! What a delivery costs with many chats beside few, and with two and three gateways beside one.

use std::iter;
use std::path::Path;

use chatire_tests::Ports;

use crate::Result;
use crate::bench::{Bench, say};
use crate::fanning::{OWN, Stage, Voice};
use crate::report::{Outcome, Ratio, Row, Wanted};
use crate::speaker::Speaker;
use crate::systems::{AuthService, ChatApi, Rooms, token};

/// Who speaks at the same time where there are many chats, each in chats of their own.
const SPEAKERS: usize = 4;
/// Of how many chats something is said at all: as many as a turn has time for.
const SPOKEN_IN: u32 = 2_000;

/// A system of one chat-api, and who is at its gateways.
struct Setting {
    name: &'static str,
    rooms: Rooms,
    gateways: usize,
    speakers: usize,
}

const FEW_CHATS: Setting =
    Setting { name: "10 chats", rooms: Rooms { chats: 10, members: 20, people: 200 }, gateways: 1, speakers: SPEAKERS };
/// Of the same people: who hears the messages, and how many each hears, is as with few chats.
const MANY_CHATS: Setting =
    Setting { name: "10,000 chats", rooms: Rooms { chats: 10_000, ..FEW_CHATS.rooms }, ..FEW_CHATS };
/// Ten times as many sockets are in use, each a tenth as often: what that costs more is the kernel's memory of them, which the
/// processor's caches do not hold.
const MORE_PEOPLE: Setting =
    Setting { name: "10,000 chats of 2,000", rooms: Rooms { people: 2_000, ..MANY_CHATS.rooms }, ..FEW_CHATS };
const ONE_GATEWAY: Setting =
    Setting { name: "1 gateway", rooms: Rooms { chats: 1, members: 1_200, people: 1_200 }, gateways: 1, speakers: 1 };
const TWO_GATEWAYS: Setting = Setting { name: "2 gateways", gateways: 2, ..ONE_GATEWAY };
const THREE_GATEWAYS: Setting = Setting { name: "3 gateways", gateways: 3, ..ONE_GATEWAY };

/// What stands beside each other, and how many times as much as the first one each may cost.
const COMPARED: [(Setting, &[(Setting, Wanted)]); 2] = [
    (FEW_CHATS, &[(MANY_CHATS, Wanted::Below(1.1)), (MORE_PEOPLE, Wanted::Anything)]),
    (ONE_GATEWAY, &[(TWO_GATEWAYS, Wanted::Below(1.1)), (THREE_GATEWAYS, Wanted::Below(1.1))]),
];

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let (mut rows, mut ratios) = (Vec::new(), Vec::new());
    for (first, others) in &COMPARED {
        let settings = || iter::once(first).chain(others.iter().map(|(setting, _)| setting));
        let names: Vec<_> = settings().map(|setting| setting.name).collect();
        say(&format!("starting systems with {}", names.join(", ")));
        let mut apis = Vec::new();
        let mut stages = Vec::new();
        for setting in settings() {
            let mut ports = Ports::claim();
            let name = setting.name.replace([' ', ','], "-");
            let mut api = ChatApi::start(bench, &mut ports, &auth, &name, &folder).await?;
            stages.push(setting.set_up(bench, &mut ports, &auth, &mut api, &folder).await?);
            apis.push((api, ports));
        }
        let mut group: Vec<Row> = names.iter().map(|name| Row::new(*name)).collect();
        let (turns, _) = bench.short_turns();
        for number in 1..=turns {
            for (stage, row) in stages.iter_mut().zip(&mut group) {
                let speakers = stage.speakers.len();
                stage.short_turn(bench, number, speakers, row).await?;
            }
        }
        let what = |row: &Row| format!("CPU a delivery, {} ÷ {}", row.name, first.name);
        let compared = group[1..].iter().zip(*others);
        ratios.extend(compared.map(|(row, (_, wanted))| Ratio::of(what(row), OWN, row, &group[0], *wanted)));
        rows.extend(group);
    }
    let about =
        "chats of 20 of 200 people, 4 messages in flight in different chats; and a chat of 1,200, one in flight; \
                 CPU of the gateways in µs for each frame that a socket got"
            .to_owned();
    Ok(Outcome { workload, about, rows, ratios })
}

impl Setting {
    async fn set_up(
        &self,
        bench: &Bench,
        ports: &mut Ports,
        auth: &AuthService,
        api: &mut ChatApi,
        folder: &Path,
    ) -> Result<Stage> {
        self.rooms.fill(api).await?;
        let mut gateways = Vec::new();
        for _ in 0..self.gateways {
            gateways.push(api.add_gateway(bench, ports, auth, folder).await);
        }
        let forger = auth.forger();
        let mut speakers = Vec::new();
        for n in 0..self.speakers {
            let mut chats = Vec::new();
            for chat in (0..self.rooms.chats.min(SPOKEN_IN)).skip(n).step_by(self.speakers) {
                let token = token(&forger, self.rooms.member_of(chat));
                chats.push((chat, Speaker::over_http(api.address(), token, chat)));
            }
            speakers.push(Voice(chats));
        }
        Stage::at_gateways(bench, self.name, api, &gateways, (self.rooms, &forger), speakers).await
    }
}
