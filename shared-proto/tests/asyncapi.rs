//! `docs/asyncapi.json` describes the WebSocket protocol, is written from the Rust types, and must never be stale.
//!
//! `WRITE_ASYNCAPI=1 cargo test -p shared-proto --test asyncapi` (or `make wire-types`) writes the file
//! (<https://www.asyncapi.com/docs/reference/specification/v3.0.0>).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::path::Path;

use serde_json::{Map, Value, json};
use shared_proto::CloseCode;
use shared_proto::event::EventFrame;
use shared_proto::frames::{ClientFrame, PROTOCOL, ServerFrame};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A frame type: its name, what it is for, and its fields.
struct Message {
    name: String,
    summary: String,
    payload: Value,
}

/// The variants of an enum that is tagged by `type`.
fn messages_of<T: PartialSchema>() -> Vec<Message> {
    let schema = serde_json::to_value(T::schema()).unwrap();
    let variants = schema["oneOf"].as_array().expect("a schema for each variant");
    variants
        .iter()
        .map(|variant| Message {
            name: tag_of(variant).expect("each variant has its `type`"),
            summary: in_one_line(&variant["description"]),
            payload: variant.clone(),
        })
        .collect()
}

fn tag_of(schema: &Value) -> Option<String> {
    let own = schema["properties"]["type"]["enum"][0].as_str().or(schema["properties"]["type"]["const"].as_str());
    own.map(str::to_owned).or_else(|| schema["allOf"].as_array()?.iter().find_map(tag_of))
}

fn in_one_line(text: &Value) -> String {
    text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn of_events() -> Message {
    Message {
        name: "event".into(),
        summary: "Something durable happened in a chat. Each chat's events come in the order of their seqs, each once."
            .into(),
        payload: json!({"$ref": "#/components/schemas/EventFrame"}),
    }
}

fn schemas() -> Map<String, Value> {
    let mut all: Vec<(String, RefOr<Schema>)> = Vec::new();
    ClientFrame::schemas(&mut all);
    ServerFrame::schemas(&mut all);
    EventFrame::schemas(&mut all);
    all.push((EventFrame::name().into(), EventFrame::schema()));
    all.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap())).collect()
}

fn document() -> Value {
    let from_clients = messages_of::<ClientFrame>();
    let from_servers: Vec<Message> = messages_of::<ServerFrame>().into_iter().chain([of_events()]).collect();
    let (mut messages, mut channel, mut operations) = (Map::new(), Map::new(), Map::new());
    for (side, action, frames) in [("client", "receive", &from_clients), ("server", "send", &from_servers)] {
        for Message { name, summary, payload } in frames {
            let key = format!("{side}.{name}");
            messages.insert(key.clone(), json!({"name": name, "title": name, "summary": summary, "payload": payload}));
            channel.insert(key.clone(), json!({"$ref": format!("#/components/messages/{key}")}));
            let of_channel = json!({"$ref": format!("#/channels/socket/messages/{key}")});
            operations.insert(
                key,
                json!({"action": action, "channel": {"$ref": "#/channels/socket"}, "summary": summary, "messages": [of_channel]}),
            );
        }
    }
    let codes = CloseCode::ALL.iter().map(|code| (code.code().to_string(), json!(code.meaning())));
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chatire: the socket",
            "version": PROTOCOL.to_string(),
            "description": "Protocol 1: JSON text frames, `type` first. docs/protocol.md shows each exchange by example.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {"standalone": {"host": "localhost:8000", "protocol": "ws"}},
        "channels": {
            "socket": {
                "address": "/ws/",
                "description": "One socket for all chats of a client. `hello` is its first frame.",
                "messages": channel,
                "bindings": {"ws": {"method": "GET"}},
            },
        },
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas()},
        "x-close-codes": codes.collect::<Map<String, Value>>(),
    })
}

#[test]
fn the_document_of_the_socket_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/asyncapi.json");
    let fresh = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("WRITE_ASYNCAPI").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == fresh, "{} is stale: run `make wire-types` and commit it", path.display());
}

#[test]
fn whatever_is_referred_to_is_there() {
    let document = document();
    let mut left = vec![&document];
    let mut count = 0;
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    let pointer = reference.strip_prefix('#').expect("a place in this document");
                    assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                    count += 1;
                }
                left.extend(fields.values());
            }
            Value::Array(values) => left.extend(values),
            _ => {}
        }
    }
    assert!(count > 50, "{count} references");
}
