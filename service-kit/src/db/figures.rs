//! What is counted about a database.

use std::time::Duration;

use crate::metrics::{Described, Figures, describe};
use crate::{Error, Result};

const DURATION: &str = "chatire_database_operation_duration_seconds";
const WAIT: &str = "chatire_database_connection_wait_seconds";
const COUNT: &str = "chatire_database_operations_total";
const BUSY: &str = "chatire_database_connections_busy";
const MOST: &str = "chatire_database_connections_max";
const UP: &str = "chatire_database_up";

const HISTOGRAMS: [Described; 2] = [
    (DURATION, "One piece of work (statements, or a transaction), with the wait for its connection."),
    (WAIT, "The wait for a free connection of the pool."),
];
const GAUGES: [Described; 3] = [
    (BUSY, "Connections at work."),
    (MOST, "Connections that the pool may have."),
    (UP, "1 when the database answered the last time it was asked, else 0."),
];
const RESULTS: [&str; 3] = ["ok", "failed", "unavailable"];

/// One pool's figures. In PostgreSQL all work shares a pool (`all`), SQLite has one writer (`write`) and many readers
/// (`read`).
#[derive(Clone, Copy, Debug)]
pub(super) struct PoolFigures {
    database: &'static str,
    pool: &'static str,
}

impl PoolFigures {
    pub(super) fn new(database: &'static str, pool: &'static str) -> Self {
        Self { database, pool }
    }

    /// The pool is there, with so many connections at most.
    pub(super) fn has(self, connections: u32) {
        describe(&Figures { gauges_known_later: &GAUGES, histograms: &HISTOGRAMS, ..Figures::NONE });
        metrics::describe_counter!(COUNT, "Pieces of work by result; `ok` if the database did what was asked of it.");
        for result in RESULTS {
            metrics::counter!(COUNT, "database" => self.database, "pool" => self.pool, "result" => result).increment(0);
        }
        metrics::gauge!(MOST, "database" => self.database, "pool" => self.pool).set(connections);
        metrics::gauge!(BUSY, "database" => self.database, "pool" => self.pool).set(0);
        self.up(true);
    }

    pub(super) fn up(self, up: bool) {
        metrics::gauge!(UP, "database" => self.database).set(if up { 1 } else { 0 });
    }

    pub(super) fn waited(self, took: Duration) {
        metrics::histogram!(WAIT, "database" => self.database, "pool" => self.pool).record(took.as_secs_f64());
    }

    pub(super) fn worked<T>(self, result: &Result<T>, took: Duration) {
        let result = match result {
            Ok(_) | Err(Error::Refused { .. }) => "ok",
            // Somebody else was quicker: the one who asked looks again.
            Err(Error::Database(error)) if super::is_unique_violation(error) => "ok",
            Err(Error::Unavailable(..)) => "unavailable",
            Err(Error::Database(error)) if super::is_passing(error) => "unavailable",
            Err(Error::Database(_) | Error::Internal(..)) => "failed",
        };
        metrics::counter!(COUNT, "database" => self.database, "pool" => self.pool, "result" => result).increment(1);
        metrics::histogram!(DURATION, "database" => self.database, "pool" => self.pool).record(took.as_secs_f64());
    }
}

/// A connection at work, until it is dropped: also when nobody waits for it any more.
pub(super) struct Busy(PoolFigures);

impl Busy {
    pub(super) fn one_of(figures: &PoolFigures) -> Self {
        let busy = Self(*figures);
        busy.gauge().increment(1);
        busy
    }

    fn gauge(&self) -> metrics::Gauge {
        metrics::gauge!(BUSY, "database" => self.0.database, "pool" => self.0.pool)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.gauge().decrement(1);
    }
}
