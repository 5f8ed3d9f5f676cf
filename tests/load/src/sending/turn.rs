//! One turn of one system under senders.

use futures_util::future::try_join_all;

use super::{Audit, Seat, closed_loop};
use crate::Result;
use crate::bench::Bench;
use crate::ledger::Ledger;
use crate::report::{Figures, Row};
use crate::spent::Parts;

/// Messages a second.
pub(crate) const RATE: &str = "messages/s";

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
    let audit = Audit::begin(&system.ledger).await?;
    let mut senders = try_join_all(system.seats.iter().map(Seat::connect)).await?;
    let warm = closed_loop::run(&mut senders, bench.warm_up()).await?;
    audit.all_is_published().await?;
    bench.checkpoint().await?;

    let began = system.parts.read()?;
    let mut sent = closed_loop::run(&mut senders, bench.turn()).await?;
    audit.all_is_published().await?;
    let ended = system.parts.read()?;
    drop(senders);

    let count = sent.acknowledged.len();
    row.faults.extend(audit.fault(&[warm.acknowledged, sent.acknowledged].concat()).await?);
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
