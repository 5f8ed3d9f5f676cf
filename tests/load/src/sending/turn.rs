//! One turn of one system under senders.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::time::sleep;

use super::check::check;
use super::{Seat, closed_loop};
use crate::Result;
use crate::bench::{Bench, off_thread};
use crate::failure::Failure;
use crate::ledger::Ledger;
use crate::report::{Figures, Row};
use crate::spent::Parts;

/// Messages a second.
pub(crate) const RATE: &str = "messages/s";

/// How long stored messages may take to be published after the last one.
const PUBLISHED_WITHIN: Duration = Duration::from_secs(20);

/// A running system, and who sends to it.
pub(crate) struct System {
    pub(crate) name: &'static str,
    pub(crate) seats: Vec<Seat>,
    /// Where its messages are.
    pub(crate) ledger: Ledger,
    pub(crate) parts: Parts,
}

/// Warms up, measures, and compares what is stored with what was acknowledged. The work that a message leaves behind
/// its acknowledgement (publishing it) belongs to its CPU.
pub(super) async fn turn(bench: &Bench, system: &System, row: &mut Row) -> Result<()> {
    let ledger = system.ledger.clone();
    let before = off_thread(move || ledger.newest()).await?;
    let mut senders = try_join_all(system.seats.iter().map(Seat::connect)).await?;
    let warm = closed_loop::run(&mut senders, bench.warm_up()).await?;
    published(&system.ledger).await?;
    bench.checkpoint().await?;

    let began = system.parts.read()?;
    let mut sent = closed_loop::run(&mut senders, bench.turn()).await?;
    published(&system.ledger).await?;
    let ended = system.parts.read()?;
    drop(senders);

    let ledger = system.ledger.clone();
    let stored = off_thread(move || ledger.after(before)).await?;
    let count = sent.acknowledged.len();
    let acknowledged = [warm.acknowledged, sent.acknowledged].concat();
    let verdict = check(&acknowledged, &stored);
    if !verdict.is_sound() {
        row.faults.push(format!("{} acknowledged, {} stored: {verdict}", acknowledged.len(), stored.len()));
    }
    let mut figures = vec![
        (RATE, Some(count as f64 / sent.took.as_secs_f64())),
        ("p50 ms", sent.latencies.at(0.5)),
        ("p99 ms", sent.latencies.at(0.99)),
        ("retries", Some(sent.retries as f64)),
    ];
    figures.extend(began.figures_until(&ended, count));
    row.turns.push(Figures(figures));
    Ok(())
}

/// Waits until nothing that is stored is still to be published.
async fn published(ledger: &Ledger) -> Result<()> {
    let deadline = Instant::now() + PUBLISHED_WITHIN;
    loop {
        let asked = ledger.clone();
        let left = off_thread(move || asked.unpublished()).await?;
        if left == 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(Failure::new(format!("{left} messages are still not published, {PUBLISHED_WITHIN:?} later")));
        }
        sleep(Duration::from_millis(50)).await;
    }
}
