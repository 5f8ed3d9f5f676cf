//! What a listener has heard, and whether that was everything, once and in order.

use std::collections::HashMap;
use std::fmt::Write;

use super::tally::Tally;

/// The last event of each chat, by the chats' numbers.
#[derive(Default)]
pub(super) struct Heard(HashMap<u32, i64>);

impl Heard {
    /// Goes on from here where nothing was heard yet.
    pub(super) fn listens_in(&mut self, chat: u32, last: i64) {
        self.0.entry(chat).or_insert(last);
    }

    /// An event has come.
    pub(super) fn hears(&mut self, chat: u32, seq: i64, tally: &Tally) {
        let last = self.0.insert(chat, seq).unwrap_or(0);
        if seq != last + 1 {
            tally.fault(|| format!("in chat {chat} event {seq} came after {last}"));
        }
        tally.heard((chat, seq));
    }

    /// For a `hello`.
    pub(super) fn positions(&self) -> String {
        let mut text = String::new();
        for (chat, seq) in &self.0 {
            let comma = if text.is_empty() { "" } else { "," };
            let _ = write!(text, r#"{comma}"{}":{seq}"#, uri(*chat));
        }
        text
    }
}

/// The address of a chat of the benchmark, by its number.
pub(crate) fn uri(chat: u32) -> String {
    format!("room-{chat:010}")
}

/// A chat's number, by its address.
pub(super) fn number(uri: &str) -> Option<u32> {
    uri.strip_prefix("room-")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_doubled_or_in_disorder_is_a_fault() {
        let faults = |seqs: &[i64]| {
            let (tally, mut heard) = (Tally::new(1), Heard::default());
            seqs.iter().for_each(|seq| heard.hears(3, *seq, &tally));
            tally.take_faults().len()
        };
        assert_eq!(faults(&[1, 2, 3]), 0);
        assert_eq!(faults(&[2]), 1);
        assert_eq!(faults(&[1, 3]), 1);
        assert_eq!(faults(&[1, 2, 2]), 1);
        assert!(faults(&[2, 1]) > 0);
    }

    #[test]
    fn one_resumes_from_what_one_has_heard() {
        let (tally, mut heard) = (Tally::new(1), Heard::default());
        assert_eq!(heard.positions(), "");
        heard.listens_in(3, 7);
        assert_eq!(heard.positions(), r#""room-0000000003":7"#);
        heard.hears(3, 8, &tally);
        heard.listens_in(3, 9);
        assert_eq!(heard.positions(), r#""room-0000000003":8"#);
        assert!(tally.take_faults().is_empty());
    }
}
