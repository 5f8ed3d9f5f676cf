//! Fetching what is missing, for all chats that miss something, by one request at a time.

use std::collections::HashSet;
use std::time::Duration;

use service_kit::{chain, pause};
use shared_proto::ChatId;
use shared_proto::internal::{ChatEvents, EventsAfter};
use tokio::sync::mpsc;

use crate::api::ChatApi;
use crate::figures;

/// Chats of one request, and events of each.
const CHATS: usize = 200;
const EVENTS: i64 = 500;
/// Between tries while chat-api is away.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(3);

/// What came, or the chats to ask for again.
type Answer = Result<Vec<ChatEvents>, Vec<ChatId>>;

/// The chats that miss something.
pub(super) struct Recovery {
    api: ChatApi,
    wanted: HashSet<ChatId>,
    /// How many chats are being asked for.
    asked: usize,
    asking: bool,
    pause: Duration,
    answered: mpsc::Receiver<Answer>,
    answer: mpsc::Sender<Answer>,
}

impl Recovery {
    pub(super) fn new(api: ChatApi) -> Self {
        let (answer, answered) = mpsc::channel(1);
        Self { api, wanted: HashSet::new(), asked: 0, asking: false, pause: PAUSE_MIN, answered, answer }
    }

    /// A chat misses something.
    pub(super) fn want(&mut self, chat: ChatId) {
        self.wanted.insert(chat);
        self.tell();
    }

    fn tell(&self) {
        metrics::gauge!(figures::MISSING).set((self.wanted.len() + self.asked) as f64);
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
        self.asked = after.len();
        self.tell();
        if after.is_empty() {
            return;
        }
        self.asking = true;
        actix_web::rt::spawn(ask(self.api.clone(), after, self.pause, self.answer.clone()));
    }

    /// The next answer: what came after the asked positions. When chat-api was away the chats are wanted again.
    pub(super) async fn answered(&mut self) -> Vec<ChatEvents> {
        let Some(answer) = self.answered.recv().await else { return std::future::pending().await };
        self.asking = false;
        self.asked = 0;
        let chats = match answer {
            Ok(chats) => {
                self.pause = PAUSE_MIN;
                chats
            }
            Err(chats) => {
                self.pause = (self.pause * 2).min(PAUSE_MAX);
                self.wanted.extend(chats);
                Vec::new()
            }
        };
        self.tell();
        chats
    }
}

async fn ask(api: ChatApi, after: Vec<EventsAfter>, pause: Duration, answer: mpsc::Sender<Answer>) {
    let chats = after.iter().map(|asked| asked.chat).collect();
    let result = match api.events(after, EVENTS).await {
        Ok(found) => Ok(found),
        Err(error) => {
            tracing::warn!(error = chain(&error), "missing events can't be fetched yet");
            pause::about(pause).await;
            Err(chats)
        }
    };
    // An error says that the process is ending.
    let _ = answer.send(result).await;
}
