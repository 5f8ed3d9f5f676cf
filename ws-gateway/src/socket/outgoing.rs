//! What waits to be written to a socket: a queue that belongs to the socket's worker, drained by the response body.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::{Bytes, BytesMut};
use shared_proto::CloseCode;

use super::Frame;

/// Frames that wait at the same moment go out in one write of at most this many bytes.
const WRITE: usize = 64 * 1024;

/// What is worth something only now waits in bytes up to this, and goes out when nothing else waits.
const TRANSIENT: usize = 64 * 1024;

/// The writing half of a socket. Cheap to clone; for one thread.
#[derive(Clone)]
pub(crate) struct Outgoing(Rc<RefCell<Queue>>);

struct Queue {
    frames: VecDeque<Frame>,
    bytes: usize,
    transient: VecDeque<Frame>,
    transient_bytes: usize,
    limit: usize,
    state: State,
    /// When something was last written, or began to wait.
    moved: Instant,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The close frame is queued: nothing may follow it.
    Closing,
    /// Nothing will be written any more: the connection ends when the queue is empty.
    Finished,
}

impl Outgoing {
    /// `limit` bytes may wait; a client that lets more gather is too slow.
    pub(crate) fn new(limit: usize) -> Self {
        let queue = Queue {
            frames: VecDeque::new(),
            bytes: 0,
            transient: VecDeque::new(),
            transient_bytes: 0,
            limit,
            state: State::Open,
            moved: Instant::now(),
            waker: None,
        };
        Self(Rc::new(RefCell::new(queue)))
    }

    /// Queues a frame. Too much for a slow client closes the socket with 4408: it comes back and resumes.
    pub(crate) fn push(&self, frame: Frame) {
        let mut queue = self.0.borrow_mut();
        if queue.state != State::Open {
            return;
        }
        // A frame of any size may go out; what counts is that others wait already.
        if queue.bytes > 0 && queue.bytes + frame.len() > queue.limit {
            metrics::counter!("chatire_slow_closes_total").increment(1);
            queue.frames.clear();
            queue.bytes = 0;
            queue.drop_transient();
            queue.add(Frame::close(CloseCode::TooSlow, "too slow: reconnect and resume"));
            queue.state = State::Closing;
        } else {
            queue.add(frame);
        }
    }

    /// Queues a frame that is worth something only now: it waits behind everything else, and the oldest ones are dropped
    /// when a client reads too slowly for them.
    pub(crate) fn push_transient(&self, frame: Frame) {
        let mut queue = self.0.borrow_mut();
        if queue.state != State::Open {
            return;
        }
        queue.transient_bytes += frame.len();
        queue.transient.push_back(frame);
        while queue.transient_bytes > TRANSIENT && queue.transient.len() > 1 {
            let dropped = queue.transient.pop_front().map_or(0, |frame| frame.len());
            queue.transient_bytes -= dropped;
            metrics::counter!("chatire_transients_dropped_total").increment(1);
        }
        queue.wake();
    }

    /// Queues the close frame, once; nothing may follow it.
    pub(crate) fn close(&self, code: CloseCode, reason: &str) {
        let mut queue = self.0.borrow_mut();
        if queue.state == State::Open {
            queue.drop_transient();
            queue.add(Frame::close(code, reason));
            queue.state = State::Closing;
        }
    }

    /// Ends the connection as soon as what waits is written.
    pub(crate) fn finish(&self) {
        let mut queue = self.0.borrow_mut();
        queue.state = State::Finished;
        queue.wake();
    }

    /// Whether more may be pushed without the client looking slow: less than half of what may wait does.
    pub(crate) fn has_room(&self) -> bool {
        let queue = self.0.borrow();
        queue.bytes <= queue.limit / 2
    }

    /// How long nothing could be written although something waits.
    pub(crate) fn stalled_for(&self) -> Duration {
        let queue = self.0.borrow();
        if queue.frames.is_empty() { Duration::ZERO } else { queue.moved.elapsed() }
    }

    /// Whether a close frame was queued or the connection has ended.
    pub(crate) fn is_closing(&self) -> bool {
        self.0.borrow().state != State::Open
    }

    /// All that waits to be written.
    #[cfg(test)]
    pub(crate) fn drain_for_tests(&self) -> Vec<u8> {
        let mut queue = self.0.borrow_mut();
        std::iter::from_fn(|| queue.take()).flatten().collect()
    }

