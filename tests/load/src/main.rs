//! The benchmark: puts load on the real binaries, beside references that run in turns with them, and says how they
//! compare. `make bench` starts it with the servers it needs; `tests/load/README.md` says what each row means.

mod bench;
mod conversing;
mod cpu;
mod elsewhere;
mod failure;
mod fanning;
mod frames;
mod http;
mod ledger;
mod listening;
mod memory;
mod open_loop;
mod pace;
mod percentile;
mod plant;
mod progress;
mod reading;
mod report;
mod sending;
mod signing_in;
mod speaker;
mod spent;
mod systems;
mod talking;
mod workloads;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use futures_util::FutureExt;
use tokio::signal::unix::{SignalKind, signal};

use bench::{Bench, Servers, say};
use failure::{Failure, Result};
use plant::{Plant, Plants};
use progress::Progress;
use report::{Files, Report, Run, Verdict};
use workloads::Workload;

/// Measures Chatire beside its references.
#[derive(Debug, Parser)]
struct Arguments {
    /// These workloads only, separated by commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Workload>,
    /// A short round, for trying it out: its figures say little.
    #[arg(long)]
    quick: bool,
    /// Runs a ws-gateway beside chat-api, so that the broker has somebody to deliver to.
    #[arg(long)]
    gateway: bool,
    /// A fault on the way from the gateways to those who measure: is it found?
    #[arg(long)]
    plant: Option<Plant>,
    /// A target that is missed counts in a short round too.
    #[arg(long)]
    strict: bool,
    /// Where logs and SQLite files go.
    #[arg(long)]
    dir: PathBuf,
    /// Takes the results, with `.json`, `.md` and `.html` after it.
    #[arg(long)]
    report: PathBuf,
    /// What is measured, by its name in git.
    #[arg(long, default_value = "unknown")]
    revision: String,
    /// When this run began.
    #[arg(long, default_value = "unknown")]
    began: String,
    /// What somebody types to run the same.
    #[arg(long, default_value = "chatire-load")]
    command: String,
    /// The reference's `server.mjs`, with its packages installed.
    #[arg(long)]
    reference: PathBuf,
    /// A superuser's URL.
    #[arg(long)]
    postgres_url: String,
    /// The postmaster, on this machine.
    #[arg(long)]
    postgres_pid: u32,
    /// The broker.
    #[arg(long)]
    amqp_url: String,
    /// The broker's process, on this machine.
    #[arg(long)]
    broker_pid: u32,
}

/// What the exit code says of a target that is missed, where nothing failed.
const MISSED: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // Everything that was started is owned by what is dropped here, and ends with it.
    let outcome = tokio::select! {
        outcome = run(Arguments::parse()) => outcome,
        outcome = interrupted() => outcome,
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    let chosen = if arguments.only.is_empty() { Workload::ALL.to_vec() } else { arguments.only };
    let bench = Bench {
        quick: arguments.quick,
        gateway: arguments.gateway,
        folder: arguments.dir,
        reference: arguments.reference,
        servers: Servers {
            postgres_url: arguments.postgres_url,
            postgres_pid: arguments.postgres_pid,
            amqp_url: arguments.amqp_url,
            broker_pid: arguments.broker_pid,
        },
        plants: Plants::new(arguments.plant),
    };
    bench.check_durability()?;
    let mut report = Report::new(Run::new(&bench, arguments.began, arguments.revision, arguments.command));
    let mut progress = Progress::over(chosen.iter().map(|workload| workload.usual(bench.quick)));
    for workload in chosen {
        let began = progress.begins(workload.name());
        // Those who start our own programs and sign people up panic when these don't do as they should.
        let outcome = AssertUnwindSafe(workload.run(&bench)).catch_unwind().await;
        let took = began.elapsed().as_secs_f64();
        progress.ends(workload.name(), began);
        bench.plants.clear();
        // What the others find stands, whatever becomes of one.
        match outcome.unwrap_or_else(|panic| Err(Failure::of_panic(&*panic))) {
            Ok(outcome) => report.add(outcome, took),
            Err(failure) => {
                say(&format!("{} failed: {failure}", workload.name()));
                report.add_stopped(workload.name(), took, failure.to_string());
            }
        }
    }
    let files = Files::with(&arguments.report);
    report.write(&files)?;
    report.print()?;
    for file in [&files.json, &files.markdown, &files.page] {
        eprintln!("{}", file.display());
    }
    Ok(match report.verdict() {
        Verdict::Met => ExitCode::SUCCESS,
        Verdict::Missed if arguments.quick && !arguments.strict => {
            eprintln!("targets were missed: only reported, since this was a quick round");
            ExitCode::SUCCESS
        }
        Verdict::Missed => ExitCode::from(MISSED),
        Verdict::Failed => ExitCode::FAILURE,
    })
}

async fn interrupted() -> Result<ExitCode> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Err(Failure::new("interrupted"))
}
