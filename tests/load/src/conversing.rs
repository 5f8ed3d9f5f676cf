//! People who talk at a venue: what that costs, how long the others wait, and whether all of it is stored and heard.

use std::time::Duration;

use crate::Result;
use crate::bench::{Bench, say};
use crate::report::{Figures, Row};
use crate::sending::{Audit, RATE};
use crate::spent::{CPU, Spent};
use crate::systems::Venue;
use crate::talking::{Round, Talk};

/// How they talk.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// The next thing when the last one was acknowledged.
    ClosedLoop,
    /// So many messages a second, whether or not anybody has heard the last one.
    Rate(f64),
}

/// Warms up and measures for so long. `talks` runs for as long as it is told.
pub(crate) async fn measured(
    bench: &Bench,
    (venue, lasts): (&Venue, Duration),
    row: &mut Row,
    mut talks: impl AsyncFnMut(Duration) -> Result<Round>,
) -> Result<(Round, Spent)> {
    let audit = Audit::begin(&venue.ledger).await?;
    let warm = talks(bench.warm_up()).await?;
    audit.all_is_published().await?;
    bench.checkpoint().await?;
    let began = venue.parts.read()?;
    let mut round = talks(lasts).await?;
    // What a message leaves behind its acknowledgement belongs to its cost.
    audit.all_is_published().await?;
    let spent = began.until(&venue.parts.read()?);
    row.faults.extend(warm.faults);
    row.faults.append(&mut round.faults);
    row.faults.extend(audit.fault(&[&warm.acknowledged[..], &round.acknowledged].concat()).await?);
    Ok((round, spent))
}

/// One of so many turns, which lasts so long, with costs by message.
pub(crate) async fn turn(
    bench: &Bench,
    (number, turns): (usize, usize),
    (venue, talk, pace, lasts): (&Venue, &Talk, Pace, Duration),
    row: &mut Row,
) -> Result<()> {
    let (mut round, spent) = measured(bench, (venue, lasts), row, async |lasts| match pace {
        Pace::ClosedLoop => talk.closed_loop(lasts).await,
        Pace::Rate(rate) => talk.paced(rate, lasts).await,
    })
    .await?;
    let count = round.acknowledged.len();
    let took = match pace {
        Pace::ClosedLoop => round.took,
        Pace::Rate(_) => lasts,
    };
    let mut figures = vec![
        (RATE, Some(count as f64 / took.as_secs_f64())),
        ("p50 ms", round.deliveries.at(0.5)),
        ("p99 ms", round.deliveries.at(0.99)),
        ("max ms", round.deliveries.at(1.0)),
        ("ack p50 ms", round.acks.at(0.5)),
        ("ack p99 ms", round.acks.at(0.99)),
        ("ack max ms", round.acks.at(1.0)),
    ];
    figures.extend(spent.figures_by_process(count));
    row.turns.push(Figures(figures));
    let last = |figure| row.each(figure).pop().flatten().unwrap_or_default();
    let (rate, p99, cpu) = (last(RATE), last("p99 ms"), last(CPU));
    say(&format!("turn {number} of {turns}: {}: {rate:.0} messages/s, p99 {p99:.2} ms, {cpu:.0} µs each", row.name));
    Ok(())
}
