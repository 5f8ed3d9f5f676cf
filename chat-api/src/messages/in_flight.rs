//! The sends that are being committed, and those that wait behind them.
//!
//! A chat is in at most one commit at a time, so what is said in it keeps its order. What comes for such a chat
//! meanwhile waits behind it. A chat that somebody else holds (usually another replica that commits to it, seldom one that
//! froze in the middle of it) is waited for apart, and holds up no other one.

use std::collections::HashMap;
use std::sync::Arc;

use shared_proto::ChatUri;
use tokio::sync::{Semaphore, mpsc};

use super::batch::Locking;
use super::committer::{Committer, Waiting};

/// Held chats waited for at the same time: each takes a connection while it waits.
const HELD_AT_ONCE: usize = 2;

/// The commits under way.
pub(super) struct InFlight {
    committer: Committer,
    /// A chat is in here while something commits to it.
    behind: HashMap<ChatUri, Vec<Waiting>>,
    /// Shared commits under way, and the sends in them.
    batches: usize,
    sends: usize,
    ended: mpsc::UnboundedSender<Ended>,
    ends: mpsc::UnboundedReceiver<Ended>,
    turns: Arc<Semaphore>,
}

/// A commit that came to its end.
struct Ended {
    chats: Vec<ChatUri>,
    /// How many sends were in it, when it was a shared one.
    shared: Option<usize>,
    /// Sends that it left out, since somebody else holds their chats.
    held: Vec<Waiting>,
}

impl InFlight {
    pub(super) fn new(committer: Committer) -> Self {
        let (ended, ends) = mpsc::unbounded_channel();
        let turns = Arc::new(Semaphore::new(HELD_AT_ONCE));
        Self { committer, behind: HashMap::new(), batches: 0, sends: 0, ended, ends, turns }
    }

    /// Shared commits under way.
    pub(super) fn batches(&self) -> usize {
        self.batches
    }

    /// The sends in them.
    pub(super) fn sends(&self) -> usize {
        self.sends
    }

    /// Keeps those sends whose chats are being committed to, so that they overtake nobody, and returns the others.
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

    /// Begins a shared commit. None of its chats may be in one already.
    pub(super) fn commit(&mut self, batch: Vec<Waiting>) {
        let chats: Vec<ChatUri> = batch
            .iter()
            .map(|send| &send.message.chat)
            .filter(|chat| self.behind.insert((*chat).clone(), Vec::new()).is_none())
            .cloned()
            .collect();
        let sends = batch.len();
        self.batches += 1;
        self.sends += sends;
        let (committer, ended) = (self.committer.clone(), self.ended.clone());
        actix_web::rt::spawn(async move {
            let held = committer.commit_batch(batch, Locking::Skip).await;
            // An error says that the process is ending.
            let _ = ended.send(Ended { chats, shared: Some(sends), held });
        });
    }

    /// Completes when a commit has come to its end, with the sends that waited behind it. They come after all those that
    /// were in it, and before any that comes later.
    pub(super) async fn end(&mut self) -> Vec<Waiting> {
        // There is always a sender: ours.
        let Some(Ended { chats, shared, held }) = self.ends.recv().await else { return Vec::new() };
        if let Some(sends) = shared {
            self.batches -= 1;
            self.sends -= sends;
        }
        let mut by_chat: HashMap<ChatUri, Vec<Waiting>> = HashMap::new();
        for send in held {
            by_chat.entry(send.message.chat.clone()).or_default().push(send);
        }
        let mut freed = Vec::new();
        for chat in chats {
            match by_chat.remove(&chat) {
                Some(sends) => self.wait_for(chat, sends),
                None => freed.extend(self.behind.remove(&chat).unwrap_or_default()),
            }
        }
        freed
    }

    /// Commits to a held chat as soon as it is free, apart from all others. It stays one that others wait behind.
    fn wait_for(&self, chat: ChatUri, sends: Vec<Waiting>) {
        let (committer, ended, turns) = (self.committer.clone(), self.ended.clone(), self.turns.clone());
        actix_web::rt::spawn(async move {
            let _turn = turns.acquire().await;
            // Nothing comes back: this way of locking waits, or fails.
            let held = committer.commit_batch(sends, Locking::Wait).await;
            let _ = ended.send(Ended { chats: vec![chat], shared: None, held });
        });
    }
}
