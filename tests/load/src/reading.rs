//! Reading at a steady pace: requests come when they are due, whether or not the last one was answered.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use crate::Result;
use crate::bench::Bench;
use crate::failure::Failure;
use crate::http::Connection;
use crate::open_loop;
use crate::percentile::Latencies;
use crate::report::{Figures, Row};
use crate::spent::Parts;

/// Requests a second at most.
const RATE: f64 = 200.0;
/// The share of the time in which a request may be under way: queues are not what is measured.
const BUSY: f64 = 0.25;
/// Requests of a turn at least: with fewer, p99 is the one worst of them.
const COUNT: f64 = 300.0;
/// A turn at most.
const LONGEST: Duration = Duration::from_secs(8);
/// Connections; more requests than that wait, and their latency grows.
const CONNECTIONS: usize = 16;

/// Who reads, and from whom.
pub(crate) struct Reader {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) token: String,
    pub(crate) parts: Parts,
}

/// How many requests a second leave the service idle most of the time, by asking one after the other. What others do on
/// the machine meanwhile makes some slow; the quicker ones tell.
pub(crate) async fn calibrate(reader: &Reader, path: impl Fn(usize) -> String) -> Result<f64> {
    let mut connection = Connection::open(&reader.address, &reader.token).await?;
    let mut latencies = Latencies::default();
    for n in 0..100 {
        let began = Instant::now();
        read(&mut connection, &path(n)).await?;
        latencies.push(began.elapsed());
    }
    let usual = latencies.at(0.25).unwrap_or(1.0) / 1e3;
    let rate = (BUSY / usual).min(RATE);
    Ok(if rate > 10.0 { (rate / 5.0).floor() * 5.0 } else { rate })
}

/// Warms up and measures.
pub(crate) async fn turn(
    bench: &Bench,
    reader: &Reader,
    rate: f64,
    path: impl Fn(usize) -> String + Copy,
    row: &mut Row,
) -> Result<()> {
    bench.checkpoint().await?;
    let open = (0..CONNECTIONS).map(|_| Connection::open(&reader.address, &reader.token));
    let mut connections = try_join_all(open).await?;
    let get = async |connection: &mut Connection, n: usize| read(connection, &path(n)).await;
    open_loop::run(&mut connections, rate, bench.warm_up(), get).await?;
    let began = reader.parts.read()?;
    let enough = Duration::from_secs_f64(COUNT / rate).min(LONGEST);
    let lasts = if bench.quick { bench.turn() } else { bench.turn().max(enough) };
    let mut latencies = open_loop::run(&mut connections, rate, lasts, get).await?;
    let ended = reader.parts.read()?;
    let mut figures = vec![
        ("requests/s", Some(rate)),
        ("p50 ms", latencies.at(0.5)),
        ("p99 ms", latencies.at(0.99)),
        ("max ms", latencies.at(1.0)),
    ];
    figures.extend(began.figures_until(&ended, latencies.count()));
    row.turns.push(Figures(figures));
    Ok(())
}

async fn read(connection: &mut Connection, path: &str) -> Result<()> {
    match connection.get(path).await?.status {
        200 => Ok(()),
        status => Err(Failure::new(format!("a read was answered by {status}"))),
    }
}
