//! Whether the broker was there when it was last needed.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Nobody decides anything by it: it is shown to operators.
#[derive(Debug)]
pub(super) struct Reached {
    publisher: AtomicBool,
    consumer: AtomicBool,
}

impl Reached {
    /// Nothing is known yet.
    pub(super) fn new() -> Self {
        Self { publisher: AtomicBool::new(true), consumer: AtomicBool::new(true) }
    }

    /// By the last publishing.
    pub(super) fn published(&self, well: bool) {
        self.publisher.store(well, Relaxed);
    }

    /// By whoever consumes, all the time.
    pub(super) fn consumes(&self, connected: bool) {
        self.consumer.store(connected, Relaxed);
    }

    pub(super) fn by_all(&self) -> bool {
        self.publisher.load(Relaxed) && self.consumer.load(Relaxed)
    }
}
