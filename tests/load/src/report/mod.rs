//! What was measured: tables for people, JSON for programs, Markdown for the README, a page with plots.

mod files;
mod machine;
mod markdown;
mod page;
mod ratio;
mod run;
mod spread;
mod summary;
mod table;
mod verdict;

use serde::{Serialize, Serializer};

pub(crate) use files::Files;
pub(crate) use ratio::{Ratio, Wanted};
pub(crate) use run::Run;
pub(crate) use spread::Spread;
pub(crate) use verdict::Verdict;

use verdict::Findings;

/// Everything that one run found.
#[derive(Serialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    run: Run,
    outcomes: Vec<Done>,
    /// Of all that stands here.
    #[serde(flatten)]
    findings: Findings,
}

/// A workload that was run.
#[derive(Serialize)]
struct Done {
    #[serde(flatten)]
    outcome: Outcome,
    /// With everything that it needs, from the start of the first process on.
    took_seconds: f64,
    /// Why it could not be run to its end. The run has failed then.
    stopped: Option<String>,
}

/// What one workload found.
#[derive(Serialize)]
pub(crate) struct Outcome {
    pub(crate) workload: &'static str,
    /// What was done, for those who read the table.
    pub(crate) about: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) ratios: Vec<Ratio>,
}

/// One system under one load, turn by turn.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) turns: Vec<Figures>,
    /// What must not happen. With any of these the run has failed.
    pub(crate) faults: Vec<String>,
}

/// The figures of one turn, by name; nothing where it makes no sense. All turns of a workload have the same names. A name
/// that is indented is a part of the last one before it that is not.
pub(crate) struct Figures(pub(crate) Vec<(&'static str, Option<f64>)>);

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl Row {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), turns: Vec::new(), faults: Vec::new() }
    }

    /// A figure of each turn.
    pub(crate) fn each(&self, figure: &str) -> Vec<Option<f64>> {
        let of = |turn: &Figures| turn.0.iter().find(|(name, _)| *name == figure).and_then(|(_, value)| *value);
        self.turns.iter().map(of).collect()
    }

    /// A figure over all turns.
    pub(crate) fn spread(&self, figure: &str) -> Option<Spread> {
        Spread::over(&self.each(figure).into_iter().flatten().collect::<Vec<_>>())
    }

    fn names(&self) -> Vec<&'static str> {
        self.turns.first().map(|turn| turn.0.iter().map(|(name, _)| *name).collect()).unwrap_or_default()
    }
}

impl Outcome {
    /// The figures' names.
    fn figures(&self) -> Vec<&'static str> {
        self.rows.first().map(Row::names).unwrap_or_default()
    }
}

impl Done {
    /// Whatever must not happen and did, with where it was.
    fn faults(&self) -> impl Iterator<Item = String> + '_ {
        let of_rows = |row: &Row| row.faults.iter().map(|fault| format!("{}: {fault}", row.name)).collect::<Vec<_>>();
        let stopped = self.stopped.iter().map(|why| format!("it did not end: {why}"));
        self.outcome.rows.iter().flat_map(of_rows).chain(stopped)
    }

    fn has_failed(&self) -> bool {
        self.faults().next().is_some()
    }
}

impl Report {
    pub(crate) fn new(run: Run) -> Self {
        Self { run, outcomes: Vec::new(), findings: Findings::default() }
    }

    /// What a workload found, and how long it took.
    pub(crate) fn add(&mut self, outcome: Outcome, took_seconds: f64) {
        self.outcomes.push(Done { outcome, took_seconds, stopped: None });
        self.findings = Findings::of(&self.outcomes);
    }

    /// A workload did not come to its end.
    pub(crate) fn add_stopped(&mut self, workload: &'static str, took_seconds: f64, why: String) {
        let outcome = Outcome { workload, about: String::new(), rows: Vec::new(), ratios: Vec::new() };
        self.outcomes.push(Done { outcome, took_seconds, stopped: Some(why) });
        self.findings = Findings::of(&self.outcomes);
    }

    /// Of everything that was added.
    pub(crate) fn verdict(&self) -> Verdict {
        self.findings.verdict
    }
}
