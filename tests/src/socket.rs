//! A WebSocket as a client holds it: what one says, and waits for.

use std::time::Duration;

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use shared_proto::event::{Event, EventFrame};
use shared_proto::messages::Message;
use shared_proto::{ErrorCode, Seq, SessionId};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, protocol};

use crate::seen::collect;
use crate::{Chat, Closed, Frame, PATIENCE, Refused, Saying, Seen, Sent};

type Stream = WebSocketStream<TcpStream>;

/// An open WebSocket. Everything that comes is collected at once, whether anybody looks or not, unless the socket was
/// told to stop reading.
#[derive(Debug)]
pub struct Socket {
    writer: Mutex<SplitSink<Stream, tungstenite::Message>>,
    collected: watch::Sender<Seen>,
    seen: watch::Receiver<Seen>,
    reads: watch::Sender<bool>,
    reading: JoinHandle<()>,
}

impl Socket {
    /// Collects from now on what comes.
    pub(crate) fn over(stream: Stream) -> Self {
        let (writer, reader) = stream.split();
        let (collected, seen) = watch::channel(Seen::default());
        let reads = watch::Sender::new(true);
        let reading = tokio::spawn(collect(reader, collected.clone(), reads.subscribe()));
        Self { writer: Mutex::new(writer), collected, seen, reads, reading }
    }

    /// Sends a frame.
    pub async fn sends(&self, frame: Value) {
        self.sends_raw(tungstenite::Message::text(frame.to_string())).await;
    }

    /// Sends text as it is.
    pub async fn sends_text(&self, text: impl Into<String>) {
        self.sends_raw(tungstenite::Message::text(text.into())).await;
    }

    /// Sends a binary frame.
    pub async fn sends_binary(&self, bytes: Vec<u8>) {
        self.sends_raw(tungstenite::Message::binary(bytes)).await;
    }

    /// What happens to a socket that is closed meanwhile is seen by what comes from it, so errors say nothing here.
    async fn sends_raw(&self, message: tungstenite::Message) {
        let _ = self.writer.lock().await.send(message).await;
    }

