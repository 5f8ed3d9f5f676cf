//! A client's bytes as messages (RFC 6455), by tungstenite: it looks at the size that a frame announces before it takes
//! anything of it in.

use std::io::{self, ErrorKind, Read, Write};

use actix_web::web::Bytes;
use shared_proto::CloseCode;
use tungstenite::error::ProtocolError;
use tungstenite::protocol::frame::coding::CloseCode as Said;
use tungstenite::protocol::{Message, Role, WebSocket, WebSocketConfig};
use tungstenite::{Error, Utf8Bytes};

use super::inbox::Closed;

/// What a socket keeps for reading: little, since most sockets are silent. A frame that needs more gets it.
const BUFFER: usize = 1024;

/// Of a control frame, with its mask.
const HEADER: usize = 6;

/// A message in pieces may come with this much around it (headers, empty pieces) for each byte that a message may have.
const OVERHEAD: usize = 2;
/// And with this much in any case.
const ALLOWANCE: usize = 4096;

/// What a client's bytes say.
#[derive(Debug)]
pub(super) enum Next {
    Text(Utf8Bytes),
    Binary(Bytes),
    Ping(Bytes),
    Pong,
    /// The client closes; this is the answer (§5.5.1).
    Close(CloseCode),
    /// Nothing more has come yet.
    Later,
    /// The bytes have ended.
    End,
    /// What came can't be read, nor anything after it.
    Unreadable(Closed),
}

/// The messages in what `R` reads, each of at most so many bytes. `R` says [`ErrorKind::WouldBlock`] when nothing has come
/// yet. What is kept of an unfinished message is bounded, and so is what one call reads.
pub(super) struct Frames<R>(WebSocket<Counted<R>>);

impl<R: Read> Frames<R> {
    /// `early` was read already.
    pub(super) fn new(read: R, early: &[u8], limit: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(limit))
            .max_frame_size(Some(limit));
        let counted = Counted { read, count: 0, limit: OVERHEAD * limit + ALLOWANCE };
        Self(WebSocket::from_partially_read(counted, early.to_vec(), Role::Server, Some(config)))
    }

    /// The next message, when all of it is there.
    pub(super) fn next(&mut self) -> Next {
        match self.0.read() {
            Ok(message) => {
                let unfinished = &mut self.0.get_mut().count;
                // Control frames may come between the pieces of a message (§5.4): the rest of it still counts.
                let rest = unfinished.saturating_sub(HEADER + message.len());
                *unfinished = if message.is_text() || message.is_binary() { 0 } else { rest };
                match message {
                    Message::Text(text) => Next::Text(text),
                    Message::Binary(bytes) => Next::Binary(bytes),
                    Message::Ping(payload) => Next::Ping(payload),
                    Message::Close(said) => Next::Close(answer(said.map(|frame| frame.code))),
                    // Bare frames are only written.
                    Message::Pong(_) | Message::Frame(_) => Next::Pong,
                }
            }
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Next::Later,
            Err(Error::Io(error)) if error.kind() == ErrorKind::FileTooLarge => too_big(),
            Err(Error::Capacity(_)) => too_big(),
            Err(Error::Utf8(_)) => Next::Unreadable((CloseCode::InvalidText, "the text is not UTF-8".into())),
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => Next::End,
            Err(Error::Protocol(error)) => Next::Unreadable((CloseCode::Protocol, error.to_string())),
            Err(_) => Next::End,
        }
    }
}

fn too_big() -> Next {
    Next::Unreadable((CloseCode::TooBig, "the frame is over the limit".into()))
}

/// A code that nobody may send has become [`Said::Protocol`] already.
fn answer(said: Option<Said>) -> CloseCode {
    if said == Some(Said::Protocol) { CloseCode::Protocol } else { CloseCode::Normal }
}

/// What tungstenite reads. What it would answer by itself is thrown away: a socket's answers go through its queue.
struct Counted<R> {
    read: R,
    /// Bytes since the last message, without those of control frames.
    count: usize,
    limit: usize,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.count > self.limit {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let count = self.read.read(bytes)?;
        self.count += count;
        Ok(count)
    }
}

