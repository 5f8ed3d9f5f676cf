//! The examples in `docs/protocol.md` are frames of the protocol, and each frame type has one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use shared_proto::CloseCode;
use shared_proto::frames::{ClientFrame, Incoming};

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md")).unwrap()
}

/// The lines of all blocks of one side.
fn examples(page: &str, side: &str) -> Vec<String> {
    let fence = format!("```json {side}\n");
    let blocks = page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    blocks.flat_map(str::lines).map(str::to_owned).collect()
}

fn described(side: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/asyncapi.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let messages = document["components"]["messages"].as_object().unwrap().keys();
    messages.filter_map(|key| key.strip_prefix(&format!("{side}."))).map(str::to_owned).collect()
}

fn kinds(examples: &[String]) -> BTreeSet<String> {
    let kind = |example: &String| serde_json::from_str::<Value>(example).unwrap()["type"].as_str().unwrap().to_owned();
    examples.iter().map(kind).collect()
}

#[test]
fn what_clients_send_can_be_read() {
    let examples = examples(&page(), "client");
    for example in &examples {
        ClientFrame::parse(example).unwrap_or_else(|e| panic!("{example}: {e}"));
    }
    assert_eq!(kinds(&examples), described("client"));
}

#[test]
fn what_servers_send_is_written_like_that() {
    let examples = examples(&page(), "server");
    for example in &examples {
        let frame: Incoming = serde_json::from_str(example).unwrap_or_else(|e| panic!("{example}: {e}"));
        let (written, shown): (Value, Value) =
            (serde_json::to_value(&frame).unwrap(), serde_json::from_str(example).unwrap());
        assert_eq!(written, shown);
    }
    assert_eq!(kinds(&examples), described("server"));
}

#[test]
fn each_close_code_that_a_client_must_know_is_explained() {
    let page = page();
    for code in CloseCode::ALL.iter().filter(|code| **code != CloseCode::Normal) {
        assert!(page.contains(&code.code().to_string()), "{code:?}");
    }
}
