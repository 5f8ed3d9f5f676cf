//! The cluster's way: services of their own over PostgreSQL and RabbitMQ, with their settings as shipped.

use std::path::Path;

use chatire_tests::{Addresses, Client, Database, Forger, Ports, Process, random_name};

use super::{CREDENTIAL, TOKEN_SECONDS, meter, set_limits};
use crate::Result;
use crate::bench::Bench;
use crate::cpu::Meter;
use crate::ledger::Ledger;

/// 32 bytes in base64.
const KEYS_SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// auth-service, which the others ask for its keys.
pub(crate) struct AuthService {
    // In this order they are dropped: what needs something goes before what it needs.
    process: Process,
    database: Database,
    public: String,
    internal: String,
}

/// A chat-api on a database and exchanges of its own; with gateways, if it was given some.
pub(crate) struct ChatApi {
    name: String,
    gateways: Vec<Process>,
    process: Process,
    database: Database,
    public: String,
    auth: String,
    bus_prefix: String,
}

impl AuthService {
    pub(crate) async fn start(bench: &Bench, ports: &mut Ports, folder: &Path) -> Result<Self> {
        let (public, internal) = (ports.take_address(), ports.take_address());
        let database = Database::create(&bench.servers.postgres_url, random_name("bench_auth"));
        let mut process = Process::new("auth-service", "auth-service", &internal, folder);
        set_common(&mut process, bench, &bus_prefix(), &public, &internal);
        process.set("DATABASE__URL", database.url()).set("KEYS__SECRET", KEYS_SECRET);
        set_limits(&mut process, "");
        process.set("ACCESS_TOKEN_SECONDS", TOKEN_SECONDS);
        process.launch();
        process.is_ready().await;
        Ok(Self { process, database, public, internal })
    }

    /// Where people sign in, as `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.public
    }

    /// Its CPU time.
    pub(crate) fn meter(&self) -> Result<Meter> {
        meter("auth-service", &self.process)
    }

    /// Makes tokens without anybody signing in.
    pub(crate) fn forger(&self) -> Forger {
        Forger::with_key_at(&self.database.url(), KEYS_SECRET)
    }

    /// Somebody without an account, who calls nobody else.
    pub(crate) fn client(&self) -> Client {
        let nowhere = || [String::new(), String::new()];
        Client::new(Addresses { auth: self.public.clone(), apis: nowhere(), gateways: Vec::new() })
    }

    fn tells(&self, process: &mut Process) {
        process
            .set("AUTH__JWKS_URL", format!("http://{}/.well-known/jwks.json", self.public))
            .set("AUTH__INTERNAL_URL", format!("http://{}", self.internal));
    }
}

impl ChatApi {
    pub(crate) async fn start(
        bench: &Bench,
        ports: &mut Ports,
        auth: &AuthService,
        name: &str,
        folder: &Path,
    ) -> Result<Self> {
        let (public, internal) = (ports.take_address(), ports.take_address());
        let database = Database::create(&bench.servers.postgres_url, random_name("bench_chat"));
        let mut process = Process::new(name, "chat-api", &internal, folder);
        let bus_prefix = bus_prefix();
        set_common(&mut process, bench, &bus_prefix, &public, &internal);
        process.set("DATABASE__URL", database.url());
        auth.tells(&mut process);
        process.launch();
        process.is_ready().await;
        let (name, auth) = (name.to_owned(), auth.public.clone());
        Ok(Self { name, gateways: Vec::new(), process, database, public, auth, bus_prefix })
    }

    /// With one more ws-gateway. Returns where clients open its sockets, as `host:port`.
    pub(crate) async fn add_gateway(
        &mut self,
        bench: &Bench,
        ports: &mut Ports,
        auth: &AuthService,
        folder: &Path,
    ) -> String {
        let (public, internal) = (ports.take_address(), ports.take_address());
        let name = format!("{}-gateway-{}", self.name, self.gateways.len() + 1);
        let mut process = Process::new(&name, "ws-gateway", &internal, folder);
        set_common(&mut process, bench, &self.bus_prefix, &public, &internal);
        process.set("CHAT_API__INTERNAL_URLS", format!("http://{}", self.process.internal()));
        auth.tells(&mut process);
        process.launch();
        process.is_ready().await;
        self.gateways.push(process);
        bench.door(&public).await
    }

    /// Ends a gateway, as `kill -9` does.
    pub(crate) fn kill_gateway(&mut self, n: usize) {
        self.gateways[n].kill();
    }

    /// Of its gateways, as long as they run.
    pub(crate) fn gateway_pids(&self) -> Vec<u32> {
        self.gateways.iter().filter_map(Process::pid).collect()
    }

    /// Where it serves, as `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.public
    }

    /// Its database.
    pub(crate) fn database_url(&self) -> String {
        self.database.url()
    }

    /// Somebody without an account.
    pub(crate) fn client(&self) -> Client {
        let api = self.public.clone();
        Client::new(Addresses { auth: self.auth.clone(), apis: [api.clone(), api], gateways: Vec::new() })
    }

    /// Its CPU time, and its gateways'.
    pub(crate) fn meters(&self) -> Result<Vec<Meter>> {
        let mut meters = self.gateway_meters()?;
        meters.push(meter("chat-api", &self.process)?);
        Ok(meters)
    }

    /// Its gateways' CPU time.
    pub(crate) fn gateway_meters(&self) -> Result<Vec<Meter>> {
        self.gateways.iter().map(|process| meter("ws-gateway", process)).collect()
    }

    /// What it has stored.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::Postgres { url: self.database.url(), has_outbox: true }
    }
}

/// Of exchanges that nobody else has.
fn bus_prefix() -> String {
    format!("{}.", random_name("bench"))
}

fn set_common(process: &mut Process, bench: &Bench, bus_prefix: &str, public: &str, internal: &str) {
    process
        .set("LISTEN__PUBLIC", public)
        .set("LISTEN__INTERNAL", internal)
        .set("BUS__URL", &*bench.servers.amqp_url)
        .set("BUS__PREFIX", bus_prefix)
        .set("INTERNAL__CREDENTIAL", CREDENTIAL)
        .set("LIMITS__ENABLED", "false");
}
