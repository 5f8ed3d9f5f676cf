//! What lately came by of chats that nobody here looks at.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use shared_proto::{ChatId, Seq};

/// A position that chat-api gave longer ago than this is not trusted without asking again.
const KEPT: Duration = Duration::from_secs(20);

/// Answers whether events came by since a position was read, so that taking up a chat needs no second question to
/// chat-api in the usual case. Two generations, so that forgetting costs nothing.
pub(super) struct Recent {
    current: HashMap<ChatId, Seq>,
    previous: HashMap<ChatId, Seq>,
    turned_at: Instant,
    /// Messages may have been missed before this moment.
    whole_since: Instant,
}

impl Recent {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { current: HashMap::new(), previous: HashMap::new(), turned_at: now, whole_since: now }
    }

    /// An event of a chat came by.
    pub(super) fn note(&mut self, chat: ChatId, seq: Seq) {
        if self.turned_at.elapsed() > KEPT {
            self.previous = std::mem::take(&mut self.current);
            self.turned_at = Instant::now();
        }
        let newest = self.current.entry(chat).or_insert(seq);
        *newest = (*newest).max(seq);
    }

    /// Messages may have been missed.
    pub(super) fn interrupted(&mut self) {
        self.whole_since = Instant::now();
    }

    /// Whether everything after `seq`, read at `asked_at` or later, is still to come over the bus.
    pub(super) fn nothing_since(&self, chat: ChatId, seq: Seq, asked_at: Instant) -> bool {
        let newer = |noted: Option<&Seq>| noted.is_some_and(|noted| *noted > seq);
        asked_at > self.whole_since
            && asked_at.elapsed() < KEPT
            && !newer(self.current.get(&chat))
            && !newer(self.previous.get(&chat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_trusted_only_when_nothing_can_have_been_missed() {
        let before = Instant::now();
        let mut recent = Recent::new();
        assert!(!recent.nothing_since(ChatId(1), Seq(5), before), "read before the bus was connected");
        let asked_at = Instant::now();
        assert!(recent.nothing_since(ChatId(1), Seq(5), asked_at));
        recent.note(ChatId(1), Seq(5));
        assert!(recent.nothing_since(ChatId(1), Seq(5), asked_at));
        recent.note(ChatId(1), Seq(6));
        assert!(!recent.nothing_since(ChatId(1), Seq(5), asked_at));
        assert!(recent.nothing_since(ChatId(2), Seq(5), asked_at));
        recent.interrupted();
        assert!(!recent.nothing_since(ChatId(2), Seq(5), asked_at));
    }
}
