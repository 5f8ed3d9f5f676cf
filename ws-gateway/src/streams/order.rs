//! One chat's events in order.

use std::collections::BTreeMap;

use shared_proto::Seq;

/// Events that come too early are kept up to this many; what is beyond will be fetched.
const HELD: usize = 512;

/// Passes on each seq once, in order, without gaps, whatever order and however often they come.
#[derive(Debug)]
pub(super) struct Order<E> {
    passed: Seq,
    /// The highest one that ever came, kept or not.
    seen: Seq,
    early: BTreeMap<Seq, E>,
}

impl<E> Order<E> {
    /// The next to pass on is the one after `passed`.
    pub(super) fn after(passed: Seq) -> Self {
        Self { passed, seen: passed, early: BTreeMap::new() }
    }

    /// The last one passed on.
    pub(super) fn passed(&self) -> Seq {
        self.passed
    }

    /// The highest one seen.
    pub(super) fn seen(&self) -> Seq {
        self.seen
    }

    /// Something is missing: a later one has come.
    pub(super) fn misses_some(&self) -> bool {
        self.passed < self.seen
    }

    /// Takes an event from anywhere; `pass` gets what is next now.
    pub(super) fn offer(&mut self, seq: Seq, event: E, mut pass: impl FnMut(Seq, E)) {
        if seq <= self.passed {
            return;
        }
        self.seen = self.seen.max(seq);
        if seq != self.passed.next() {
            self.early.insert(seq, event);
            if self.early.len() > HELD {
                self.early.pop_last();
            }
            return;
        }
        self.passed = seq;
        pass(seq, event);
        while let Some(event) = self.early.remove(&self.passed.next()) {
            self.passed = self.passed.next();
            pass(self.passed, event);
        }
    }

    /// Gives up what lies before `seq`; `pass` gets what is next then.
    pub(super) fn jump(&mut self, seq: Seq, mut pass: impl FnMut(Seq, E)) {
        self.passed = seq;
        self.seen = self.seen.max(seq);
        self.early = self.early.split_off(&seq.next());
        while let Some(event) = self.early.remove(&self.passed.next()) {
            self.passed = self.passed.next();
            pass(self.passed, event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offer(order: &mut Order<i64>, seq: i64) -> Vec<i64> {
        let mut passed = Vec::new();
        order.offer(Seq(seq), seq, |at, event| {
            assert_eq!(at.0, event);
            passed.push(event);
        });
        passed
    }

    #[test]
    fn what_comes_early_waits_and_what_comes_twice_is_dropped() {
        let mut order = Order::after(Seq(4));
        assert_eq!(offer(&mut order, 6).len(), 0);
        assert!(order.misses_some());
        assert_eq!(offer(&mut order, 4).len(), 0);
        assert_eq!(offer(&mut order, 5), [5, 6]);
        assert_eq!(offer(&mut order, 5).len(), 0);
        assert!(!order.misses_some());
        assert_eq!(order.passed(), Seq(6));
    }

    #[test]
    fn a_jump_passes_on_what_waited_right_behind() {
        let mut order = Order::after(Seq(0));
        for seq in [3, 9, 10, 12] {
            offer(&mut order, seq);
        }
        let mut passed = Vec::new();
        order.jump(Seq(8), |_, event| passed.push(event));
        assert_eq!(passed, [9, 10]);
        assert_eq!(offer(&mut order, 11), [11, 12]);
    }

    proptest! {
        #[test]
        fn any_mix_of_orders_and_repeats_comes_out_once_in_order(
            mut seqs in proptest::collection::vec(1i64..60, 0..300),
        ) {
            // In the end the missing ones are fetched, in order.
            seqs.extend(1..60);
            let mut order = Order::after(Seq::START);
            let passed: Vec<i64> = seqs.iter().flat_map(|seq| offer(&mut order, *seq)).collect();
            prop_assert_eq!(passed, (1..60).collect::<Vec<i64>>());
        }

        #[test]
        fn memory_for_early_events_is_bounded(seqs in proptest::collection::vec(2i64..5_000, 0..3_000)) {
            let mut order = Order::after(Seq::START);
            let highest = seqs.iter().copied().max().unwrap_or(0);
            for seq in seqs {
                offer(&mut order, seq);
                prop_assert!(order.early.len() <= HELD);
            }
            prop_assert_eq!(order.seen().0, highest, "what was let go is still known to be missing");
        }
    }
}
