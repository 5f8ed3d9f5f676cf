//! What a fuzzer does to a socket: any bytes, cut anywhere, on the way that a client's bytes go. It must end without a panic,
//! and nothing over the limit may come out. The targets are in `tests/fuzz`; their corpus is run by every `cargo test`.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::test::TestRequest;
use actix_web::web::Bytes;
use actix_web::{FromRequest, web};
use futures_util::{FutureExt, Stream, stream};
use shared_proto::frames::ClientFrame;

use super::Outgoing;
use super::inbound::unreadable;
use super::inbox::{Inbound, Inbox};

const LIMIT: usize = 4_096;

/// The first byte says how the others are cut.
pub fn socket(input: &[u8]) {
    let Some((cut, bytes)) = input.split_first() else { return };
    let pieces: Vec<Result<Bytes, PayloadError>> =
        bytes.chunks(usize::from(*cut) + 1).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let stream: Pin<Box<dyn Stream<Item = _>>> = Box::pin(stream::iter(pieces));
    let request = TestRequest::default()
        .insert_header(("upgrade", "websocket"))
        .insert_header(("connection", "upgrade"))
        .insert_header(("sec-websocket-version", "13"))
        .insert_header(("sec-websocket-key", "x3JJHMbDL1EzLkh9GBhXDw=="))
        .to_http_request();
    let mut payload = Payload::Stream { payload: stream };
    let reading = async {
        let body = web::Payload::from_request(&request, &mut payload).await?;
        let opened = Inbox::open(&request, body, LIMIT, |body| {
            let (response, _session, frames) = actix_ws::handle(&request, body)?;
            Ok((response, frames))
        });
        let ((), mut inbox) = opened.await.map(|(_response, inbox)| ((), inbox))?;
        read(&mut inbox).await;
        Ok::<_, actix_web::Error>(())
    };
    let done = reading.now_or_never();
    assert!(matches!(done, Some(Ok(()))), "everything was there: {done:?}");
}

async fn read(inbox: &mut Inbox) {
    let out = Outgoing::new(1 << 20);
    while let Some(Ok(inbound)) = inbox.next(&out).await {
        match inbound {
            Inbound::Text(text) => {
                assert!(text.len() <= LIMIT, "{} bytes came out", text.len());
                if let Err(error) = ClientFrame::parse(&text) {
                    // Whether it ends the socket or is answered does not matter here.
                    let _ = unreadable(&text, &error);
                }
            }
            Inbound::Binary(bytes) => assert!(bytes.len() <= LIMIT, "{} bytes came out", bytes.len()),
            Inbound::Alive => {}
        }
    }
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
