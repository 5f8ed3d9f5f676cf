//! The bus: what one service says and every process must hear.
//!
//! [`Bus::publish`] returns when the bus has taken the messages for good (a broker's confirm). A [`Subscription`]
//! delivers what is published while it is connected, in the order of each chat as one publisher published it, and
//! says [`Delivery::Gap`] whenever something may have been missed: at the beginning, after every interruption, and
//! when the reader lagged. Whoever needs certainty asks the owner of the truth after a gap; nothing else is promised,
//! so duplicates and reordering between publishers are the reader's to handle, by `seq`.

mod amqp_consumer;
mod amqp_publisher;
mod amqp_transient;
mod envelope;
mod figures;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod local;
mod reached;
mod topology;

use std::sync::Arc;

use bytes::Bytes;
use shared_proto::bus::{Control, Origin, Transient};
use shared_proto::event::EventKind;
use shared_proto::{ChatId, Seq, Timestamp, UserId};
use tokio::sync::mpsc;

use crate::StartError;
use crate::settings;
use amqp_publisher::AmqpPublisher;
use local::LocalBus;
use topology::Topology;

/// How many deliveries wait for a slow reader before the broker (or the in-process bus) holds them back.
const WAITING: usize = 1_024;

/// What travels on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A durable event of a chat.
    Event(Envelope),
    /// What is worth something only now.
    Transient(Transient),
    /// What every gateway must know.
    Control(Control),
}

/// A durable event as gateways see it: what they must know of it, and the client's frame, which they do not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The chat.
    pub chat: ChatId,
    /// Its place in the chat.
    pub seq: Seq,
    /// Its kind.
    pub kind: EventKind,
    /// The user whose membership changes, in `member.*` events.
    pub user: Option<UserId>,
    /// Its time, where the publisher told it.
    pub at: Option<Timestamp>,
    /// Where it comes from, where the publisher told it.
    pub origin: Option<Arc<Origin>>,
    /// The client's frame, byte for byte.
    pub frame: Bytes,
}

/// What a subscriber wants to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// All there is.
    Everything,
    /// Only [`Message::Control`].
    Control,
}

/// What a subscription delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A message.
    Message(Message),
    /// Messages may have been missed before this point.
    Gap,
}

/// Why messages were not taken. Another try is safe: readers drop duplicates by `seq`.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The broker's client said no.
    #[error("the broker")]
    Broker(#[from] deadpool_lapin::lapin::Error),
    /// No connection to the broker.
    #[error("no connection to the broker: {0}")]
    Connect(String),
    /// The broker did not answer in time.
    #[error("the broker did not answer within {0} s while {1}")]
    Timeout(u64, &'static str),
    /// The broker has stopped taking messages (it is short of memory or disk).
    #[error("the broker is blocked (short of memory or disk)")]
    Blocked,
    /// The broker refused a message.
    #[error("the broker refused a message")]
    Refused,
}

/// The way in. Cheap to clone.
#[derive(Clone)]
pub enum Bus {
    /// Inside one process.
    Local(LocalBus),
    /// Over RabbitMQ.
    Amqp(AmqpPublisher),
}

impl Bus {
    /// Opens the bus that the URL names. A broker that is away is no error: messages wait in the outbox.
    pub fn open(settings: &settings::Bus) -> Result<Self, StartError> {
        match settings.url.expose() {
            "local:" => Ok(Bus::Local(LocalBus::new())),
            url if url.starts_with("amqp://") || url.starts_with("amqps://") => {
                figures::describe();
                Ok(Bus::Amqp(AmqpPublisher::new(url, Topology::new(&settings.prefix))?))
            }
            _ => Err(StartError::new("settings: bus.url must be local: or begin with amqp:// or amqps://")),
        }
    }

    /// Whether readers live on when this process dies. If they do, what is to be published must be kept in an outbox
    /// until it is; if not, they die with us and catch up from the database.
    pub fn outlives_process(&self) -> bool {
        self.in_process().is_none()
    }

    /// The bus inside this process, if it is one: what is published there is taken at once.
    pub fn in_process(&self) -> Option<&LocalBus> {
        match self {
            Bus::Local(bus) => Some(bus),
            Bus::Amqp(_) => None,
        }
    }

    /// Whether a broker was not there when it was last needed: to publish (which is tried when there is something to publish),
    /// or to consume (always).
    pub fn is_away(&self) -> bool {
        match self {
            Bus::Local(_) => false,
            Bus::Amqp(publisher) => !publisher.reached().by_all(),
        }
    }

    /// Publishes in order; returns when the bus has taken all of them. On an error some may have been taken. Bounded:
    /// at most some 15 s.
    pub async fn publish(&self, messages: &[Message]) -> Result<(), BusError> {
        match self {
            Bus::Local(bus) => {
                bus.publish(messages);
                Ok(())
            }
            Bus::Amqp(publisher) => publisher.publish(messages).await,
        }
    }

    /// Publishes what is worth something only now: never waits, and drops it while the bus is away or busy.
    pub fn publish_transient(&self, transients: Vec<Transient>) {
        match self {
            Bus::Local(bus) => bus.publish(&transients.into_iter().map(Message::Transient).collect::<Vec<_>>()),
            Bus::Amqp(publisher) => publisher.publish_transient(transients),
        }
    }

    /// What is published from now on.
    pub fn subscribe(&self, interest: Interest) -> Subscription {
        let (sender, deliveries) = mpsc::channel(WAITING);
        let task = match self {
            Bus::Local(bus) => actix_web::rt::spawn(local::forward(bus.subscribe(), interest, sender)),
            Bus::Amqp(publisher) => {
                let (url, topology, reached) = (publisher.url(), publisher.topology(), Arc::clone(publisher.reached()));
                actix_web::rt::spawn(amqp_consumer::supervise(url, topology, reached, interest, sender))
            }
        };
        Subscription { deliveries, task }
    }
}

/// A stream of deliveries; dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    deliveries: mpsc::Receiver<Delivery>,
    task: actix_web::rt::task::JoinHandle<()>,
}

impl Subscription {
    /// The next delivery. `None` only when the process ends.
    pub async fn next(&mut self) -> Option<Delivery> {
        self.deliveries.recv().await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.task.abort();
    }
}
