//! Asking chat-api, any replica.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use serde::Serialize;
use serde::de::DeserializeOwned;
use service_kit::http::Peer;
use service_kit::{Error, Result};
use shared_proto::auth::Secret;
use shared_proto::internal::{
    ChatEvents, ChatMembers, ChatsMembers, ChatsMembersQuery, EventsAfter, EventsAnswer, EventsQuery, ReadItem, Reads,
    ReadsMoved, SendItem, SendResult, SendResults, Sends, UserChats, UsersChats, UsersChatsQuery,
};
use shared_proto::{ChatId, UserId};

/// A replica that did not answer comes last for this long.
const AVOIDED: Duration = Duration::from_secs(5);

/// chat-api's internal listeners. Cheap to clone; connections are kept.
#[derive(Clone)]
pub(crate) struct ChatApi {
    replicas: Arc<Vec<Replica>>,
    next: Arc<AtomicUsize>,
}

struct Replica {
    peer: Peer,
    /// When it last did not answer.
    failed: Mutex<Option<Instant>>,
}

impl Replica {
    fn is_avoided(&self) -> bool {
        self.failed.lock().is_some_and(|at| at.elapsed() < AVOIDED)
    }
}

impl ChatApi {
    pub(crate) fn new(urls: &[String], credential: &Secret) -> Self {
        let replica =
            |url: &String| Replica { peer: Peer::new("chat-api", url, credential.clone()), failed: Mutex::default() };
        // Not all gateways begin with the same replica.
        let first = rand::random_range(0..urls.len().max(1));
        Self { replicas: Arc::new(urls.iter().map(replica).collect()), next: Arc::new(AtomicUsize::new(first)) }
    }

    /// Stores messages; one result for each, in order. A repetition under the same `client_id`s is safe.
    /// `traces` are empty, or one for each.
    pub(crate) async fn send(&self, items: Vec<SendItem>, traces: Vec<Option<String>>) -> Result<Vec<SendResult>> {
        let count = items.len();
        let answer: SendResults = self.post("/internal/sends/", &Sends { items, traces }).await?;
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

    /// Stores read marks, at most 500.
    pub(crate) async fn read(&self, items: Vec<ReadItem>) -> Result<()> {
        let _: ReadsMoved = self.post("/internal/reads/", &Reads { items }).await?;
        Ok(())
    }

    /// Who is in some chats, at most 500.
    pub(crate) async fn members_of(&self, chats: Vec<ChatId>) -> Result<Vec<ChatMembers>> {
        let answer: ChatsMembers = self.post("/internal/chats/members/", &ChatsMembersQuery { chats }).await?;
        Ok(answer.chats)
    }

    /// What came after positions, at most `limit` (1–1,000) events for each of at most 500 chats.
    pub(crate) async fn events(&self, after: Vec<EventsAfter>, limit: i64) -> Result<Vec<ChatEvents>> {
        let answer: EventsAnswer = self.post("/internal/events/", &EventsQuery { after, limit }).await?;
        Ok(answer.chats)
    }

    /// In turn; a replica that is away is passed over, and one that was lately comes last.
    async fn post<A: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<A> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.replicas.len();
        let mut order: Vec<&Replica> =
            (0..count).map(|turn| &self.replicas[first.wrapping_add(turn) % count]).collect();
        order.sort_by_key(|replica| replica.is_avoided());
        let mut failed = Error::Unavailable("chat-api", None);
        for replica in order {
            match replica.peer.post(path, body).await {
                Err(error @ Error::Unavailable(..)) => {
                    *replica.failed.lock() = Some(Instant::now());
                    failed = error;
                }
                result => return result,
            }
        }
        Err(failed)
    }
}
