//! Messages from sockets on their way to chat-api.
//!
//! Sends that wait at the same moment travel in one request, whatever chats they are for; what is said in one chat keeps
//! its order, since a chat has one request under way at most ([`queue`]). A chat that chat-api can't write to at the moment
//! goes on by itself, so that it holds up no other one. Everything is tried again, with the same `client_id`s, while
//! chat-api is away; after some seconds senders are told to try later.

#[cfg(test)]
mod instructions;
mod queue;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use service_kit::{chain, pause, trace};
use shared_proto::frames::ServerFrame;
use shared_proto::internal::{SendItem, SendResult};
use shared_proto::{ChatUri, ClientId, ErrorCode};
use tracing::Span;

use crate::api::ChatApi;
use crate::figures;
use crate::socket::{Frame, Outgoing};
use queue::{Kind, Queue};

/// Requests under way at the same time: with many chats in each, and with one each that chat-api could not write to.
const SHARED: usize = 4;
const ALONE: usize = 32;
/// Sends of one request.
const BATCH: usize = 250;
/// Sends that wait on a worker; beyond it senders are told to try later.
const WAITING: usize = 4_000;
/// How long chat-api may be away before senders are told.
const PATIENCE: Duration = Duration::from_secs(8);
/// Between two tries, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// When a refused sender should try again.
const RETRY_AFTER_MS: u32 = 1_000;

struct Waiting {
    item: SendItem,
    out: Outgoing,
    since: Instant,
    tries: u32,
    /// Until it is answered, when it is traced.
    span: Option<Span>,
}

/// One worker's way to chat-api. Cheap to clone; for one thread.
#[derive(Clone)]
pub(crate) struct Sends(Rc<Inner>);

struct Inner {
    api: ChatApi,
    queue: RefCell<Queue<Waiting>>,
    shared: Cell<usize>,
    alone: Cell<usize>,
    /// Requests are about to be made of what waits.
    gathers: Cell<bool>,
}

impl Sends {
    pub(crate) fn new(api: ChatApi) -> Self {
        let queue = RefCell::new(Queue::new(WAITING));
        Self(Rc::new(Inner { api, queue, shared: Cell::new(0), alone: Cell::new(0), gathers: Cell::new(false) }))
    }

    /// Passes a message on; `ack` or `error` comes back to the socket.
    pub(crate) fn send(&self, item: SendItem, out: Outgoing) {
        let span = trace::begin(
            || tracing::info_span!(parent: None, "send", chat = item.chat.as_str(), client_id = item.client_id.as_str()),
        );
        let (chat, waiting) = (item.chat.clone(), Waiting { item, out, since: Instant::now(), tries: 0, span });
        let pushed = self.0.queue.borrow_mut().push(chat, waiting);
        match pushed {
            Ok(()) => self.go_on(),
            Err(full) => full.put_off(),
        }
    }

    /// Begins as many requests as may be under way, once those who have something to say at this moment have said it.
    fn go_on(&self) {
        if self.0.gathers.replace(true) {
            return;
        }
        let sends = self.clone();
        actix_web::rt::spawn(async move {
            tokio::task::yield_now().await;
            sends.0.gathers.set(false);
            sends.begin(Kind::Shared, SHARED);
            sends.begin(Kind::Alone, ALONE);
        });
    }

    fn begin(&self, kind: Kind, most: usize) {
        while self.under_way(kind).get() < most {
            let taken = self.0.queue.borrow_mut().take(kind, BATCH);
            let Some((chats, batch)) = taken else { return };
            self.under_way(kind).update(|count| count + 1);
            let sends = self.clone();
            actix_web::rt::spawn(async move { sends.pass_on(kind, chats, batch).await });
        }
    }

    fn under_way(&self, kind: Kind) -> &Cell<usize> {
        match kind {
            Kind::Shared => &self.0.shared,
            Kind::Alone => &self.0.alone,
        }
    }

    /// One request. What it does not decide is tried again after a pause, in which only its own chats wait.
    async fn pass_on(&self, kind: Kind, chats: Vec<ChatUri>, batch: Vec<Waiting>) {
        let items = batch.iter().map(|waiting| waiting.item.clone()).collect();
        let traces = if batch.iter().any(|waiting| waiting.span.is_some()) {
            batch.iter().map(|waiting| waiting.span.as_ref().and_then(trace::traceparent)).collect()
        } else {
            Vec::new()
        };
        let asked = self.0.api.send(items, traces).await;
        self.under_way(kind).update(|count| count - 1);
        let (again, then) = match asked {
            Ok(results) => (answer(batch, results), Kind::Alone),
            Err(error) => {
                tracing::warn!(error = chain(&error), sends = batch.len(), "sends could not be passed on");
                (batch, Kind::Shared)
            }
        };
        let (late, mut again): (Vec<_>, Vec<_>) = again.into_iter().partition(|w| w.since.elapsed() > PATIENCE);
        late.into_iter().for_each(Waiting::put_off);
        again.iter_mut().for_each(|waiting| waiting.tries += 1);
        let held: Vec<ChatUri> = again.iter().map(|waiting| waiting.item.chat.clone()).collect();
        let free = chats.into_iter().filter(|chat| !held.contains(chat)).collect();
        self.0.queue.borrow_mut().done(free);
        self.go_on();
        let Some(tries) = again.iter().map(|waiting| waiting.tries).max() else { return };
        pause::about((PAUSE_MIN * 2u32.saturating_pow(tries.min(10) - 1)).min(PAUSE_MAX)).await;
        let again = again.into_iter().map(|waiting| (waiting.item.chat.clone(), waiting));
        self.0.queue.borrow_mut().again(again.collect(), then);
        self.go_on();
    }
}

impl Waiting {
    fn put_off(self) {
        self.answer("later", later(self.item.client_id.clone()));
    }

    fn answer(&self, result: &'static str, frame: Frame) {
        metrics::counter!(figures::SENDS, "result" => result).increment(1);
        metrics::histogram!(figures::SEND_DURATION).record(self.since.elapsed().as_secs_f64());
        self.out.push(frame);
    }
}

/// Tells those whose send is decided, and returns the others.
fn answer(batch: Vec<Waiting>, results: Vec<SendResult>) -> Vec<Waiting> {
    let mut again = Vec::new();
    for (waiting, result) in batch.into_iter().zip(results) {
        let client_id = waiting.item.client_id.clone();
        match result {
            SendResult::Ok { id, seq } => {
                let ack = ServerFrame::Ack { client_id, chat: waiting.item.chat.clone(), id, seq };
                waiting.answer("ok", Frame::of(&ack));
            }
            SendResult::Err { code: ErrorCode::Unavailable | ErrorCode::Internal, .. } => again.push(waiting),
            SendResult::Err { code, message } => {
                let error = ServerFrame::Error { code, message, client_id: Some(client_id), retry_after_ms: None };
                waiting.answer("refused", Frame::of(&error));
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
