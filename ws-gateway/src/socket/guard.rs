//! What stands between a socket's bytes and the WebSocket parser: frames that must not be buffered never reach it.
//!
//! The parser looks at a frame's size only when it has all of it, so a client that announces a terabyte could fill the
//! memory. Here frames' headers are read as they pass (RFC 6455 §5.2), and the stream ends before a frame that is too
//! large or no WebSocket at all.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;

use super::header::{Header, Unfinished};

/// A message in pieces may come with this much around it (headers, pings in between) for each byte that a message may have.
const OVERHEAD: u64 = 2;
/// And with this much in any case.
const ALLOWANCE: u64 = 4096;

/// Why a socket's bytes are not read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// A frame, or a message in pieces, is over the limit.
    TooBig,
    /// It is no WebSocket.
    Protocol(&'static str),
}

/// The bytes of one socket. Cheap to clone, which is the same socket; for one thread.
#[derive(Clone)]
pub(super) struct Guard {
    payload: Rc<RefCell<Payload>>,
    violation: Rc<Cell<Option<Violation>>>,
}

impl Guard {
    pub(super) fn new(payload: Payload) -> Self {
        Self { payload: Rc::new(RefCell::new(payload)), violation: Rc::default() }
    }

    /// The bytes for the parser: whole frames of at most `limit` bytes, and messages in pieces whose pieces are not much
    /// more than that together. Ends when the client does, or with a [`Guard::violation`].
    pub(super) fn checked(&self, limit: usize) -> Payload {
        let frames = Frames { limit: limit as u64, begun: Unfinished::default(), left: 0, fragments: None };
        Payload::Stream { payload: Box::pin(Checked { guard: self.clone(), frames }) }
    }

    /// Why the bytes ended, when it was not the client who ended them.
    pub(super) fn violation(&self) -> Option<Violation> {
        self.violation.get()
    }

    /// Takes bytes in and forgets them, so that a client that is still sending comes to read our close frame. Returns at
    /// the end of the stream.
    pub(super) async fn discard_some(&self) -> bool {
        let next = std::future::poll_fn(|cx| Pin::new(&mut *self.payload.borrow_mut()).poll_next(cx)).await;
        matches!(next, Some(Ok(_)))
    }
}

struct Checked {
    guard: Guard,
    frames: Frames,
}

impl Stream for Checked {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.guard.violation().is_some() {
            return Poll::Ready(None);
        }
        let polled = Pin::new(&mut *self.guard.payload.borrow_mut()).poll_next(cx);
        let Poll::Ready(Some(Ok(bytes))) = polled else { return polled };
        match self.frames.pass(&bytes) {
            Ok(()) => Poll::Ready(Some(Ok(bytes))),
            Err((good, violation)) => {
                self.guard.violation.set(Some(violation));
                // What came before it is still heard.
                Poll::Ready((good > 0).then(|| Ok(bytes.slice(..good))))
            }
        }
    }
}

/// Where in its frames a stream is.
struct Frames {
    limit: u64,
    begun: Unfinished,
    /// Bytes of the present frame that are still to come.
    left: u64,
    /// Bytes since a message in pieces began.
    fragments: Option<u64>,
}

impl Frames {
    /// Follows some bytes. An error says how many of them belong to frames that are good.
    fn pass(&mut self, bytes: &[u8]) -> Result<(), (usize, Violation)> {
        let mut at = 0;
        while at < bytes.len() {
            let skipped = self.left.min((bytes.len() - at) as u64);
            self.left -= skipped;
            at += skipped as usize;
            if at == bytes.len() {
                break;
            }
            let before = at;
            let header = self.begun.read(bytes, &mut at).map_err(|why| (before, Violation::Protocol(why)))?;
            if let Some(header) = header {
                self.check(header).map_err(|violation| (before, violation))?;
                self.left = header.length;
            }
        }
        Ok(())
    }

