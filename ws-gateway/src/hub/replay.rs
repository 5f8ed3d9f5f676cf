//! Replaying what sockets have missed, for all of them in turn.

use std::collections::HashMap;
use std::time::Duration;

use service_kit::{Result, chain, pause};
use shared_proto::internal::EventsAfter;
use shared_proto::{ChatId, Seq};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::Hub;
use super::registry::Missed;
use crate::socket::Frame;

/// Parts of one request, and events of each. Who misses more queues up again behind the others.
const PARTS: usize = 100;
const EVENTS: i64 = 200;
/// Between tries while chat-api is away, at most.
const PAUSE_MAX: Duration = Duration::from_secs(3);
/// Before looking again at sockets that have no room, and at events that chat-api did not have.
const LATER: Duration = Duration::from_millis(50);

type Part = (ChatId, Seq);

pub(super) async fn run(hub: Hub, mut queue: mpsc::UnboundedReceiver<Missed>) {
    let mut postponed: Vec<Missed> = Vec::new();
    let mut pause = LATER;
    loop {
        let mut gathered = Vec::with_capacity(PARTS);
        if postponed.is_empty() {
            if queue.recv_many(&mut gathered, PARTS).await == 0 {
                return;
            }
        } else {
            // Nothing new in time is no error.
            let _ = timeout(LATER, queue.recv_many(&mut gathered, PARTS)).await;
        }
        postponed.append(&mut gathered);
        let now = take_ready(&hub, &mut postponed);
        if now.is_empty() {
            continue;
        }
        match replay(&hub, &now).await {
            Ok(true) => pause = LATER,
            Ok(false) => sleep(LATER).await,
            Err(error) => {
                tracing::warn!(error = chain(&error), parts = now.len(), "missed events can't be fetched yet");
                postponed.extend(now);
                pause::about(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }
}

/// Those whose socket can take something now, at most [`PARTS`]. A socket without room waits; one that is gone is
/// forgotten.
fn take_ready(hub: &Hub, waiting: &mut Vec<Missed>) -> Vec<Missed> {
    let registry = hub.0.registry.borrow();
    let mut ready = Vec::new();
    waiting.retain(|missed| match registry.has_room(*missed) {
        None => false,
        Some(true) if ready.len() < PARTS => {
            ready.push(*missed);
            false
        }
        Some(_) => true,
    });
    ready
}

/// One part for each. Returns whether any event came.
async fn replay(hub: &Hub, missed: &[Missed]) -> Result<bool> {
    // Many sockets often miss the same: after a gateway died, all members of a chat do.
    let mut waiting: HashMap<Part, Vec<Missed>> = HashMap::new();
    for missed in missed {
        waiting.entry((missed.chat, missed.after)).or_default().push(*missed);
    }
    let after = waiting.keys().map(|(chat, after)| EventsAfter { chat: *chat, after: *after }).collect();
    let mut any = false;
    for found in hub.api().events(after, EVENTS).await? {
        let frames: Vec<(Seq, Frame)> =
            found.events.iter().map(|e| (e.seq, Frame::text(e.frame.get().as_bytes()))).collect();
        any |= !frames.is_empty();
        for missed in waiting.remove(&(found.chat, found.after)).unwrap_or_default() {
            let still = hub.0.registry.borrow_mut().replayed(missed, &frames);
            still.into_iter().for_each(|missed| hub.replay(missed));
        }
    }
    // Chats that are left out are gone: nothing of them is missed any more.
    Ok(any)
}
