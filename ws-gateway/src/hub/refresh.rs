//! Looking again which chats users are in: after somebody was made a member, and after messages may have been missed.

use std::time::{Duration, Instant};

use service_kit::{chain, pause};
use shared_proto::internal::UserChats;
use shared_proto::{ChatId, Seq, UserId};

use super::Hub;

/// Users of one request.
const USERS: usize = 200;
/// Between tries while chat-api is away, at most.
const PAUSE_MAX: Duration = Duration::from_secs(3);

/// Why one looks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Somebody was made a member by this event: their sockets get the chat from it on.
    Joined(ChatId, Seq),
    /// Somebody was made a member while one of their sockets was being opened.
    Opened,
    /// Events may have been missed, also of those that end a membership.
    Missed,
}

/// Looks again, in the background.
pub(super) fn spawn(hub: &Hub, users: Vec<UserId>, why: Why) {
    let hub = hub.clone();
    actix_web::rt::spawn(async move {
        for some in users.chunks(USERS) {
            let asked_at = Instant::now();
            for chats in ask(&hub, some).await {
                reconcile(&hub, &chats, why, asked_at);
            }
        }
    });
}

async fn ask(hub: &Hub, users: &[UserId]) -> Vec<UserChats> {
    let mut pause = Duration::from_millis(50);
    loop {
        match hub.api().chats_of(users.to_vec()).await {
            Ok(chats) => return chats,
            Err(error) => {
                tracing::warn!(error = chain(&error), users = users.len(), "users' chats can't be asked for yet");
            }
        }
        pause::about(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

fn reconcile(hub: &Hub, found: &UserChats, why: Why, asked_at: Instant) {
    let sockets = hub.0.registry.borrow_mut().live_sockets_of(found.id, why);
    for id in sockets {
        for chat in &found.chats {
            if hub.0.registry.borrow().is_subscribed(id, chat.id) {
                continue;
            }
            match why {
                Why::Joined(joined, seq) if joined == chat.id => {
                    // The event itself included: it tells the client.
                    hub.subscribe(id, chat, Seq(seq.0 - 1), asked_at);
                }
                // Its own event is on its way, and brings it without a `reset`.
                Why::Joined(..) => {}
                Why::Opened | Why::Missed => hub.start_over(id, chat, asked_at),
            }
        }
        // The list is often faster than the event by which somebody left, or a chat ended. That is still to come, and
        // says what has happened.
        if !matches!(why, Why::Missed) {
            continue;
        }
        let before = hub.0.registry.borrow().chats_since_before(id, asked_at);
        for gone in before.into_iter().filter(|chat| found.chats.iter().all(|c| c.id != *chat)) {
            hub.send_away(id, gone, Seq(i64::MAX));
        }
    }
}
