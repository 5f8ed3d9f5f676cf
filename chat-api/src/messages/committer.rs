//! Group commit: sends that wait at the same moment, from any connection, share one transaction.
//!
//! While a batch is being committed the next one gathers, so batches grow with the load and a lone send waits for nobody.
//! A second batch, of other chats, is begun when as many wait as are under way: the machine has work while the first one
//! waits for the database, and batches stay large enough to be cheap. What is acknowledged is committed; what failed was
//! not stored. What one person says in one chat keeps its order: such sends never overtake each other ([`InFlight`]), and
//! when one could not be stored, those behind it are not either.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use service_kit::db::{Conn, Db, is_unique_violation};
use service_kit::shutdown::Shutdown;
use service_kit::{Error, Result, chain};
use shared_proto::{ChatUri, ErrorCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout_at;

use super::batch::{self, Locking};
use super::in_flight::InFlight;
use super::{NewMessage, Sent};
use crate::figures;
use crate::publish::Publisher;

/// Sends of one transaction; a request that came in one piece is not split.
const BATCH: usize = 500;
/// Sends that wait at most; beyond it senders are told to try again.
const WAITING: usize = 5_000;
/// Commits under way at the same time, where the database can do that.
const LANES: usize = 2;
/// How long a sender waits for its answer: shorter than gateways wait for ours.
const ANSWER: Duration = Duration::from_secs(4);
/// When some sends of a request are decided, the others, of other chats, have so long: whoever asks for several chats at
/// once learns of all of them soon, and asks again for the one that somebody holds.
const STRAGGLERS: Duration = Duration::from_millis(500);
/// A send that has not got its place by then is refused: what its sender was told to have failed must not appear later.
const PLACE_WITHIN: Duration = Duration::from_secs(3);

/// A send on its way, and who waits for it.
pub(super) struct Waiting {
    pub(super) message: NewMessage,
    /// See [`PLACE_WITHIN`].
    deadline: Instant,
    answer: oneshot::Sender<Result<Sent>>,
    /// Its place among those that may wait.
    _place: Arc<OwnedSemaphorePermit>,
}

/// Takes sends in and answers each when it is committed. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Committer {
    queue: mpsc::UnboundedSender<Vec<Waiting>>,
    waiting: Arc<Mutex<Option<mpsc::UnboundedReceiver<Vec<Waiting>>>>>,
    places: Arc<Semaphore>,
    /// See [`LANES`].
    lanes: usize,
    db: Db,
    publisher: Publisher,
}

