//! Guessing a password of somebody, and of nobody: whoever guesses must not learn from the time which one it was.

use std::time::Instant;

use chatire_tests::{Client, Ports, random_name};

use crate::Result;
use crate::bench::{Bench, say};
use crate::http::Connection;
use crate::percentile::Latencies;
use crate::report::{Figures, Outcome, Ratio, Row, Wanted};
use crate::signing_in::guess;
use crate::systems::{AuthService, Standalone, sign_up};

/// Accounts, and names that nobody has: all are guessed at in turn, so that caches and limits know both alike.
const NAMES: usize = 20;
/// How far the times of the two may be apart.
const SAME: f64 = 0.05;

/// Where it is tried, and at whom.
struct Target {
    name: &'static str,
    address: String,
    somebody: Vec<String>,
    nobody: Vec<String>,
}

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    say("starting auth-service and the standalone process");
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let standalone = Standalone::start(&mut ports, &folder).await?;
    let targets = [
        Target::find("cluster", auth.address(), &auth.client()).await?,
        Target::find("standalone", standalone.address(), &standalone.client()).await?,
    ];
    let guesses = if bench.quick { 40 } else { 250 };
    let (mut rows, mut ratios) = (Vec::new(), Vec::new());
    for target in &targets {
        let mut wrong = Row::new(format!("{}, wrong password", target.name));
        let mut unknown = Row::new(format!("{}, unknown name", target.name));
        target.turn(NAMES).await?;
        for number in 1..=bench.turns() {
            let [somebody, nobody] = target.turn(guesses).await?;
            wrong.turns.push(figures(somebody));
            unknown.turns.push(figures(nobody));
            say(&format!("turn {number} of {}: {}", bench.turns(), target.name));
        }
        for figure in ["p25 ms", "p50 ms", "p90 ms"] {
            let what = format!("{figure}, unknown name ÷ wrong password, {}", target.name);
            ratios.push(Ratio::of(what, figure, &unknown, &wrong, Wanted::OneWithin(SAME)));
        }
        rows.extend([wrong, unknown]);
    }
    let about = format!(
        "{guesses} guesses of each kind in a turn, one after the other, somebody and nobody in turns and each first as \
         often; {NAMES} names of each kind"
    );
    Ok(Outcome { workload, about, rows, ratios })
}

impl Target {
    async fn find(name: &'static str, address: &str, client: &Client) -> Result<Self> {
        let people = sign_up(client, NAMES).await;
        Ok(Self {
            name,
            address: address.to_owned(),
            somebody: people.iter().map(|person| person.name().to_owned()).collect(),
            // As long as the others.
            nobody: (0..NAMES).map(|_| random_name("load")).collect(),
        })
    }

    /// So many guesses of each kind, each pair beside each other: both see the same machine.
    async fn turn(&self, guesses: usize) -> Result<[Latencies; 2]> {
        let mut connection = Connection::open_as_nobody(&self.address).await?;
        let mut latencies = [Latencies::default(), Latencies::default()];
        for n in 0..guesses {
            // The one that is second may find something warm.
            for kind in if n % 2 == 0 { [0, 1] } else { [1, 0] } {
                let names = [&self.somebody, &self.nobody][kind];
                let began = Instant::now();
                guess(&mut connection, &names[(n / 2) % NAMES]).await?;
                latencies[kind].push(began.elapsed());
            }
        }
        Ok(latencies)
    }
}

fn figures(mut latencies: Latencies) -> Figures {
    let percentiles = [("p25 ms", 0.25), ("p50 ms", 0.5), ("p90 ms", 0.9), ("p99 ms", 0.99)];
    Figures(percentiles.map(|(name, share)| (name, latencies.at(share))).into())
}
