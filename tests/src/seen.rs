//! What has come over a WebSocket.

use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use serde_json::{Value, json};
use shared_proto::event::EventFrame;
use shared_proto::{ErrorCode, MessageId, Seq};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, protocol};

use crate::{Chat, Sent};

/// All that has come so far.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Text frames in their order.
    pub frames: Vec<Frame>,
    /// How it ended, if it has.
    pub closed: Option<Closed>,
    /// When the connection below ended, if it has.
    pub gone: Option<Instant>,
}

/// One text frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// As it came.
    pub text: String,
    /// Read.
    pub json: Value,
    /// When it came.
    pub at: Instant,
}

/// How a socket ended.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The close code; nothing when the connection just broke.
    pub code: Option<u16>,
    /// The words with the code, or the error.
    pub reason: String,
    /// When.
    pub at: Instant,
}

/// An `error` frame.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What to decide by.
    pub code: ErrorCode,
    /// When to try again.
    pub retry_after_ms: Option<u64>,
}

impl Frame {
    /// The frame's `type`.
    pub fn kind(&self) -> &str {
        self.json["type"].as_str().unwrap_or_default()
    }

    /// The event, if it is one of this chat.
    pub fn event_of(&self, chat: &Chat) -> Option<EventFrame> {
        (self.kind() == "event" && self.json["chat"] == chat.uri.as_str())
            .then(|| serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{}: {e}", self.text)))
    }

    /// What it says about a `send`, if it does.
    pub(crate) fn outcome_of(&self, client_id: &str) -> Option<Result<Sent, Refused>> {
        if self.json["client_id"] != client_id {
            return None;
        }
        let number = |field: &str| self.json[field].as_i64().unwrap_or_else(|| panic!("no {field} in {}", self.text));
        match self.kind() {
            "ack" => {
                let (id, seq) = (MessageId(number("id")), Seq(number("seq")));
                let uri = serde_json::from_value(self.json["chat"].clone());
                let chat = Chat { uri: uri.unwrap_or_else(|e| panic!("{}: {e}", self.text)) };
                Some(Ok(Sent { chat, client_id: client_id.to_owned(), id, seq }))
            }
            "error" => {
                let code = serde_json::from_value(self.json["code"].clone());
                let code = code.unwrap_or_else(|e| panic!("{}: {e}", self.text));
                Some(Err(Refused { code, retry_after_ms: self.json["retry_after_ms"].as_u64() }))
            }
            _ => None,
        }
    }
}

impl Seen {
    /// All events of a chat, in the order they came.
    pub fn events_of(&self, chat: &Chat) -> Vec<EventFrame> {
        self.frames.iter().filter_map(|frame| frame.event_of(chat)).collect()
    }

    /// How many frames of a type have come.
    pub fn count(&self, kind: &str) -> usize {
        self.frames.iter().filter(|frame| frame.kind() == kind).count()
    }
}

/// Collects what comes, until the end, and only while it is told to read.
pub(crate) async fn collect(
    mut stream: SplitStream<WebSocketStream<TcpStream>>,
    seen: watch::Sender<Seen>,
    mut reads: watch::Receiver<bool>,
) {
    let ended = |code: Option<u16>, reason: String| Closed { code, reason, at: Instant::now() };
    loop {
        let _ = reads.wait_for(|reads| *reads).await;
        let closed = match stream.next().await {
            Some(Ok(tungstenite::Message::Text(text))) => {
                let text = text.to_string();
                let json = serde_json::from_str(&text).unwrap_or_else(|e| json!({"type": format!("no JSON: {e}")}));
                seen.send_modify(|seen| seen.frames.push(Frame { text, json, at: Instant::now() }));
                continue;
            }
            Some(Ok(tungstenite::Message::Close(Some(protocol::CloseFrame { code, reason })))) => {
                ended(Some(code.into()), reason.to_string())
            }
            Some(Ok(tungstenite::Message::Close(None))) => ended(None, "closed without a code".into()),
            Some(Ok(_)) => continue,
            Some(Err(error)) => ended(None, error.to_string()),
            None => ended(None, "the stream ended".into()),
        };
        seen.send_modify(|seen| seen.closed = Some(closed));
        // What is left is the closing handshake: our own close frame, and the end of the connection.
        while stream.next().await.is_some() {}
        seen.send_modify(|seen| seen.gone = Some(Instant::now()));
        return;
    }
}
