//! What every workload is given.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Result;
use crate::cpu::Meter;
use crate::failure::Failure;
use crate::ledger::Postgres;
use crate::plant::Plants;

/// The servers below the systems that are measured.
pub(crate) struct Servers {
    pub(crate) postgres_url: String,
    pub(crate) postgres_pid: u32,
    pub(crate) amqp_url: String,
    pub(crate) broker_pid: u32,
}

/// One run of the benchmark.
pub(crate) struct Bench {
    pub(crate) quick: bool,
    pub(crate) gateway: bool,
    /// Has a folder for each workload.
    pub(crate) folder: PathBuf,
    /// The reference's program.
    pub(crate) reference: PathBuf,
    pub(crate) servers: Servers,
    pub(crate) plants: Plants,
}

impl Bench {
    /// How often each system has its turn.
    pub(crate) fn turns(&self) -> usize {
        if self.quick { 2 } else { 3 }
    }

    /// How long a turn is measured, unless a workload needs longer: with thousands of messages a second, more of them change
    /// nothing, and what else the machine does shows between turns and not within one.
    pub(crate) fn turn(&self) -> Duration {
        Duration::from_secs(if self.quick { 2 } else { 3 })
    }

    /// How long a system runs under the same load before it is measured: its caches fill, its compilers compile.
    pub(crate) fn warm_up(&self) -> Duration {
        Duration::from_millis(500)
    }

    /// The same before a short turn, of a system that has been in use before.
    pub(crate) fn short_warm_up(&self) -> Duration {
        Duration::from_millis(300)
    }

    /// How often, and how long, where the cost of one delivery is compared: that of a short turn is as exact, and with many of
    /// them those that are compared lie close to each other, so that the machine has less time to change in between.
    pub(crate) fn short_turns(&self) -> (usize, Duration) {
        if self.quick { (2, Duration::from_secs(1)) } else { (6, Duration::from_millis(900)) }
    }

    /// The CPU time of PostgreSQL, whoever it works for.
    pub(crate) fn postgres(&self) -> Meter {
        Meter::new("PostgreSQL", self.servers.postgres_pid)
    }

    /// The CPU time of RabbitMQ.
    pub(crate) fn broker(&self) -> Meter {
        Meter::new("broker", self.servers.broker_pid)
    }

    /// Where clients open the sockets that end at `gateway`, both as `host:port`: there, unless a fault is planted before
    /// it. Of the standalone process too, and never of a reference.
    pub(crate) async fn door(&self, gateway: &str) -> String {
        self.plants.door(gateway).await
    }

    /// An empty folder.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        empty(&folder).map_err(|e| Failure::while_doing(&folder.display().to_string(), e))?;
        Ok(folder)
    }

    /// PostgreSQL has nothing left to write from before: a turn does not pay for the one before it.
    pub(crate) async fn checkpoint(&self) -> Result<()> {
        let url = self.servers.postgres_url.clone();
        off_thread(move || Postgres::connect(&url)?.execute("CHECKPOINT")).await
    }

    /// What is acknowledged must be on disk, with the reference as with us; else the comparison means nothing.
    pub(crate) fn check_durability(&self) -> Result<()> {
        let mut server = Postgres::connect(&self.servers.postgres_url)?;
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            let value = server.text(&format!("SELECT current_setting('{name}') AS value"))?;
            if value != "on" {
                return Err(Failure::new(format!("PostgreSQL runs with {name} = {value}; it must be on")));
            }
        }
        Ok(())
    }
}

fn empty(folder: &Path) -> std::io::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)
}

/// Runs what blocks, so that signals are heard meanwhile.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Failure::while_doing("work off the thread", e))?
}

/// Tells whoever waits what is going on.
pub(crate) fn say(what: &str) {
    eprintln!("{what}");
}
