use serde::{Serialize, Serializer};

use super::{Row, Spread};

/// What a ratio should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wanted {
    Above(f64),
    Below(f64),
    /// As good as the same, by this share of it.
    OneWithin(f64),
    /// Only for looking at.
    Anything,
}

/// How a figure of one row stands to that of another, turn by turn: turns that lie side by side saw the same machine.
#[derive(Debug, Serialize)]
pub(crate) struct Ratio {
    pub(crate) what: String,
    /// Of each turn in which both were measured.
    pub(super) turns: Vec<f64>,
    pub(crate) over_turns: Option<Spread>,
    pub(crate) wanted: Wanted,
    /// By the median.
    pub(crate) is_met: bool,
}

impl Ratio {
    /// `row`'s figure divided by `reference`'s.
    pub(crate) fn of(what: impl Into<String>, figure: &str, row: &Row, reference: &Row, wanted: Wanted) -> Self {
        Self::over(what, &row.each(figure), &reference.each(figure), wanted)
    }

    /// The same for the figure's inverse: with a rate, the time for each.
    pub(crate) fn of_inverse(
        what: impl Into<String>,
        figure: &str,
        row: &Row,
        reference: &Row,
        wanted: Wanted,
    ) -> Self {
        Self::over(what, &reference.each(figure), &row.each(figure), wanted)
    }

    /// Not beside another row: the figure itself.
    pub(crate) fn alone(what: impl Into<String>, figure: &str, row: &Row, wanted: Wanted) -> Self {
        let each = row.each(figure);
        Self::over(what, &each, &vec![Some(1.0); each.len()], wanted)
    }

    fn over(what: impl Into<String>, above: &[Option<f64>], below: &[Option<f64>], wanted: Wanted) -> Self {
        let each: Vec<f64> = above.iter().zip(below).filter_map(|(above, below)| Some((*above)? / (*below)?)).collect();
        let over_turns = Spread::over(&each);
        let is_met = over_turns.is_some_and(|spread| wanted.is_met_by(spread.median));
        Self { what: what.into(), turns: each, over_turns, wanted, is_met }
    }

    /// In a line, with its target.
    pub(super) fn shown(&self) -> String {
        let value = self.over_turns.map_or("not measured".to_owned(), |spread| spread.to_string());
        match self.wanted.shown() {
            wanted if wanted.is_empty() => format!("{}: {value}", self.what),
            wanted => format!("{}: {value}, wanted {wanted}", self.what),
        }
    }
}

impl Wanted {
    /// Whether it can be missed.
    pub(super) fn is_a_target(self) -> bool {
        self != Wanted::Anything
    }

    /// From where to where it is met; open to a side without a bound.
    pub(super) fn bounds(self) -> (Option<f64>, Option<f64>) {
        match self {
            Wanted::Above(bound) => (Some(bound), None),
            Wanted::Below(bound) => (None, Some(bound)),
            Wanted::OneWithin(share) => (Some(1.0 - share), Some(1.0 + share)),
            Wanted::Anything => (None, None),
        }
    }

    pub(super) fn is_met_by(self, value: f64) -> bool {
        match self {
            Wanted::Above(bound) => value > bound,
            Wanted::Below(bound) => value < bound,
            Wanted::OneWithin(share) => (1.0 - share..=1.0 + share).contains(&value),
            Wanted::Anything => true,
        }
    }

    pub(super) fn shown(self) -> String {
        match self {
            Wanted::Above(bound) => format!("> {bound}"),
            Wanted::Below(bound) => format!("< {bound}"),
            Wanted::OneWithin(share) => format!("1 ± {share}"),
            Wanted::Anything => String::new(),
        }
    }
}

impl Serialize for Wanted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Figures;
    use super::*;

    fn row(rates: &[f64]) -> Row {
        let turns = rates.iter().map(|rate| Figures(vec![("rate", Some(*rate))])).collect();
        Row { turns, ..Row::new("") }
    }

    #[test]
    fn turns_are_compared_side_by_side() {
        let ratio = Ratio::of("", "rate", &row(&[20.0, 90.0]), &row(&[10.0, 30.0]), Wanted::Above(1.0));
        assert_eq!(ratio.over_turns, Some(Spread { median: 2.5, least: 2.0, most: 3.0 }));
        assert!(ratio.is_met);
        let inverse = Ratio::of_inverse("", "rate", &row(&[20.0]), &row(&[10.0]), Wanted::Below(0.5));
        assert_eq!(inverse.over_turns.unwrap().median, 0.5);
        assert!(!inverse.is_met);
    }

    #[test]
    fn what_must_be_the_same_may_be_neither_more_nor_less() {
        let is_met = |rate: f64| Ratio::of("", "rate", &row(&[rate]), &row(&[100.0]), Wanted::OneWithin(0.05)).is_met;
        assert!(is_met(96.0) && is_met(104.0));
        assert!(!is_met(94.0) && !is_met(106.0));
    }

    #[test]
    fn what_was_not_measured_meets_nothing() {
        assert!(!Ratio::of("", "rate", &row(&[]), &row(&[]), Wanted::Anything).is_met);
    }
}
