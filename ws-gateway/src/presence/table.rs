//! Who is online on any gateway, as far as one has heard.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use shared_proto::UserId;

/// A gateway that was not heard of for so long is gone (design §9).
const LEASE: Duration = Duration::from_secs(30);

/// Whom each gateway holds. Somebody is online as long as one gateway holds them.
#[derive(Debug, Default)]
pub(super) struct Table {
    gateways: HashMap<String, Gateway>,
    /// By how many gateways each is held.
    held_by: HashMap<UserId, u32>,
    /// Who came or went since the last [`Table::take_changes`], and whether they were online before.
    touched: HashMap<UserId, bool>,
}

#[derive(Debug, Default)]
struct Gateway {
    users: HashSet<UserId>,
    /// `None` for this process itself.
    until: Option<Instant>,
}

impl Table {
    /// What this process says of itself: no lease.
    pub(super) fn apply_own(&mut self, gateway: &str, came: &[UserId], went: &[UserId]) {
        let mut entry = self.gateways.remove(gateway).unwrap_or_default();
        self.change(&mut entry, came, went);
        self.gateways.insert(gateway.to_owned(), entry);
    }

    /// What another gateway says of itself: who came and went, or (`whole`) everybody it holds.
    pub(super) fn apply(&mut self, gateway: &str, whole: bool, came: &[UserId], went: &[UserId], now: Instant) {
        let mut entry = self.gateways.remove(gateway).unwrap_or_default();
        if whole {
            let stays: HashSet<&UserId> = came.iter().collect();
            let gone: Vec<UserId> = entry.users.iter().filter(|user| !stays.contains(user)).copied().collect();
            self.change(&mut entry, came, &gone);
        } else {
            self.change(&mut entry, came, went);
        }
        entry.until = Some(now + LEASE);
        self.gateways.insert(gateway.to_owned(), entry);
    }

    /// Forgets gateways that were not heard of for a lease.
    pub(super) fn expire(&mut self, now: Instant) {
        let ended = |gateway: &Gateway| gateway.until.is_some_and(|until| until <= now);
        let gone: Vec<String> =
            self.gateways.iter().filter(|(_, gateway)| ended(gateway)).map(|(name, _)| name.clone()).collect();
        for name in gone {
            let Some(mut gateway) = self.gateways.remove(&name) else { continue };
            let users: Vec<UserId> = gateway.users.iter().copied().collect();
            self.change(&mut gateway, &[], &users);
        }
    }

    pub(super) fn is_online(&self, user: UserId) -> bool {
        self.held_by.contains_key(&user)
    }

    /// Who is online now and was not at the last call, or the other way round.
    pub(super) fn take_changes(&mut self) -> HashMap<UserId, bool> {
        let touched = std::mem::take(&mut self.touched).into_iter();
        touched
            .map(|(user, was)| (user, was, self.is_online(user)))
            .filter(|c| c.1 != c.2)
            .map(|c| (c.0, c.2))
            .collect()
    }

    fn change(&mut self, gateway: &mut Gateway, came: &[UserId], went: &[UserId]) {
        for user in came {
            if gateway.users.insert(*user) {
                self.touch(*user);
                *self.held_by.entry(*user).or_default() += 1;
            }
        }
        for user in went {
            if gateway.users.remove(user) {
                self.touch(*user);
                if let Some(count) = self.held_by.get_mut(user) {
                    *count -= 1;
                    if *count == 0 {
                        self.held_by.remove(user);
                    }
                }
            }
        }
    }

    fn touch(&mut self, user: UserId) {
        let was = self.is_online(user);
        self.touched.entry(user).or_insert(was);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn users(ids: &[i64]) -> Vec<UserId> {
        ids.iter().copied().map(UserId).collect()
    }

    #[test]
    fn somebody_who_moves_to_another_gateway_was_never_away() {
        let (mut table, now) = (Table::default(), Instant::now());
        table.apply("a", false, &users(&[1, 2]), &[], now);
        assert_eq!(table.take_changes(), HashMap::from([(UserId(1), true), (UserId(2), true)]));
        table.apply("b", false, &users(&[1]), &[], now);
        table.apply("a", false, &[], &users(&[1, 2]), now);
        assert_eq!(table.take_changes(), HashMap::from([(UserId(2), false)]));
    }

    #[test]
    fn a_gateway_that_is_not_heard_of_any_more_takes_its_users_with_it() {
        let (mut table, now) = (Table::default(), Instant::now());
        table.apply("a", true, &users(&[1, 2]), &[], now);
        table.apply("b", true, &users(&[2]), &[], now + LEASE / 2);
        table.apply_own("own", &users(&[3]), &[]);
        table.take_changes();
        table.expire(now + LEASE);
        assert_eq!(table.take_changes(), HashMap::from([(UserId(1), false)]));
        table.expire(now + 10 * LEASE);
        assert_eq!(table.take_changes(), HashMap::from([(UserId(2), false)]));
        assert!(table.is_online(UserId(3)), "this process has no lease");
    }

    proptest! {
        #[test]
        fn it_agrees_with_who_is_held_by_anybody(
            said in proptest::collection::vec(
                (0usize..3, any::<bool>(), proptest::collection::vec(0i64..6, 0..4), proptest::collection::vec(0i64..6, 0..4)),
                0..40,
            ),
        ) {
            let now = Instant::now();
            let (mut table, mut model) = (Table::default(), vec![HashSet::new(); 3]);
            let mut seen: HashSet<UserId> = HashSet::new();
            for (gateway, whole, came, went) in said {
                table.apply(&gateway.to_string(), whole, &users(&came), &users(&went), now);
                let held: &mut HashSet<i64> = &mut model[gateway];
                if whole {
                    held.clear();
                }
                held.extend(&came);
                if !whole {
                    went.iter().for_each(|user| { held.remove(user); });
                }
                for (user, online) in table.take_changes() {
                    prop_assert!(if online { seen.insert(user) } else { seen.remove(&user) }, "told what is known");
                }
                let online: HashSet<UserId> = model.iter().flatten().copied().map(UserId).collect();
                prop_assert_eq!(&seen, &online);
            }
        }
    }
}
