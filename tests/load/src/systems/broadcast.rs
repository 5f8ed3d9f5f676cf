//! The references of fan-out: what is said to them goes to everybody who is connected.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chatire_tests::{Ports, Process, eventually};
use tokio::net::TcpStream;

use super::meter;
use crate::Result;
use crate::bench::Bench;
use crate::cpu::Meter;
use crate::failure::Failure;
use crate::listening::nats::Operations;
use crate::listening::{Dialect, Door};
use crate::speaker::{Line, Speaker};
use crate::spent::Parts;

/// How long one may take to start.
const LISTENS_WITHIN: Duration = Duration::from_secs(10);
/// Names `nats-server`, where there is one (`deploy/dev/bench.sh`).
const NATS_SERVER: &str = "CHATIRE_NATS_SERVER";

/// A running reference.
pub(crate) struct Broadcast {
    name: &'static str,
    process: Process,
    address: String,
    dialect: Dialect,
    /// Where it is spoken to over a plain connection: the floor, and NATS.
    control: Option<String>,
}

impl Broadcast {
    /// `src/floor.rs`: no more than the operating system asks for.
    pub(crate) async fn floor(name: &'static str, ports: &mut Ports, folder: &Path) -> Result<Self> {
        let (address, control) = (ports.take_address(), ports.take_address());
        let mut process = Process::new(name, "chatire-floor", &address, folder);
        process.set("LISTEN__PUBLIC", &*address).set("LISTEN__CONTROL", &*control);
        process.launch();
        listens(name, &address).await;
        Ok(Self { name, process, address, dialect: Dialect::Gateway, control: Some(control) })
    }

    /// `reference/broadcast.mjs`: a plain server on Node and `ws`.
    pub(crate) async fn node(bench: &Bench, ports: &mut Ports, folder: &Path) -> Result<Self> {
        Self::on_node("Node ws", "broadcast.mjs", Dialect::Gateway, bench, ports, folder).await
    }

    /// `reference/socket-io.mjs`: a plain server on Socket.IO.
    pub(crate) async fn socket_io(bench: &Bench, ports: &mut Ports, folder: &Path) -> Result<Self> {
        Self::on_node("Socket.IO", "socket-io.mjs", Dialect::SocketIo, bench, ports, folder).await
    }

    async fn on_node(
        name: &'static str,
        program: &str,
        dialect: Dialect,
        bench: &Bench,
        ports: &mut Ports,
        folder: &Path,
    ) -> Result<Self> {
        let address = ports.take_address();
        let mut process = Process::new(program, bench.reference.with_file_name(program), &address, folder);
        process.set("LISTEN__PUBLIC", &*address);
        process.launch();
        process.is_ready().await;
        Ok(Self { name, process, address, dialect, control: None })
    }

    /// NATS' server, as it is shipped but for where it listens; nothing where it is not installed.
    pub(crate) async fn nats(ports: &mut Ports, folder: &Path) -> Result<Option<Self>> {
        let Some(program) = std::env::var_os(NATS_SERVER).filter(|path| !path.is_empty()).map(PathBuf::from) else {
            return Ok(None);
        };
        let (address, control) = (ports.take_address(), ports.take_address());
        let file = folder.join("nats.conf");
        // Without a port for monitoring there is none.
        let settings = format!("listen: \"{control}\"\nwebsocket {{ listen: \"{address}\", no_tls: true }}\n");
        std::fs::write(&file, settings).map_err(|e| Failure::while_doing(&file.display().to_string(), e))?;
        let mut process = Process::new("nats", program, &address, folder);
        process.arguments(["-c", "nats.conf"]);
        process.launch();
        listens("NATS", &address).await;
        listens("NATS", &control).await;
        let dialect = Dialect::Nats(Operations::default());
        Ok(Some(Self { name: "NATS", process, address, dialect, control: Some(control) }))
    }

    /// What it is called in tables.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Where sockets are opened.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// So many listeners, and how it is spoken to.
    pub(crate) fn doors(&self, count: usize) -> (Dialect, Vec<Door>) {
        (self.dialect.clone(), vec![Door { address: self.address.clone(), token: None }; count])
    }

    /// So many who speak at the same time.
    pub(crate) async fn speakers(&self, count: usize) -> Result<Vec<Speaker>> {
        let line = match (&self.dialect, &self.control) {
            (Dialect::Nats(_), Some(control)) => Line::to_nats(control).await?,
            (_, Some(control)) => Line::plain(control).await?,
            (Dialect::SocketIo, None) => Line::over_socket_io(&self.address).await?,
            (_, None) => Line::over_socket(&self.address).await?,
        };
        Ok((0..count).map(|_| Speaker::Line(line.clone())).collect())
    }

    /// Its CPU time, and that it consists of nothing else.
    pub(crate) fn meters(&self) -> Result<(Meter, Parts)> {
        let own = meter("broadcast", &self.process)?;
        Ok((own, Parts { service: vec![own], postgres: None, broker: None }))
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.pid().unwrap_or_default()
    }
}

async fn listens(what: &str, address: &str) {
    let connects = async || TcpStream::connect(address).await.ok();
    eventually(&format!("{what} listens"), LISTENS_WITHIN, connects).await;
}
