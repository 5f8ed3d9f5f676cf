//! Whether a run is red, and why.

use serde::Serialize;

use super::{Done, Ratio};

/// What a run comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// Nothing was lost, doubled or in disorder, and every target is met.
    #[default]
    Met,
    /// Nothing was lost, doubled or in disorder, but a target is not met.
    Missed,
    /// A message was lost or doubled or came in disorder, or a workload did not come to its end.
    Failed,
}

/// What stands against a run.
#[derive(Debug, Default, Serialize)]
pub(super) struct Findings {
    pub(super) verdict: Verdict,
    /// How many ratios have a target, and how many of these are met. What failed meets none.
    pub(super) targets: usize,
    pub(super) met: usize,
    pub(super) missed: Vec<Finding>,
    pub(super) failed: Vec<Finding>,
}

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Finding {
    pub(super) workload: &'static str,
    pub(super) what: String,
}

/// How one ratio is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// It has no target.
    None,
    Met,
    Missed,
    /// Its workload failed: whatever it says, it says nothing.
    Failed,
}

impl Findings {
    pub(super) fn of(outcomes: &[Done]) -> Self {
        let mut findings = Self::default();
        for done in outcomes {
            let workload = done.outcome.workload;
            findings.failed.extend(done.faults().map(|what| Finding { workload, what }));
            for ratio in &done.outcome.ratios {
                findings.targets += usize::from(ratio.wanted.is_a_target());
                match Mark::of(done, ratio) {
                    Mark::Met => findings.met += 1,
                    Mark::Missed => findings.missed.push(Finding { workload, what: ratio.shown() }),
                    Mark::None | Mark::Failed => {}
                }
            }
        }
        findings.verdict = match (findings.failed.is_empty(), findings.missed.is_empty()) {
            (false, _) => Verdict::Failed,
            (true, false) => Verdict::Missed,
            (true, true) => Verdict::Met,
        };
        findings
    }
}

impl Mark {
    pub(super) fn of(done: &Done, ratio: &Ratio) -> Self {
        match (done.has_failed(), ratio.wanted.is_a_target(), ratio.is_met) {
            (true, ..) => Self::Failed,
            (_, false, _) => Self::None,
            (_, _, true) => Self::Met,
            (_, _, false) => Self::Missed,
        }
    }

    pub(super) fn shown(self) -> &'static str {
        match self {
            Self::None => "–",
            Self::Met => "met",
            Self::Missed => "MISSED",
            Self::Failed => "FAILED",
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Figures, Outcome, Row, Wanted};
    use super::*;

    /// A workload whose rate was twice the reference's, where another one was wanted, with this fault.
    pub(in super::super) fn done(wanted: Wanted, fault: Option<&str>) -> Done {
        let row = |name: &str, rates: [f64; 2]| {
            let figures = |rate| Figures(vec![("rate", Some(rate)), ("p50 ms", Some(rate / 100.0)), ("max ms", None)]);
            Row { turns: rates.map(figures).into(), ..Row::new(name) }
        };
        let (mut ours, theirs) = (row("ours", [200.0, 220.0]), row("theirs", [100.0, 100.0]));
        ours.faults.extend(fault.map(str::to_owned));
        let ratios = vec![Ratio::of("rate, ours ÷ theirs", "rate", &ours, &theirs, wanted)];
        let outcome = Outcome { workload: "races", about: "a test".into(), rows: vec![ours, theirs], ratios };
        Done { outcome, took_seconds: 61.4, stopped: None }
    }

    fn verdict(outcomes: &[Done]) -> (Verdict, usize, usize) {
        let findings = Findings::of(outcomes);
        (findings.verdict, findings.met, findings.targets)
    }

    #[test]
    fn a_run_is_as_bad_as_the_worst_in_it() {
        let met = || done(Wanted::Above(1.0), None);
        let missed = || done(Wanted::Above(3.0), None);
        let anything = || done(Wanted::Anything, None);
        let failed = || done(Wanted::Above(1.0), Some("1 lost"));
        assert_eq!(verdict(&[]), (Verdict::Met, 0, 0));
        assert_eq!(verdict(&[met(), anything()]), (Verdict::Met, 1, 1));
        assert_eq!(verdict(&[met(), missed()]), (Verdict::Missed, 1, 2));
        assert_eq!(verdict(&[met(), failed(), missed()]), (Verdict::Failed, 1, 3));
    }

    #[test]
    fn what_failed_meets_no_target() {
        let done = done(Wanted::Above(1.0), Some("1 lost"));
        assert!(done.outcome.ratios[0].is_met);
        assert_eq!(Mark::of(&done, &done.outcome.ratios[0]), Mark::Failed);
        let failed = Findings::of(&[done]).failed;
        assert_eq!(failed, [Finding { workload: "races", what: "ours: 1 lost".into() }]);
    }

    #[test]
    fn what_did_not_end_has_failed() {
        let done = Done { stopped: Some("no answer".into()), ..done(Wanted::Anything, None) };
        assert_eq!(Findings::of(&[done]).failed[0].what, "it did not end: no answer");
    }

    #[test]
    fn a_target_of_which_nothing_was_measured_is_missed() {
        let mut done = done(Wanted::Below(9.0), None);
        done.outcome.ratios =
            vec![Ratio::alone("nothing", "no such figure", &done.outcome.rows[0], Wanted::Below(9.0))];
        assert_eq!(verdict(&[done]), (Verdict::Missed, 0, 1));
    }
}
