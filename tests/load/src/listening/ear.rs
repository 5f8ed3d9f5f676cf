//! One socket, with nothing around it that costs memory or CPU.

use std::collections::HashMap;
use std::fmt::Write;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::tally::Tally;
use crate::Result;
use crate::failure::Failure;
use crate::http::ANSWER;

/// For what comes in at once. There are ten thousand of these.
const BUFFER: usize = 2048;

/// An open socket.
pub(super) struct Ear(WebSocketStream<TcpStream>);

/// What a listener has heard: the last event of each chat, by the chats' numbers.
#[derive(Default)]
pub(super) struct Heard(HashMap<u32, i64>);

/// The beginning of every frame.
#[derive(Deserialize)]
struct Head<'a> {
    r#type: &'a str,
    chat: Option<&'a str>,
    seq: Option<i64>,
    /// Of `ready`: where one is a member.
    #[serde(default)]
    chats: Vec<Position<'a>>,
}

#[derive(Deserialize)]
struct Position<'a> {
    uri: &'a str,
    seq: i64,
}

impl Ear {
    pub(super) async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.map_err(|e| Failure::while_doing(address, e))?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(BUFFER).write_buffer_size(0);
        let opening = client_async_with_config(format!("ws://{address}/ws/"), stream, Some(config));
        match timeout(ANSWER, opening).await {
            Ok(opened) => opened.map(|(socket, _)| Self(socket)).map_err(|e| Failure::while_doing(address, e)),
            Err(_) => Err(Failure::new(format!("{address}: no handshake within {} s", ANSWER.as_secs()))),
        }
    }

    /// Says who one is and what one has heard, and waits until the socket is live.
    pub(super) async fn says_hello(&mut self, token: &str, heard: &mut Heard) -> Result<()> {
        let hello = format!(r#"{{"type":"hello","token":"{token}","protocol":1,"resume":{{{}}}}}"#, heard.positions());
        self.0.send(Message::text(hello)).await.map_err(|e| Failure::while_doing("hello", e))?;
        let ready = async {
            loop {
                let text = self.next().await?;
                let head = head(&text)?;
                if head.r#type == "ready" {
                    heard.listens_in(&head.chats);
                    return Ok(());
                }
            }
        };
        timeout(ANSWER, ready).await.map_err(|_| Failure::new("no ready came"))?
    }

    /// Listens until the socket ends; says why it did.
    pub(super) async fn listens(&mut self, heard: &mut Heard, tally: &Tally) -> Failure {
        loop {
            match self.next().await.and_then(|text| heard.hears(&text, tally)) {
                Ok(()) => {}
                Err(failure) => return failure,
            }
        }
    }

    async fn next(&mut self) -> Result<Utf8Bytes> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err(Failure::new(format!("closed with {}: {}", frame.code, frame.reason)));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Failure::while_doing("a socket", error)),
                None => return Err(Failure::new("the connection ended")),
            }
        }
    }
}

impl Heard {
    /// Goes on from here where nothing was heard yet.
    fn listens_in(&mut self, chats: &[Position<'_>]) {
        for position in chats {
            if let Some(chat) = number(position.uri) {
                self.0.entry(chat).or_insert(position.seq);
            }
        }
    }

    /// For a `hello`.
    fn positions(&self) -> String {
        let mut text = String::new();
        for (chat, seq) in &self.0 {
            let comma = if text.is_empty() { "" } else { "," };
            let _ = write!(text, r#"{comma}"{}":{seq}"#, uri(*chat));
        }
        text
    }

    fn hears(&mut self, text: &str, tally: &Tally) -> Result<()> {
        let head = head(text)?;
        match (head.r#type, head.chat.and_then(number), head.seq) {
            ("event", Some(chat), Some(seq)) => {
                let last = self.0.insert(chat, seq).unwrap_or(0);
                if seq != last + 1 {
                    tally.fault(|| format!("in chat {chat} event {seq} came after {last}"));
                }
                tally.heard((chat, seq));
            }
            ("reset" | "error", ..) => tally.fault(|| format!("this came: {text}")),
            _ => {}
        }
        Ok(())
    }
}

/// The address of a chat of the benchmark, by its number.
pub(crate) fn uri(chat: u32) -> String {
    format!("room-{chat:010}")
}

fn number(uri: &str) -> Option<u32> {
    uri.strip_prefix("room-")?.parse().ok()
}

fn head(text: &str) -> Result<Head<'_>> {
    serde_json::from_str(text).map_err(|e| Failure::while_doing(text, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_doubled_or_in_disorder_is_a_fault() {
        let faults = |seqs: &[i64]| {
            let (tally, mut heard) = (Tally::new(1), Heard::default());
            for seq in seqs {
                let frame = format!(r#"{{"type":"event","chat":"room-0000000003","seq":{seq},"data":{{"seq":9}}}}"#);
                heard.hears(&frame, &tally).unwrap();
            }
            tally.take_faults().len()
        };
        assert_eq!(faults(&[1, 2, 3]), 0);
        assert_eq!(faults(&[2]), 1);
        assert_eq!(faults(&[1, 3]), 1);
        assert_eq!(faults(&[1, 2, 2]), 1);
        assert!(faults(&[2, 1]) > 0);
    }

    #[test]
    fn one_resumes_from_what_one_has_heard() {
        let (tally, mut heard) = (Tally::new(1), Heard::default());
        assert_eq!(heard.positions(), "");
        heard.listens_in(&[Position { uri: "room-0000000003", seq: 7 }]);
        assert_eq!(heard.positions(), r#""room-0000000003":7"#);
        heard.hears(r#"{"type":"event","chat":"room-0000000003","seq":8}"#, &tally).unwrap();
        heard.listens_in(&[Position { uri: "room-0000000003", seq: 9 }]);
        assert_eq!(heard.positions(), r#""room-0000000003":8"#);
        heard.hears(r#"{"type":"reset","chat":"room-0000000003","seq":9}"#, &tally).unwrap();
        assert_eq!(tally.take_faults().len(), 1);
    }
}
