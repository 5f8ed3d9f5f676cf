//! Group commit: sends that wait at the same moment, from any connection, share one transaction.
//!
//! While one batch is being committed the next one gathers, so batches grow with the load and a lone send waits for
//! nobody. What is acknowledged is committed; what failed was not stored.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use service_kit::db::{Db, is_unique_violation};
use service_kit::shutdown::Shutdown;
use service_kit::{Error, Result, chain};
use shared_proto::ErrorCode;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{NewMessage, Sent, batch};
use crate::publish::Publisher;

/// Sends of one transaction at most.
const BATCH: usize = 500;
/// Sends that wait at most; beyond it senders are told to try again.
const WAITING: usize = 5_000;
/// How long a sender waits for its answer.
const ANSWER: Duration = Duration::from_secs(20);

struct Waiting {
    message: NewMessage,
    answer: oneshot::Sender<Result<Sent>>,
}

/// Takes sends in and answers each when it is committed. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Committer {
    queue: mpsc::Sender<Waiting>,
    waiting: Arc<Mutex<Option<mpsc::Receiver<Waiting>>>>,
    db: Db,
    publisher: Publisher,
}

impl Committer {
    pub(crate) fn new(db: Db, publisher: Publisher) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        Self { queue, waiting: Arc::new(Mutex::new(Some(waiting))), db, publisher }
    }

    /// Stores a message, once for each `(sender, client_id)`.
    ///
    /// Refuses with `chat_not_found`, `not_a_member`, `message_not_found` (an unknown `reply_to`) and
    /// `idempotency_conflict`. On `unavailable` it is not known whether it was stored: a retry with the same
    /// `client_id` is safe.
    pub(crate) async fn commit(&self, message: NewMessage) -> Result<Sent> {
        let (answer, answered) = oneshot::channel();
        let full = |_| Error::Unavailable("the queue of sends", Some("too many sends wait".into()));
        self.queue.try_send(Waiting { message, answer }).map_err(full)?;
        match timeout(ANSWER, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::Unavailable("the committer", None)),
            Err(_) => Err(Error::Unavailable("the database", Some("a commit took too long".into()))),
        }
    }

    /// Commits until the process stops and nothing waits any more.
    pub(crate) async fn run(&self, shutdown: Shutdown) {
        let Some(mut queue) = self.waiting.lock().take() else { return };
        let mut gathered = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                biased;
                count = queue.recv_many(&mut gathered, BATCH) => if count == 0 { return },
                () = shutdown.stopping() => return,
            }
            let (messages, answers): (Vec<_>, Vec<_>) =
                gathered.drain(..).filter(|w| !w.answer.is_closed()).map(|w| (w.message, w.answer)).unzip();
            for (answer, result) in answers.into_iter().zip(self.commit_all(messages).await) {
                // An error says that the sender waits no more.
                let _ = answer.send(result);
            }
        }
    }

    /// One result for each message, in order. When the shared transaction fails because of one of them, or of
    /// somebody else's, each gets a transaction of its own.
    async fn commit_all(&self, messages: Vec<NewMessage>) -> Vec<Result<Sent>> {
        metrics::histogram!("chatire_commit_batch_size").record(messages.len() as f64);
        let shared = Arc::new(messages);
        match self.commit_together(shared.clone()).await {
            Ok(results) => results,
            Err(error) if shared.len() == 1 && !retry_alone(&error) => vec![Err(error)],
            // Away for everybody: trying each alone would only keep all of them waiting.
            Err(error) if error.code() == ErrorCode::Unavailable => {
                tracing::warn!(error = chain(&error), sends = shared.len(), "a batch of sends could not be committed");
                shared.iter().map(|_| Err(Error::Unavailable("the database", None))).collect()
            }
            Err(_) => {
                let mut results = Vec::with_capacity(shared.len());
                for message in shared.iter() {
                    let alone = self.commit_together(Arc::new(vec![message.clone()])).await;
                    results.push(alone.and_then(|mut one| {
                        one.pop().unwrap_or(Err(Error::Internal("a batch of one had no result", None)))
                    }));
                }
                results
            }
        }
    }

    async fn commit_together(&self, messages: Arc<Vec<NewMessage>>) -> Result<Vec<Result<Sent>>> {
        let outbox = self.publisher.keeps_outbox();
        let done = self.db.write(move |conn| conn.transaction(|conn| batch::store(conn, &messages, outbox))).await?;
        self.publisher.announce(done.appended).await;
        Ok(done.results)
    }
}

/// Another replica stored the same `(sender, client_id)` in between: a second look finds it.
fn retry_alone(error: &Error) -> bool {
    matches!(error, Error::Database(e) if is_unique_violation(e))
}
