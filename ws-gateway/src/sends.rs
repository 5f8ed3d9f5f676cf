//! Messages from sockets on their way to chat-api.
//!
//! Sends that wait at the same moment travel in one request. A chat always takes the same of a few lanes, so the
//! order in which somebody says things is kept, and one slow chat holds up only its lane. A lane tries again, with
//! the same `client_id`s, while chat-api is away; after some seconds senders are told to try later.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use service_kit::{chain, pause};
use shared_proto::frames::ServerFrame;
use shared_proto::internal::{SendItem, SendResult};
use shared_proto::{ClientId, ErrorCode};
use tokio::sync::mpsc;

use crate::api::ChatApi;
use crate::socket::{Frame, Outgoing};

const LANES: usize = 4;
/// Sends of one request.
const BATCH: usize = 250;
/// Sends that wait in a lane; beyond it senders are told to try later.
const WAITING: usize = 1_000;
/// How long chat-api may be away before senders are told.
const PATIENCE: Duration = Duration::from_secs(8);
/// When a refused sender should try again.
const RETRY_AFTER_MS: u32 = 1_000;

struct Waiting {
    item: SendItem,
    out: Outgoing,
}

/// One worker's way to chat-api.
pub(crate) struct Sends {
    lanes: Vec<mpsc::Sender<Waiting>>,
}

impl Sends {
    /// Starts the lanes on this thread.
    pub(crate) fn start(api: &ChatApi) -> Self {
        let lanes = (0..LANES).map(|_| {
            let (lane, waiting) = mpsc::channel(WAITING);
            actix_web::rt::spawn(drive(api.clone(), waiting));
            lane
        });
        Self { lanes: lanes.collect() }
    }

    /// Passes a message on; `ack` or `error` comes back to the socket.
    pub(crate) fn send(&self, item: SendItem, out: Outgoing) {
        let mut hash = DefaultHasher::new();
        item.chat.hash(&mut hash);
        let lane = &self.lanes[hash.finish() as usize % LANES];
        if let Err(full) = lane.try_send(Waiting { item, out }) {
            let Waiting { item, out } = full.into_inner();
            out.push(later(item.client_id));
        }
    }
}

async fn drive(api: ChatApi, mut waiting: mpsc::Receiver<Waiting>) {
    let mut gathered = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut gathered, BATCH).await > 0 {
        deliver(&api, std::mem::take(&mut gathered)).await;
    }
}

/// Until each has its answer.
async fn deliver(api: &ChatApi, mut batch: Vec<Waiting>) {
    let since = Instant::now();
    let mut pause = Duration::from_millis(50);
    loop {
        let items = batch.iter().map(|waiting| waiting.item.clone()).collect();
        batch = match api.send(items).await {
            Ok(results) => answer(batch, results),
            Err(error) => {
                tracing::warn!(error = chain(&error), sends = batch.len(), "sends could not be passed on");
                batch
            }
        };
        if batch.is_empty() {
            return;
        }
        if since.elapsed() > PATIENCE {
            batch.into_iter().for_each(|waiting| waiting.out.push(later(waiting.item.client_id)));
            return;
        }
        pause::about(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

/// Tells those whose send is decided, and returns the others.
fn answer(batch: Vec<Waiting>, results: Vec<SendResult>) -> Vec<Waiting> {
    let mut again = Vec::new();
    for (waiting, result) in batch.into_iter().zip(results) {
        let client_id = waiting.item.client_id.clone();
        match result {
            SendResult::Ok { id, seq } => {
                waiting.out.push(Frame::of(&ServerFrame::Ack { client_id, chat: waiting.item.chat, id, seq }));
            }
            SendResult::Err { code: ErrorCode::Unavailable | ErrorCode::Internal, .. } => again.push(waiting),
            SendResult::Err { code, message } => {
                let error = ServerFrame::Error { code, message, client_id: Some(client_id), retry_after_ms: None };
                waiting.out.push(Frame::of(&error));
            }
        }
    }
    again
}

fn later(client_id: ClientId) -> Frame {
    Frame::of(&ServerFrame::Error {
        code: ErrorCode::Unavailable,
        message: "The message can't be stored at the moment. Try again with the same client_id.".into(),
        client_id: Some(client_id),
        retry_after_ms: Some(RETRY_AFTER_MS),
    })
}
