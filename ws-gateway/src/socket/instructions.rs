//! What `deploy/dev/instructions.sh` counts of reading: every `counted_…` is a hot path, with what is usual on it.

use std::hint::black_box;

use shared_proto::frames::ClientFrame;

use super::frames::{Frames, Next};

const FRAMES: usize = 100;

/// From a client's masked bytes to messages that chat-api can take.
#[inline(never)]
fn counted_read_100_sends(bytes: &[u8]) -> usize {
    let mut frames = Frames::new(black_box(bytes), &[], 65_536);
    let mut read = 0;
    while let Next::Text(text) = frames.next() {
        if let Ok(ClientFrame::Send(send)) = ClientFrame::parse(&text) {
            read += usize::from(send.text().is_ok());
        }
    }
    read
}

/// A client's text frame (RFC 6455 §5.2 and §5.3).
fn masked(text: &str) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let length = u16::try_from(text.len()).unwrap();
    let mut bytes = [&[0x81, 0x80 | 126][..], &length.to_be_bytes(), &mask].concat();
    bytes.extend(text.bytes().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

#[test]
fn a_hundred_sends_are_read() {
    let said = "x".repeat(200);
    let send =
        |n| format!(r#"{{"type":"send","chat":"abcdefghijklmno","client_id":"client-{n:08}","message":"{said}"}}"#);
    let bytes: Vec<u8> = (0..FRAMES).flat_map(|n| masked(&send(n))).collect();
    assert_eq!(counted_read_100_sends(&bytes), FRAMES);
}
