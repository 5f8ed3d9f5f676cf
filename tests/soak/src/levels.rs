//! What processes hold, and whether it has grown.

use std::collections::BTreeMap;
use std::sync::Arc;

use chatire_tests::{open_files, written_memory};
use parking_lot::Mutex;
use serde::Serialize;

/// What a process may hold more at the second look than at the first. Allocators give memory back in pieces, caches that are
/// bounded may not have been full, and a process that was killed meanwhile begins anew: that is a share of what it had, and
/// some in any case. A leak grows with time and traffic: between the two looks of the default run some 40,000 messages come by,
/// and 400 bytes lost with each of them are beyond this.
const SHARE: f64 = 0.15;
const IN_ANY_CASE: u64 = 8 * 1024 * 1024;
/// Files: as many connections as there are people who ask over HTTP are kept for a while after their last use, or are not.
const FILES: usize = 40;

/// What one process holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Level {
    /// Private memory that stands in no file, in bytes.
    pub(crate) bytes: u64,
    /// Open files, sockets included.
    pub(crate) files: usize,
    pub(crate) pid: u32,
}

/// By process.
pub(crate) type Levels = BTreeMap<String, Level>;

/// Which processes run at the moment. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Watched(Arc<Mutex<BTreeMap<String, u32>>>);

impl Watched {
    pub(crate) fn runs(&self, name: &str, pid: u32) {
        self.0.lock().insert(name.to_owned(), pid);
    }

    /// It is about to end.
    pub(crate) fn ends(&self, name: &str) {
        self.0.lock().remove(name);
    }

    /// What they hold, and those that do not run any more although nobody ended them.
    pub(crate) fn levels(&self) -> (Levels, Vec<String>) {
        // Held meanwhile: none is ended in between.
        let running = self.0.lock();
        let (mut levels, mut gone) = (Levels::new(), Vec::new());
        for (name, pid) in running.iter() {
            match (written_memory(*pid), open_files(*pid)) {
                (Ok(bytes), Ok(files)) => drop(levels.insert(name.clone(), Level { bytes, files, pid: *pid })),
                _ => gone.push(name.clone()),
            }
        }
        (levels, gone)
    }
}

/// The least that each held in some looks: what it needs, without what it was just doing.
pub(crate) fn least(looks: &[Levels]) -> Levels {
    let mut least = Levels::new();
    for (name, level) in looks.iter().flatten() {
        let one = least.entry(name.clone()).or_insert(*level);
        *one = Level { bytes: one.bytes.min(level.bytes), files: one.files.min(level.files), pid: level.pid };
    }
    least
}

/// What became of one process between two looks.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Change {
    pub(crate) name: String,
    pub(crate) before: Level,
    pub(crate) after: Level,
    /// What it may hold.
    pub(crate) bytes_at_most: u64,
    pub(crate) files_at_most: usize,
}

impl Change {
    /// Which of the two has grown beyond what it may.
    pub(crate) fn grown(&self) -> Vec<String> {
        let Self { name, before, after, bytes_at_most, files_at_most } = self;
        let mut grown = Vec::new();
        if after.bytes > *bytes_at_most {
            let (from, to) = (megabytes(before.bytes), megabytes(after.bytes));
            grown.push(format!(
                "{name} holds {to:.1} MB, and held {from:.1}: {:.1} would do",
                megabytes(*bytes_at_most)
            ));
        }
        if after.files > *files_at_most {
            grown.push(format!(
                "{name} has {} files open, and had {}: {files_at_most} would do",
                after.files, before.files
            ));
        }
        grown
    }
}

/// Compares what all have held.
pub(crate) fn compare(before: &Levels, after: &Levels) -> Vec<Change> {
    let change = |(name, before): (&String, &Level)| {
        let after = *after.get(name)?;
        let bytes_at_most = (before.bytes as f64 * (1.0 + SHARE)) as u64 + IN_ANY_CASE;
        Some(Change { name: name.clone(), before: *before, after, bytes_at_most, files_at_most: before.files + FILES })
    };
    before.iter().filter_map(change).collect()
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(megabytes: f64, files: usize) -> Levels {
        let level = Level { bytes: (megabytes * 1024.0 * 1024.0) as u64, files, pid: 7 };
        BTreeMap::from([("ws-gateway-1".to_owned(), level)])
    }

    fn grown(before: (f64, usize), after: (f64, usize)) -> usize {
        compare(&levels(before.0, before.1), &levels(after.0, after.1)).iter().map(|change| change.grown().len()).sum()
    }

    #[test]
    fn growth_beyond_the_bounds_is_found_in_memory_and_in_files() {
        assert_eq!(grown((20.0, 60), (30.9, 60 + FILES)), 0);
        assert_eq!(grown((20.0, 60), (12.0, 50)), 0);
        assert_eq!(grown((20.0, 60), (31.1, 60)), 1);
        assert_eq!(grown((20.0, 60), (20.0, 61 + FILES)), 1);
        assert_eq!(grown((20.0, 60), (60.0, 600)), 2);
    }

    #[test]
    fn a_peak_is_not_what_a_process_needs() {
        let looks = [levels(30.0, 61), levels(20.0, 60), levels(25.0, 64)];
        assert_eq!(least(&looks), levels(20.0, 60));
    }

    #[test]
    fn who_has_gone_is_noticed_and_who_was_ended_is_not() {
        let watched = Watched::default();
        watched.runs("this", std::process::id());
        // Above what Linux gives out.
        watched.runs("other", 1 << 30);
        let (levels, gone) = watched.levels();
        assert!(levels["this"].bytes > 0 && levels["this"].files > 0);
        assert_eq!(gone, ["other"]);
        watched.ends("other");
        assert!(watched.levels().1.is_empty());
    }
}
