//! Everything in one process, with SQLite files.

use std::path::{Path, PathBuf};

use chatire_tests::{Addresses, Client, Forger, Ports, Process};

use super::{TOKEN_SECONDS, meter, set_limits};
use crate::Result;
use crate::cpu::Meter;
use crate::ledger::Ledger;

/// The standalone binary with its settings as shipped.
pub(crate) struct Standalone {
    process: Process,
    public: String,
    data: PathBuf,
}

impl Standalone {
    pub(crate) async fn start(ports: &mut Ports, folder: &Path) -> Result<Self> {
        let (public, internal) = (ports.take_address(), ports.take_address());
        let data = folder.join("data");
        let mut process = Process::new("chatire", "chatire", &internal, folder);
        process
            .set("LISTEN__PUBLIC", &*public)
            .set("LISTEN__INTERNAL", &*internal)
            .set("DATA", data.to_string_lossy())
            .set("CHAT__LIMITS__ENABLED", "false")
            .set("GATEWAY__LIMITS__ENABLED", "false")
            .set("AUTH__ACCESS_TOKEN_SECONDS", TOKEN_SECONDS);
        set_limits(&mut process, "AUTH__");
        process.launch();
        process.is_ready().await;
        Ok(Self { process, public, data })
    }

    /// Where it serves, as `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.public
    }

    /// Somebody without an account.
    pub(crate) fn client(&self) -> Client {
        let all = || [self.public.clone(), self.public.clone()];
        Client::new(Addresses { auth: self.public.clone(), apis: all(), gateways: all().into() })
    }

    /// Makes tokens without anybody signing in.
    pub(crate) fn forger(&self) -> Result<Forger> {
        let secret = std::fs::read_to_string(self.data.join("keys.secret"))?;
        Ok(Forger::with_key_at(&format!("sqlite:{}", self.data.join("auth.db").display()), &secret))
    }

    /// Its CPU time.
    pub(crate) fn meter(&self) -> Result<Meter> {
        meter("chatire", &self.process)
    }

    /// What it has stored.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::Sqlite(self.data.join("chat.db"))
    }
}