    /// The response body that writes the queue. `handshake` is actix-ws's own, kept alive unread: its end would end
    /// the reading half.
    pub(crate) fn body(&self, handshake: BoxBody) -> Body {
        Body { queue: self.0.clone(), _handshake: handshake }
    }
}

impl Queue {
    fn add(&mut self, frame: Frame) {
        if self.frames.is_empty() {
            self.moved = Instant::now();
        }
        self.bytes += frame.len();
        self.frames.push_back(frame);
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn drop_transient(&mut self) {
        self.transient = VecDeque::new();
        self.transient_bytes = 0;
    }

    /// What goes out in one write; a lone frame without being copied.
    fn take(&mut self) -> Option<Bytes> {
        let Some(first) = self.frames.pop_front() else {
            let first = self.transient.pop_front()?;
            self.transient_bytes -= first.len();
            return Some(first.bytes());
        };
        self.moved = Instant::now();
        self.bytes -= first.len();
        if self.frames.is_empty() {
            return Some(first.bytes());
        }
        let mut bytes = BytesMut::from(&first.bytes()[..]);
        while let Some(next) = self.frames.front().filter(|next| bytes.len() + next.len() <= WRITE) {
            bytes.extend_from_slice(&next.clone().bytes());
            self.bytes -= next.len();
            self.frames.pop_front();
        }
        Some(bytes.freeze())
    }
}

/// Writes a socket's queue until it is finished.
pub(crate) struct Body {
    queue: Rc<RefCell<Queue>>,
    _handshake: BoxBody,
}

impl MessageBody for Body {
    type Error = Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let mut queue = self.queue.borrow_mut();
        match queue.take() {
            Some(bytes) => Poll::Ready(Some(Ok(bytes))),
            None if queue.state == State::Finished => Poll::Ready(None),
            None => {
                queue.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_wait_together_go_out_in_order_and_in_few_writes() {
        let outgoing = Outgoing::new(1 << 20);
        for text in ["one", "two", "three"] {
            outgoing.push(Frame::text(text.as_bytes()));
        }
        assert_eq!(outgoing.drain_for_tests(), b"\x81\x03one\x81\x03two\x81\x05three");
    }

    #[test]
    fn a_slow_client_is_closed_with_4408_and_its_queue_is_let_go() {
        let outgoing = Outgoing::new(100);
        for _ in 0..2 {
            outgoing.push(Frame::text(&[b'x'; 60]));
        }
        let bytes = outgoing.drain_for_tests();
        assert_eq!(&bytes[0..1], b"\x88");
        assert_eq!(u16::from_be_bytes([bytes[2], bytes[3]]), 4408);
        assert!(outgoing.is_closing());
    }

    #[test]
    fn a_frame_that_is_larger_than_the_limit_goes_out_when_nothing_else_waits() {
        let outgoing = Outgoing::new(100);
        outgoing.push(Frame::text(&[b'x'; 500]));
        assert!(!outgoing.is_closing() && !outgoing.has_room());
        assert_eq!(outgoing.drain_for_tests().len(), 504);
    }

    #[test]
    fn what_is_worth_something_only_now_waits_for_everything_else_and_is_dropped_first() {
        let outgoing = Outgoing::new(1 << 20);
        outgoing.push_transient(Frame::text(b"typing"));
        outgoing.push(Frame::text(b"said"));
        assert_eq!(outgoing.drain_for_tests(), b"\x81\x04said\x81\x06typing");
        for _ in 0..1_000 {
            outgoing.push_transient(Frame::text(&[b'x'; 1_000]));
        }
        assert!(!outgoing.is_closing() && outgoing.has_room());
        assert!(outgoing.drain_for_tests().len() <= TRANSIENT);
        outgoing.push_transient(Frame::text(b"typing"));
        outgoing.close(CloseCode::Normal, "");
        assert_eq!(outgoing.drain_for_tests(), b"\x88\x02\x03\xe8");
    }

    #[test]
    fn nothing_follows_a_close_frame() {
        let outgoing = Outgoing::new(100);
        outgoing.close(CloseCode::Unauthorized, "over");
        outgoing.push(Frame::text(b"secret"));
        outgoing.close(CloseCode::Restart, "again");
        assert_eq!(outgoing.drain_for_tests(), b"\x88\x06\x11\x31over");
    }
}