    fn check(&mut self, header: Header) -> Result<(), Violation> {
        if header.length > self.limit {
            return Err(Violation::TooBig);
        }
        let mut together = self.fragments.unwrap_or_default();
        together += header.length + header.size;
        if together > OVERHEAD * self.limit + ALLOWANCE {
            return Err(Violation::TooBig);
        }
        // Control frames may come in between (§5.4): they neither begin nor end a message.
        self.fragments = match (self.fragments.is_some(), header.is_control, header.is_last) {
            (true, _, _) if header.is_control || !header.is_last => Some(together),
            (false, false, false) => Some(together),
            _ => None,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(first: u8, length: u64) -> Vec<u8> {
        let mut bytes = vec![first];
        match length {
            0..126 => bytes.push(0x80 | length as u8),
            126..65_536 => bytes.extend([&[0x80 | 126][..], &(length as u16).to_be_bytes()].concat()),
            _ => bytes.extend([&[0x80 | 127][..], &length.to_be_bytes()].concat()),
        }
        bytes.extend([1, 2, 3, 4]);
        bytes
    }

    fn whole(first: u8, length: u64) -> Vec<u8> {
        let mut bytes = frame(first, length);
        bytes.resize(bytes.len() + length as usize, b'x');
        bytes
    }

    fn frames(limit: u64) -> Frames {
        Frames { limit, begun: Unfinished::default(), left: 0, fragments: None }
    }

    #[test]
    fn a_frame_that_announces_too_much_ends_the_stream_before_it() {
        let good = whole(0x81, 1_000);
        let bytes = [good.clone(), frame(0x81, 1 << 40)].concat();
        assert_eq!(frames(64 * 1024).pass(&bytes), Err((good.len(), Violation::TooBig)));
        assert_eq!(frames(1_000).pass(&good), Ok(()));
        assert_eq!(frames(999).pass(&good), Err((0, Violation::TooBig)));
    }

    #[test]
    fn what_is_no_websocket_ends_it() {
        for (bytes, what) in [
            (vec![0xC1, 0x80], "reserved bits"),
            (vec![0x83, 0x80], "an opcode that is none"),
            (vec![0x81, 0x01, b'x'], "no mask"),
            (vec![0x09, 0x80], "a ping in pieces"),
            (frame(0x89, 126), "a long ping"),
            ([&[0x81, 0xFF][..], &[0xFF; 8], &[0; 4]].concat(), "a negative length"),
        ] {
            let result = frames(1_000).pass(&bytes);
            assert!(matches!(result, Err((0, Violation::Protocol(_)))), "{what}: {result:?}");
        }
    }

    #[test]
    fn pieces_of_one_byte_with_pings_in_between_are_too_big_at_some_point() {
        let mut frames = frames(10_000);
        frames.pass(&whole(0x01, 1)).unwrap();
        let piece = [whole(0x00, 1), whole(0x89, 125)].concat();
        let passed = (0..1_000).take_while(|_| frames.pass(&piece).is_ok()).count();
        assert!((100..200).contains(&passed), "{passed}");
    }

    #[test]
    fn messages_after_messages_are_never_too_big() {
        let mut frames = frames(1_000);
        for _ in 0..1_000 {
            for piece in [whole(0x01, 300), whole(0x89, 5), whole(0x00, 300), whole(0x80, 300), whole(0x81, 900)] {
                assert_eq!(frames.pass(&piece), Ok(()));
            }
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_are_cut(
            lengths in proptest::collection::vec(0u64..3_000, 1..20),
            cuts in proptest::collection::vec(1usize..700, 1..200),
            too_big in any::<bool>(),
        ) {
            let mut bytes: Vec<u8> = lengths.iter().flat_map(|length| whole(0x81, *length)).collect();
            let good = bytes.len();
            if too_big {
                bytes.extend(frame(0x82, 3_000));
            }
            let (mut frames, mut passed, mut rest) = (frames(2_999), 0, &bytes[..]);
            let mut cuts = cuts.iter().cycle();
            let violation = loop {
                if rest.is_empty() {
                    break None;
                }
                let (some, others) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
                match frames.pass(some) {
                    Ok(()) => passed += some.len(),
                    Err((good, violation)) => {
                        passed += good;
                        break Some(violation);
                    }
                }
                rest = others;
            };
            prop_assert_eq!(violation, too_big.then_some(Violation::TooBig));
            // Of the header of a bad frame, what came in an earlier piece has passed.
            prop_assert!(passed >= good && passed < good + 14, "{} of {}", passed, good);
        }
    }
}
