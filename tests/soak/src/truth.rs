//! What each chat's events are. Nobody is believed: who hears an event first says what it is, and everybody who hears it
//! later, and the system itself in the end, must say the same.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use chatire_tests::Chat;
use parking_lot::Mutex;
use serde_json::Value;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Truth {
    chats: Arc<Vec<Mutex<Events>>>,
    heard: Arc<AtomicU64>,
}

/// Digests by position.
type Events = BTreeMap<i64, u64>;

impl Truth {
    pub(crate) fn of(chats: &[Chat]) -> Self {
        Self { chats: Arc::new(chats.iter().map(|_| Mutex::default()).collect()), heard: Arc::default() }
    }

    /// Somebody has heard this event of a chat. Says what is wrong with it.
    pub(crate) fn is_told(&self, chat: usize, seq: i64, event: &Value) -> Result<(), String> {
        self.heard.fetch_add(1, Relaxed);
        let digest = digest(event);
        match *self.chats[chat].lock().entry(seq).or_insert(digest) {
            known if known == digest => Ok(()),
            _ => Err(format!("event {seq} of chat {chat} is another one for others: {event}")),
        }
    }

    /// How often anybody has heard anything.
    pub(crate) fn heard(&self) -> u64 {
        self.heard.load(Relaxed)
    }
}

/// Of everything that an event says.
fn digest(event: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for field in ["kind", "at", "data"] {
        event[field].to_string().hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_is_told_something_else_finds_it() {
        let truth = Truth::of(&[Chat { uri: "abcDEF123_-xyz0".parse().unwrap() }]);
        let event =
            |text: &str| json!({"kind": "message.created", "at": "2026-11-23T10:00:00Z", "data": {"message": text}});
        assert_eq!(truth.is_told(0, 7, &event("one")), Ok(()));
        assert_eq!(truth.is_told(0, 7, &event("one")), Ok(()));
        assert_eq!(truth.is_told(0, 8, &event("two")), Ok(()));
        assert!(truth.is_told(0, 8, &event("one")).is_err());
        assert_eq!(truth.heard(), 4);
    }
}
