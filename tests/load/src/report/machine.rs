use std::fmt;
use std::fs;

use serde::Serialize;

/// Where it was measured: figures of different machines say nothing about each other.
#[derive(Serialize)]
pub(super) struct Machine {
    cores: usize,
    processor: String,
    kernel: String,
}

impl Machine {
    pub(super) fn look() -> Self {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: model.map_or("unknown processor", |(_, name)| name.trim()).to_owned(),
            kernel: kernel.trim().to_owned(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cores ({}), Linux {}", self.cores, self.processor, self.kernel)
    }
}
