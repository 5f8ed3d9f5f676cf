//! Sends whose chat is held by somebody else at the moment: usually another replica that commits to the same chat, and
//! seldom one that froze in the middle of it.

use std::collections::HashMap;
use std::sync::Arc;

use shared_proto::ChatUri;
use tokio::sync::{Semaphore, mpsc};

use super::batch::Locking;
use super::committer::{Committer, Waiting};

/// Chats waited for at the same time: each takes a connection while it waits.
const AT_ONCE: usize = 2;

/// The chats that are waited for, each with the sends that came behind.
pub(super) struct Held {
    committer: Committer,
    /// A chat is in here while a task commits to it.
    behind: HashMap<ChatUri, Vec<Waiting>>,
    done: mpsc::UnboundedSender<ChatUri>,
    released: mpsc::UnboundedReceiver<ChatUri>,
    turns: Arc<Semaphore>,
}

impl Held {
    pub(super) fn new(committer: Committer) -> Self {
        let (done, released) = mpsc::unbounded_channel();
        Self { committer, behind: HashMap::new(), done, released, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Keeps the sends of held chats, so that they do not overtake those before them, and returns the others.
    pub(super) fn keep_behind(&mut self, sends: Vec<Waiting>) -> Vec<Waiting> {
        let mut others = Vec::with_capacity(sends.len());
        for send in sends {
            match self.behind.get_mut(&send.message.chat) {
                Some(behind) => behind.push(send),
                None => others.push(send),
            }
        }
        others
    }

    /// Waits for these sends' chats, apart from all others.
    pub(super) fn hold(&mut self, sends: Vec<Waiting>) {
        let mut by_chat: HashMap<ChatUri, Vec<Waiting>> = HashMap::new();
        for send in sends {
            by_chat.entry(send.message.chat.clone()).or_default().push(send);
        }
        for (chat, sends) in by_chat {
            self.behind.insert(chat.clone(), Vec::new());
            self.commit(chat, sends);
        }
    }

    /// Completes when a chat was released, after passing on what came behind.
    pub(super) async fn release(&mut self) {
        let Some(chat) = self.released.recv().await else { return };
        match self.behind.get_mut(&chat).map(std::mem::take) {
            Some(sends) if !sends.is_empty() => self.commit(chat, sends),
            _ => drop(self.behind.remove(&chat)),
        }
    }

    fn commit(&self, chat: ChatUri, sends: Vec<Waiting>) {
        let (committer, done, turns) = (self.committer.clone(), self.done.clone(), self.turns.clone());
        actix_web::rt::spawn(async move {
            let _turn = turns.acquire().await;
            // Nothing comes back: this way of locking waits, or fails.
            committer.commit_batch(sends, Locking::Wait).await;
            // An error says that the process is ending.
            let _ = done.send(chat);
        });
    }
}
