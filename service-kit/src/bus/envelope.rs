//! Messages as AMQP sees them.
//!
//! Events that are published together travel together: what a broker and its clients do costs the same for a message of
//! one event and of fifty.

use std::sync::Arc;

use bytes::Bytes;
use deadpool_lapin::lapin::BasicProperties;
use deadpool_lapin::lapin::message::Delivery as AmqpDelivery;
use deadpool_lapin::lapin::types::{AMQPValue, FieldTable};
use shared_proto::Timestamp;
use shared_proto::bus::{
    EVENTS_HEADER, EventHead, Exchange, ORIGINS_HEADER, Origin, TIMES_HEADER, Transient, partition,
};

use super::{Envelope, Message, Topology};

/// Events of one AMQP message, and the bytes of their frames; one that is larger travels alone.
const EVENTS: usize = 64;
const BYTES: usize = 64 * 1024;

/// A message ready to be published.
pub(super) struct Outgoing {
    pub(super) exchange: Exchange,
    pub(super) key: String,
    pub(super) properties: BasicProperties,
    pub(super) body: Bytes,
}

/// Messages as they go out, in order.
pub(super) fn pack(messages: &[Message]) -> Vec<Outgoing> {
    let mut packed = Vec::new();
    let mut events: Vec<&Envelope> = Vec::new();
    let mut bytes = 0;
    for message in messages {
        match message {
            Message::Event(event) => {
                if events.len() == EVENTS || bytes + event.frame.len() > BYTES {
                    packed.extend(bundle(&std::mem::take(&mut events)));
                    bytes = 0;
                }
                bytes += event.frame.len();
                events.push(event);
            }
            // These go their own way, without confirms.
            Message::Transient(_) => {}
            Message::Control(control) => {
                packed.extend(bundle(&std::mem::take(&mut events)));
                bytes = 0;
                packed.push(Outgoing {
                    exchange: Exchange::Control,
                    key: String::new(),
                    properties: BasicProperties::default(),
                    body: serde_json::to_vec(control).unwrap_or_default().into(),
                });
            }
        }
    }
    packed.extend(bundle(&events));
    packed
}

fn bundle(events: &[&Envelope]) -> Option<Outgoing> {
    let first = events.first()?;
    let heads: Vec<EventHead> =
        events.iter().map(|e| EventHead(e.chat, e.seq, e.kind, e.user, e.frame.len())).collect();
    let heads = serde_json::to_string(&heads).unwrap_or_default();
    let mut headers = FieldTable::default();
    headers.insert(EVENTS_HEADER.into(), AMQPValue::LongString(heads.into()));
    // All or none: who reads them takes one for each event.
    if let Some(times) = events.iter().map(|e| e.at.map(Timestamp::micros)).collect::<Option<Vec<_>>>() {
        let times = serde_json::to_string(&times).unwrap_or_default();
        headers.insert(TIMES_HEADER.into(), AMQPValue::LongString(times.into()));
    }
    if events.iter().any(|e| e.origin.is_some()) {
        let origins: Vec<Option<&Origin>> = events.iter().map(|e| e.origin.as_deref()).collect();
        let origins = serde_json::to_string(&origins).unwrap_or_default();
        headers.insert(ORIGINS_HEADER.into(), AMQPValue::LongString(origins.into()));
    }
    let body = match events {
        [one] => one.frame.clone(),
        several => several.iter().map(|event| &event.frame[..]).collect::<Vec<_>>().concat().into(),
    };
    Some(Outgoing {
        exchange: Exchange::Events,
        key: partition(first.chat),
        properties: BasicProperties::default().with_headers(headers),
        body,
    })
}

/// Reads a delivery; says what is wrong with one that can't be read.
pub(super) fn read(delivery: &AmqpDelivery, topology: &Topology) -> Result<Vec<Message>, String> {
    if topology.is(Exchange::Transient, &delivery.exchange) {
        let transients: Vec<Transient> = serde_json::from_slice(&delivery.data).map_err(|e| e.to_string())?;
        return Ok(transients.into_iter().map(Message::Transient).collect());
    }
    if topology.is(Exchange::Control, &delivery.exchange) {
        let control = serde_json::from_slice(&delivery.data).map_err(|e| e.to_string())?;
        return Ok(vec![Message::Control(control)]);
    }
    let headers = delivery.properties.headers().as_ref().ok_or("it has no headers")?;
    let text = |name: &str| match headers.inner().get(name) {
        Some(AMQPValue::LongString(text)) => text.as_bytes(),
        _ => b"",
    };
    let beside = Beside { times: text(TIMES_HEADER), origins: text(ORIGINS_HEADER) };
    match headers.inner().get(EVENTS_HEADER) {
        Some(AMQPValue::LongString(heads)) => unpack(heads.as_bytes(), beside, Bytes::copy_from_slice(&delivery.data)),
        other => Err(format!("its header {EVENTS_HEADER} is {other:?}")),
    }
}

