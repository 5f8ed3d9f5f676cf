//! Sessions that ended before their tokens did.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use service_kit::clock;
use service_kit::http::Peer;
use service_kit::{chain, pause};
use shared_proto::SessionId;
use shared_proto::auth::ACCESS_TOKEN_MAX_SECONDS;
use shared_proto::internal::RevokedSessions;

use crate::streams::Streams;

/// No token of a session lives longer; after it, a revoked session needs no remembering.
const KEPT: Duration = Duration::from_secs(ACCESS_TOKEN_MAX_SECONDS as u64 + 60);

/// Which sessions were revoked lately. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Revoked(Arc<Mutex<HashMap<SessionId, Instant>>>);

impl Revoked {
    pub(crate) fn contains(&self, session: &SessionId) -> bool {
        self.0.lock().contains_key(session)
    }

    fn insert(&self, session: SessionId) {
        let mut sessions = self.0.lock();
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
