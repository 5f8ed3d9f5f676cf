use std::time::Duration;

/// Latencies of which percentiles are asked. Exact: all are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn push(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    pub(crate) fn extend(&mut self, others: Latencies) {
        self.0.extend(others.0);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest latency that at least this share (from 0 to 1) of all does not exceed, in milliseconds.
    pub(crate) fn at(&mut self, share: f64) -> Option<f64> {
        self.0.sort_unstable();
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.max(1) - 1).map(|latency| latency.as_secs_f64() * 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_latencies() {
        let mut latencies = Latencies((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(latencies.at(0.5), Some(100.0));
        assert_eq!(latencies.at(0.99), Some(198.0));
        assert_eq!(latencies.at(1.0), Some(200.0));
        assert_eq!(Latencies(vec![Duration::from_millis(7)]).at(0.99), Some(7.0));
        assert_eq!(Latencies::default().at(0.99), None);
    }
}