/// What only serves to measure and to tell: whatever is wrong with it, the events are as good as without.
#[derive(Clone, Copy, Default)]
pub(super) struct Beside<'a> {
    times: &'a [u8],
    origins: &'a [u8],
}

pub(super) fn unpack(heads: &[u8], beside: Beside<'_>, mut body: Bytes) -> Result<Vec<Message>, String> {
    let heads: Vec<EventHead> =
        serde_json::from_slice(heads).map_err(|e| format!("its header {EVENTS_HEADER} can't be read: {e}"))?;
    let times: Vec<i64> = serde_json::from_slice(beside.times).unwrap_or_default();
    let origins: Vec<Option<Origin>> = serde_json::from_slice(beside.origins).unwrap_or_default();
    let mut origins = origins.into_iter();
    let mut times = times.into_iter().map(Timestamp::from_micros);
    let mut messages = Vec::with_capacity(heads.len());
    for EventHead(chat, seq, kind, user, length) in heads {
        if length > body.len() {
            return Err(format!("its body ends within the event at {seq}"));
        }
        let (at, origin) = (times.next(), origins.next().flatten().map(Arc::new));
        messages.push(Message::Event(Envelope { chat, seq, kind, user, at, origin, frame: body.split_to(length) }));
    }
    if body.is_empty() { Ok(messages) } else { Err(format!("{} bytes of its body belong to no event", body.len())) }
}

#[cfg(test)]
mod instructions;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shared_proto::bus::Control;
    use shared_proto::event::EventKind;
    use shared_proto::{ChatId, Seq, UserId};

    fn event(chat: i64, seq: i64, length: usize) -> Message {
        let (kind, user) =
            if seq % 3 == 0 { (EventKind::MemberLeft, Some(UserId(seq))) } else { (EventKind::MessageCreated, None) };
        Message::Event(Envelope {
            chat: ChatId(chat),
            seq: Seq(seq),
            kind,
            user,
            at: Some(Timestamp::from_micros(seq)),
            origin: (seq % 2 == 0).then(|| Arc::new(Origin { request: format!("r{seq}"), traceparent: None })),
            frame: Bytes::from(vec![b'x'; length]),
        })
    }

    fn unpacked(outgoing: &Outgoing) -> Vec<Message> {
        if outgoing.exchange == Exchange::Control {
            return vec![Message::Control(serde_json::from_slice(&outgoing.body).unwrap())];
        }
        let headers = outgoing.properties.headers().as_ref().unwrap();
        let Some(AMQPValue::LongString(heads)) = headers.inner().get(EVENTS_HEADER) else { panic!("no heads") };
        let text = |name: &str| match headers.inner().get(name) {
            Some(AMQPValue::LongString(text)) => text.as_bytes(),
            _ => b"",
        };
        let beside = Beside { times: text(TIMES_HEADER), origins: text(ORIGINS_HEADER) };
        unpack(heads.as_bytes(), beside, outgoing.body.clone()).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again_in_order_and_bounded(
            sizes in proptest::collection::vec((0usize..30_000, 1i64..9), 0..200),
        ) {
            let message = |(n, (size, chat)): (usize, &(usize, i64))| match n % 17 {
                16 => Message::Control(Control::UserChanged { user: UserId(n as i64) }),
                _ => event(*chat, n as i64, *size),
            };
            let messages: Vec<Message> = sizes.iter().enumerate().map(message).collect();
            let packed = pack(&messages);
            for outgoing in &packed {
                prop_assert!(outgoing.body.len() <= BYTES);
                prop_assert!(unpacked(outgoing).len() <= EVENTS);
            }
            prop_assert_eq!(packed.iter().flat_map(unpacked).collect::<Vec<_>>(), messages);
        }
    }

    #[test]
    fn an_event_that_is_too_large_travels_alone() {
        let packed = pack(&[event(1, 1, 10), event(1, 2, 2 * BYTES), event(1, 4, 10)]);
        assert_eq!(packed.iter().map(|outgoing| outgoing.body.len()).collect::<Vec<_>>(), [10, 2 * BYTES, 10]);
    }

    #[test]
    fn a_body_that_does_not_fit_its_heads_is_refused() {
        let heads = br#"[[7,1,"message.created",null,3],[7,2,"of.the.future",null,4]]"#;
        assert_eq!(unpack(heads, Beside::default(), Bytes::from_static(b"abcdefg")).unwrap().len(), 2);
        let broken = Beside { times: b"[1,", origins: b"[7]" };
        assert_eq!(unpack(heads, broken, Bytes::from_static(b"abcdefg")).unwrap().len(), 2, "these are no condition");
        for wrong in [&b"abcdef"[..], b"abcdefgh", b""] {
            assert!(unpack(heads, Beside::default(), Bytes::from_static(wrong)).is_err());
        }
        assert!(unpack(b"[[7]]", Beside::default(), Bytes::new()).is_err());
    }
}
