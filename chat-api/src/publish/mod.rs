//! From commit to bus, whatever dies in between.
//!
//! Whoever commits announces its events here, and they are published at once, in order ([`live`]). With a broker,
//! each commit also stands in the outbox, from the same transaction, until the broker has confirmed its events; what a
//! crash or an outage left there is published by a relay ([`relay`]), by any replica. Gateways drop what comes twice.

mod live;
mod outbox;
mod relay;
mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use service_kit::Result;
use service_kit::bus::{Bus, Message};
use service_kit::db::{Conn, Db};
use service_kit::shutdown::Shutdown;
use shared_proto::Timestamp;
use tokio::sync::mpsc;

use crate::events::Appended;
use crate::figures;
pub(crate) use outbox::NewRow;

/// The events of one transaction, in order.
#[derive(Clone, Debug)]
pub(crate) struct Committed {
    pub(crate) events: Vec<Appended>,
    /// Its row in the outbox, when there is one.
    pub(crate) kept: Option<i64>,
}

impl Committed {
    fn bytes(&self) -> usize {
        self.events.iter().map(|event| event.frame.len()).sum()
    }
}

/// Commits that wait to be published at most, and their events' bytes. Beyond it, as in a broker's outage, they are
/// left to the relay.
const WAITING: usize = 5_000;
const WAITING_BYTES: usize = 32 * 1024 * 1024;

/// The way from commit to bus. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Publisher {
    bus: Bus,
    db: Db,
    queue: mpsc::Sender<Committed>,
    queued_bytes: Arc<AtomicUsize>,
    waiting: Arc<Mutex<Option<mpsc::Receiver<Committed>>>>,
}

impl Publisher {
    pub(crate) fn new(bus: Bus, db: Db) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        Self { bus, db, queue, queued_bytes: Arc::default(), waiting: Arc::new(Mutex::new(Some(waiting))) }
    }

    /// Puts events into the outbox, inside the transaction that makes them true. Inside one process there is none: the
    /// readers die with us, and come back with `resume`.
    pub(crate) fn keep(&self, conn: &mut Conn, events: Vec<Appended>, now: Timestamp) -> Result<Committed> {
        let kept = self.row(&events, now).map(|row| row.insert(conn)).transpose()?;
        Ok(Committed { events, kept })
    }

    /// The row that the outbox needs for these events, for those who store it together with other things.
    pub(crate) fn row(&self, events: &[Appended], now: Timestamp) -> Option<NewRow> {
        (self.keeps_outbox() && !events.is_empty()).then(|| NewRow::of(events, now))
    }

    fn keeps_outbox(&self) -> bool {
        self.bus.outlives_process()
    }

    /// Publishes what was just committed. Never fails and never waits for a broker. To be called where it was committed, right
    /// afterwards: nobody may be left who waits for the database's answer when that comes late.
    pub(crate) fn announce(&self, committed: Committed) {
        if committed.events.is_empty() {
            return;
        }
        if let Some(bus) = self.bus.in_process() {
            let messages: Vec<Message> = committed.events.into_iter().map(Message::Event).collect();
            metrics::counter!(figures::PUBLISHED).increment(messages.len() as u64);
            return bus.publish(&messages);
        }
        let bytes = committed.bytes();
        let room = self.queued_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= WAITING_BYTES;
        if !room || self.queue.try_send(committed).is_err() {
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
            metrics::counter!(figures::LEFT_TO_RELAY).increment(1);
        }
    }

    /// Publishes until the process stops, then what still waits.
    pub(crate) async fn run(&self, shutdown: Shutdown) {
        let Some(waiting) = self.waiting.lock().take() else { return };
        if !self.keeps_outbox() {
            return;
        }
        tokio::join!(
            live::run(&self.bus, &self.db, waiting, &self.queued_bytes, shutdown.clone()),
            relay::run(&self.bus, &self.db, shutdown.clone()),
            watch::run(&self.db, shutdown),
        );
    }
}
