//! What waits to be written to a socket: a queue that belongs to the socket's worker, and that the worker's [`Writer`]
//! empties.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::net::Shutdown;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::rt::net::TcpStream;
use shared_proto::CloseCode;
use socket2::SockRef;

use super::{Frame, Writer};
use crate::figures::SLOW_CLOSES;

/// Frames that wait at the same moment go out together, at most so many in one write.
const TOGETHER: usize = 64;

/// What is worth something only now waits in bytes up to this, and goes out when nothing else waits.
const TRANSIENT: usize = 64 * 1024;

/// The writing half of a socket. Cheap to clone; for one thread.
#[derive(Clone)]
pub(crate) struct Outgoing(Rc<Inner>);

/// Laid out in this order: with thousands of sockets, each piece of memory that a write looks at is one to be waited for. What
/// [`Outgoing::push_at_once`] looks at, the connection and the queue's beginning, lies side by side, and nothing else is touched.
#[repr(C)]
struct Inner {
    /// Of its own here and not behind another reference. `None` in tests of queues that nothing writes.
    stream: Option<TcpStream>,
    queue: RefCell<Queue>,
    writer: Writer,
}

/// See [`Inner`] for its order.
#[repr(C)]
struct Queue {
    state: State,
    /// The writer knows that something waits, or the queue waits for the client to read.
    is_due: bool,
    frames: VecDeque<Frame>,
    /// Bytes of the first frame that are written already.
    written: usize,
    /// Bytes that wait.
    bytes: usize,
    transient: VecDeque<Frame>,
    transient_bytes: usize,
    limit: usize,
    /// Since when the client has read nothing although something waits for it.
    stalled: Option<Instant>,
}

/// How much of what waits was written, or need not be any more.
#[derive(PartialEq, Eq)]
enum Written {
    All,
    /// The client takes no more at the moment.
    Some,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The close frame is queued: nothing may follow it.
    Closing,
    /// Nothing will be queued any more: the connection ends when the queue is empty.
    Finished,
    /// The same, or when the client takes no more at the moment.
    Ending,
}

impl Outgoing {
    /// `limit` bytes may wait; a client that lets more gather is too slow.
    pub(crate) fn new(stream: TcpStream, limit: usize, writer: Writer) -> Self {
        Self::over(Some(stream), limit, writer)
    }

    /// A queue that nothing writes.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn unconnected(limit: usize) -> Self {
        Self::over(None, limit, Writer::default())
    }

    fn over(stream: Option<TcpStream>, limit: usize, writer: Writer) -> Self {
        let queue = Queue {
            state: State::Open,
            is_due: false,
            frames: VecDeque::new(),
            written: 0,
            bytes: 0,
            transient: VecDeque::new(),
            transient_bytes: 0,
            limit,
            stalled: None,
        };
        Self(Rc::new(Inner { queue: RefCell::new(queue), stream, writer }))
    }

    /// Queues a frame. Too much for a slow client closes the socket with 4408: it comes back and resumes.
    pub(crate) fn push(&self, frame: Frame) {
        self.queue(&mut self.0.queue.borrow_mut(), frame);
    }

    /// As [`Outgoing::push`], but a frame for which nothing else waits is written at once: when no more is to be said at the
    /// moment, to come back for it later would only cost the memory's time once more. Only what the client does not take
    /// is queued.
    pub(crate) fn push_at_once(&self, frame: &Frame) {
        let mut queue = self.0.queue.borrow_mut();
        let Some(stream) = self.stream().filter(|_| queue.is_idle()) else {
            return self.queue(&mut queue, frame.clone());
        };
        // Not by way of tokio: what it remembers of the socket lies elsewhere in memory, and can only be a hint.
        match SockRef::from(stream).send(frame.bytes()) {
            Ok(count) if count == frame.len() => {}
            // The writer finds what became of the connection.
            result => {
                queue.add(frame.clone());
                queue.wrote(result.unwrap_or_default());
                self.is_due(&mut queue);
            }
        }
    }

    fn queue(&self, queue: &mut Queue, frame: Frame) {
        if queue.state != State::Open {
            return;
        }
        // A frame of any size may go out; what counts is that others wait already.
        if queue.bytes > 0 && queue.bytes + frame.len() > queue.limit {
            metrics::counter!(SLOW_CLOSES).increment(1);
            queue.drop_all();
            queue.add(Frame::close(CloseCode::TooSlow, "too slow: reconnect and resume"));
            queue.state = State::Closing;
        } else {
            queue.add(frame);
        }
        self.is_due(queue);
    }

    /// Queues a frame that is worth something only now: it waits behind everything else, and the oldest ones are dropped
    /// when a client reads too slowly for them.
    pub(crate) fn push_transient(&self, frame: Frame) {
        let mut queue = self.0.queue.borrow_mut();
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
        self.is_due(&mut queue);
    }

    /// Queues the close frame, once; nothing may follow it.
    pub(crate) fn close(&self, code: CloseCode, reason: &str) {
        let mut queue = self.0.queue.borrow_mut();
        if queue.state == State::Open {
            queue.drop_transient();
            queue.add(Frame::close(code, reason));
            queue.state = State::Closing;
            self.is_due(&mut queue);
        }
    }

    /// Ends the connection as soon as what waits is written.
    pub(crate) fn finish(&self) {
        let mut queue = self.0.queue.borrow_mut();
        queue.state = State::Finished;
        self.is_due(&mut queue);
    }

    /// Ends the connection when what the client takes at once is written: for a socket that is served no longer, and that counts
    /// for nobody's limits any more.
    pub(super) fn end(&self) {
        let mut queue = self.0.queue.borrow_mut();
        queue.state = State::Ending;
        match self.stream().filter(|_| queue.stalled.is_some()) {
            // Nobody looks at it before the client reads on, which is up to the client.
            Some(stream) => _ = queue.write(stream),
            None => self.is_due(&mut queue),
        }
    }

    /// Whether more may be pushed without the client looking slow: less than half of what may wait does.
    pub(crate) fn has_room(&self) -> bool {
        let queue = self.0.queue.borrow();
        queue.bytes <= queue.limit / 2
    }

    /// Bytes that wait for the client to read.
    pub(crate) fn waiting(&self) -> usize {
        let queue = self.0.queue.borrow();
        queue.bytes + queue.transient_bytes
    }

    /// How long nothing could be written although something waits.
    pub(crate) fn stalled_for(&self) -> Duration {
        self.0.queue.borrow().stalled.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Whether a close frame was queued or the connection has ended.
    pub(crate) fn is_closing(&self) -> bool {
        self.0.queue.borrow().state != State::Open
    }

    fn is_due(&self, queue: &mut Queue) {
        if !std::mem::replace(&mut queue.is_due, true) {
            self.0.writer.add(self.clone());
        }
    }

    /// The connection, for reading; it is closed when the last of this socket is dropped.
    pub(super) fn stream(&self) -> Option<&TcpStream> {
        self.0.stream.as_ref()
    }

    /// Writes what waits. What the client does not take at once is written when it reads on.
    pub(super) fn write(&self) {
        if self.write_some() == Written::Some {
            actix_web::rt::spawn(self.clone().write_when_it_reads());
        }
    }

    async fn write_when_it_reads(self) {
        while let Some(stream) = self.stream() {
            // An error shows when it is written to: at the latest when the system gives the client up (TCP_USER_TIMEOUT).
            let _ = stream.writable().await;
            if self.write_some() == Written::All {
                return;
            }
        }
    }

    fn write_some(&self) -> Written {
        let Some(stream) = self.stream() else { return Written::All };
        self.0.queue.borrow_mut().write(stream)
    }

    /// All that waits to be written.
    #[cfg(test)]
    pub(crate) fn drain_for_tests(&self) -> Vec<u8> {
        let mut queue = self.0.queue.borrow_mut();
        let queue = &mut *queue;
        (queue.bytes, queue.transient_bytes) = (0, 0);
        queue.frames.drain(..).chain(queue.transient.drain(..)).flat_map(|frame| frame.bytes().to_vec()).collect()
    }
}

