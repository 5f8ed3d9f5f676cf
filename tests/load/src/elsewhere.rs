//! Work on a thread of its own, so that it does not delay what is measured on this one.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

use crate::Result;
use crate::failure::Failure;

/// The thread; what runs there ends with this.
pub(crate) struct Elsewhere(Option<Runtime>);

impl Elsewhere {
    pub(crate) fn start() -> Result<Self> {
        Ok(Self(Some(Builder::new_multi_thread().worker_threads(1).enable_all().build()?)))
    }

    /// Runs there; what it spawns stays there.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let gone = || Failure::new("the other thread has ended");
        let work = self.0.as_ref().ok_or_else(gone)?.spawn(work);
        work.await.map_err(|e| Failure::while_doing("work on another thread", e))?
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // Dropping it would wait, which async code must not do.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
