//! The reference: `reference/server.mjs`, on the same PostgreSQL server with a database of its own.

use std::path::Path;

use chatire_tests::{Database, Ports, Process, random_name};

use super::meter;
use crate::Result;
use crate::bench::{Bench, off_thread};
use crate::cpu::Meter;
use crate::ledger::{Ledger, Postgres};
use crate::sending::Seat;

/// A running reference.
pub(crate) struct Reference {
    process: Process,
    database: Database,
    address: String,
}

impl Reference {
    pub(crate) async fn start(bench: &Bench, ports: &mut Ports, folder: &Path) -> Result<Self> {
        let address = ports.take_address();
        let database = Database::create(&bench.servers.postgres_url, random_name("bench_reference"));
        let mut process = Process::new("reference", &bench.reference, &address, folder);
        process.set("LISTEN__PUBLIC", &*address).set("DATABASE__URL", database.url());
        process.launch();
        process.is_ready().await;
        Ok(Self { process, database, address })
    }

    /// People with a chat each.
    pub(crate) async fn seats(&self, count: usize) -> Result<Vec<Seat>> {
        let url = self.database.url();
        let people = format!(
            "INSERT INTO users (id, name, token) \
             SELECT n, 'person_' || n, 'token-' || n FROM generate_series(1, {count}) n; \
             INSERT INTO members (chat_id, user_id) SELECT n, n FROM generate_series(1, {count}) n; \
             ANALYZE"
        );
        off_thread(move || Postgres::connect(&url)?.execute(&people)).await?;
        let seat = |n: i64| Seat::Socket { address: self.address.clone(), token: format!("token-{n}"), chat: n };
        Ok((1..).take(count).map(seat).collect())
    }

    /// Its CPU time.
    pub(crate) fn meter(&self) -> Result<Meter> {
        meter("reference", &self.process)
    }

    /// What it has stored.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::Postgres { url: self.database.url(), has_outbox: false }
    }
}
