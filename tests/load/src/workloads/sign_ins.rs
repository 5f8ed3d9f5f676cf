//! People talk over a gateway while others sign in, beside the same talk while nobody does.

use std::time::Duration;

use chatire_tests::{Client, Person, Ports};

use crate::Result;
use crate::bench::{Bench, say};
use crate::listening::Door;
use crate::percentile::Latencies;
use crate::report::{Figures, Outcome, Ratio, Row, Wanted};
use crate::signing_in;
use crate::spent::{Parts, Spent};
use crate::systems::{AuthService, ChatApi, Standalone, sign_up};
use crate::talking::{Chat, Dialect, Talk};

/// Chats of two people.
const CHATS: usize = 20;
/// Messages a second, in all chats together.
const MESSAGES: f64 = 200.0;
/// Sign-ins a second.
const SIGN_INS: f64 = 20.0;
/// The two kinds of a turn alternate after so long, in seconds: what else the machine does is seen by both.
const SLICE: u64 = 1;
/// What the median latency of delivery must be below while nobody signs in, in ms, by places: less than 2 ms above what
/// it is, so that a delay of as much does not go unseen.
const MEDIANS: [f64; 2] = [3.5, 2.5];

/// Where people talk and sign in.
struct Place {
    name: &'static str,
    /// `host:port` for those who sign in.
    auth: String,
    /// Who signs in.
    names: Vec<String>,
    talk: Talk,
    parts: Parts,
}

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    say("starting the cluster's services with a gateway, and the standalone process");
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let mut api = ChatApi::start(bench, &mut ports, &auth, "chat-api", &folder).await?;
    let gateway = api.add_gateway(bench, &mut ports, &auth, &folder).await;
    let standalone = Standalone::start(&mut ports, &folder).await?;
    say("signing people up");
    let mut service = api.meters()?;
    service.push(auth.meter()?);
    let parts = Parts { service, postgres: Some(bench.postgres()), broker: Some(bench.broker()) };
    let alone = Parts { service: vec![standalone.meter()?], postgres: None, broker: None };
    let addresses = (auth.address(), &*gateway);
    let door = bench.door(standalone.address()).await;
    let alone_addresses = (standalone.address(), &*door);
    let mut places = [
        Place::fill("cluster", addresses, &api.client(), parts).await?,
        Place::fill("standalone", alone_addresses, &standalone.client(), alone).await?,
    ];

    let (mut rows, mut ratios) = (Vec::new(), Vec::new());
    for (place, median) in places.iter_mut().zip(MEDIANS) {
        let mut idle = Row::new(format!("{}, nobody", place.name));
        let mut loaded = Row::new(format!("{}, sign-ins", place.name));
        // Both kinds of load run warm before anything is measured.
        let mut warm = Side::default();
        place.slice(Some(SIGN_INS), &mut warm).await?;
        loaded.faults.append(&mut warm.faults);
        for number in 1..=bench.turns() {
            place.turn(bench, &mut idle, &mut loaded).await?;
            let p99 = |row: &Row| row.each("p99 ms").pop().flatten().unwrap_or_default();
            let (one, other) = (p99(&idle), p99(&loaded));
            say(&format!("turn {number} of {}: {}: p99 {one:.2} and {other:.2} ms", bench.turns(), place.name));
        }
        let what = format!("p50 ms of delivery, nobody, {}", place.name);
        ratios.push(Ratio::alone(what, "p50 ms", &idle, Wanted::Below(median)));
        for (figure, wanted) in [("p99 ms", Wanted::Below(2.0)), ("p50 ms", Wanted::Anything)] {
            let what = format!("{figure} of delivery, sign-ins ÷ nobody, {}", place.name);
            ratios.push(Ratio::of(what, figure, &loaded, &idle, wanted));
        }
        rows.extend([idle, loaded]);
    }
    let about = format!(
        "{MESSAGES} messages a second of 200 bytes in {CHATS} chats of two, from when one was due until the other one's \
         socket had it, while nobody and while {SIGN_INS} people a second sign in; CPU in µs per message"
    );
    Ok(Outcome { workload, about, rows, ratios })
}

impl Place {
    async fn fill(name: &'static str, (auth, gateway): (&str, &str), client: &Client, parts: Parts) -> Result<Self> {
        let people = sign_up(client, 2 * CHATS).await;
        let mut chats = Vec::new();
        for (n, pair) in people.chunks_exact(2).enumerate() {
            let chat = pair[0].starts_a_chat().await;
            pair[1].joins(&chat).await;
            chats.push(Chat { uri: chat.uri.to_string(), members: vec![2 * n, 2 * n + 1] });
        }
        let door = |person: &Person| Door { address: gateway.to_owned(), token: Some(person.token().to_owned()) };
        let talk = Talk::open(Dialect::Chatire, &people.iter().map(door).collect::<Vec<_>>(), chats).await?;
        let names = people.iter().map(|person| person.name().to_owned()).collect();
        Ok(Self { name, auth: auth.to_owned(), names, talk, parts })
    }

    /// As long without as with sign-ins, in slices; which of the two is first changes with each pair.
    async fn turn(&mut self, bench: &Bench, idle: &mut Row, loaded: &mut Row) -> Result<()> {
        bench.checkpoint().await?;
        let (mut without, mut with) = (Side::default(), Side::default());
        for pair in 0..bench.turn().as_secs() / SLICE {
            if pair % 2 == 0 {
                self.slice(None, &mut without).await?;
                self.slice(Some(SIGN_INS), &mut with).await?;
            } else {
                self.slice(Some(SIGN_INS), &mut with).await?;
                self.slice(None, &mut without).await?;
            }
        }
        without.into(idle);
        with.into(loaded);
        Ok(())
    }

    async fn slice(&mut self, sign_ins: Option<f64>, side: &mut Side) -> Result<()> {
        let lasts = Duration::from_secs(SLICE);
        let began = self.parts.read()?;
        let crowd = async {
            match sign_ins {
                Some(rate) => signing_in::crowd(&self.auth, &self.names, rate, lasts).await,
                None => Ok(Latencies::default()),
            }
        };
        let (heard, signed_in) = tokio::try_join!(self.talk.paced(MESSAGES, lasts), crowd)?;
        side.spent += began.until(&self.parts.read()?);
        side.latencies.extend(heard.deliveries);
        side.signed_in.extend(signed_in);
        side.faults.extend(heard.faults);
        Ok(())
    }
}

/// All slices of one kind in a turn.
#[derive(Default)]
struct Side {
    latencies: Latencies,
    signed_in: Latencies,
    spent: Spent,
    faults: Vec<String>,
}

impl Side {
    fn into(mut self, row: &mut Row) {
        row.faults.append(&mut self.faults);
        let mut figures = vec![
            ("p50 ms", self.latencies.at(0.5)),
            ("p90 ms", self.latencies.at(0.9)),
            ("p99 ms", self.latencies.at(0.99)),
            ("max ms", self.latencies.at(1.0)),
            ("sign-ins", Some(self.signed_in.count() as f64)),
            ("sign-in p50", self.signed_in.at(0.5)),
            ("sign-in p99", self.signed_in.at(0.99)),
        ];
        figures.extend(self.spent.figures(self.latencies.count()));
        row.turns.push(Figures(figures));
    }
}
