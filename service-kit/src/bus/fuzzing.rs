//! What a fuzzer does to the bus: any bytes where a broker's message is read. Nothing may panic. The targets are in
//! `tests/fuzz`; their corpus is run by every `cargo test`.

use bytes::Bytes;
use shared_proto::bus::{Control, Transient};

use super::{Message, envelope};

/// The first byte says what the others are: a control message, transients, or events, whose heads have the length that the
/// next two bytes say.
pub fn message(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else { return };
    match (kind % 3, rest) {
        (0, rest) => drop(serde_json::from_slice::<Control>(rest)),
        (1, rest) => drop(serde_json::from_slice::<Vec<Transient>>(rest)),
        (_, [high, low, rest @ ..]) => {
            let at = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
            let (heads, body) = rest.split_at(at);
            let Ok(messages) = envelope::unpack(heads, envelope::Beside::default(), Bytes::copy_from_slice(body))
            else {
                return;
            };
            let frames = messages.iter().map(|message| match message {
                Message::Event(event) => event.frame.len(),
                _ => 0,
            });
            assert_eq!(frames.sum::<usize>(), body.len(), "each byte belongs to one event");
        }
        _ => {}
    }
}

#[cfg(test)]
#[test]
fn the_corpus_of_the_fuzzer_does_no_harm() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/corpus/bus");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        message(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 5, "{count} inputs");
}
