//! The reference: `reference/server.mjs`, on the same PostgreSQL server with a database of its own.

use std::path::Path;

use chatire_tests::{Database, Ports, Process, random_name};

use super::meter;
use crate::Result;
use crate::bench::{Bench, off_thread};
use crate::cpu::Meter;
use crate::ledger::{Ledger, Postgres};
use crate::listening::Door;
use crate::sending::Seat;
use crate::speaker::LENGTH;
use crate::spent::Parts;

/// How long its frame is for a message of somebody without a name, with a number of three digits.
const AROUND_A_NAME: usize =
    r#"{"type":"message","id":"100","chat":"1","user":"","text":"","at":"2026-11-24T08:30:00.123Z"}"#.len() + LENGTH;

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

    /// One chat with so many who listen and somebody who speaks, to whom their own messages don't come. All have names so
    /// long that frames have this length, in bytes.
    pub(crate) async fn one_chat(&self, listeners: usize, frame_length: usize) -> Result<(Seat, Vec<Door>)> {
        let url = self.database.url();
        let name = "p".repeat(frame_length.saturating_sub(AROUND_A_NAME));
        let people = format!(
            "INSERT INTO users (id, name, token) SELECT n, '{name}', 'token-' || n FROM generate_series(0, {listeners}) n; \
             INSERT INTO members (chat_id, user_id) SELECT 1, n FROM generate_series(0, {listeners}) n; \
             ANALYZE"
        );
        off_thread(move || Postgres::connect(&url)?.execute(&people)).await?;
        let address = &self.address;
        let speaker = Seat::Socket { address: address.clone(), token: "token-0".to_owned(), chat: 1 };
        let listener = |n: usize| Door { address: address.clone(), token: Some(format!("token-{n}")) };
        Ok((speaker, (1..=listeners).map(listener).collect()))
    }

    /// Its CPU time.
    pub(crate) fn meter(&self) -> Result<Meter> {
        meter("reference", &self.process)
    }

    /// Its CPU time, and that of everything it needs.
    pub(crate) fn meters(&self, bench: &Bench) -> Result<(Meter, Parts)> {
        let own = self.meter()?;
        Ok((own, Parts { service: vec![own], postgres: Some(bench.postgres()), broker: None }))
    }

    /// What it has stored.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::Postgres { url: self.database.url(), has_outbox: false }
    }
}
