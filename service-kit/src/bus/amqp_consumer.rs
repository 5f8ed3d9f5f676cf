//! Consuming from RabbitMQ: one supervised connection that builds its topology anew whenever it connects.

use std::sync::Arc;
use std::time::Duration;

use deadpool_lapin::lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use deadpool_lapin::lapin::types::FieldTable;
use deadpool_lapin::lapin::{Channel, Connection, ConnectionProperties, Consumer};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc::Sender;
use tokio::time::{sleep, timeout};

use super::reached::Reached;
use super::{BusError, Delivery, Interest, Topology, envelope, figures};

/// From nothing to a consuming queue.
const CONNECT: Duration = Duration::from_secs(10);
/// Unacknowledged at most, each of about 64 KiB: what a busy process holds in memory.
const PREFETCH: u16 = 512;
/// One acknowledgement for as many deliveries: a quarter of the cost of one each.
const ACK_EVERY: u64 = 256;
/// How long this process may leave a message unread.
const STUCK: Duration = Duration::from_secs(10);
/// Between two tries to connect, at most.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// Delivers until the reader is gone; connects again, with growing pauses, for as long as it takes.
pub(super) async fn supervise(
    url: String,
    topology: Topology,
    reached: Arc<Reached>,
    interest: Interest,
    deliveries: Sender<Delivery>,
) {
    let mut failures = 0;
    let connected = |now| {
        figures::consumer(now);
        reached.consumes(now);
    };
    connected(false);
    while !deliveries.is_closed() {
        match connect(&url, &topology, interest).await {
            Ok(source) => {
                failures = 0;
                tracing::info!("consuming from the broker");
                connected(true);
                let ended = deliver(source, &topology, &deliveries).await;
                connected(false);
                if let Err(error) = ended {
                    tracing::warn!(error = crate::chain(&error), "the connection to the broker ended");
                }
            }
            Err(error) => {
                failures += 1;
                tracing::warn!(error = crate::chain(&error), failures, "can't consume from the broker, trying again");
            }
        }
        sleep(backoff(failures)).await;
    }
}

/// 0.1 s, doubled with each failure up to [`BACKOFF_MAX`], half of it random.
fn backoff(failures: u32) -> Duration {
    let full = Duration::from_millis(100).saturating_mul(1 << failures.min(10)).min(BACKOFF_MAX);
    full.mul_f64(0.5 + rand::random::<f64>() / 2.0)
}

struct Source {
    /// Kept: dropping it ends the consumer.
    _connection: Connection,
    channel: Channel,
    consumer: Consumer,
}

async fn connect(url: &str, topology: &Topology, interest: Interest) -> Result<Source, BusError> {
    let work = async {
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        topology.declare_exchanges(&channel).await?;
        let queue = topology.declare_own_queue(&channel, interest).await?;
        let exclusive = BasicConsumeOptions { exclusive: true, ..Default::default() };
        let consumer = channel.basic_consume(queue, "".into(), exclusive, FieldTable::default()).await?;
        Ok(Source { _connection: connection, channel, consumer })
    };
    timeout(CONNECT, work).await.unwrap_or(Err(BusError::Timeout(CONNECT.as_secs(), "connecting")))
}

/// Ends when the connection or the reader does. A message that can't be read is logged, counted and dropped.
async fn deliver(mut source: Source, topology: &Topology, deliveries: &Sender<Delivery>) -> Result<(), BusError> {
    if deliveries.send(Delivery::Gap).await.is_err() {
        return Ok(());
    }
    let mut unacknowledged = Unacknowledged::default();
    loop {
        let next = match source.consumer.next().now_or_never() {
            Some(next) => next,
            None => {
                // Quiet: acknowledge what there is, then wait.
                unacknowledged.acknowledge(&source.channel).await?;
                source.consumer.next().await
            }
        };
        let Some(delivery) = next else { return Ok(()) };
        let delivery = delivery?;
        figures::received();
        match envelope::read(&delivery, topology) {
            Ok(messages) => {
                for message in messages {
                    match timeout(STUCK, deliveries.send(Delivery::Message(message))).await {
                        Ok(Ok(())) => {}
                        Ok(Err(_)) => return Ok(()),
                        // The broker's queue grows meanwhile, and drops its oldest messages when it is full: better to
                        // say that some were missed.
                        Err(_) => return Err(BusError::Timeout(STUCK.as_secs(), "waiting for this process to read")),
                    }
                }
            }
            Err(why) => {
                figures::unreadable();
                tracing::error!(why, key = %delivery.routing_key, "a message on the bus can't be read; it is dropped");
            }
        }
        unacknowledged.add(delivery.delivery_tag);
        if unacknowledged.count >= ACK_EVERY {
            unacknowledged.acknowledge(&source.channel).await?;
        }
    }
}

#[derive(Default)]
struct Unacknowledged {
    count: u64,
    last: u64,
}

impl Unacknowledged {
    fn add(&mut self, tag: u64) {
        self.count += 1;
        self.last = tag;
    }

    async fn acknowledge(&mut self, channel: &Channel) -> Result<(), BusError> {
        if self.count > 0 {
            channel.basic_ack(self.last, BasicAckOptions { multiple: true }).await?;
            self.count = 0;
        }
        Ok(())
    }
}
