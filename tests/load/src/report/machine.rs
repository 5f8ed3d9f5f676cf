use std::fmt;
use std::fs;

use serde::Serialize;

/// Where it was measured: figures of different machines say nothing about each other.
#[derive(Serialize)]
pub(super) struct Machine {
    cores: usize,
    processor: String,
    memory_gib: f64,
    kernel: String,
}

impl Machine {
    pub(super) fn look() -> Self {
        let read = |file| fs::read_to_string(file).unwrap_or_default();
        let (cpus, memory, kernel) = (read("/proc/cpuinfo"), read("/proc/meminfo"), read("/proc/sys/kernel/osrelease"));
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let kib = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: model.map_or("unknown processor", |(_, name)| name.trim()).to_owned(),
            memory_gib: kib.and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() / 1024.0 / 1024.0,
            kernel: kernel.trim().to_owned(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, processor, memory_gib, kernel } = self;
        write!(f, "{cores} cores ({processor}), {memory_gib:.0} GiB, Linux {kernel}")
    }
}
