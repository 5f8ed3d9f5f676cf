//! The loads of fan-out, and what their figures are called.

/// How many sockets hear the chat.
pub(super) const AUDIENCES: [usize; 2] = [1_000, 200];

/// One load.
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) sockets: usize,
    pub(super) in_flight: usize,
    /// Names of figures, and what they are called beside those of other loads.
    pub(super) figures: [(&'static str, &'static str); 10],
}

macro_rules! setting {
    ($name:literal, $sockets:literal, $in_flight:literal) => {
        Setting {
            name: $name,
            sockets: $sockets,
            in_flight: $in_flight,
            figures: [
                ("fan-out µs", concat!($name, " fan-out µs")),
                ("CPU µs", concat!($name, " CPU µs")),
                ("  service", concat!("  ", $name, " service")),
                ("  PostgreSQL", concat!("  ", $name, " PostgreSQL")),
                ("  broker", concat!("  ", $name, " broker")),
                ("deliveries/s", concat!($name, " deliveries/s")),
                ("p50 ms", concat!($name, " p50 ms")),
                ("p99 ms", concat!($name, " p99 ms")),
                ("generator", concat!($name, " generator")),
                ("others %", concat!($name, " others %")),
            ],
        }
    };
}

/// The loads that have targets.
pub(super) const ONE: &str = "1,000/1";
pub(super) const MANY: &str = "1,000/16";

pub(super) static SETTINGS: [Setting; 4] = [
    setting!("1,000/1", 1_000, 1),
    setting!("1,000/16", 1_000, 16),
    setting!("200/1", 200, 1),
    setting!("200/16", 200, 16),
];

/// Messages in flight.
pub(super) fn most_in_flight() -> usize {
    SETTINGS.iter().map(|setting| setting.in_flight).max().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fanning::OWN;
    use crate::spent::CPU;

    #[test]
    fn loads_with_targets_are_there_and_each_has_its_audience_and_the_figures_that_are_compared() {
        for name in [ONE, MANY] {
            assert!(SETTINGS.iter().any(|setting| setting.name == name));
        }
        for setting in &SETTINGS {
            assert!(AUDIENCES.contains(&setting.sockets));
            for figure in [OWN, CPU] {
                let full_name = format!("{} {figure}", setting.name);
                assert!(setting.figures.contains(&(figure, full_name.as_str())), "{full_name}");
            }
        }
    }
}
