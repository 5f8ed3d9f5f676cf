//! Fetching what is missing, for all chats that miss something, by one request at a time.

use std::collections::HashSet;
use std::time::Duration;

use service_kit::chain;
use shared_proto::ChatId;
use shared_proto::internal::{ChatEvents, EventsAfter};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::api::ChatApi;

/// Chats of one request, and events of each.
const CHATS: usize = 200;
const EVENTS: i64 = 500;
/// Between tries while chat-api is away, at most.
const PAUSE_MAX: Duration = Duration::from_secs(3);

/// The chats that miss something.
pub(super) struct Recovery {
    api: ChatApi,
    wanted: HashSet<ChatId>,
    asking: bool,
    answered: mpsc::Receiver<Vec<ChatEvents>>,
    answer: mpsc::Sender<Vec<ChatEvents>>,
}

impl Recovery {
    pub(super) fn new(api: ChatApi) -> Self {
        let (answer, answered) = mpsc::channel(1);
        Self { api, wanted: HashSet::new(), asking: false, answered, answer }
    }

    /// A chat misses something.
    pub(super) fn want(&mut self, chat: ChatId) {
        self.wanted.insert(chat);
    }

    /// Asks for the next chats, unless an answer is still awaited. `position` says where a chat stands; `None` when
    /// nobody wants it any more.
    pub(super) fn ask(&mut self, position: impl Fn(ChatId) -> Option<EventsAfter>) {
        if self.asking || self.wanted.is_empty() {
            return;
        }
        let chats: Vec<ChatId> = self.wanted.iter().take(CHATS).copied().collect();
        chats.iter().for_each(|chat| {
            self.wanted.remove(chat);
        });
        let after: Vec<EventsAfter> = chats.into_iter().filter_map(position).collect();
        if after.is_empty() {
            return;
        }
        self.asking = true;
        actix_web::rt::spawn(ask_until_answered(self.api.clone(), after, self.answer.clone()));
    }

    /// The next answer: what came after the asked positions.
    pub(super) async fn answered(&mut self) -> Vec<ChatEvents> {
        match self.answered.recv().await {
            Some(chats) => {
                self.asking = false;
                chats
            }
            None => std::future::pending().await,
        }
    }
}

async fn ask_until_answered(api: ChatApi, after: Vec<EventsAfter>, answer: mpsc::Sender<Vec<ChatEvents>>) {
    let mut pause = Duration::from_millis(50);
    loop {
        match api.events(after.clone(), EVENTS).await {
            Ok(chats) => {
                let _ = answer.send(chats).await;
                return;
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), chats = after.len(), "missing events can't be fetched yet");
            }
        }
        sleep(pause.mul_f64(0.5 + rand::random::<f64>())).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}
