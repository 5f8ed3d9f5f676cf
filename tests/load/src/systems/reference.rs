//! The reference: `reference/server.mjs`, on the same PostgreSQL server with a database of its own.

use std::path::Path;

use chatire_tests::{Database, Ports, Process, random_name};

use super::{Rooms, meter};
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
        self.fill(Rooms { chats: u32::try_from(count).unwrap_or(u32::MAX), members: 1, people: count }).await?;
        let seat = |n: i64| Seat::Socket { address: self.address.clone(), token: token_of(n as usize - 1), chat: n };
        Ok((1..).take(count).map(seat).collect())
    }

    /// Writes people and chats into its tables, in which nothing may be yet.
    pub(super) async fn fill(&self, rooms: Rooms) -> Result<()> {
        let url = self.database.url();
        let Rooms { chats, members, people } = rooms;
        let statements = format!(
            "INSERT INTO users (id, name, token) \
             SELECT n + 1, 'person_' || n, 'token-' || n FROM generate_series(0, {people} - 1) n; \
             INSERT INTO members (chat_id, user_id) SELECT c + 1, (c::bigint * {members} + n) % {people} + 1 \
             FROM generate_series(0, {chats} - 1) c, generate_series(0, {members} - 1) n; \
             ANALYZE"
        );
        off_thread(move || Postgres::connect(&url)?.execute(&statements)).await
    }

    /// Where sockets are opened, as `host:port`.
    pub(super) fn address(&self) -> &str {
        &self.address
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

/// What lets a person in.
pub(super) fn token_of(person: usize) -> String {
    format!("token-{person}")
}
