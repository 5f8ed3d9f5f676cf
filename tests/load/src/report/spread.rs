use std::fmt;

use serde::Serialize;

/// The same figure from several turns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Nothing for no values. Of an even number of values the two in the middle make the median.
    pub(crate) fn over(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Some(Self { median: f64::midpoint(low, high), least, most })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.range() {
            range if range.is_empty() => f.write_str(&short(self.median)),
            range => write!(f, "{} ({range})", short(self.median)),
        }
    }
}

impl Spread {
    /// From the least to the most, unless that is one value.
    pub(super) fn range(&self) -> String {
        if self.least == self.most { String::new() } else { format!("{}–{}", short(self.least), short(self.most)) }
    }
}

/// Three digits, where there are any.
pub(super) fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_between_the_extremes() {
        assert_eq!(Spread::over(&[3.0, 9.0, 1.0]), Some(Spread { median: 3.0, least: 1.0, most: 9.0 }));
        assert_eq!(Spread::over(&[3.0, 1.0]).unwrap().median, 2.0);
        assert_eq!(Spread::over(&[]), None);
    }

    #[test]
    fn figures_are_shown_with_three_digits() {
        assert_eq!(Spread::over(&[1.234, 12.34, 1234.5]).unwrap().to_string(), "12.3 (1.23–1234)");
        assert_eq!(Spread::over(&[0.0]).unwrap().to_string(), "0");
    }
}
