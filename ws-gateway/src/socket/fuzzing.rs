//! What a fuzzer does to a socket: any bytes, cut anywhere, on the way that a client's bytes go. It must end without a panic,
//! and nothing over the limit may come out. The targets are in `tests/fuzz`; their corpus is run by every `cargo test`.

use std::io::{self, Read};

use shared_proto::frames::ClientFrame;

use super::frames::{Frames, Next};
use super::inbound::unreadable;

const LIMIT: usize = 4_096;

/// Bytes that come in pieces of so many.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
    /// Nothing has come, for once.
    pause: bool,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.pause = !self.pause;
        if self.pause && !self.bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let (piece, rest) = self.bytes.split_at(self.size.min(into.len()).min(self.bytes.len()));
        into[..piece.len()].copy_from_slice(piece);
        self.bytes = rest;
        Ok(piece.len())
    }
}

/// The first byte says how the others are cut, and how many of them came with the handshake.
pub fn socket(input: &[u8]) {
    let Some((cut, bytes)) = input.split_first() else { return };
    let size = usize::from(*cut) + 1;
    let (early, bytes) = bytes.split_at(if size % 2 == 0 { size.min(bytes.len()) } else { 0 });
    let mut frames = Frames::new(Pieces { bytes, size, pause: false }, early, LIMIT);
    // More than there are bytes, and pauses between them.
    for _ in 0..2 * input.len() + 10 {
        match frames.next() {
            Next::Text(text) => {
                assert!(text.len() <= LIMIT, "{} bytes came out", text.len());
                if let Err(error) = ClientFrame::parse(&text) {
                    // Whether it ends the socket or is answered does not matter here.
                    let _ = unreadable(&text, &error);
                }
            }
            Next::Binary(bytes) | Next::Ping(bytes) => assert!(bytes.len() <= LIMIT, "{} bytes came out", bytes.len()),
            Next::Pong | Next::Later => {}
            Next::Close(_) | Next::End | Next::Unreadable(_) => return,
        }
    }
    panic!("it does not end");
}

#[cfg(test)]
#[test]
fn the_corpus_of_the_fuzzer_does_no_harm() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/corpus/socket");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        socket(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 10, "{count} inputs");
}
