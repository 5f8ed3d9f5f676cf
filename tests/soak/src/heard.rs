//! How far somebody has heard each chat, and whether every step was one that may be.

use serde_json::Value;
use shared_proto::UserId;

/// Missed by fewer events than this, a chat is never left to be loaded (but for those who just came into it).
const TOO_MANY: i64 = 1_000;

/// What one client has heard of one chat, over all its sockets.
#[derive(Debug)]
pub(crate) struct Heard {
    me: UserId,
    /// The last event heard.
    last: i64,
    /// Its first and last event of each stretch without a gap. A new one begins when it comes back into the chat.
    stretches: Vec<(i64, i64)>,
    /// It asked to leave, and has not yet heard that it is back.
    is_out: bool,
    /// It did so while it had the present socket. (A later one may have to tell what was said before and after it left.)
    leaves_over_this_socket: bool,
    /// The present socket has told that it left: nothing but its own return may follow on it.
    has_heard_the_end: bool,
}

/// What a `reset` asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Reset {
    /// Everything after the last event, up to there.
    Load(i64),
    /// It has left, and may not know what was said before that.
    Nothing,
}

impl Heard {
    /// It is a member, and knows everything up to `start`.
    pub(crate) fn from(me: UserId, start: i64) -> Self {
        Self {
            me,
            last: start,
            stretches: vec![(start + 1, start)],
            is_out: false,
            leaves_over_this_socket: false,
            has_heard_the_end: false,
        }
    }

    /// After which a new socket has to go on.
    pub(crate) fn last(&self) -> i64 {
        self.last
    }

    /// A new socket was opened.
    pub(crate) fn another_socket(&mut self) {
        (self.leaves_over_this_socket, self.has_heard_the_end) = (false, false);
    }

    /// It asks to leave the chat.
    pub(crate) fn leaves(&mut self) {
        (self.is_out, self.leaves_over_this_socket) = (true, true);
    }

    /// It has left, or is about to, and has not yet heard that it is back.
    pub(crate) fn is_out(&self) -> bool {
        self.is_out
    }

    /// An event came over the socket.
    pub(crate) fn takes(&mut self, seq: i64, event: &Value) -> Result<(), String> {
        let is_own = |kind: &str| event["kind"] == kind && event["data"]["user"]["id"] == self.me.0;
        let (joined, left) = (is_own("member.joined"), is_own("member.left"));
        let due = self.last + 1;
        let fault = if seq < due && self.has(seq) {
            Some(format!("{seq} came twice"))
        } else if seq < due {
            Some(format!("{seq} came after {}", self.last))
        } else if seq > due && !(joined && self.is_out) {
            Some(format!("{due} is missing: {seq} came"))
        } else if self.has_heard_the_end && !joined {
            Some(format!("{seq} came after the end of the membership"))
        } else {
            None
        };
        self.goes_on(seq);
        if left {
            self.has_heard_the_end = self.leaves_over_this_socket;
        }
        if joined {
            (self.is_out, self.leaves_over_this_socket, self.has_heard_the_end) = (false, false, false);
        }
        fault.map_or(Ok(()), Err)
    }

    /// An event was loaded after a `reset`.
    pub(crate) fn loads(&mut self, seq: i64, event: &Value) -> Result<(), String> {
        let ends = std::mem::take(&mut self.has_heard_the_end);
        let taken = self.takes(seq, event);
        self.has_heard_the_end = ends && self.is_out;
        taken
    }

    /// What to do after a `reset` that names this position.
    pub(crate) fn is_reset(&self, seq: i64) -> Result<Reset, String> {
        let missed = seq - self.last;
        match missed {
            ..=0 if self.is_out => Ok(Reset::Nothing),
            ..=0 => Err(format!("told to load up to {seq}, but has {} already", self.last)),
            // Who comes in while the gateway may have missed something is told to load the chat.
            _ if missed > TOO_MANY || self.is_out || self.has_just_come_in() => Ok(Reset::Load(seq)),
            _ => Err(format!("told to load {missed} events instead of being sent them")),
        }
    }

