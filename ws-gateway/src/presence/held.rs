//! Whose sockets this process holds, and what it says of that.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use shared_proto::UserId;

/// Whoever comes back within this time was not away: a page that is loaded anew, a tunnel.
const LINGER: Duration = Duration::from_secs(8);

/// What is to be said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) came: Vec<UserId>,
    pub(super) went: Vec<UserId>,
}

/// The users of this process.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// On how many workers somebody has sockets.
    workers: HashMap<UserId, u32>,
    said: HashSet<UserId>,
    came: HashSet<UserId>,
    /// Since when somebody has no socket.
    gone: HashMap<UserId, Instant>,
}

impl Held {
    pub(super) fn came(&mut self, user: UserId) {
        *self.workers.entry(user).or_default() += 1;
        self.gone.remove(&user);
        if !self.said.contains(&user) {
            self.came.insert(user);
        }
    }

    pub(super) fn went(&mut self, user: UserId, now: Instant) {
        let Some(workers) = self.workers.get_mut(&user) else { return };
        *workers -= 1;
        if *workers == 0 {
            self.workers.remove(&user);
            self.gone.insert(user, now);
        }
    }

    /// What has changed since the last call. Somebody who came and went at once is said to be there first.
    pub(super) fn take_change(&mut self, now: Instant) -> Change {
        let came: Vec<UserId> = self.came.drain().collect();
        self.said.extend(&came);
        let over = self.gone.iter().filter(|(_, since)| now.duration_since(**since) >= LINGER);
        let went: Vec<UserId> = over.map(|(user, _)| *user).collect();
        for user in &went {
            self.gone.remove(user);
            self.said.remove(user);
        }
        Change { came, went }
    }

    /// Everybody who was said to be here.
    pub(super) fn everybody(&self) -> Vec<UserId> {
        self.said.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: UserId = UserId(1);

    #[test]
    fn who_comes_back_within_the_linger_was_not_away() {
        let (mut held, start) = (Held::default(), Instant::now());
        held.came(ALICE);
        assert_eq!(held.take_change(start).came, [ALICE]);
        held.went(ALICE, start);
        assert_eq!(held.take_change(start + LINGER / 2), Change::default());
        held.came(ALICE);
        assert_eq!(held.take_change(start + 2 * LINGER), Change::default());
        held.went(ALICE, start + 2 * LINGER);
        assert_eq!(held.take_change(start + 3 * LINGER).went, [ALICE]);
        assert!(held.everybody().is_empty());
    }

    #[test]
    fn somebody_is_here_as_long_as_one_worker_has_them() {
        let (mut held, start) = (Held::default(), Instant::now());
        held.came(ALICE);
        held.came(ALICE);
        held.went(ALICE, start);
        held.take_change(start);
        assert_eq!(held.take_change(start + 2 * LINGER), Change::default());
        assert_eq!(held.everybody(), [ALICE]);
    }
}
