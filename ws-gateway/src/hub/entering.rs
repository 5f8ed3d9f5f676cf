//! Which chats those are in who come in: asked for many people at a time. After another gateway died, ten thousand may come
//! within seconds, and chat-api has others to serve too.

use std::collections::HashMap;

use service_kit::{Error, Result, chain};
use shared_proto::UserId;
use shared_proto::internal::UserChats;
use tokio::sync::{mpsc, oneshot};

use crate::api::ChatApi;

/// People of one request. While it is under way, the next ones gather.
const USERS: usize = 200;

type Waiting = (UserId, oneshot::Sender<Result<UserChats>>);

/// The line in which one worker's new sockets stand.
pub(super) struct Entering(mpsc::UnboundedSender<Waiting>);

impl Entering {
    pub(super) fn start(api: &ChatApi) -> Self {
        // Unbounded, since there is at most one entry for each socket.
        let (sender, line) = mpsc::unbounded_channel();
        actix_web::rt::spawn(serve(api.clone(), line));
        Self(sender)
    }

    /// Their chats, as they were at some moment after this was called.
    pub(super) async fn chats_of(&self, user: UserId) -> Result<UserChats> {
        let (tell, told) = oneshot::channel();
        // An error says that the process is ending.
        let _ = self.0.send((user, tell));
        told.await.map_err(|e| Error::Unavailable("the line of new sockets", Some(e.into())))?
    }
}

async fn serve(api: ChatApi, mut line: mpsc::UnboundedReceiver<Waiting>) {
    let mut some = Vec::new();
    while line.recv_many(&mut some, USERS).await > 0 {
        let mut waiting: HashMap<UserId, Vec<_>> = HashMap::new();
        for (user, tell) in some.drain(..) {
            waiting.entry(user).or_default().push(tell);
        }
        match api.chats_of(waiting.keys().copied().collect()).await {
            Ok(found) => answer(waiting, found),
            Err(error) => {
                tracing::warn!(error = chain(&error), users = waiting.len(), "sockets can't be opened");
                // They are told to come again. To hold them here would let them wait without knowing for what.
                for tell in waiting.into_values().flatten() {
                    let _ = tell.send(Err(Error::Unavailable("chat-api", None)));
                }
            }
        }
    }
}

fn answer(mut waiting: HashMap<UserId, Vec<oneshot::Sender<Result<UserChats>>>>, found: Vec<UserChats>) {
    for chats in found {
        for tell in waiting.remove(&chats.id).unwrap_or_default() {
            // Whoever is gone again needs no answer.
            let _ = tell.send(Ok(chats.clone()));
        }
    }
    // chat-api says nothing of those who never had a chat.
    for (id, tells) in waiting {
        for tell in tells {
            let _ = tell.send(Ok(UserChats { id, user: None, chats: Vec::new() }));
        }
    }
}
