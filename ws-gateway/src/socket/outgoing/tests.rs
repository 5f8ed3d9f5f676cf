use super::*;

#[test]
fn frames_that_wait_together_go_out_in_order_and_in_few_writes() {
    let outgoing = Outgoing::unconnected(1 << 20);
    for text in ["one", "two", "three"] {
        outgoing.push(Frame::text(text.as_bytes()));
    }
    assert_eq!(outgoing.drain_for_tests(), b"\x81\x03one\x81\x03two\x81\x05three");
}

#[test]
fn a_slow_client_is_closed_with_4408_and_its_queue_is_let_go() {
    let outgoing = Outgoing::unconnected(100);
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
    let outgoing = Outgoing::unconnected(100);
    outgoing.push(Frame::text(&[b'x'; 500]));
    assert!(!outgoing.is_closing() && !outgoing.has_room());
    assert_eq!(outgoing.drain_for_tests().len(), 504);
}

#[test]
fn what_is_worth_something_only_now_waits_for_everything_else_and_is_dropped_first() {
    let outgoing = Outgoing::unconnected(1 << 20);
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

/// A socket over a real connection, and its client.
pub(super) async fn connected(limit: usize) -> (Outgoing, TcpStream) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client, accepted) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    let (stream, _) = accepted.unwrap();
    stream.set_nodelay(true).unwrap();
    (Outgoing::new(stream, limit, Writer::start()), client.unwrap())
}

/// What comes until the connection ends, as (first byte, payload).
async fn frames(mut client: TcpStream) -> Vec<(u8, Vec<u8>)> {
    let mut bytes = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut client, &mut bytes);
    tokio::time::timeout(Duration::from_secs(10), read).await.unwrap().unwrap();
    let (mut frames, mut rest) = (Vec::new(), &bytes[..]);
    while let [first, length, others @ ..] = rest {
        let (length, others) = match length {
            126 => (usize::from(u16::from_be_bytes([others[0], others[1]])), &others[2..]),
            127 => (usize::try_from(u64::from_be_bytes(others[..8].try_into().unwrap())).unwrap(), &others[8..]),
            length => (usize::from(*length), others),
        };
        frames.push((*first, others[..length].to_vec()));
        rest = &others[length..];
    }
    frames
}

#[actix_web::test]
async fn what_was_queued_comes_in_order_before_the_connection_ends() {
    let (out, client) = connected(1 << 30).await;
    let texts: Vec<Vec<u8>> = (0..2_000).map(|n| format!("{n} {}", "x".repeat(n % 3_000)).into_bytes()).collect();
    for (n, text) in texts.iter().enumerate() {
        out.push(Frame::text(text));
        if n % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    out.push_transient(Frame::text(b"typing"));
    out.finish();
    let mut heard: Vec<Vec<u8>> = frames(client).await.into_iter().map(|(_, text)| text).collect();
    assert_eq!(heard.pop().unwrap(), b"typing");
    assert_eq!(heard, texts);
}

#[actix_web::test]
async fn a_slow_client_gets_the_rest_of_the_frame_that_it_has_begun_and_then_the_close_frame() {
    let (out, client) = connected(1 << 20).await;
    // More than all buffers on the way hold.
    let text = vec![b'x'; 32 << 20];
    out.push(Frame::text(&text));
    tokio::task::yield_now().await;
    out.push(Frame::text(b"too much"));
    assert!(out.is_closing());
    assert!(out.stalled_for() > Duration::ZERO);
    out.finish();
    let heard = frames(client).await;
    let (close, texts) = heard.split_last().unwrap();
    assert_eq!((close.0, &close.1[..2]), (0x88, &4408u16.to_be_bytes()[..]));
    assert!(texts == [(0x81, text)], "{} texts", texts.len());
}

/// One that only ends when its client has read would live as long as the client likes, and nobody would count it.
#[actix_web::test]
async fn a_socket_that_is_served_no_longer_waits_for_no_client() {
    let (out, client) = connected(1 << 30).await;
    // More than all buffers on the way hold.
    out.push(Frame::text(&vec![b'x'; 32 << 20]));
    tokio::task::yield_now().await;
    assert!(out.stalled_for() > Duration::ZERO);
    out.end();
    assert_eq!(out.waiting(), 0);
    let mut client = client;
    let mut bytes = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut client, &mut bytes);
    tokio::time::timeout(Duration::from_secs(10), read).await.unwrap().unwrap();
    assert!(bytes.len() < 32 << 20, "the connection has ended within the frame");
}

#[actix_web::test]
async fn what_the_client_takes_at_once_comes_before_the_end() {
    let (out, client) = connected(1 << 30).await;
    out.push(Frame::text(b"last words"));
    out.end();
    assert_eq!(frames(client).await, [(0x81, b"last words".to_vec())]);
}

#[actix_web::test]
async fn a_client_that_is_gone_ends_its_socket() {
    let (out, client) = connected(1 << 30).await;
    drop(client);
    let ended = async {
        while !out.is_closing() {
            out.push(Frame::text(&[b'x'; 1_000]));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.unwrap();
    assert!(out.has_room());
}

#[test]
fn nothing_follows_a_close_frame() {
    let outgoing = Outgoing::unconnected(100);
    outgoing.close(CloseCode::Unauthorized, "over");
    outgoing.push(Frame::text(b"secret"));
    outgoing.close(CloseCode::Restart, "again");
    assert_eq!(outgoing.drain_for_tests(), b"\x88\x06\x11\x31over");
}

#[actix_web::test]
async fn what_is_written_at_once_comes_in_order_with_what_waits_and_with_what_the_client_did_not_take() {
    let (out, client) = connected(1 << 30).await;
    let texts: Vec<Vec<u8>> = (0..400).map(|n| format!("{n} {}", "x".repeat(n * 97)).into_bytes()).collect();
    for (n, text) in texts.iter().enumerate() {
        let frame = Frame::text(text);
        if n % 5 == 3 {
            out.push(frame);
        } else {
            out.push_at_once(&frame);
        }
        if n % 50 == 49 {
            tokio::task::yield_now().await;
        }
    }
    assert!(out.waiting() > 0, "the client was to read too slowly for this");
    out.finish();
    let heard: Vec<Vec<u8>> = frames(client).await.into_iter().map(|(_, payload)| payload).collect();
    assert!(heard == texts);
}

#[actix_web::test]
async fn what_is_written_at_once_leaves_nothing_in_the_queue() {
    let (out, client) = connected(100).await;
    for _ in 0..100 {
        out.push_at_once(&Frame::text(&[b'x'; 60]));
        assert_eq!(out.waiting(), 0);
    }
    assert!(!out.is_closing());
    out.finish();
    assert_eq!(frames(client).await.len(), 100);
}
