//! What every gateway must hear, from the commit until the bus has confirmed it.
//!
//! 1. The transaction that makes it true also [keeps](Outbox::keep) the message.
//! 2. After the commit it is [sent](Outbox::send), and forgotten once confirmed.
//! 3. What a crash, a broker outage or a database that answered too late left behind is sent by the [relay](Outbox::relay).
//!
//! A message may come twice, never not at all; inside one process too. What the operator does beside it, at the command line,
//! is kept for the relay, together with what the audit log is to say of it.

mod store;

use std::time::Duration;

use serde::Deserialize;
use service_kit::bus::{Bus, Message};
use service_kit::db::{Conn, Db};
use service_kit::{Error, Result, chain, clock};
use shared_proto::bus::Control;

use crate::audit::ByOperator;
use store::Kept;
pub(crate) use store::standing;

/// How long a message is left to the one who took it: longer than the bus takes to confirm or to give up.
const LEASE_SECONDS: i64 = 20;
/// How soon the relay sees to a message whose own request did not get it out.
const RELAY_AFTER_SECONDS: i64 = 2;
const RELAY_EVERY: Duration = Duration::from_millis(500);
/// Messages in one go of the relay.
const BATCH: i64 = 200;

/// What a row says.
#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Control(Control),
    Deed(ByOperator),
}

/// The way to the bus. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Outbox {
    db: Db,
    /// Nothing where only others send.
    bus: Option<Bus>,
}

/// Messages of a transaction, to be sent once it is committed.
#[must_use = "the gateways hear nothing before it is sent"]
#[derive(Debug, Default)]
pub(crate) struct Parcel {
    messages: Vec<Message>,
    kept: Vec<String>,
}

/// Rows that were due.
#[derive(Default)]
struct Taken {
    parcel: Parcel,
    deeds: Vec<ByOperator>,
    /// The rows of the deeds, and of what nobody can read.
    noted: Vec<String>,
}

impl Outbox {
    pub(crate) fn new(db: Db, bus: Bus) -> Self {
        Self { db, bus: Some(bus) }
    }

    /// Keeps everything for the relay of a process that runs, or will.
    pub(crate) fn left_to_others(db: Db) -> Self {
        Self { db, bus: None }
    }

    pub(crate) fn bus_is_away(&self) -> bool {
        self.bus.as_ref().is_some_and(Bus::is_away)
    }

    /// Inside the transaction that makes `controls` true.
    pub(crate) fn keep(&self, conn: &mut Conn, controls: Vec<Control>) -> Result<Parcel> {
        let ours = if self.bus.is_some() { RELAY_AFTER_SECONDS } else { 0 };
        let due = clock::now().plus_seconds(ours).micros();
        let kept = store::keep(conn, &controls, due)?;
        Ok(Parcel { messages: controls.into_iter().map(Message::Control).collect(), kept })
    }

    /// Inside the transaction that does it, for the audit log of a process that runs, or will.
    pub(crate) fn keep_deed(conn: &mut Conn, deed: ByOperator) -> Result<()> {
        store::keep(conn, &[deed], clock::now().micros()).map(drop)
    }

    /// After the commit. Does not wait for a broker: if it is away, the relay goes on.
    pub(crate) async fn send(&self, parcel: Parcel) {
        let Some(bus) = self.bus.as_ref().filter(|_| !parcel.messages.is_empty()) else { return };
        let outbox = self.clone();
        let sending = async move {
            if let Err(error) = outbox.deliver(parcel).await {
                tracing::warn!(
                    error = chain(&error),
                    "the bus did not take a message now; it is kept and will be sent"
                );
            }
        };
        if bus.outlives_process() {
            actix_web::rt::spawn(sending);
        } else {
            sending.await;
        }
    }

    /// Sends what was left behind, for ever.
    pub(crate) async fn relay(&self) {
        let mut failing = false;
        loop {
            tokio::time::sleep(RELAY_EVERY).await;
            match self.flush(0).await {
                Ok(_) if failing => {
                    tracing::info!("the outbox is being emptied again");
                    failing = false;
                }
                Err(error) if !failing => {
                    tracing::warn!(error = chain(&error), "the outbox can't be emptied; trying again and again");
                    failing = true;
                }
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Sends everything that is due within so many seconds. Returns how much.
    pub(crate) async fn flush(&self, within_seconds: i64) -> Result<usize> {
        let mut sent = 0;
        loop {
            let Taken { parcel, deeds, noted } = self.take(within_seconds).await?;
            if parcel.kept.is_empty() && noted.is_empty() {
                return Ok(sent);
            }
            sent += parcel.kept.len() + noted.len();
            // Apart from what the bus must take first: while it is away, nothing is noted twice for it.
            deeds.iter().for_each(ByOperator::note);
            self.db.write(move |conn| store::forget(conn, &noted)).await?;
            self.deliver(parcel).await?;
        }
    }

    async fn take(&self, within_seconds: i64) -> Result<Taken> {
        let due = clock::now().plus_seconds(within_seconds).micros();
        // Mostly there is nothing, and finding that out does not take the writer's place.
        if !self.db.read(move |conn| store::any_due(conn, due)).await? {
            return Ok(Taken::default());
        }
        let until = clock::now().plus_seconds(LEASE_SECONDS).micros();
        let rows = self.db.write(move |conn| store::lease(conn, due, until, BATCH)).await?;
        let mut taken = Taken::default();
        for Kept { id, body } in rows {
            match serde_json::from_str(&body) {
                Ok(Body::Control(control)) => {
                    taken.parcel.messages.push(Message::Control(control));
                    taken.parcel.kept.push(id);
                    continue;
                }
                Ok(Body::Deed(deed)) => taken.deeds.push(deed),
                Err(error) => tracing::error!(%error, id, "a message in the outbox can't be read and is dropped"),
            }
            taken.noted.push(id);
        }
        Ok(taken)
    }

    async fn deliver(&self, parcel: Parcel) -> Result<()> {
        let Some(bus) = &self.bus else { return Ok(()) };
        if parcel.messages.is_empty() {
            return Ok(());
        }
        let kept = parcel.kept;
        match bus.publish(&parcel.messages).await {
            Ok(()) => self.db.write(move |conn| store::forget(conn, &kept)).await,
            Err(error) => {
                let now = clock::now().micros();
                self.db.write(move |conn| store::give_back(conn, &kept, now)).await?;
                Err(Error::Unavailable("the bus", Some(error.into())))
            }
        }
    }
}
