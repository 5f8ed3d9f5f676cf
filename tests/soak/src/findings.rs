//! What was found.

use std::sync::Arc;

use parking_lot::Mutex;

/// So many are kept, and the others counted: what went wrong once may go wrong with everybody.
const KEPT: usize = 50;

/// Everything that should not be. Cheap to clone; empty when all is well.
#[derive(Clone, Default)]
pub(crate) struct Findings(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    count: usize,
    texts: Vec<String>,
}

impl Findings {
    pub(crate) fn add(&self, text: String) {
        eprintln!("FOUND: {text}");
        let mut inner = self.0.lock();
        inner.count += 1;
        if inner.texts.len() < KEPT {
            inner.texts.push(text);
        }
    }

    pub(crate) fn are_none(&self) -> bool {
        self.count() == 0
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().count
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.lock().texts.clone()
    }
}
