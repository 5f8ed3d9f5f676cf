//! Publishing right after the commit.

use std::time::Duration;

use service_kit::bus::{Bus, Message};
use service_kit::chain;
use service_kit::db::Db;
use service_kit::shutdown::Shutdown;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::outbox;
use crate::events::Appended;

/// Commits published with one wait for confirms: few enough that a confirm is quick, many enough to be cheap.
const BATCH: usize = 64;
/// Confirmed batches whose rows are still to be deleted.
const UNDELETED: usize = 64;
/// Pauses between tries while the broker is away.
const PAUSE: Duration = Duration::from_millis(300);
/// What may be flushed when the process ends.
const FLUSH: Duration = Duration::from_secs(3);

pub(super) async fn run(bus: &Bus, db: &Db, queue: mpsc::Receiver<Vec<Appended>>, shutdown: Shutdown) {
    let (confirmed, to_delete) = mpsc::channel(UNDELETED);
    tokio::join!(publish(bus, queue, confirmed, shutdown), delete(db, to_delete));
}

/// In order: a batch is tried until the broker has it. Meanwhile later commits queue up, and beyond the queue's
/// bound they are left to the relay.
async fn publish(
    bus: &Bus,
    mut queue: mpsc::Receiver<Vec<Appended>>,
    confirmed: mpsc::Sender<Vec<Appended>>,
    shutdown: Shutdown,
) {
    let mut gathered = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            count = queue.recv_many(&mut gathered, BATCH) => if count == 0 { return },
            () = shutdown.stopping() => return,
        }
        let batch: Vec<Appended> = gathered.drain(..).flatten().collect();
        let messages: Vec<Message> = batch.iter().cloned().map(Message::Event).collect();
        let mut failing = false;
        while let Err(error) = bus.publish(&messages).await {
            if !failing {
                tracing::warn!(error = chain(&error), "events can't be published; they are kept and tried again");
                failing = true;
            }
            let gave_up = tokio::select! {
                () = sleep(PAUSE.mul_f64(0.5 + rand::random::<f64>())) => false,
                () = shutdown.stopping() => true,
            };
            if gave_up {
                // They stand in the outbox: another replica, or we when we are back, will publish them.
                return;
            }
        }
        if failing {
            tracing::info!("events are published again");
        }
        metrics::counter!("chatire_events_published_total").increment(batch.len() as u64);
        if confirmed.send(batch).await.is_err() {
            return;
        }
    }
}

/// Apart from publishing, so that the next batch does not wait for the database.
async fn delete(db: &Db, mut confirmed: mpsc::Receiver<Vec<Appended>>) {
    let mut gathered = Vec::new();
    while confirmed.recv_many(&mut gathered, UNDELETED).await > 0 {
        let places = gathered.drain(..).flatten().map(|e| (e.chat, e.seq)).collect();
        match timeout(FLUSH, outbox::delete(db, places)).await {
            Ok(Ok(())) => {}
            // The relay will publish them once more and delete them; gateways drop what comes twice.
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "confirmed events stay in the outbox for now"),
            Err(_) => tracing::warn!("confirmed events stay in the outbox for now: the database is slow"),
        }
    }
}