impl<R> Write for Counted<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A client's frame, up to its payload.
    fn header(first: u8, length: u64) -> Vec<u8> {
        let mut bytes = vec![first];
        match length {
            0..126 => bytes.push(0x80 | length as u8),
            126..65_536 => bytes.extend([&[0x80 | 126][..], &(length as u16).to_be_bytes()].concat()),
            _ => bytes.extend([&[0x80 | 127][..], &length.to_be_bytes()].concat()),
        }
        // A mask that changes nothing.
        bytes.extend([0; 4]);
        bytes
    }

    fn whole(first: u8, length: u64) -> Vec<u8> {
        let mut bytes = header(first, length);
        bytes.resize(bytes.len() + length as usize, b'x');
        bytes
    }

    /// Pieces that come one after the other; a pause is one without bytes, and after the last one nothing comes for ever.
    struct Pieces(Vec<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let Some(piece) = self.0.first_mut().filter(|piece| !piece.is_empty()) else {
                if !self.0.is_empty() {
                    self.0.remove(0);
                }
                return Err(ErrorKind::WouldBlock.into());
            };
            let count = piece.len().min(bytes.len());
            bytes[..count].copy_from_slice(&piece[..count]);
            piece.drain(..count);
            Ok(count)
        }
    }

    fn frames(limit: usize, bytes: Vec<u8>) -> Frames<Pieces> {
        Frames::new(Pieces(vec![bytes]), &[], limit)
    }

    /// The code that the socket is closed with, after so many messages.
    fn refused(mut frames: Frames<Pieces>) -> Option<(usize, CloseCode)> {
        let mut count = 0;
        loop {
            match frames.next() {
                Next::Unreadable((code, _)) => return Some((count, code)),
                Next::Later | Next::End => return None,
                _ => count += 1,
            }
        }
    }

    #[test]
    fn a_frame_that_announces_too_much_is_refused_by_its_header_and_what_came_before_is_heard() {
        let bytes = [whole(0x81, 1_000), header(0x81, 1 << 40)].concat();
        assert_eq!(refused(frames(64 * 1024, bytes)), Some((1, CloseCode::TooBig)));
        assert_eq!(refused(frames(1_000, whole(0x81, 1_000))), None);
        assert_eq!(refused(frames(999, header(0x81, 1_000))), Some((0, CloseCode::TooBig)));
    }

    #[test]
    fn what_is_no_websocket_is_refused() {
        for (bytes, what) in [
            (whole(0xC1, 1), "reserved bits"),
            (whole(0x83, 1), "an opcode that is none"),
            (vec![0x81, 0x01, b'x'], "no mask"),
            (whole(0x09, 1), "a ping in pieces"),
            (whole(0x89, 126), "a long ping"),
            (whole(0x80, 1), "the end of nothing"),
        ] {
            assert_eq!(refused(frames(1_000, bytes)), Some((0, CloseCode::Protocol)), "{what}");
        }
        let negative = [&[0x81, 0xFF][..], &[0xFF; 8], &[0; 4]].concat();
        assert_eq!(refused(frames(1_000, negative)), Some((0, CloseCode::TooBig)));
        let text = [header(0x81, 1), vec![0xFF]].concat();
        assert_eq!(refused(frames(1_000, text)), Some((0, CloseCode::InvalidText)));
    }

    #[test]
    fn a_message_in_pieces_is_refused_when_they_are_too_much_together_or_too_many() {
        let large = [whole(0x01, 600), whole(0x80, 600)].concat();
        assert_eq!(refused(frames(1_000, large)), Some((0, CloseCode::TooBig)));
        let empty = [whole(0x01, 1), whole(0x00, 0).repeat(100_000)].concat();
        assert_eq!(refused(frames(10_000, empty)), Some((0, CloseCode::TooBig)));
        let crumbs = [whole(0x01, 1), [whole(0x00, 1), whole(0x89, 125)].concat().repeat(100_000)].concat();
        assert!(matches!(refused(frames(10_000, crumbs)), Some((1_000..5_000, CloseCode::TooBig))));
        let pings = whole(0x89, 125).repeat(100_000);
        assert_eq!(refused(frames(1_000, pings)), None);
        let together = [whole(0x01, 300), whole(0x89, 5), whole(0x00, 300), whole(0x80, 300)].concat();
        assert_eq!(refused(frames(1_000, together.repeat(1_000))), None);
    }

    #[test]
    fn a_closing_client_is_answered() {
        for (said, answered) in [(&[][..], 1000), (&[0x03, 0xE9], 1000), (&[0x03, 0xED], 1002)] {
            let bytes = [header(0x88, said.len() as u64), said.to_vec()].concat();
            let next = frames(1_000, bytes).next();
            assert!(matches!(next, Next::Close(code) if code.code() == answered), "{said:?}: {next:?}");
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_are_cut(
            lengths in proptest::collection::vec(0u64..3_000, 1..20),
            cuts in proptest::collection::vec(0usize..700, 1..200),
            too_big in any::<bool>(),
        ) {
            let mut bytes: Vec<u8> = lengths.iter().flat_map(|length| whole(0x81, *length)).collect();
            if too_big {
                bytes.extend(header(0x82, 3_000));
            }
            let (mut pieces, mut rest) = (Vec::new(), &bytes[..]);
            for cut in cuts {
                let (some, others) = rest.split_at(rest.len().min(cut));
                pieces.push(some.to_vec());
                rest = others;
            }
            pieces.push(rest.to_vec());
            let (mut frames, mut pauses, mut heard) = (Frames::new(Pieces(pieces), &[], 2_999), 0, Vec::new());
            let refused = loop {
                match frames.next() {
                    Next::Text(text) => heard.push(text.len() as u64),
                    Next::Later if pauses > 202 => break false,
                    Next::Later => pauses += 1,
                    Next::Unreadable((CloseCode::TooBig, _)) => break true,
                    other => panic!("{other:?}"),
                }
            };
            prop_assert_eq!(heard, lengths);
            prop_assert_eq!(refused, too_big);
        }
    }
}
