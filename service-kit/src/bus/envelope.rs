//! Messages as AMQP sees them.

use bytes::Bytes;
use deadpool_lapin::lapin::BasicProperties;
use deadpool_lapin::lapin::message::Delivery as AmqpDelivery;
use deadpool_lapin::lapin::types::{AMQPValue, FieldTable};
use shared_proto::bus::{Exchange, header, partition};
use shared_proto::{ChatId, Seq, UserId};

use super::{Envelope, Message};

/// A message ready to be published.
pub(super) struct Outgoing {
    pub(super) exchange: Exchange,
    pub(super) key: String,
    pub(super) properties: BasicProperties,
    pub(super) body: Bytes,
}

impl Outgoing {
    pub(super) fn of(message: &Message) -> Self {
        match message {
            Message::Event(event) => Outgoing {
                exchange: Exchange::Events,
                key: partition(event.chat),
                properties: BasicProperties::default().with_headers(headers(event)),
                body: event.frame.clone(),
            },
            Message::Control(control) => Outgoing {
                exchange: Exchange::Control,
                key: String::new(),
                properties: BasicProperties::default(),
                body: serde_json::to_vec(control).unwrap_or_default().into(),
            },
        }
    }
}

fn headers(event: &Envelope) -> FieldTable {
    let mut table = FieldTable::default();
    table.insert(header::CHAT.into(), AMQPValue::LongLongInt(event.chat.0));
    table.insert(header::SEQ.into(), AMQPValue::LongLongInt(event.seq.0));
    table.insert(header::KIND.into(), AMQPValue::LongString(event.kind.as_str().into()));
    if let Some(user) = event.user {
        table.insert(header::USER.into(), AMQPValue::LongLongInt(user.0));
    }
    table
}

/// Reads a delivery; says what is wrong with one that can't be read.
pub(super) fn read(delivery: &AmqpDelivery, control_exchange: &str) -> Result<Message, String> {
    if delivery.exchange.as_str() == control_exchange {
        return serde_json::from_slice(&delivery.data).map(Message::Control).map_err(|e| e.to_string());
    }
    let headers = delivery.properties.headers().as_ref().ok_or("it has no headers")?;
    let number = |name: &str| match headers.inner().get(name) {
        Some(AMQPValue::LongLongInt(n)) => Ok(*n),
        other => Err(format!("its header {name} is {other:?}")),
    };
    let kind = match headers.inner().get(header::KIND) {
        Some(AMQPValue::LongString(text)) => String::from_utf8_lossy(text.as_bytes()).into_owned(),
        other => return Err(format!("its header {} is {other:?}", header::KIND)),
    };
    let Ok(kind) = kind.parse();
    Ok(Message::Event(Envelope {
        chat: ChatId(number(header::CHAT)?),
        seq: Seq(number(header::SEQ)?),
        kind,
        user: number(header::USER).ok().map(UserId),
        frame: Bytes::copy_from_slice(&delivery.data),
    }))
}
