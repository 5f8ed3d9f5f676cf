//! Publishing to RabbitMQ with confirms (https://www.rabbitmq.com/docs/confirms).

use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_lapin::lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use deadpool_lapin::lapin::{Channel, Confirmation};
use deadpool_lapin::{Config, Object, Pool, PoolConfig, Runtime, Timeouts};
use shared_proto::bus::Transient;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::amqp_transient::TransientPublisher;
use super::envelope::{self, Outgoing};
use super::reached::Reached;
use super::{BusError, Message, Topology, figures};
use crate::StartError;

/// lapin has no time limits of its own.
const CONNECT: Duration = Duration::from_secs(5);
const CONFIRM: Duration = Duration::from_secs(10);

/// One long-lived channel in confirm mode. Cheap to clone.
#[derive(Clone)]
pub struct AmqpPublisher(Arc<Inner>);

struct Inner {
    url: String,
    topology: Topology,
    pool: Pool,
    open: Mutex<Option<Open>>,
    transients: TransientPublisher,
    reached: Arc<Reached>,
}

/// The channel, and the connection that keeps it alive.
struct Open {
    connection: Object,
    channel: Channel,
}

impl AmqpPublisher {
    pub(super) fn new(url: &str, topology: Topology) -> Result<Self, StartError> {
        let url = with_heartbeat(url);
        let timeouts = Timeouts { wait: Some(CONNECT), create: Some(CONNECT), recycle: Some(CONNECT) };
        let settings =
            Config { url: Some(url.clone()), pool: Some(PoolConfig { max_size: 1, timeouts, ..Default::default() }) };
        let pool = settings
            .create_pool(Default::default, Runtime::Tokio1)
            .map_err(|e| StartError::new(format!("settings: bus.url can't be used: {e}")))?;
        let transients = TransientPublisher::new(url.clone(), topology.clone());
        let reached = Arc::new(Reached::new());
        Ok(Self(Arc::new(Inner { url, topology, pool, open: Mutex::new(None), transients, reached })))
    }

    pub(super) fn url(&self) -> String {
        self.0.url.clone()
    }

    pub(super) fn topology(&self) -> Topology {
        self.0.topology.clone()
    }

    pub(super) fn reached(&self) -> &Arc<Reached> {
        &self.0.reached
    }

    pub(super) fn publish_transient(&self, transients: Vec<Transient>) {
        self.0.transients.publish(transients);
    }

    /// One batch at a time, so that the order of calls is the order on the broker. A connection that failed in any
    /// way is not used again.
    pub(super) async fn publish(&self, messages: &[Message]) -> Result<(), BusError> {
        let mut slot = self.0.open.lock().await;
        let began = Instant::now();
        let result = self.publish_in(&mut slot, messages).await;
        figures::published(&result, began.elapsed());
        self.0.reached.published(result.is_ok());
        result
    }

    async fn publish_in(&self, slot: &mut Option<Open>, messages: &[Message]) -> Result<(), BusError> {
        let open = match slot.take() {
            Some(open) if open.channel.status().connected() => open,
            _ => self.0.open_channel().await?,
        };
        match self.0.publish_on(&open, messages).await {
            Ok(()) => {
                *slot = Some(open);
                Ok(())
            }
            Err(error) => {
                drop(Object::take(open.connection));
                Err(error)
            }
        }
    }
}

impl Inner {
    async fn open_channel(&self) -> Result<Open, BusError> {
        let connection = self.pool.get().await.map_err(|e| BusError::Connect(e.to_string()))?;
        let channel = within(CONNECT, "opening a channel", async {
            let channel = connection.create_channel().await?;
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            self.topology.declare_exchanges(&channel).await?;
            Ok(channel)
        })
        .await?;
        Ok(Open { connection, channel })
    }

    /// Pipelined: all are written, then all confirms are awaited.
    async fn publish_on(&self, open: &Open, messages: &[Message]) -> Result<(), BusError> {
        if open.connection.status().blocked() {
            return Err(BusError::Blocked);
        }
        within(CONFIRM, "confirming", async {
            let mut confirms = Vec::new();
            for Outgoing { exchange, key, properties, body } in envelope::pack(messages) {
                let (exchange, options) = (self.topology.exchange(exchange), BasicPublishOptions::default());
                confirms.push(open.channel.basic_publish(exchange, key.into(), options, &body, properties).await?);
            }
            for confirm in confirms {
                match confirm.await? {
                    Confirmation::Ack(_) => {}
                    Confirmation::Nack(_) | Confirmation::NotRequested => return Err(BusError::Refused),
                }
            }
            Ok(())
        })
        .await
    }
}

async fn within<T>(
    limit: Duration,
    doing: &'static str,
    work: impl Future<Output = Result<T, BusError>>,
) -> Result<T, BusError> {
    timeout(limit, work).await.unwrap_or(Err(BusError::Timeout(limit.as_secs(), doing)))
}

/// A dead broker is noticed within some ten seconds.
fn with_heartbeat(url: &str) -> String {
    if url.contains("heartbeat=") {
        return url.to_owned();
    }
    format!("{url}{}heartbeat=5", if url.contains('?') { '&' } else { '?' })
}
