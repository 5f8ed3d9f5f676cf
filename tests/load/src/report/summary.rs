//! All ratios of a run in one table.

use std::collections::BTreeSet;

use super::spread::short;
use super::table::aligned;
use super::verdict::{Findings, Mark};
use super::{Done, Report, Verdict};

/// What stands above the columns.
pub(super) const COLUMNS: [&str; 6] = ["workload", "what", "median", "least–most", "wanted", "verdict"];

/// A ratio; or a workload that has none, since it failed.
pub(super) struct Line {
    pub(super) workload: &'static str,
    pub(super) what: String,
    pub(super) median: String,
    /// Least to most.
    pub(super) range: String,
    pub(super) wanted: String,
    pub(super) mark: Mark,
}

pub(super) fn lines(outcomes: &[Done]) -> Vec<Line> {
    outcomes.iter().flat_map(lines_of).collect()
}

fn lines_of(done: &Done) -> Vec<Line> {
    let workload = done.outcome.workload;
    let ratio = |ratio: &super::Ratio| Line {
        workload,
        what: ratio.what.clone(),
        median: ratio.over_turns.map_or("–".to_owned(), |spread| short(spread.median)),
        range: ratio.over_turns.map(|spread| spread.range()).unwrap_or_default(),
        wanted: ratio.wanted.shown(),
        mark: Mark::of(done, ratio),
    };
    if done.outcome.ratios.is_empty() && done.has_failed() {
        let (what, median) = ("no figures".to_owned(), "–".to_owned());
        return vec![Line { workload, what, median, range: String::new(), wanted: String::new(), mark: Mark::Failed }];
    }
    done.outcome.ratios.iter().map(ratio).collect()
}

/// In a sentence.
pub(super) fn verdict(report: &Report) -> String {
    let Findings { verdict, targets, met, missed, failed } = &report.findings;
    match verdict {
        Verdict::Met => format!("{met} of {targets} targets are met; nothing was lost, doubled or in disorder."),
        Verdict::Missed => {
            let missed = missed.len();
            format!("MISSED: {missed} of {targets} targets are not met; nothing was lost, doubled or in disorder.")
        }
        Verdict::Failed => {
            let workloads: BTreeSet<_> = failed.iter().map(|finding| finding.workload).collect();
            let workloads = workloads.into_iter().collect::<Vec<_>>().join(", ");
            format!("FAILED: {workloads}. Something happened there that never may: these ratios say nothing.")
        }
    }
}

/// For a terminal.
pub(super) fn text(report: &Report) -> String {
    let mut cells = vec![COLUMNS.map(str::to_owned).to_vec()];
    let mut last = "";
    for line in lines(&report.outcomes) {
        let workload = if line.workload == last { "" } else { line.workload };
        last = line.workload;
        let mark = line.mark.shown().to_owned();
        cells.push(vec![workload.to_owned(), line.what, line.median, line.range, line.wanted, mark]);
    }
    let mut text = format!("\n{}\n{}\n", aligned(&cells), verdict(report));
    for (word, findings) in [("FAILED", &report.findings.failed), ("MISSED", &report.findings.missed)] {
        for finding in findings {
            text.push_str(&format!("{word}: {}: {}\n", finding.workload, printable(&finding.what)));
        }
    }
    for warning in report.run.warnings() {
        text.push_str(&format!("{warning}\n"));
    }
    text
}

/// Without what would steer a terminal or break a line: some faults quote what was sent to us.
pub(super) fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::super::verdict::tests::done;
    use super::super::{Wanted, run};
    use super::*;

    fn report(outcomes: Vec<Done>) -> Report {
        let findings = Findings::of(&outcomes);
        Report { run: run::example(), outcomes, findings }
    }

    #[test]
    fn all_ratios_stand_in_one_table_and_what_was_missed_below() {
        let text = text(&report(vec![done(Wanted::Above(3.0), None), done(Wanted::Anything, None)]));
        let expected = "\nworkload  what                 median  least–most  wanted  verdict\n\
                        races     rate, ours ÷ theirs  2.10    2.00–2.20   > 3     MISSED\n\
                        \u{20}         rate, ours ÷ theirs  2.10    2.00–2.20           –\n\n\
                        MISSED: 1 of 1 targets are not met; nothing was lost, doubled or in disorder.\n\
                        MISSED: races: rate, ours ÷ theirs: 2.10 (2.00–2.20), wanted > 3\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_workload_that_did_not_end_has_its_line_too() {
        let mut report = report(Vec::new());
        report.add_stopped("storm", 3.0, "no\nanswer \u{1b}[2J".into());
        let text = text(&report);
        assert!(text.contains("storm     no figures  –                           FAILED"), "{text}");
        assert!(text.contains("FAILED: storm: it did not end: no\\nanswer \\u{1b}[2J\n"), "{text}");
    }
}
