//! The soak: people come and go, talk, sleep, leave chats and join them again for a long time, while gateways, chat-apis
//! and the broker die, freeze and are cut off from each other at random. Everything that was acknowledged must have come to
//! everybody once, in order and without gaps, and in the end no process may hold more than it did after a third of the time.
//! `make soak` starts it with the server it needs; `tests/soak/README.md` says what is checked and why.

mod acts;
mod breaking;
mod client;
mod comparing;
mod crowd;
mod findings;
mod heard;
mod levels;
mod life;
mod planting;
mod progress;
mod report;
mod stage;
mod truth;
mod wishes;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use chatire_tests::{Plan, Service, Way, World};
use clap::{Parser, ValueEnum};
use futures_util::FutureExt;
use tokio::signal::unix::{SignalKind, signal};

use findings::Findings;
use planting::Plant;
use report::Report;

/// Lets the system run for a long time while everything breaks.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long, until everybody is asked whether they have heard everything.
    #[arg(long, default_value_t = 20.0)]
    minutes: f64,
    #[arg(long, value_enum, default_value_t = Mode::Cluster)]
    mode: Mode,
    /// What is done on purpose, to see whether it is found.
    #[arg(long, value_enum)]
    plant: Option<Plant>,
    /// Takes the result.
    #[arg(long)]
    json: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Mode {
    Cluster,
    Standalone,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be started");
    // Everything that was started is owned by what is dropped here, and ends with it.
    let sound = runtime.block_on(async {
        tokio::select! {
            sound = run(arguments) => sound,
            () = interrupted() => {
                eprintln!("error: interrupted");
                false
            }
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(5));
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(arguments: Arguments) -> bool {
    let way = match arguments.mode {
        Mode::Cluster => Way::Cluster,
        Mode::Standalone => Way::Standalone,
    };
    let mut world = World::start(plan(way, arguments.plant)).await;
    let (findings, mut report) = (Findings::default(), Report::default());
    let length = Duration::from_secs_f64(arguments.minutes * 60.0);
    let playing = acts::play(&mut world, length, arguments.plant, &findings, &mut report);
    // What the helpers of the tests panic about is a finding like any other.
    if let Err(panic) = AssertUnwindSafe(playing).catch_unwind().await {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        findings.add(format!("the run broke off: {}", text.unwrap_or_default()));
    }
    report.found(&findings);
    report.print();
    if let Err(error) = report.write(&arguments.json) {
        findings.add(format!("{}: {error}", arguments.json.display()));
    }
    let sound = findings.are_none();
    if !sound {
        world.keeps_its_folder();
    }
    sound
}

fn plan(way: Way, plant: Option<Plant>) -> Plan {
    let plan = Plan::new(way)
        .with_own_broker()
        .with_proxies()
        // Clients renew their tokens many times.
        .with(Service::Auth, "ACCESS_TOKEN_SECONDS", "60")
        .with(Service::Gateway, "SOCKETS__DRAIN_SECONDS", "2")
        // As little that slow readers are found out.
        .with(Service::Gateway, "SOCKETS__QUEUE_BYTES", "65536")
        .with(Service::Gateway, "LIMITS__ENABLED", "true");
    if plant == Some(Plant::Leak) { planting::limits_for_a_leak(plan) } else { plan }
}

async fn interrupted() {
    let mut interrupt = signal(SignalKind::interrupt()).expect("signals can be heard");
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be heard");
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
