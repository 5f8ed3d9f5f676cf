//! What `deploy/dev/instructions.sh` counts of acknowledging: every `counted_…` is a hot path, with what is usual on it.

use shared_proto::{MessageId, Seq, UserId};

use super::*;

/// Sends of one request on a busy day.
const SENDS: usize = 50;

/// From chat-api's answer to the senders' queues.
#[inline(never)]
fn counted_acknowledge_50_sends(batch: Vec<Waiting>, results: Vec<SendResult>) -> usize {
    answer(batch, results).len()
}

#[test]
fn fifty_sends_are_acknowledged() {
    let out = Outgoing::unconnected(1 << 20);
    let waiting = |n| {
        let item = SendItem {
            user: UserId(7),
            chat: "abcdefghijklmno".parse().unwrap(),
            client_id: format!("client-{n:08}").try_into().unwrap(),
            message: "x".repeat(200).try_into().unwrap(),
            reply_to: None,
        };
        Waiting { item, out: out.clone(), since: Instant::now(), tries: 0, span: None }
    };
    let batch = (0..SENDS).map(waiting).collect();
    let place = |n| SendResult::Ok { id: MessageId(9_000_000 + n), seq: Seq(9_000 + n) };
    let again = counted_acknowledge_50_sends(batch, (0..SENDS as i64).map(place).collect());
    assert_eq!(again, 0);
    let bytes = out.drain_for_tests();
    assert_eq!(bytes.split(|byte| *byte == b'{').count(), SENDS + 1, "an ack for each");
}
