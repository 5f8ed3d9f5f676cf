//! What `deploy/dev/instructions.sh` counts of events: every `counted_…` is a hot path, with what is usual on it.

use std::hint::black_box;

use serde_json::json;
use shared_proto::messages::Message;

use super::*;

const EVENTS: i64 = 100;

/// What is said becomes the frame that all its readers get.
#[inline(never)]
fn counted_encode_100_events(uri: &ChatUri, message: &Message) -> usize {
    let encoded = (1..=EVENTS).filter_map(|seq| {
        let message = Event::MessageCreated(black_box(message).clone());
        encode(ChatId(7), uri.clone(), Seq(seq), message, None, Timestamp::from_micros(seq)).ok()
    });
    encoded.map(|event| event.frame.len()).sum()
}

#[test]
fn a_hundred_events_are_encoded() {
    let message: Message = serde_json::from_value(json!({
        "id": 9_000_001, "seq": 9_001, "user": {"id": 7, "username": "alice", "first_name": "", "last_name": ""},
        "message": "x".repeat(200), "at": "2026-11-23T10:00:00Z", "client_id": "client-00000001",
    }))
    .unwrap();
    let bytes = counted_encode_100_events(&"abcdefghijklmno".parse().unwrap(), &message);
    assert!(bytes > 200 * EVENTS as usize);
}
