//! Tokens that were verified a moment ago.

use std::collections::HashMap;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::token::Identity;

/// Entries at most: some megabytes. Beyond it tokens are just verified again.
const MOST: usize = 20_000;

/// Remembers whose a token is, so that its signature is checked once and not with every request: the check costs as much
/// as all the rest of a small request. Tokens themselves are not kept, only their hashes. Whoever asks must still look
/// whether the token has ended and whether its key is still ours.
#[derive(Default)]
pub(crate) struct Verified(Mutex<HashMap<[u8; 32], Entry>>);

/// What was found out about a token.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) identity: Identity,
    /// The key that signed it.
    pub(crate) kid: String,
}

impl Verified {
    pub(crate) fn get(&self, token: &str) -> Option<Entry> {
        self.0.lock().get(&hash(token)).cloned()
    }

    pub(crate) fn put(&self, token: &str, entry: Entry, now_seconds: i64) {
        let mut entries = self.0.lock();
        if entries.len() >= MOST {
            entries.retain(|_, entry| entry.identity.expires > now_seconds);
            if entries.len() >= MOST {
                entries.clear();
            }
        }
        entries.insert(hash(token), entry);
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared_proto::{UserId, Username};

    fn entry(expires: i64) -> Entry {
        let username = Username::try_from("alice".to_owned()).unwrap();
        let identity = Identity { user: UserId(1), username, session: "s".parse().unwrap(), expires };
        Entry { identity, kid: "k".into() }
    }

    #[test]
    fn a_token_is_found_by_itself_only() {
        let verified = Verified::default();
        verified.put("a.b.c", entry(9), 0);
        assert_eq!(verified.get("a.b.c").unwrap().kid, "k");
        assert!(verified.get("a.b.d").is_none());
    }

    #[test]
    fn memory_is_bounded_and_ended_tokens_go_first() {
        let verified = Verified::default();
        for n in 0..MOST {
            verified.put(&n.to_string(), entry(if n == 7 { 100 } else { 1 }), 0);
        }
        verified.put("one more", entry(100), 50);
        assert!(verified.get("7").is_some() && verified.get("8").is_none());
        for n in 0..3 * MOST {
            verified.put(&n.to_string(), entry(1_000), 50);
            assert!(verified.0.lock().len() <= MOST);
        }
    }
}
