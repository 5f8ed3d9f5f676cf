//! Asking chat-api, any replica.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;
use service_kit::http::Peer;
use service_kit::{Error, Result};
use shared_proto::UserId;
use shared_proto::auth::Secret;
use shared_proto::internal::{
    ChatEvents, EventsAfter, EventsAnswer, EventsQuery, SendItem, SendResult, SendResults, Sends, UserChats,
    UsersChats, UsersChatsQuery,
};

/// chat-api's internal listeners. Cheap to clone; connections are kept.
#[derive(Clone)]
pub(crate) struct ChatApi {
    replicas: Arc<Vec<Peer>>,
    next: Arc<AtomicUsize>,
}

impl ChatApi {
    pub(crate) fn new(urls: &[String], credential: &Secret) -> Self {
        let replicas = urls.iter().map(|url| Peer::new("chat-api", url, credential.clone())).collect();
        // Not all gateways begin with the same replica.
        Self {
            replicas: Arc::new(replicas),
            next: Arc::new(AtomicUsize::new(rand::random_range(0..urls.len().max(1)))),
        }
    }

    /// Stores messages; one result for each, in order. A repetition under the same `client_id`s is safe.
    pub(crate) async fn send(&self, items: Vec<SendItem>) -> Result<Vec<SendResult>> {
        let count = items.len();
        let answer: SendResults = self.post("/internal/sends/", &Sends { items }).await?;
        if answer.results.len() != count {
            return Err(Error::Unavailable("chat-api", Some("it gave another number of results than asked".into())));
        }
        Ok(answer.results)
    }

    /// Which chats users are in, and where each stands. At most 500 users.
    pub(crate) async fn chats_of(&self, users: Vec<UserId>) -> Result<Vec<UserChats>> {
        let answer: UsersChats = self.post("/internal/users/chats/", &UsersChatsQuery { users }).await?;
        Ok(answer.users)
    }

    /// What came after positions, at most `limit` (1–1,000) events for each of at most 500 chats.
    pub(crate) async fn events(&self, after: Vec<EventsAfter>, limit: i64) -> Result<Vec<ChatEvents>> {
        let answer: EventsAnswer = self.post("/internal/events/", &EventsQuery { after, limit }).await?;
        Ok(answer.chats)
    }

    /// One replica after the other; one that is away is passed over.
    async fn post<A: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<A> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let mut failed = Error::Unavailable("chat-api", None);
        for turn in 0..self.replicas.len() {
            let replica = &self.replicas[(first.wrapping_add(turn)) % self.replicas.len()];
            match replica.post(path, body).await {
                Err(error @ Error::Unavailable(..)) => failed = error,
                result => return result,
            }
        }
        Err(failed)
    }
}