impl Queue {
    /// Open, and nothing waits.
    fn is_idle(&self) -> bool {
        self.state == State::Open && !self.is_due
    }

    fn add(&mut self, frame: Frame) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    fn drop_transient(&mut self) {
        self.transient = VecDeque::new();
        self.transient_bytes = 0;
    }

    /// Drops what waits, except for a frame of which the client has a part: without the rest it could read nothing more.
    fn drop_all(&mut self) {
        self.drop_transient();
        self.frames.truncate(usize::from(self.written > 0));
        self.bytes = self.frames.front().map_or(0, Frame::len) - self.written;
    }

    /// Writes what the client takes.
    fn write(&mut self, stream: &TcpStream) -> Written {
        loop {
            if self.frames.is_empty() {
                self.bytes += std::mem::take(&mut self.transient_bytes);
                self.frames.append(&mut self.transient);
            }
            if self.frames.is_empty() {
                self.is_due = false;
                if matches!(self.state, State::Finished | State::Ending) {
                    self.end(stream);
                }
                return Written::All;
            }
            match self.write_some(stream) {
                Ok(count) => self.wrote(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.state != State::Ending => {
                    self.stalled.get_or_insert_with(Instant::now);
                    return Written::Some;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    self.end(stream);
                    return Written::All;
                }
            }
        }
    }

    fn write_some(&self, stream: &TcpStream) -> io::Result<usize> {
        let mut frames = self.frames.iter().map(Frame::bytes);
        let first = frames.next().map_or(&[][..], |frame| &frame[self.written..]);
        if self.frames.len() == 1 {
            return stream.try_write(first);
        }
        let mut slices = [IoSlice::new(&[]); TOGETHER];
        slices[0] = IoSlice::new(first);
        let others = slices[1..].iter_mut().zip(frames);
        others.for_each(|(slice, frame)| *slice = IoSlice::new(frame));
        stream.try_write_vectored(&slices[..self.frames.len().min(TOGETHER)])
    }

    fn wrote(&mut self, count: usize) {
        self.stalled = None;
        self.bytes -= count;
        self.written += count;
        while let Some(frame) = self.frames.front().filter(|frame| frame.len() <= self.written) {
            self.written -= frame.len();
            self.frames.pop_front();
        }
    }

    /// The connection ends; its reader sees the end of the stream.
    fn end(&mut self, stream: &TcpStream) {
        self.drop_transient();
        (self.frames, self.written, self.bytes, self.stalled) = (VecDeque::new(), 0, 0, None);
        self.state = State::Finished;
        // An error says that it has ended already.
        let _ = SockRef::from(stream).shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod instructions;
#[cfg(test)]
mod tests;
