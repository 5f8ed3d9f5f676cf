//! The benchmark: puts load on the real binaries, beside references that run in turns with them, and says how they
//! compare. `make bench` starts it with the servers it needs; `tests/load/README.md` says what each row means.

mod bench;
mod conversing;
mod cpu;
mod elsewhere;
mod failure;
mod fanning;
mod http;
mod ledger;
mod listening;
mod memory;
mod open_loop;
mod pace;
mod percentile;
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

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use bench::{Bench, Servers};
use failure::{Failure, Result};
use progress::Progress;
use report::Report;
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
    /// Where logs and SQLite files go.
    #[arg(long)]
    dir: PathBuf,
    /// Takes the results.
    #[arg(long)]
    json: PathBuf,
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

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // Everything that was started is owned by what is dropped here, and ends with it.
    let outcome = tokio::select! {
        outcome = run(Arguments::parse()) => outcome,
        outcome = interrupted() => outcome,
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// `false` when something was lost or doubled.
async fn run(arguments: Arguments) -> Result<bool> {
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
    };
    bench.check_durability()?;
    let mut report = Report::new(&bench);
    let done = run_all(&chosen, &bench, &mut report).await;
    // Also when a workload failed: what the others found stands.
    report.write(&arguments.json)?;
    report.print()?;
    eprintln!("all figures: {}", arguments.json.display());
    done.map(|()| report.is_sound())
}

async fn run_all(chosen: &[Workload], bench: &Bench, report: &mut Report) -> Result<()> {
    let mut progress = Progress::over(chosen.iter().map(|workload| workload.usual(bench.quick)));
    for workload in chosen {
        let began = progress.begins(workload.name());
        report.add(workload.run(bench).await?);
        progress.ends(workload.name(), began);
    }
    Ok(())
}

async fn interrupted() -> Result<bool> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Err(Failure::new("interrupted"))
}
