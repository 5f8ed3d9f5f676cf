//! The result: a table for people, JSON for programs.

use std::io;
use std::path::Path;

use serde::Serialize;

use crate::breaking::Counts;
use crate::findings::Findings;
use crate::levels::{Change, megabytes};
use crate::progress::Moment;
use crate::wishes::Lost;

/// Lines of the table over time.
const LINES: usize = 15;

#[derive(Default, Serialize)]
pub(crate) struct Report {
    pub(crate) seed: Option<String>,
    pub(crate) planted: Option<String>,
    pub(crate) seconds: u64,
    pub(crate) messages: usize,
    pub(crate) events: usize,
    pub(crate) heard: u64,
    pub(crate) offences: usize,
    pub(crate) faults: Counts,
    pub(crate) clients: Lost,
    /// What became of sends whose answer did not come.
    pub(crate) traffic: String,
    /// Processes that were never killed between the two looks.
    pub(crate) elders: Vec<String>,
    pub(crate) changes: Vec<Change>,
    pub(crate) moments: Vec<Moment>,
    pub(crate) found: Vec<String>,
    pub(crate) found_in_all: usize,
}

impl Report {
    pub(crate) fn found(&mut self, findings: &Findings) {
        self.found = findings.texts();
        self.found_in_all = findings.count();
    }

    pub(crate) fn write(&self, file: &Path) -> io::Result<()> {
        std::fs::write(file, serde_json::to_string_pretty(self)?)
    }

    pub(crate) fn print(&self) {
        self.print_moments();
        println!(
            "\n{:<14} {:>9} {:>9} {:>9}   {:>6} {:>6} {:>6}",
            "", "MB first", "then", "at most", "files", "then", "at most"
        );
        for change in &self.changes {
            let (before, after) = (change.before, change.after);
            println!(
                "{:<14} {:>9.1} {:>9.1} {:>9.1}   {:>6} {:>6} {:>6}  {}",
                change.name,
                megabytes(before.bytes),
                megabytes(after.bytes),
                megabytes(change.bytes_at_most),
                before.files,
                after.files,
                change.files_at_most,
                match (change.grown().is_empty(), before.pid == after.pid) {
                    (false, _) => "GROWN",
                    (true, true) => "the same process",
                    (true, false) => "started again meanwhile",
                }
            );
        }
        let faults: Vec<String> = self.faults.iter().map(|(fault, count)| format!("{fault:?} {count}")).collect();
        println!("\nfaults: {}; offences: {}", faults.join(", "), self.offences);
        println!("clients: {:?}", self.clients);
        println!("senders: {}", self.traffic);
        println!(
            "{} messages, {} events, heard {} times in {} s",
            self.messages, self.events, self.heard, self.seconds
        );
        for text in &self.found {
            println!("FOUND: {text}");
        }
        match self.found_in_all {
            0 => println!("nothing lost, nothing twice, in order, nothing grown"),
            count => println!("{count} things found"),
        }
    }

    fn print_moments(&self) {
        let Some(last) = self.moments.last() else { return };
        let names: Vec<&String> = last.levels.keys().collect();
        print!("\n{:>6} {:<10} {:>8} {:>9} {:>7}", "second", "", "messages", "heard", "faults");
        names.iter().for_each(|name| print!(" {name:>15}"));
        println!();
        let step = self.moments.len().div_ceil(LINES);
        for moment in self.moments.iter().step_by(step.max(1)) {
            let Moment { second, what, acknowledged, heard, faults, levels, .. } = moment;
            print!("{second:>6} {what:<10} {acknowledged:>8} {heard:>9} {faults:>7}");
            for name in &names {
                match levels.get(*name) {
                    Some(level) => print!(" {:>9.1} /{:>4}", megabytes(level.bytes), level.files),
                    None => print!(" {:>15}", "-"),
                }
            }
            println!();
        }
    }
}
