use std::ops::RangeInclusive;

use shared_proto::event::EventFrame;

/// Panics unless the events of one chat are exactly the positions of `expected`: in order, none missing, none twice.
pub fn assert_gapless(events: &[EventFrame], expected: RangeInclusive<i64>) {
    let chats: Vec<_> = events.iter().map(|event| &event.chat).collect();
    assert!(chats.windows(2).all(|pair| pair[0] == pair[1]), "events of several chats: {chats:?}");
    let seqs: Vec<i64> = events.iter().map(|event| event.seq.0).collect();
    if let Some(fault) = fault(&seqs, expected) {
        panic!("{fault} in {seqs:?}");
    }
}

/// The first thing that is wrong.
pub(crate) fn fault(seqs: &[i64], expected: RangeInclusive<i64>) -> Option<String> {
    let mut due = *expected.start();
    for (index, seq) in seqs.iter().enumerate() {
        match seq - due {
            0 if expected.contains(seq) => due += 1,
            _ if seqs[..index].contains(seq) => return Some(format!("{seq} came twice")),
            _ if seqs[index + 1..].contains(&due) => return Some(format!("{seq} came before {due}")),
            1.. if expected.contains(seq) => return Some(format!("{due} is missing")),
            _ => return Some(format!("{seq} is outside of {expected:?}")),
        }
    }
    (due <= *expected.end()).then(|| format!("{due} is missing at the end"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn events(seqs: &[i64]) -> Vec<EventFrame> {
        let event = |seq: &i64| {
            let user = json!({"id": 1, "username": "alice"});
            let event = json!({
                "type": "event", "chat": "abcDEF123_-xyz0", "seq": seq, "kind": "member.joined",
                "at": "2026-11-23T10:00:00Z", "data": {"user": user},
            });
            serde_json::from_value(event).unwrap()
        };
        seqs.iter().map(event).collect()
    }

    #[test]
    fn a_whole_row_passes() {
        assert_gapless(&events(&[3, 4, 5]), 3..=5);
    }

    #[test]
    #[should_panic(expected = "4 is missing in")]
    fn a_gap_is_found() {
        assert_gapless(&events(&[3, 5, 6]), 3..=6);
    }

    #[test]
    #[should_panic(expected = "4 came twice")]
    fn a_duplicate_is_found() {
        assert_gapless(&events(&[3, 4, 4, 5]), 3..=5);
    }

    #[test]
    #[should_panic(expected = "3 came twice")]
    fn a_late_duplicate_is_found() {
        assert_gapless(&events(&[3, 4, 5, 3]), 3..=5);
    }

    #[test]
    #[should_panic(expected = "5 came before 4")]
    fn a_wrong_order_is_found() {
        assert_gapless(&events(&[3, 5, 4]), 3..=5);
    }

    #[test]
    #[should_panic(expected = "3 is missing in")]
    fn a_missing_beginning_is_found() {
        assert_gapless(&events(&[4, 5]), 3..=5);
    }

    #[test]
    #[should_panic(expected = "5 is missing at the end")]
    fn a_missing_end_is_found() {
        assert_gapless(&events(&[3, 4]), 3..=5);
    }

    #[test]
    #[should_panic(expected = "6 is outside of 3..=5")]
    fn too_many_are_found() {
        assert_gapless(&events(&[3, 4, 5, 6]), 3..=5);
    }

    #[test]
    #[should_panic(expected = "events of several chats")]
    fn a_mix_of_chats_is_no_row() {
        let mut mixed = events(&[1, 2]);
        mixed[1].chat = "000000000000000".parse().unwrap();
        assert_gapless(&mixed, 1..=2);
    }
}