    fn has_just_come_in(&self) -> bool {
        self.stretches.len() > 1 && self.stretches.last().is_some_and(|(first, last)| last - first < TOO_MANY)
    }

    /// Whether it has heard this one.
    pub(crate) fn has(&self, seq: i64) -> bool {
        self.stretches.iter().rev().any(|(first, last)| (*first..=*last).contains(&seq))
    }

    /// Whether it has heard all of these.
    pub(crate) fn covers(&self, from: i64, to: i64) -> bool {
        from > to || self.stretches.iter().any(|(first, last)| *first <= from && to <= *last)
    }

    fn goes_on(&mut self, seq: i64) {
        match self.stretches.last_mut() {
            Some((_, last)) if seq == *last + 1 => *last = seq,
            _ if seq > self.last => self.stretches.push((seq, seq)),
            _ => {}
        }
        self.last = self.last.max(seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said() -> Value {
        json!({"kind": "message.created", "data": {"user": {"id": 8}}})
    }

    fn own(kind: &str) -> Value {
        json!({"kind": kind, "data": {"user": {"id": 7}}})
    }

    fn heard() -> Heard {
        let mut heard = Heard::from(UserId(7), 3);
        assert_eq!(heard.takes(4, &said()), Ok(()));
        assert_eq!(heard.takes(5, &said()), Ok(()));
        heard
    }

    fn fault(seq: i64) -> String {
        heard().takes(seq, &said()).expect_err("it is found")
    }

    #[test]
    fn a_gap_a_repetition_and_a_wrong_order_are_found() {
        assert_eq!(heard().takes(6, &said()), Ok(()));
        assert!(fault(7).contains("6 is missing"));
        assert!(fault(5).contains("5 came twice"));
        assert!(fault(2).contains("2 came after 5"));
        assert!(heard().takes(9, &own("member.joined")).is_err(), "it had not left");
    }

    #[test]
    fn who_leaves_hears_nothing_until_it_is_back_and_then_everything() {
        let mut heard = heard();
        heard.leaves();
        assert_eq!(heard.takes(6, &own("member.left")), Ok(()));
        assert!(heard.takes(7, &said()).expect_err("it has left").contains("after the end"));
        assert_eq!(heard.takes(20, &own("member.joined")), Ok(()));
        assert_eq!(heard.takes(21, &said()), Ok(()));
        assert!(heard.takes(23, &said()).is_err());
        assert!(heard.has(20) && heard.has(21) && !heard.has(19) && !heard.has(22) && heard.has(4));
        assert!(heard.covers(20, 21) && heard.covers(4, 6) && !heard.covers(6, 20) && heard.covers(9, 8));
    }

    #[test]
    fn who_comes_back_over_another_socket_may_be_sent_what_was_said_meanwhile() {
        let mut heard = heard();
        heard.leaves();
        heard.another_socket();
        assert_eq!(heard.takes(6, &own("member.left")), Ok(()));
        for seq in 7..10 {
            assert_eq!(heard.takes(seq, &said()), Ok(()));
        }
        assert_eq!(heard.takes(10, &own("member.joined")), Ok(()));
        assert!(!heard.is_out());
    }

    #[test]
    fn a_chat_is_left_to_be_loaded_only_when_too_much_was_missed_or_somebody_came_in() {
        assert!(heard().is_reset(100).is_err());
        assert!(heard().is_reset(5).is_err());
        assert_eq!(heard().is_reset(5_000), Ok(Reset::Load(5_000)));
        let mut out = heard();
        out.leaves();
        assert_eq!(out.is_reset(100), Ok(Reset::Load(100)));
        assert_eq!(out.is_reset(5), Ok(Reset::Nothing));
    }
}
