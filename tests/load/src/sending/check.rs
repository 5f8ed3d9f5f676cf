//! Nothing lost, nothing twice.

use std::collections::HashMap;
use std::fmt;

use crate::ledger::Stored;

/// A message whose sender was told that it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    /// The sender's own name for it, unique in the turn.
    pub(crate) key: u64,
    /// The message's id, as it was told.
    pub(crate) id: i64,
}

/// How what was acknowledged and what is stored differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Acknowledged and not there, or there under another id than was told.
    pub(crate) lost: usize,
    /// There more than once, or several that were told the same id.
    pub(crate) doubled: usize,
    /// There without having been acknowledged.
    pub(crate) strange: usize,
}

impl Verdict {
    /// Exactly the acknowledged messages are there, once each.
    pub(crate) fn is_sound(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} lost, {} doubled, {} never acknowledged", self.lost, self.doubled, self.strange)
    }
}

/// Compares what senders were told with what is there. `stored` is everything that came during the turn.
pub(crate) fn check(acknowledged: &[Acknowledged], stored: &[Stored]) -> Verdict {
    let mut ids: HashMap<u64, Vec<i64>> = HashMap::with_capacity(stored.len());
    let mut verdict = Verdict::default();
    for row in stored {
        match row.client_id.as_deref().and_then(|key| key.parse().ok()) {
            Some(key) => ids.entry(key).or_default().push(row.id),
            None => verdict.strange += 1,
        }
    }
    verdict.doubled += ids.values().map(|ids| ids.len() - 1).sum::<usize>();
    let mut told: HashMap<i64, usize> = HashMap::with_capacity(acknowledged.len());
    for Acknowledged { key, id } in acknowledged {
        let times = told.entry(*id).or_default();
        *times += 1;
        verdict.doubled += usize::from(*times > 1);
        verdict.lost += usize::from(!ids.get(key).is_some_and(|ids| ids.contains(id)));
    }
    for Acknowledged { key, .. } in acknowledged {
        ids.remove(key);
    }
    verdict.strange += ids.len();
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(messages: &[(u64, i64)]) -> Vec<Acknowledged> {
        messages.iter().map(|&(key, id)| Acknowledged { key, id }).collect()
    }

    fn there(messages: &[(u64, i64)]) -> Vec<Stored> {
        messages.iter().map(|&(key, id)| Stored { id, client_id: Some(key.to_string()) }).collect()
    }

    #[test]
    fn what_is_there_once_each_is_sound() {
        let messages = [(1, 11), (2, 12), (3, 13)];
        assert!(check(&told(&messages), &there(&messages)).is_sound());
        assert!(check(&[], &[]).is_sound());
    }

    #[test]
    fn a_missing_message_is_lost() {
        let verdict = check(&told(&[(1, 11), (2, 12), (3, 13)]), &there(&[(1, 11), (3, 13)]));
        assert_eq!(verdict, Verdict { lost: 1, ..Verdict::default() });
    }

    #[test]
    fn a_message_under_another_id_than_was_told_is_lost() {
        let verdict = check(&told(&[(1, 11)]), &there(&[(1, 12)]));
        assert_eq!(verdict, Verdict { lost: 1, ..Verdict::default() });
    }

    #[test]
    fn a_message_that_is_there_twice_is_doubled() {
        let verdict = check(&told(&[(1, 11), (2, 12)]), &there(&[(1, 11), (2, 12), (2, 13)]));
        assert_eq!(verdict, Verdict { doubled: 1, ..Verdict::default() });
    }

    #[test]
    fn two_messages_that_were_told_one_id_are_doubled_and_the_other_one_is_lost() {
        let verdict = check(&told(&[(1, 11), (2, 11)]), &there(&[(1, 11), (2, 12)]));
        assert_eq!(verdict, Verdict { lost: 1, doubled: 1, strange: 0 });
    }

    #[test]
    fn a_message_that_nobody_was_told_of_is_strange() {
        let mut rows = there(&[(1, 11), (9, 12)]);
        rows.push(Stored { id: 13, client_id: None });
        assert_eq!(check(&told(&[(1, 11)]), &rows), Verdict { strange: 2, ..Verdict::default() });
    }
}
