//! Sessions that ended before their tokens did.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use service_kit::clock;
use service_kit::http::Peer;
use service_kit::{Error, Result, chain, pause};
use shared_proto::SessionId;
use shared_proto::auth::ACCESS_TOKEN_MAX_SECONDS;
use shared_proto::internal::RevokedSessions;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::streams::Streams;

/// No token of a session lives longer; after it, a revoked session needs no remembering.
const KEPT: Duration = Duration::from_secs(ACCESS_TOKEN_MAX_SECONDS as u64 + 60);

/// How long somebody waits at the door of a gateway that has just started and knows of no revocation yet.
const WAIT: Duration = Duration::from_secs(3);

/// Which sessions were revoked lately. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Revoked(Arc<Known>);

#[derive(Default)]
struct Known {
    sessions: Mutex<HashMap<SessionId, Instant>>,
    /// Whether auth-service has been asked since the start. Whoever came in before might hold a token of a session that
    /// ended while this process was not there to hear of it.
    complete: watch::Sender<bool>,
}

impl Revoked {
    /// Whether the session was revoked.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Unavailable`](shared_proto::ErrorCode::Unavailable) when this is not known within some seconds.
    pub(crate) async fn contains(&self, session: &SessionId) -> Result<bool> {
        let mut complete = self.0.complete.subscribe();
        if !matches!(timeout(WAIT, complete.wait_for(|complete| *complete)).await, Ok(Ok(_))) {
            return Err(Error::Unavailable("the list of ended sessions", None));
        }
        Ok(self.0.sessions.lock().contains_key(session))
    }

    /// Whether all that were revoked before the start are known.
    pub(crate) fn is_complete(&self) -> bool {
        *self.0.complete.borrow()
    }

    fn insert(&self, session: SessionId) {
        let mut sessions = self.0.sessions.lock();
        if sessions.len() % 1_024 == 1_023 {
            sessions.retain(|_, at| at.elapsed() < KEPT);
        }
        sessions.insert(session, Instant::now());
    }
}

/// Ends the sockets of revoked sessions, also of those whose message on the bus was missed.
#[derive(Clone)]
pub(crate) struct Watch {
    auth: Peer,
    revoked: Revoked,
    streams: Streams,
}

impl Watch {
    pub(crate) fn new(auth: Peer, revoked: Revoked, streams: Streams) -> Self {
        Self { auth, revoked, streams }
    }

    /// A session has ended: no new socket, and its open ones are closed.
    pub(crate) async fn end(&self, session: SessionId) {
        self.revoked.insert(session.clone());
        self.streams.end_session(session).await;
    }

    /// Asks auth-service what was missed; tries until it answers.
    pub(crate) async fn catch_up(&self) {
        let since = clock::now().seconds() - KEPT.as_secs() as i64;
        let mut pause = Duration::from_millis(200);
        loop {
            match self.auth.get::<RevokedSessions>(&format!("/internal/sessions/revoked/?since={since}")).await {
                Ok(answer) => {
                    for session in answer.sessions {
                        self.end(session).await;
                    }
                    self.revoked.0.complete.send_replace(true);
                    return;
                }
                Err(error) => {
                    tracing::warn!(error = chain(&error), "auth-service can't be asked for revoked sessions yet");
                }
            }
            pause::about(pause).await;
            pause = (pause * 2).min(Duration::from_secs(10));
        }
    }
}
