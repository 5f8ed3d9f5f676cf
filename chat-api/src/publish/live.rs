//! Publishing right after the commit.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use service_kit::bus::{Bus, Message};
use service_kit::db::Db;
use service_kit::shutdown::Shutdown;
use service_kit::{chain, pause};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Committed, outbox};
use crate::events::Appended;
use crate::figures;

/// Commits taken from the queue at once.
const COMMITS: usize = 64;
/// Events published with one wait for confirms: few enough that a confirm is quick, many enough to be cheap.
const EVENTS: usize = 256;
/// Confirmed batches whose rows are still to be deleted.
const UNDELETED: usize = 64;
/// How long confirmed batches gather before their rows are deleted in one transaction: nobody waits for it.
const GATHER: Duration = Duration::from_millis(25);
/// Pauses between tries while the broker is away.
const PAUSE: Duration = Duration::from_millis(300);
/// What may be flushed when the process ends.
const FLUSH: Duration = Duration::from_secs(3);

pub(super) async fn run(
    bus: &Bus,
    db: &Db,
    queue: mpsc::Receiver<Committed>,
    queued_bytes: &AtomicUsize,
    shutdown: Shutdown,
) {
    let (confirmed, to_delete) = mpsc::channel(UNDELETED);
    tokio::join!(take(bus, queue, queued_bytes, confirmed, shutdown), delete(db, to_delete));
}

/// In order. While the broker is away commits queue up, and beyond the queue's bounds they are left to the relay.
async fn take(
    bus: &Bus,
    mut queue: mpsc::Receiver<Committed>,
    queued_bytes: &AtomicUsize,
    confirmed: mpsc::Sender<Vec<i64>>,
    shutdown: Shutdown,
) {
    let mut gathered = Vec::with_capacity(COMMITS);
    loop {
        tokio::select! {
            biased;
            count = queue.recv_many(&mut gathered, COMMITS) => if count == 0 { return },
            () = shutdown.stopping() => return,
        }
        while !gathered.is_empty() {
            let batch = take_some(&mut gathered);
            let events: Vec<Appended> = batch.iter().flat_map(|commit| commit.events.iter().cloned()).collect();
            if !publish(bus, &events, &shutdown).await {
                // They stand in the outbox: another replica, or we when we are back, will publish them.
                return;
            }
            queued_bytes.fetch_sub(batch.iter().map(Committed::bytes).sum(), Ordering::Relaxed);
            if confirmed.send(batch.iter().filter_map(|commit| commit.kept).collect()).await.is_err() {
                return;
            }
        }
    }
}

/// The first commits that together have about [`EVENTS`] events.
fn take_some(gathered: &mut Vec<Committed>) -> Vec<Committed> {
    let mut events = 0;
    let count = gathered.iter().take_while(|commit| {
        let room = events < EVENTS;
        events += commit.events.len();
        room
    });
    let count = count.count();
    gathered.drain(..count).collect()
}

/// Tries until the broker has the batch. `false` when the process ends before.
async fn publish(bus: &Bus, batch: &[Appended], shutdown: &Shutdown) -> bool {
    let messages: Vec<Message> = batch.iter().cloned().map(Message::Event).collect();
    let mut failing = false;
    while let Err(error) = bus.publish(&messages).await {
        if !failing {
            tracing::warn!(error = chain(&error), "events can't be published; they are kept and tried again");
            failing = true;
        }
        tokio::select! {
            () = pause::about(PAUSE) => {}
            () = shutdown.stopping() => return false,
        }
    }
    if failing {
        tracing::info!("events are published again");
    }
    metrics::counter!(figures::PUBLISHED).increment(batch.len() as u64);
    true
}

/// Apart from publishing, so that the next batch does not wait for the database.
async fn delete(db: &Db, mut confirmed: mpsc::Receiver<Vec<i64>>) {
    let mut gathered = Vec::new();
    while confirmed.recv_many(&mut gathered, UNDELETED).await > 0 {
        tokio::time::sleep(GATHER).await;
        while let Ok(more) = confirmed.try_recv() {
            gathered.push(more);
        }
        let ids = gathered.drain(..).flatten().collect();
        match timeout(FLUSH, outbox::delete(db, ids)).await {
            Ok(Ok(())) => {}
            // The relay will publish them once more and delete them; gateways drop what comes twice.
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "confirmed events stay in the outbox for now"),
            Err(_) => tracing::warn!("confirmed events stay in the outbox for now: the database is slow"),
        }
    }
}
