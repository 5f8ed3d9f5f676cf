//! The cluster's way: services of their own over PostgreSQL and RabbitMQ, with their settings as shipped.

use std::path::Path;

use chatire_tests::{Addresses, Client, Database, Ports, Process, random_name};

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
    _database: Database,
    public: String,
    internal: String,
    bus_prefix: String,
}

/// A chat-api on a database of its own; with a gateway, if the run has one.
pub(crate) struct ChatApi {
    name: String,
    gateway: Option<Process>,
    process: Process,
    database: Database,
    public: String,
    auth: String,
}

impl AuthService {
    pub(crate) async fn start(bench: &Bench, ports: &mut Ports, folder: &Path) -> Result<Self> {
        let (public, internal) = (ports.take_address(), ports.take_address());
        let database = Database::create(&bench.servers.postgres_url, random_name("bench_auth"));
        let bus_prefix = format!("{}.", random_name("bench"));
        let mut process = Process::new("auth-service", "auth-service", &internal, folder);
        set_common(&mut process, bench, &bus_prefix, &public, &internal);
        process.set("DATABASE__URL", database.url()).set("KEYS__SECRET", KEYS_SECRET);
        set_limits(&mut process, "");
        process.set("ACCESS_TOKEN_SECONDS", TOKEN_SECONDS);
        process.launch();
        process.is_ready().await;
        Ok(Self { process, _database: database, public, internal, bus_prefix })
    }

    /// Where people sign in, as `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.public
    }

    /// Its CPU time.
    pub(crate) fn meter(&self) -> Result<Meter> {
        meter("auth-service", &self.process)
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
        set_common(&mut process, bench, &auth.bus_prefix, &public, &internal);
        process.set("DATABASE__URL", database.url());
        auth.tells(&mut process);
        process.launch();
        process.is_ready().await;
        let mut api =
            Self { name: name.to_owned(), gateway: None, process, database, public, auth: auth.public.clone() };
        if bench.gateway {
            api.open_gateway(bench, ports, auth, folder).await;
        }
        Ok(api)
    }

    /// With a ws-gateway, whatever else the run has. Returns where that serves, as `host:port`.
    pub(crate) async fn open_gateway(
        &mut self,
        bench: &Bench,
        ports: &mut Ports,
        auth: &AuthService,
        folder: &Path,
    ) -> String {
        let gateway = match &mut self.gateway {
            Some(gateway) => gateway,
            none => none.insert(start_gateway(bench, ports, auth, (&self.name, &self.process), folder).await),
        };
        gateway.setting("LISTEN__PUBLIC")
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

    /// Its CPU time, and its gateway's.
    pub(crate) fn meters(&self) -> Result<Vec<Meter>> {
        let gateway = self.gateway.iter().map(|process| meter("ws-gateway", process));
        std::iter::once(meter("chat-api", &self.process)).chain(gateway).collect()
    }

    /// What it has stored.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::Postgres { url: self.database.url(), has_outbox: true }
    }
}

async fn start_gateway(
    bench: &Bench,
    ports: &mut Ports,
    auth: &AuthService,
    (name, api): (&str, &Process),
    folder: &Path,
) -> Process {
    let (public, internal) = (ports.take_address(), ports.take_address());
    let mut process = Process::new(&format!("{name}-gateway"), "ws-gateway", &internal, folder);
    set_common(&mut process, bench, &auth.bus_prefix, &public, &internal);
    process.set("CHAT_API__INTERNAL_URLS", format!("http://{}", api.internal()));
    auth.tells(&mut process);
    process.launch();
    process.is_ready().await;
    process
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
