//! What `deploy/dev/instructions.sh` counts of writing: every `counted_…` is a hot path, with what is usual on it.

use tokio::io::AsyncReadExt;

use super::tests::connected;
use super::*;

/// Frames that wait at the same moment.
const FRAMES: usize = 16;
const ROUNDS: usize = 50;

/// Queued, and written in one go; what the kernel does is not counted.
#[inline(never)]
fn counted_write_16_frames(out: &Outgoing, frame: &Frame) {
    for _ in 0..FRAMES {
        out.push(frame.clone());
    }
    out.write();
}

#[actix_web::test]
async fn sixteen_frames_are_written_together() {
    let (out, mut client) = connected(1 << 20).await;
    out.stream().expect("it is connected").writable().await.expect("it is open");
    let frame = Frame::text(&[b'x'; 400]);
    let mut read = vec![0; FRAMES * frame.len()];
    for _ in 0..ROUNDS {
        counted_write_16_frames(&out, &frame);
        assert_eq!(out.waiting(), 0);
        client.read_exact(&mut read).await.expect("all of it came");
    }
}
