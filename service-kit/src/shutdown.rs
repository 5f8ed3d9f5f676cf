//! How a process ends: first it drains, then it stops.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Tells every part of a process that it ends. Cloned freely.
///
/// 1. `draining`: `/readyz` turns 503, services move their clients elsewhere.
/// 2. `stopping`: listeners are closed and running requests have ended; background work flushes and ends.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    draining: CancellationToken,
    stopping: CancellationToken,
}

impl Shutdown {
    /// Not ending yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends at SIGINT or SIGTERM.
    pub fn on_signals() -> Self {
        let shutdown = Self::new();
        let asked = shutdown.clone();
        actix_web::rt::spawn(async move {
            wait_for_signal().await;
            asked.begin();
        });
        shutdown
    }

    /// Asks the process to end.
    pub fn begin(&self) {
        self.draining.cancel();
    }

    /// Whether it was asked to end.
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Completes when it was asked to end.
    pub async fn draining(&self) {
        self.draining.cancelled().await;
    }

    /// Completes when all that is left to do is to flush.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    pub(crate) fn stop(&self) {
        self.stopping.cancel();
    }
}

async fn wait_for_signal() {
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        (interrupt, terminate) => {
            tracing::error!(?interrupt, ?terminate, "signals can't be watched: end this process with SIGKILL");
            std::future::pending::<()>().await;
        }
    }
}
