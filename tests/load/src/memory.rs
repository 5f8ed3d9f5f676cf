//! Memory as the operating system counts it (`proc(5)`, `smaps_rollup`).

use std::fs;

use crate::Result;
use crate::failure::Failure;

/// What a process has for itself alone, in bytes: it would be free if the process ended.
pub(crate) fn private(pid: u32) -> Result<u64> {
    let file = format!("/proc/{pid}/smaps_rollup");
    let text = fs::read_to_string(&file).map_err(|e| Failure::while_doing(&file, e))?;
    sum(&text).ok_or_else(|| Failure::new(format!("{file} can't be read")))
}

fn sum(smaps: &str) -> Option<u64> {
    let of = |name: &str| {
        let line = smaps.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    Some((of("Private_Clean:")? + of("Private_Dirty:")?) * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_with_others_does_not_count() {
        let smaps = "55d0-7ffc ---p 00000000 00:00 0 [rollup]\nRss: 900 kB\nShared_Clean: 500 kB\n\
                     Private_Clean:       30 kB\nPrivate_Dirty:      370 kB\n";
        assert_eq!(sum(smaps), Some(400 * 1024));
        assert_eq!(sum("Rss: 900 kB"), None);
    }

    #[test]
    fn this_process_has_some() {
        assert!(private(std::process::id()).unwrap() > 100 * 1024);
    }
}
