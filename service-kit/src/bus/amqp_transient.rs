//! Publishing what is worth something only now: without confirms, and without ever making anybody wait.

use std::sync::OnceLock;
use std::time::Duration;

use deadpool_lapin::lapin::options::BasicPublishOptions;
use deadpool_lapin::lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use shared_proto::bus::{Exchange, Transient};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::{BusError, Topology, figures};

/// What may wait for the broker; beyond it what is new is dropped.
const WAITING: usize = 4_096;
/// Of one AMQP message.
const BUNDLE: usize = 64;
/// How long a queue keeps it for a gateway that does not read, in milliseconds.
const KEPT_MS: &str = "5000";
const CONNECT: Duration = Duration::from_secs(5);
const WRITE: Duration = Duration::from_secs(5);
/// Between two tries to connect: whatever comes meanwhile is dropped.
const PAUSE: Duration = Duration::from_secs(2);

/// The way out. Nothing is connected before the first use.
pub(super) struct TransientPublisher {
    url: String,
    topology: Topology,
    queue: OnceLock<mpsc::Sender<Transient>>,
}

impl TransientPublisher {
    pub(super) fn new(url: String, topology: Topology) -> Self {
        Self { url, topology, queue: OnceLock::new() }
    }

    pub(super) fn publish(&self, transients: Vec<Transient>) {
        let queue = self.queue.get_or_init(|| {
            let (queue, waiting) = mpsc::channel(WAITING);
            actix_web::rt::spawn(drive(self.url.clone(), self.topology.clone(), waiting));
            queue
        });
        for transient in transients {
            if queue.try_send(transient).is_err() {
                figures::transient_dropped();
            }
        }
    }
}

/// Kept together: dropping the connection closes the channel.
struct Open {
    _connection: Connection,
    channel: Channel,
}

async fn drive(url: String, topology: Topology, mut waiting: mpsc::Receiver<Transient>) {
    let mut open: Option<Open> = None;
    let mut not_before = Instant::now();
    let mut gathered = Vec::with_capacity(BUNDLE);
    while waiting.recv_many(&mut gathered, BUNDLE).await > 0 {
        let bundle = std::mem::take(&mut gathered);
        if open.as_ref().is_none_or(|open| !open.channel.status().connected()) && Instant::now() >= not_before {
            open = match timeout(CONNECT, connect(&url, &topology)).await {
                Ok(Ok(open)) => Some(open),
                // Whoever consumes or publishes events says that the broker is away.
                Ok(Err(_)) | Err(_) => {
                    not_before = Instant::now() + PAUSE;
                    None
                }
            };
        }
        let Some(to) = &open else { continue };
        match timeout(WRITE, write(to, &topology, bundle)).await {
            Ok(Ok(())) => {}
            _ => open = None,
        }
    }
}

async fn connect(url: &str, topology: &Topology) -> Result<Open, BusError> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    topology.declare_exchanges(&channel).await?;
    Ok(Open { _connection: connection, channel })
}

async fn write(to: &Open, topology: &Topology, bundle: Vec<Transient>) -> Result<(), BusError> {
    let Some(first) = bundle.first() else { return Ok(()) };
    let key = first.key();
    let body = serde_json::to_vec(&bundle).unwrap_or_default();
    let properties = BasicProperties::default().with_expiration(KEPT_MS.into());
    let (exchange, options) = (topology.exchange(Exchange::Transient), BasicPublishOptions::default());
    drop(to.channel.basic_publish(exchange, key.into(), options, &body, properties).await?);
    Ok(())
}
