//! Requests at a steady pace: they come when they are due, whether or not the last one was answered.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::sync::{Mutex, mpsc};

use crate::Result;
use crate::pace;
use crate::percentile::Latencies;

/// Runs for a time; then those that are under way are waited for. `ask` does the nth request, by one of the askers (a
/// connection, or somebody who has one): more at once than there are wait for one. Each latency counts from when the request was due: a slow answer makes those
/// behind it late, and it shows.
pub(crate) async fn run<A>(
    askers: &mut [A],
    rate: f64,
    lasts: Duration,
    ask: impl AsyncFn(&mut A, usize) -> Result<()>,
) -> Result<Latencies> {
    let count = (rate * lasts.as_secs_f64()).ceil() as usize;
    let due = Mutex::new((0, pace::due(rate, count)));
    let mut all = Latencies::default();
    for latencies in try_join_all(askers.iter_mut().map(|asker| one(asker, &due, &ask))).await? {
        all.extend(latencies);
    }
    Ok(all)
}

async fn one<A>(
    asker: &mut A,
    due: &Mutex<(usize, mpsc::UnboundedReceiver<Instant>)>,
    ask: &impl AsyncFn(&mut A, usize) -> Result<()>,
) -> Result<Latencies> {
    let mut latencies = Latencies::default();
    loop {
        let (n, at) = {
            let (count, due) = &mut *due.lock().await;
            let Some(at) = due.recv().await else { return Ok(latencies) };
            *count += 1;
            (*count, at)
        };
        ask(asker, n).await?;
        latencies.push(at.elapsed());
    }
}
