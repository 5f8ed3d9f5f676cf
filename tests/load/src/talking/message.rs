//! What people say: who said it, as which of their messages, and when it was due.

use std::time::Duration;

/// How long a message is, in bytes.
const LENGTH: usize = 200;
/// Of each of the numbers in its text.
const DIGITS: usize = 20;

/// Names a message for good, among all talks of a run: senders number what they say, from 1 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Up to 2¹² talks.
    pub(super) talk: u32,
    /// Up to 2²⁰ people.
    pub(super) person: u32,
    pub(super) count: u32,
}

impl Key {
    pub(super) fn number(self) -> u64 {
        u64::from(self.talk) << 52 | u64::from(self.person) << 32 | u64::from(self.count)
    }

    pub(super) fn of(number: u64) -> Self {
        let low = |number: u64, bits: u32| (number & ((1 << bits) - 1)) as u32;
        Self { talk: low(number >> 52, 12), person: low(number >> 32, 20), count: low(number, 32) }
    }
}

/// Needs no escaping in JSON. `due` counts from the beginning of the talk.
pub(super) fn text(key: Key, due: Duration) -> String {
    format!("{:020}{:020}{:.<3$}", key.number(), due.as_micros(), "", LENGTH - 2 * DIGITS)
}

/// Reads what [`text`] has written.
pub(super) fn read(text: &str) -> Option<(Key, Duration)> {
    let number = |from: usize| text.get(from..from + DIGITS)?.parse::<u64>().ok();
    Some((Key::of(number(0)?), Duration::from_micros(number(DIGITS)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_whose_it_is_and_when_it_was_due() {
        let key = Key { talk: 4_095, person: 1_000_000, count: u32::MAX };
        let due = Duration::from_micros(1_234_567_890);
        let text = text(key, due);
        assert_eq!(text.len(), LENGTH);
        assert_eq!(read(&text), Some((key, due)));
        assert_eq!(Key::of(key.number()), key);
        assert_eq!(read("hello"), None);
    }
}
