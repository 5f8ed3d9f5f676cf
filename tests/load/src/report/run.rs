use serde::Serialize;

use super::machine::Machine;
use crate::bench::Bench;
use crate::plant::Plant;

/// What was run, when, and where.
#[derive(Serialize)]
pub(crate) struct Run {
    /// When it began, for people.
    began: String,
    /// What was measured, by its name in git.
    revision: String,
    /// What was typed to run it.
    pub(super) command: String,
    machine: Machine,
    pub(super) quick: bool,
    /// With a ws-gateway beside the sends.
    gateway: bool,
    /// The figures are worth nothing with any.
    pub(super) plant: Option<Plant>,
    turns: usize,
    turn_seconds: f64,
}

impl Run {
    pub(crate) fn new(bench: &Bench, began: String, revision: String, command: String) -> Self {
        Self {
            began,
            revision,
            command,
            machine: Machine::look(),
            quick: bench.quick,
            gateway: bench.gateway,
            plant: bench.plants.what(),
            turns: bench.turns(),
            turn_seconds: bench.turn().as_secs_f64(),
        }
    }

    /// In a line each.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let gateway = if self.gateway { ", with a ws-gateway beside the sends" } else { "" };
        vec![
            ("command", self.command.clone()),
            ("began", self.began.clone()),
            ("revision", self.revision.clone()),
            ("machine", self.machine.to_string()),
            ("turns", format!("{} of {} s{gateway}", self.turns, self.turn_seconds)),
        ]
    }

    /// What whoever reads the figures must know of them.
    pub(super) fn warnings(&self) -> Vec<String> {
        let quick = self.quick.then(|| "A quick round: its figures say little.".to_owned());
        let plant = self.plant.map(|plant| {
            format!("A fault was planted ({}): this run says whether it is found, and nothing else.", plant.name())
        });
        quick.into_iter().chain(plant).collect()
    }
}

#[cfg(test)]
pub(super) fn example() -> Run {
    Run {
        began: "2026-12-24 10:00 UTC".into(),
        revision: "0123abc".into(),
        command: "make bench".into(),
        machine: Machine::look(),
        quick: false,
        gateway: false,
        plant: None,
        turns: 3,
        turn_seconds: 8.0,
    }
}
