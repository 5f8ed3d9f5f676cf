//! What `deploy/dev/instructions.sh` counts of the hub: every `counted_…` is a hot path, with what is usual on it.

use std::hint::black_box;

use super::tests::{CHAT, chat, connection};
use super::*;

const SUBSCRIBERS: usize = 1_000;
/// Events that wait at the same moment.
const TOGETHER: i64 = 16;

/// From the event's JSON to the queue of each socket. Nothing is written: that is the sockets' part (`socket/outgoing`).
#[inline(never)]
fn counted_fan_out_16_events_to_1000_sockets(registry: &mut Registry, json: &[u8]) -> usize {
    let events = 1..=TOGETHER;
    let event = |seq| {
        let frame = Frame::text(black_box(json)).own();
        registry.event(CHAT, Seq(seq), &frame, false)
    };
    events.map(event).sum()
}

#[test]
fn sixteen_events_go_to_a_thousand_sockets() {
    let mut registry = Registry::default();
    let connections: Vec<_> = (0..SUBSCRIBERS).map(|_| connection()).collect();
    for connection in &connections {
        let id = registry.enter(connection.clone());
        registry.subscribe(id, &chat(0), Seq(0));
    }
    assert!(registry.attached(CHAT, Seq(0)).is_empty());
    let json = vec![b'x'; 400];
    let delivered = counted_fan_out_16_events_to_1000_sockets(&mut registry, &json);
    assert_eq!(delivered, SUBSCRIBERS * TOGETHER as usize);
    assert!(connections.iter().all(|connection| connection.out.waiting() > json.len() * TOGETHER as usize));
}
