//! The references of fan-out: what is said to them goes to everybody who is connected.

use std::path::Path;
use std::time::Duration;

use chatire_tests::{Ports, Process, eventually};
use tokio::net::TcpStream;

use super::meter;
use crate::Result;
use crate::bench::Bench;
use crate::cpu::Meter;
use crate::speaker::{Line, Speaker};

/// A running reference.
pub(crate) struct Broadcast {
    process: Process,
    address: String,
    /// Where the floor is spoken to.
    control: Option<String>,
}

impl Broadcast {
    /// `reference/broadcast.mjs`: a plain server on Node and `ws`.
    pub(crate) async fn node(bench: &Bench, ports: &mut Ports, folder: &Path) -> Result<Self> {
        let address = ports.take_address();
        let program = bench.reference.with_file_name("broadcast.mjs");
        let mut process = Process::new("node", program, &address, folder);
        process.set("LISTEN__PUBLIC", &*address);
        process.launch();
        process.is_ready().await;
        Ok(Self { process, address, control: None })
    }

    /// `src/floor.rs`: no more than the operating system asks for.
    pub(crate) async fn floor(ports: &mut Ports, folder: &Path) -> Result<Self> {
        let (address, control) = (ports.take_address(), ports.take_address());
        let mut process = Process::new("floor", "chatire-floor", &address, folder);
        process.set("LISTEN__PUBLIC", &*address).set("LISTEN__CONTROL", &*control);
        process.launch();
        eventually("the floor listens", Duration::from_secs(10), async || TcpStream::connect(&address).await.ok())
            .await;
        Ok(Self { process, address, control: Some(control) })
    }

    /// Where sockets are opened.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// So many who speak at the same time.
    pub(crate) async fn speakers(&self, count: usize) -> Result<Vec<Speaker>> {
        let line = match &self.control {
            Some(control) => Line::plain(control).await?,
            None => Line::over_socket(&self.address).await?,
        };
        Ok((0..count).map(|_| Speaker::Line(line.clone())).collect())
    }

    /// Its CPU time.
    pub(crate) fn meter(&self) -> Result<Meter> {
        meter("broadcast", &self.process)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.pid().unwrap_or_default()
    }
}
