//! CPU time as the operating system counts it (`proc(5)`).

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use crate::Result;
use crate::failure::Failure;

/// What `/proc` counts in, on every Linux that there is (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// Reads the CPU time (user and system) of a process and everything below it.
///
/// What a process below it used counts also after its end, as soon as its parent has heard of it: that is how
/// PostgreSQL's connections come and go. It never goes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meter {
    pub(crate) name: &'static str,
    root: u32,
}

/// One process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    parent: u32,
    /// Its own ticks, and those of its ended children.
    ticks: u64,
}

impl Meter {
    pub(crate) fn new(name: &'static str, root: u32) -> Self {
        Self { name, root }
    }

    /// This process.
    pub(crate) fn own() -> Self {
        Self::new("generator", std::process::id())
    }

    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.root
    }

    /// Since the process's start.
    pub(crate) fn read(&self) -> Result<Duration> {
        let all = processes()?;
        if !all.contains_key(&self.root) {
            return Err(Failure::new(format!("{} (pid {}) does not run any more: see its log", self.name, self.root)));
        }
        Ok(ticks(below(&all, self.root).iter().map(|pid| all[pid].ticks).sum()))
    }

    /// Only the process itself, and children that it has waited for.
    pub(crate) fn read_alone(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.root))?;
        let process = parse(&stat).ok_or_else(|| Failure::new("/proc can't be read"))?;
        Ok(ticks(process.ticks))
    }
}

/// The CPU time that the whole machine has spent on anything.
pub(crate) fn of_the_machine() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    busy(&stat).map(ticks).ok_or_else(|| Failure::new("/proc/stat can't be read"))
}

fn ticks(count: u64) -> Duration {
    TICK * u32::try_from(count).unwrap_or(u32::MAX)
}

/// All but idle and waiting for disks; guests' time is in user's already.
fn busy(stat: &str) -> Option<u64> {
    let fields: Vec<u64> =
        stat.lines().next()?.split_whitespace().skip(1).map(str::parse).collect::<Result<_, _>>().ok()?;
    let [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = fields[..] else { return None };
    Some(user + nice + system + irq + softirq + steal)
}

fn processes() -> Result<HashMap<u32, Process>> {
    let mut all = HashMap::new();
    for entry in fs::read_dir("/proc").map_err(|e| Failure::while_doing("/proc (the benchmark needs Linux)", e))? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // It may have ended just now.
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        all.extend(parse(&stat).map(|process| (pid, process)));
    }
    Ok(all)
}

/// A line of `/proc/PID/stat`. The name, in brackets, may hold anything, so fields are counted from its end.
fn parse(stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |field: usize| fields.get(field)?.parse::<u64>().ok();
    // utime, stime, cutime, cstime
    let ticks = (11..=14).map(number).sum::<Option<u64>>()?;
    Some(Process { parent: u32::try_from(number(1)?).ok()?, ticks })
}

/// A process and all its descendants.
fn below(all: &HashMap<u32, Process>, root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(all.iter().filter(|(_, process)| process.parent == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_process_may_look_like_fields() {
        let stat = "42 (a) R 7 (b) S 17 42 42 0 -1 4194560 90 80 0 0 250 50 30 20 20 0 12 0 99 0 0";
        assert_eq!(parse(stat), Some(Process { parent: 17, ticks: 350 }));
        assert_eq!(parse("42 (cut off) S 17"), None);
    }

    #[test]
    fn a_process_counts_with_its_childrens_children_and_without_its_neighbours() {
        let process = |parent| Process { parent, ticks: 1 };
        let all = HashMap::from([(1, process(0)), (2, process(1)), (3, process(2)), (4, process(1)), (5, process(3))]);
        let mut found = below(&all, 2);
        found.sort_unstable();
        assert_eq!(found, [2, 3, 5]);
    }

    #[test]
    fn idle_and_waiting_for_disks_is_not_busy() {
        assert_eq!(busy("cpu  10 1 5 1000 500 2 3 4 9 9\ncpu0 1 1 1"), Some(25));
        assert_eq!(busy("cpu  10 1"), None);
    }

    #[test]
    fn work_shows_on_the_own_meter() {
        let before = Meter::own().read().unwrap();
        let began = std::time::Instant::now();
        while Meter::own().read().unwrap() == before {
            assert!(began.elapsed() < Duration::from_secs(10), "no time has passed");
        }
    }
}
