//! The process' own figures (`process_…`), under the names that Prometheus' client libraries give them. On Linux only.

/// Says what there will be.
pub(super) fn describe() {
    #[cfg(target_os = "linux")]
    metrics_process::Collector::default().describe();
}

/// Reads them: from /proc, which takes well below a millisecond.
pub(super) fn read() {
    #[cfg(target_os = "linux")]
    metrics_process::Collector::default().collect();
}
