//! What `deploy/dev/instructions.sh` counts of the bus: every `counted_…` is a hot path, with what is usual on it.

use std::hint::black_box;

use shared_proto::event::EventKind;
use shared_proto::{ChatId, Seq};

use super::*;

/// Events that are published together on a busy day.
const TOGETHER: i64 = 50;
const ROUNDS: usize = 20;

fn events() -> Vec<Message> {
    let frame = Bytes::from(vec![b'x'; 400]);
    let event = |seq| {
        Message::Event(Envelope {
            chat: ChatId(7),
            seq: Seq(seq),
            kind: EventKind::MessageCreated,
            user: None,
            at: Some(Timestamp::from_micros(1_800_000_000_000_000 + seq)),
            origin: Some(Arc::new(Origin { request: format!("request-{seq:012}"), traceparent: None })),
            frame: frame.clone(),
        })
    };
    (1..=TOGETHER).map(event).collect()
}

#[inline(never)]
fn counted_pack_50_events(messages: &[Message]) -> usize {
    pack(black_box(messages)).len()
}

#[inline(never)]
fn counted_unpack_50_events(heads: &[u8], beside: Beside<'_>, body: &Bytes) -> usize {
    unpack(black_box(heads), beside, body.clone()).map_or(0, |messages| messages.len())
}

#[test]
fn fifty_events_travel() {
    let messages = events();
    let packed = pack(&messages);
    let headers = packed[0].properties.headers().clone().unwrap();
    let text = |name: &str| match headers.inner().get(name) {
        Some(AMQPValue::LongString(text)) => text.as_bytes(),
        other => panic!("{name} is {other:?}"),
    };
    let beside = Beside { times: text(TIMES_HEADER), origins: text(ORIGINS_HEADER) };
    for _ in 0..ROUNDS {
        assert_eq!(counted_pack_50_events(&messages), 1);
        assert_eq!(counted_unpack_50_events(text(EVENTS_HEADER), beside, &packed[0].body), TOGETHER as usize);
    }
}
