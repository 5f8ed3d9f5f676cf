//! What a process holds, as the operating system counts it (`proc(5)`).

use std::{fs, io};

/// What a process has for itself alone (`smaps_rollup`), in bytes: it would be free if the process ended.
pub fn private_memory(pid: u32) -> io::Result<u64> {
    sum_at(pid, &["Private_Clean:", "Private_Dirty:"])
}

/// What of it stands in no file, in bytes: heap, stacks and what else the process has written. The rest is its program's code
/// and constants, which the kernel counts as private or shared, and as clean or dirty, by who else has mapped the same file
/// and when it was made.
pub fn written_memory(pid: u32) -> io::Result<u64> {
    sum_at(pid, &["Anonymous:"])
}

/// How many files, sockets included, a process has open.
pub fn open_files(pid: u32) -> io::Result<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}

fn sum_at(pid: u32, names: &[&str]) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    sum(&text, names).ok_or_else(|| io::Error::other("smaps_rollup can't be read"))
}

fn sum(smaps: &str, names: &[&str]) -> Option<u64> {
    let of = |name: &&str| {
        let line = smaps.lines().find_map(|line| line.strip_prefix(*name))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    names.iter().map(of).sum::<Option<u64>>().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_with_others_does_not_count() {
        let smaps = "55d0-7ffc ---p 00000000 00:00 0 [rollup]\nRss: 900 kB\nShared_Clean: 500 kB\n\
                     Private_Clean:       30 kB\nPrivate_Dirty:      370 kB\nAnonymous:          350 kB\n";
        assert_eq!(sum(smaps, &["Private_Clean:", "Private_Dirty:"]), Some(400 * 1024));
        assert_eq!(sum(smaps, &["Anonymous:"]), Some(350 * 1024));
        assert_eq!(sum("Rss: 900 kB", &["Anonymous:"]), None);
    }

    #[test]
    fn this_process_has_some_memory_and_files() {
        for count in [private_memory, written_memory] {
            assert!(count(std::process::id()).unwrap() > 100 * 1024);
        }
        assert!(open_files(std::process::id()).unwrap() >= 3);
    }
}