    /// Something to be said over this socket.
    pub fn says(&self, text: &str) -> Saying<'_, Self> {
        Saying::new(self, text)
    }

    /// All that has come so far.
    pub fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// All events of a chat so far.
    pub fn events_of(&self, chat: &Chat) -> Vec<EventFrame> {
        self.seen.borrow().events_of(chat)
    }

    /// What has come after the first `count` frames, as soon as there is something, and how the socket ended, if it has.
    pub async fn frames_after(&self, count: usize) -> (Vec<Frame>, Option<Closed>) {
        let mut seen = self.seen.clone();
        // An error says that nothing more will come.
        let _ = seen.wait_for(|seen| seen.frames.len() > count || seen.closed.is_some()).await;
        let seen = seen.borrow();
        (seen.frames[count.min(seen.frames.len())..].to_vec(), seen.closed.clone())
    }

    /// The same for somebody who has many to take: they are not kept, and none of the other methods sees them any more.
    pub async fn takes_frames(&self) -> (Vec<Frame>, Option<Closed>) {
        let mut seen = self.seen.clone();
        let _ = seen.wait_for(|seen| !seen.frames.is_empty() || seen.closed.is_some()).await;
        let (mut frames, mut closed) = (Vec::new(), None);
        self.collected.send_if_modified(|seen| {
            frames = std::mem::take(&mut seen.frames);
            closed = seen.closed.clone();
            false
        });
        (frames, closed)
    }

    /// Waits until `find` finds something in what has come; panics after [`PATIENCE`] with all that has come.
    pub async fn until<T>(&self, what: &str, find: impl FnMut(&Seen) -> Option<T>) -> T {
        self.until_within(PATIENCE, what, find).await
    }

    /// Like [`Socket::until`], with another deadline.
    pub async fn until_within<T>(&self, deadline: Duration, what: &str, mut find: impl FnMut(&Seen) -> Option<T>) -> T {
        let mut seen = self.seen.clone();
        let waiting = async {
            loop {
                if let Some(found) = find(&seen.borrow_and_update()) {
                    return Some(found);
                }
                seen.changed().await.ok()?;
            }
        };
        match tokio::time::timeout(deadline, waiting).await {
            Ok(Some(found)) => found,
            Ok(None) => panic!("the socket ended before: {what}\n{}", self.story()),
            Err(_) => panic!("still waiting after {deadline:?}: {what}\n{}", self.story()),
        }
    }

    /// Waits for `ready`.
    pub async fn is_ready(&self) -> Value {
        self.until("ready", |seen| seen.frames.iter().find(|f| f.kind() == "ready").map(|f| f.json.clone())).await
    }

    /// The session that `ready` named.
    pub fn session(&self) -> SessionId {
        let seen = self.seen();
        let ready = seen.frames.iter().find(|f| f.kind() == "ready").expect("it is ready");
        serde_json::from_value(ready.json["session"].clone()).expect("a session")
    }

    /// Waits for the chat's event at a position.
    pub async fn hears(&self, chat: &Chat, seq: Seq) -> EventFrame {
        let what = format!("event {seq} of {}", chat.uri);
        self.until(&what, |seen| {
            let frame = seen.frames.iter().rev().filter(|f| f.json["seq"] == seq.0);
            frame.filter_map(|f| f.event_of(chat)).next()
        })
        .await
    }

    /// Waits for a message with this text.
    pub async fn hears_text(&self, chat: &Chat, text: &str) -> Message {
        let what = format!("{text:?} in {}", chat.uri);
        self.until(&what, |seen| {
            seen.events_of(chat).into_iter().find_map(|event| match event.event {
                Event::MessageCreated(message)
                    if message.message.as_ref().is_some_and(|said| said.as_str() == text) =>
                {
                    Some(message)
                }
                _ => None,
            })
        })
        .await
    }

    /// Waits for the answer to a `send`.
    pub async fn outcome_of(&self, client_id: &str) -> Result<Sent, Refused> {
        self.until(&format!("an answer to {client_id}"), |seen| {
            seen.frames.iter().find_map(|frame| frame.outcome_of(client_id))
        })
        .await
    }

    /// Waits for the answer to a `send`; nothing when none comes in time, or the socket ends.
    pub async fn outcome_if_any(&self, client_id: &str, deadline: Duration) -> Option<Result<Sent, Refused>> {
        let mut seen = self.seen.clone();
        let outcome = |seen: &Seen| seen.frames.iter().find_map(|frame| frame.outcome_of(client_id));
        let waiting = seen.wait_for(|seen| seen.closed.is_some() || outcome(seen).is_some());
        let _ = tokio::time::timeout(deadline, waiting).await;
        outcome(&self.seen())
    }

    /// Waits for an `error`.
    pub async fn is_told(&self, code: ErrorCode) {
        let name = json!(code);
        self.until(&format!("the error {name}"), |seen| {
            seen.frames.iter().any(|f| f.kind() == "error" && f.json["code"] == name).then_some(())
        })
        .await;
    }

    /// A round trip. Whatever the server wrote to this socket before is there afterwards.
    pub async fn pings(&self) {
        let before = self.seen().count("pong");
        self.sends(json!({"type": "ping"})).await;
        self.until("pong", |seen| (seen.count("pong") > before).then_some(())).await;
    }

    /// Waits for the end.
    pub async fn ends(&self) -> Closed {
        self.ends_within(PATIENCE).await
    }

    /// Waits for the end, with another deadline.
    pub async fn ends_within(&self, deadline: Duration) -> Closed {
        self.until_within(deadline, "the socket ends", |seen| seen.closed.clone()).await
    }

    /// Waits for the end and panics unless it has this close code.
    pub async fn is_closed_with(&self, code: u16) -> Closed {
        let closed = self.ends().await;
        assert_eq!(closed.code, Some(code), "{closed:?}\n{}", self.story());
        closed
    }

    /// Leaves everything that comes where it is, in the buffers of both sides.
    pub fn stops_reading(&self) {
        self.reads.send_replace(false);
    }

    /// Reads on.
    pub fn reads_again(&self) {
        self.reads.send_replace(true);
    }

    /// Says good-bye, and waits until the other side has said it too.
    pub async fn says_goodbye(&self) -> Closed {
        let normal = protocol::CloseFrame { code: protocol::frame::coding::CloseCode::Normal, reason: "".into() };
        self.sends_raw(tungstenite::Message::Close(Some(normal))).await;
        self.ends().await
    }

    /// Waits until the connection below has ended.
    pub async fn is_gone(&self) -> Instant {
        self.until("the connection ends", |seen| seen.gone).await
    }

    /// Breaks the connection off, without a word.
    pub fn breaks_off(self) {}

    fn story(&self) -> String {
        let seen = self.seen.borrow();
        let from = seen.frames.len().saturating_sub(20);
        let short = |frame: &Frame| frame.text.chars().take(300).collect::<String>();
        let frames: Vec<_> = seen.frames[from..].iter().map(short).collect();
        format!("{} frames came, the last ones:\n{}\nclosed: {:?}", seen.frames.len(), frames.join("\n"), seen.closed)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reading.abort();
    }
}
