//! How far the run is, for whoever waits.

use std::time::{Duration, Instant};

use crate::bench::say;

/// The workloads of a run, of which some are done.
pub(crate) struct Progress {
    /// How long each usually takes.
    usual: Vec<Duration>,
    done: usize,
    began: Instant,
}

impl Progress {
    pub(crate) fn over(usual: impl IntoIterator<Item = Duration>) -> Self {
        Self { usual: usual.into_iter().collect(), done: 0, began: Instant::now() }
    }

    /// The next one begins.
    pub(crate) fn begins(&self, name: &str) -> Instant {
        say(&format!("\n[{}/{}] {name} … {}", self.done + 1, self.usual.len(), shown(self.left(self.began.elapsed()))));
        Instant::now()
    }

    /// It is done.
    pub(crate) fn ends(&mut self, name: &str, began: Instant) {
        self.done += 1;
        say(&format!("{name} took {} s", began.elapsed().as_secs()));
    }

    /// As it usually takes, on a machine that is as quick as this one was until now.
    fn left(&self, spent: Duration) -> Duration {
        let (done, ahead) = self.usual.split_at(self.done);
        let done: Duration = done.iter().sum();
        let slower = if done.is_zero() { 1.0 } else { spent.as_secs_f64() / done.as_secs_f64() };
        ahead.iter().sum::<Duration>().mul_f64(slower)
    }
}

fn shown(left: Duration) -> String {
    match left.as_secs() {
        seconds @ ..90 => format!("about {} s left", seconds.div_ceil(10) * 10),
        seconds => format!("about {} min left", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_by_what_was_done() {
        let seconds = Duration::from_secs;
        let mut progress = Progress::over([seconds(60), seconds(120), seconds(30)]);
        assert_eq!(shown(progress.left(seconds(0))), "about 4 min left");
        progress.done = 1;
        assert_eq!(shown(progress.left(seconds(60))), "about 3 min left");
        assert_eq!(shown(progress.left(seconds(120))), "about 5 min left");
        progress.done = 2;
        assert_eq!(shown(progress.left(seconds(180))), "about 30 s left");
    }
}
