//! One worker's writing: all sockets that have something to say are written to in one pass.
//!
//! Waking a task for each socket costs more than what it does then; and writing at once, when a frame is queued, would
//! make a write of each frame where several wait at the same moment. Only when nothing more does, it is written without
//! the writer ([`Outgoing::push_at_once`]).

use std::cell::RefCell;
use std::rc::Rc;

use tokio::sync::Notify;
use tokio::task::yield_now;

use super::Outgoing;

/// Sockets that are written to before others of the worker's tasks get a turn: about a millisecond.
const TURN: usize = 128;

/// The writing task of a worker. Cheap to clone; for one thread.
#[derive(Clone, Default)]
pub(crate) struct Writer(Rc<Inner>);

#[derive(Default)]
struct Inner {
    due: RefCell<Vec<Outgoing>>,
    wake: Notify,
}

impl Writer {
    /// Starts it on this thread, for as long as the worker lives.
    pub(crate) fn start() -> Self {
        let writer = Self::default();
        actix_web::rt::spawn(writer.clone().run());
        writer
    }

    /// Has something to write. Each socket is here once at most.
    pub(super) fn add(&self, socket: Outgoing) {
        let mut due = self.0.due.borrow_mut();
        if due.is_empty() {
            self.0.wake.notify_one();
        }
        due.push(socket);
    }

    async fn run(self) {
        let mut now = Vec::new();
        loop {
            self.0.wake.notified().await;
            std::mem::swap(&mut now, &mut *self.0.due.borrow_mut());
            for (count, socket) in now.drain(..).enumerate() {
                if count % TURN == TURN - 1 {
                    yield_now().await;
                }
                socket.write();
            }
        }
    }
}
