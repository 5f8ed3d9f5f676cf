//! When requests of an open loop are due.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// Tells of `count` requests, `rate` a second, each at the moment when it is due. It waits for nobody: who is late
/// finds several waiting, and counts from when they were due.
///
/// On a thread of its own, since tokio's timers only know milliseconds.
pub(crate) fn due(rate: f64, count: usize) -> mpsc::UnboundedReceiver<Instant> {
    let (tell, due) = mpsc::unbounded_channel();
    let began = Instant::now();
    std::thread::spawn(move || {
        for n in 0..count {
            let at = began + Duration::from_secs_f64(n as f64 / rate);
            #[allow(clippy::disallowed_methods, reason = "this thread does nothing else")]
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            if tell.send(at).is_err() {
                return;
            }
        }
    });
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_due_early_and_lateness_of_the_reader_changes_nothing() {
        let began = Instant::now();
        let mut due = due(1000.0, 20);
        let first = due.recv().await.unwrap();
        let (mut last, mut count) = (first, 1);
        while let Some(at) = due.recv().await {
            assert!(at <= Instant::now() && at > last);
            (last, count) = (at, count + 1);
        }
        assert_eq!(count, 20);
        assert!(first >= began);
        let span = last - first;
        assert!(span > Duration::from_micros(18_990) && span < Duration::from_micros(19_010), "{span:?}");
    }
}
