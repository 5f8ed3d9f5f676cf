//! All names on the broker, in one file.

use deadpool_lapin::lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use deadpool_lapin::lapin::types::{AMQPValue, FieldTable, ShortString};
use deadpool_lapin::lapin::{Channel, ExchangeKind, Result};
use shared_proto::bus::{Exchange, PARTITIONS};

use super::Interest;

/// What a gateway's queue holds at most while the gateway reads more slowly than others publish, in bytes; then the oldest are
/// dropped. Events are healed by `seq`; a revocation that is among them holds when the session's access token ends, after minutes.
const QUEUE_BYTES: i64 = 256 * 1024 * 1024;

/// The names under one prefix.
#[derive(Clone, Debug)]
pub(super) struct Topology {
    prefix: String,
}

impl Topology {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    pub(super) fn exchange(&self, exchange: Exchange) -> ShortString {
        format!("{}{}", self.prefix, exchange.name()).into()
    }

    /// Whether this is the name of the exchange.
    pub(super) fn is(&self, exchange: Exchange, name: &ShortString) -> bool {
        name.as_str().strip_prefix(self.prefix.as_str()) == Some(exchange.name())
    }

    /// Declares the exchanges; does nothing when they are there. Publishers and consumers both do it, so that either
    /// may start first, and again after a broker was replaced by an empty one.
    pub(super) async fn declare_exchanges(&self, channel: &Channel) -> Result<()> {
        for exchange in Exchange::ALL {
            let (kind, durable) = match exchange {
                Exchange::Events => (ExchangeKind::Direct, true),
                Exchange::Transient => (ExchangeKind::Direct, false),
                Exchange::Control => (ExchangeKind::Fanout, true),
            };
            let options = ExchangeDeclareOptions { durable, ..Default::default() };
            channel.exchange_declare(self.exchange(exchange), kind, options, FieldTable::default()).await?;
        }
        Ok(())
    }

    /// Declares a queue for this process alone, bound to what it wants to hear, and returns its name. It ends with the
    /// connection. Never a queue or binding for a chat, user or socket: their coming and going would be the broker's
    /// main work.
    pub(super) async fn declare_own_queue(&self, channel: &Channel, interest: Interest) -> Result<ShortString> {
        let mut limits = FieldTable::default();
        limits.insert("x-max-length-bytes".into(), AMQPValue::LongLongInt(QUEUE_BYTES));
        let own = QueueDeclareOptions { exclusive: true, auto_delete: true, ..Default::default() };
        let queue = channel.queue_declare("".into(), own, limits).await?.name().clone();
        let bind = |exchange, key: String| {
            let (queue, exchange) = (queue.clone(), self.exchange(exchange));
            async move {
                channel
                    .queue_bind(queue, exchange, key.into(), QueueBindOptions::default(), FieldTable::default())
                    .await
            }
        };
        let partitions = if interest == Interest::Everything { PARTITIONS } else { 0 };
        for partition in 0..partitions {
            bind(Exchange::Events, format!("p{partition}")).await?;
            bind(Exchange::Transient, format!("p{partition}")).await?;
        }
        bind(Exchange::Control, String::new()).await?;
        Ok(queue)
    }
}