impl Committer {
    pub(crate) fn new(db: Db, publisher: Publisher) -> Self {
        // Unbounded as a channel, but nothing enters it without a place.
        let (queue, waiting) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(WAITING));
        Self {
            queue,
            waiting: Arc::new(Mutex::new(Some(waiting))),
            places,
            lanes: db.writers().min(LANES),
            db,
            publisher,
        }
    }

    /// Stores messages, each once for its `(sender, client_id)`; one result for each, in order.
    ///
    /// Refuses with `chat_not_found`, `not_a_member`, `message_not_found` (an unknown `reply_to`) and
    /// `idempotency_conflict`. On `unavailable` it is not known whether it was stored: a retry with the same
    /// `client_id` is safe. At most 500 at once.
    pub(crate) async fn commit(&self, messages: Vec<NewMessage>) -> Vec<Result<Sent>> {
        let count = messages.len();
        let away = |why: &'static str| move || Err(Error::Unavailable("the database", Some(why.into())));
        let wanted = u32::try_from(count).unwrap_or(u32::MAX);
        let Ok(place) = self.places.clone().try_acquire_many_owned(wanted) else {
            return std::iter::repeat_with(away("too many sends wait")).take(count).collect();
        };
        let place = Arc::new(place);
        let several = messages.iter().any(|message| message.chat != messages[0].chat);
        let deadline = Instant::now() + PLACE_WITHIN;
        let (request, answers): (Vec<_>, Vec<_>) = messages
            .into_iter()
            .map(|message| {
                let (answer, answered) = oneshot::channel();
                (Waiting { message, deadline, answer, _place: place.clone() }, answered)
            })
            .unzip();
        if self.queue.send(request).is_err() {
            return std::iter::repeat_with(away("the process is ending")).take(count).collect();
        }
        let mut results: Vec<Result<Sent>> =
            std::iter::repeat_with(away("a commit takes too long")).take(count).collect();
        let with_place = |(place, answered): (usize, oneshot::Receiver<_>)| async move { (place, answered.await) };
        let mut answers: FuturesUnordered<_> = answers.into_iter().enumerate().map(with_place).collect();
        let mut until = Instant::now() + ANSWER;
        while let Ok(Some((place, answered))) = timeout_at(until.into(), answers.next()).await {
            results[place] = answered.unwrap_or_else(|_| away("the process is ending")());
            if several {
                until = until.min(Instant::now() + STRAGGLERS);
            }
        }
        results
    }

    /// Commits until the process stops.
    pub(crate) async fn run(&self, shutdown: Shutdown) {
        let Some(mut queue) = self.waiting.lock().take() else { return };
        let mut in_flight = InFlight::new(self.clone());
        let mut ready = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = shutdown.stopping() => break,
                freed = in_flight.end() => ready.extend(freed),
                request = queue.recv() => match request {
                    Some(request) => ready.extend(in_flight.keep_behind(request)),
                    None => break,
                },
            }
            while let Ok(request) = queue.try_recv() {
                ready.extend(in_flight.keep_behind(request));
            }
            while self.may_begin(&in_flight, ready.len()) {
                let rest = ready.split_off(ready.len().min(BATCH));
                in_flight.commit(std::mem::replace(&mut ready, rest));
                ready = in_flight.keep_behind(ready);
            }
        }
        while in_flight.batches() > 0 {
            in_flight.end().await;
        }
    }

    /// Whether a commit may begin with so many sends.
    fn may_begin(&self, in_flight: &InFlight, ready: usize) -> bool {
        match in_flight.batches() {
            0 => ready > 0,
            batches => batches < self.lanes && ready >= in_flight.sends(),
        }
    }

    /// Answers each that is decided, and returns those whose chat is held by somebody else. When the shared transaction
    /// fails because of one of them, each gets a transaction of its own.
    pub(super) async fn commit_batch(&self, mut batch: Vec<Waiting>, locking: Locking) -> Vec<Waiting> {
        batch.retain(|waiting| !waiting.answer.is_closed());
        let (late, batch): (Vec<_>, Vec<_>) = batch.into_iter().partition(|waiting| waiting.deadline < Instant::now());
        late.into_iter().for_each(|waiting| waiting.fail(&Error::Unavailable("the database", None)));
        if batch.is_empty() {
            return batch;
        }
        metrics::histogram!(figures::COMMIT_SIZE).record(batch.len() as f64);
        match self.store(&batch, locking).await {
            Ok(results) => settle(batch, results),
            Err(Error::Database(error)) if is_unique_violation(&error) => {
                // Another replica stored the same `(sender, client_id)` in between: a second look finds it.
                self.commit_each(batch, locking).await
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), sends = batch.len(), "a batch of sends could not be committed");
                batch.into_iter().for_each(|waiting| waiting.fail(&error));
                Vec::new()
            }
        }
    }

    async fn commit_each(&self, batch: Vec<Waiting>, locking: Locking) -> Vec<Waiting> {
        let mut held = Vec::new();
        let mut failed: Option<(ChatUri, Error)> = None;
        for waiting in batch {
            let chat = waiting.message.chat.clone();
            if let Some((_, error)) = failed.as_ref().filter(|(failed, _)| *failed == chat) {
                waiting.fail(error);
                continue;
            }
            match self.store(std::slice::from_ref(&waiting), locking).await {
                Ok(results) => held.extend(settle(vec![waiting], results)),
                Err(error) => {
                    waiting.fail(&error);
                    failed = Some((chat, error));
                }
            }
        }
        held
    }

    /// `None` for a message whose chat is held.
    async fn store(&self, batch: &[Waiting], locking: Locking) -> Result<Vec<Option<Result<Sent>>>> {
        let publisher = self.publisher.clone();
        let messages: Vec<NewMessage> = batch.iter().map(|waiting| waiting.message.clone()).collect();
        let deadline = batch.iter().map(|waiting| waiting.deadline).min().unwrap_or_else(Instant::now);
        let began = Instant::now();
        let storing = move |conn: &mut Conn| {
            let done = conn.transaction(|conn| batch::store(conn, &messages, locking, deadline, &publisher))?;
            publisher.announce(done.committed);
            Ok(done.results)
        };
        let results = self.db.write(storing).await?;
        metrics::histogram!(figures::COMMIT_DURATION).record(began.elapsed().as_secs_f64());
        Ok(results)
    }
}

impl Waiting {
    fn answer(self, result: Result<Sent>) {
        let shown = match &result {
            Ok(sent) if sent.fresh => "stored",
            Ok(_) => "repeated",
            Err(error) if matches!(error.code(), ErrorCode::Unavailable | ErrorCode::Internal) => "failed",
            Err(_) => "refused",
        };
        metrics::counter!(figures::MESSAGES, "result" => shown).increment(1);
        // An error says that the sender waits no more.
        let _ = self.answer.send(result);
    }

    /// The same fate for all of a batch: errors can't be cloned, what senders are told can.
    fn fail(self, error: &Error) {
        let told = match error.code() {
            ErrorCode::Unavailable => Error::Unavailable("the database", None),
            _ => Error::Internal("a batch of sends failed", None),
        };
        self.answer(Err(told));
    }
}

fn settle(batch: Vec<Waiting>, results: Vec<Option<Result<Sent>>>) -> Vec<Waiting> {
    let mut held = Vec::new();
    for (waiting, result) in batch.into_iter().zip(results) {
        match result {
            Some(result) => waiting.answer(result),
            None => held.push(waiting),
        }
    }
    held
}
