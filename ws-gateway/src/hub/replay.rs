//! Replaying what sockets have missed, for all of them in turn.

use std::collections::HashMap;
use std::time::Duration;

use service_kit::chain;
use shared_proto::internal::EventsAfter;
use shared_proto::{ChatId, Seq};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::Hub;
use super::registry::Missed;
use crate::socket::Frame;

/// Parts of one request, and events of each. Who misses more queues up again behind the others.
const PARTS: usize = 100;
const EVENTS: i64 = 200;
/// Between tries while chat-api is away, at most.
const PAUSE_MAX: Duration = Duration::from_secs(3);
/// Before asking again for events that chat-api did not have.
const NOT_YET: Duration = Duration::from_millis(100);

type Part = (ChatId, Seq);

pub(super) async fn run(hub: Hub, mut queue: mpsc::UnboundedReceiver<Missed>) {
    let mut gathered = Vec::with_capacity(PARTS);
    while queue.recv_many(&mut gathered, PARTS).await > 0 {
        // Many sockets often miss the same: after a gateway died, all members of a chat do.
        let mut waiting: HashMap<Part, Vec<Missed>> = HashMap::new();
        for missed in gathered.drain(..) {
            waiting.entry((missed.chat, missed.after)).or_default().push(missed);
        }
        let mut found = fetch(&hub, waiting.keys().copied().collect()).await;
        let mut nothing_came = true;
        for (part, missed) in waiting {
            let Some(events) = found.remove(&part) else { continue };
            nothing_came &= events.is_empty();
            for missed in missed {
                let still = hub.0.registry.borrow_mut().replayed(missed, &events);
                still.into_iter().for_each(|missed| hub.replay(missed));
            }
        }
        if nothing_came {
            sleep(NOT_YET).await;
        }
    }
}

/// Chats that are gone are left out.
async fn fetch(hub: &Hub, parts: Vec<Part>) -> HashMap<Part, Vec<(Seq, Frame)>> {
    let after: Vec<EventsAfter> = parts.into_iter().map(|(chat, after)| EventsAfter { chat, after }).collect();
    let mut pause = Duration::from_millis(50);
    loop {
        match hub.api().events(after.clone(), EVENTS).await {
            Ok(chats) => {
                let encode = |frame: &str| Frame::text(frame.as_bytes());
                return chats
                    .into_iter()
                    .map(|c| ((c.chat, c.after), c.events.iter().map(|e| (e.seq, encode(e.frame.get()))).collect()))
                    .collect();
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), parts = after.len(), "missed events can't be fetched yet");
            }
        }
        sleep(pause.mul_f64(0.5 + rand::random::<f64>())).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}
