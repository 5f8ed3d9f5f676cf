//! What was measured: a table for people, JSON for programs.

mod machine;
mod ratio;
mod spread;
mod table;

use std::io::Write;
use std::path::Path;

use serde::{Serialize, Serializer};

pub(crate) use ratio::{Ratio, Wanted};
pub(crate) use spread::Spread;

use crate::Result;
use crate::bench::Bench;
use crate::failure::Failure;
use machine::Machine;

/// Everything that one run found.
#[derive(Serialize)]
pub(crate) struct Report {
    machine: Machine,
    quick: bool,
    gateway: bool,
    turns: usize,
    turn_seconds: f64,
    outcomes: Vec<Outcome>,
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

/// The figures of one turn, by name; nothing where it makes no sense. All turns of a workload have the same names.
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

impl Report {
    pub(crate) fn new(bench: &Bench) -> Self {
        Self {
            machine: Machine::look(),
            quick: bench.quick,
            gateway: bench.gateway,
            turns: bench.turns(),
            turn_seconds: bench.turn().as_secs_f64(),
            outcomes: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
    }

    /// Nothing was lost or doubled, anywhere.
    pub(crate) fn is_sound(&self) -> bool {
        self.outcomes.iter().flat_map(|outcome| &outcome.rows).all(|row| row.faults.is_empty())
    }

    /// As JSON.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(|e| Failure::while_doing("the results", e))?;
        std::fs::write(file, text).map_err(|e| Failure::while_doing(&file.display().to_string(), e))
    }

    /// As tables, to standard output.
    pub(crate) fn print(&self) -> Result<()> {
        let mut text = format!("\n{}\n", self.machine);
        for outcome in &self.outcomes {
            text.push_str(&table::of(outcome));
        }
        if !self.is_sound() {
            text.push_str("\nFAILED: messages were lost or doubled, see above\n");
        }
        Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
    }
}
