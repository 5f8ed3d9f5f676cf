//! Frames that are made to do harm: they cost the server nothing, and nobody else notices.

use chatire_tests::{Gateway, Handshake, PATIENCE, Part, both_ways, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MIB: usize = 1024 * 1024;

both_ways! {
    async fn a_frame_that_announces_a_terabyte_is_refused_before_it_is_kept(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let bystander = alice.connects(Gateway::First).await;
        let part = Part::Gateway(Gateway::First);
        let before = world.process(part).peak_memory();
        let attackers: Vec<_> = (0..4).map(|_| {
            tokio::spawn(announces_and_sends(Handshake::with(world.addresses(), Gateway::First), 100 * MIB))
        }).collect();
        for attacker in attackers {
            assert_eq!(within("it is refused", PATIENCE, attacker).await.expect("no panic"), Some(1009));
        }
        bystander.pings().await;
        let grown = world.process(part).peak_memory().saturating_sub(before);
        assert!(grown < 32 * MIB, "{} MiB more", grown / MIB);
    }
}

both_ways! {
    async fn crumbs_of_a_message_with_pings_in_between_are_not_kept_for_ever(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let bystander = alice.connects(Gateway::First).await;
        let part = Part::Gateway(Gateway::First);
        let before = world.process(part).peak_memory();
        let mut stream = Handshake::with(world.addresses(), Gateway::First).bytes().await;
        let ping = frame(0x89, &[b'p'; 125]);
        let crumbs: Vec<u8> = (0..40_000).flat_map(|_| [frame(0x00, b"x"), ping.clone()].concat()).collect();
        stream.write_all(&frame(0x01, b"x")).await.expect("it is open");
        assert_eq!(within("it is refused", PATIENCE, sends_until_closed(stream, crumbs)).await, Some(1009));
        bystander.pings().await;
        let grown = world.process(part).peak_memory().saturating_sub(before);
        assert!(grown < 32 * MIB, "{} MiB more", grown / MIB);
    }
}

/// A client's frame, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).ok().filter(|length| *length < 126).expect("a short one");
    [&[first, 0x80 | length, 0, 0, 0, 0][..], payload].concat()
}

async fn announces_and_sends(handshake: Handshake, bytes: usize) -> Option<u16> {
    let mut stream = handshake.bytes().await;
    let terabyte = (1u64 << 40).to_be_bytes();
    stream.write_all(&[&[0x81, 0xFF][..], &terabyte, &[0; 4]].concat()).await.expect("it is open");
    sends_until_closed(stream, vec![b'x'; bytes]).await
}

/// The code of the close frame, which comes sooner or later, whatever is still being sent.
async fn sends_until_closed(stream: TcpStream, bytes: Vec<u8>) -> Option<u16> {
    let (mut reader, mut writer) = stream.into_split();
    let sending = tokio::spawn(async move {
        // Being cut off is what it is asking for.
        let _ = writer.write_all(&bytes).await;
    });
    let mut received = Vec::new();
    let code = loop {
        if let Some(code) = close_code(&received) {
            break Some(code);
        }
        match reader.read_buf(&mut received).await {
            Ok(0) | Err(_) => break None,
            Ok(_) => {}
        }
    };
    sending.abort();
    code
}

/// Of the first close frame among short frames of a server.
fn close_code(mut bytes: &[u8]) -> Option<u16> {
    while let [first, length, rest @ ..] = bytes {
        let payload = rest.get(..usize::from(*length))?;
        if *first == 0x88 {
            return Some(u16::from_be_bytes([*payload.first()?, *payload.get(1)?]));
        }
        bytes = &rest[payload.len()..];
    }
    None
}
