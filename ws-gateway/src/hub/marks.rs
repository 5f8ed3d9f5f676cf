//! Read marks on their way: from sockets to chat-api, and from the bus to sockets. Both gather for a moment, so that a
//! thousand people who read the same message at once cost little more than one.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use service_kit::{chain, pause};
use shared_proto::internal::ReadItem;
use shared_proto::{ChatId, ChatUri, Seq, UserId};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::Hub;
use crate::api::ChatApi;

/// How long marks gather.
const GATHER: Duration = Duration::from_millis(200);
/// Marks of one request.
const BATCH: usize = 500;
/// Marks that wait for chat-api at most; beyond it new ones are dropped, since a later one replaces them.
const WAITING: usize = 20_000;
const PAUSE_MAX: Duration = Duration::from_secs(5);

type ToStore = HashMap<(UserId, ChatUri), Seq>;

/// One worker's marks.
pub(super) struct Marks {
    to_store: Rc<RefCell<ToStore>>,
    begun: Rc<Notify>,
    /// By chat, until they are told.
    to_tell: RefCell<HashMap<ChatId, HashMap<UserId, Seq>>>,
}

impl Marks {
    pub(super) fn start(api: &ChatApi) -> Self {
        let (to_store, begun) = (Rc::<RefCell<ToStore>>::default(), Rc::new(Notify::new()));
        actix_web::rt::spawn(store(api.clone(), to_store.clone(), begun.clone()));
        Self { to_store, begun, to_tell: RefCell::default() }
    }

    /// Somebody here has read on.
    pub(super) fn moved(&self, item: ReadItem) {
        merge(&mut self.to_store.borrow_mut(), [item]);
        self.begun.notify_one();
    }

    /// Somebody anywhere has read on.
    pub(super) fn heard(&self, hub: &Hub, chat: ChatId, user: UserId, seq: Seq) {
        let mut to_tell = self.to_tell.borrow_mut();
        if to_tell.is_empty() {
            let hub = hub.clone();
            actix_web::rt::spawn(async move {
                sleep(GATHER).await;
                for (chat, moved) in hub.0.marks.to_tell.take() {
                    hub.0.registry.borrow().read(chat, &moved);
                }
            });
        }
        let mark = to_tell.entry(chat).or_default().entry(user).or_insert(seq);
        *mark = seq.max(*mark);
    }
}

fn merge(waiting: &mut ToStore, items: impl IntoIterator<Item = ReadItem>) {
    for ReadItem { user, chat, seq } in items {
        if waiting.len() < WAITING || waiting.contains_key(&(user, chat.clone())) {
            let mark = waiting.entry((user, chat)).or_insert(seq);
            *mark = seq.max(*mark);
        }
    }
}

async fn store(api: ChatApi, waiting: Rc<RefCell<ToStore>>, begun: Rc<Notify>) {
    let mut pause = GATHER;
    loop {
        begun.notified().await;
        while !waiting.borrow().is_empty() {
            pause::about(pause).await;
            let items = take_some(&mut waiting.borrow_mut());
            match api.read(items.clone()).await {
                Ok(()) => pause = GATHER,
                Err(error) => {
                    tracing::warn!(error = chain(&error), marks = items.len(), "read marks can't be stored yet");
                    merge(&mut waiting.borrow_mut(), items);
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }
}

fn take_some(waiting: &mut ToStore) -> Vec<ReadItem> {
    let some: Vec<(UserId, ChatUri)> = waiting.keys().take(BATCH).cloned().collect();
    let item = |(user, chat): (UserId, ChatUri)| {
        let seq = waiting.remove(&(user, chat.clone()))?;
        Some(ReadItem { user, chat, seq })
    };
    some.into_iter().filter_map(item).collect()
}
