//! Where a value stands on an axis.

/// Axes whose ends are farther apart than this are logarithmic, where they may be.
const FAR: f64 = 20.0;
/// What is left free at both ends of an axis, as a share of it.
const MARGIN: f64 = 0.08;
/// How wide an axis is at least, as a share of what stands on it.
const NARROW: f64 = 0.12;

/// An axis from left to right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    is_logarithmic: bool,
}

impl Scale {
    /// With all of these values inside. Nothing without any.
    pub(super) fn around(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (low, high) = ends(values)?;
        if low > 0.0 && high / low > FAR {
            return Some(Self::logarithmic(low, high));
        }
        // Values that hardly differ must not look as if they were far apart.
        let least = if low == 0.0 && high == 0.0 { 2.0 } else { low.abs().max(high.abs()) * NARROW };
        let margin = ((high - low) * MARGIN).max((least - (high - low)) / 2.0);
        // What is never negative has no axis that goes on below.
        let from = if low >= 0.0 { (low - margin).max(0.0) } else { low - margin };
        Some(Self { low: from, high: high + margin, is_logarithmic: false })
    }

    /// From 0, for lengths.
    pub(super) fn from_zero(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (_, high) = ends(values)?;
        (high > 0.0).then_some(Self { low: 0.0, high, is_logarithmic: false })
    }

    /// Logarithmic when all values are positive, however close they are.
    pub(super) fn of_latencies(values: impl IntoIterator<Item = f64> + Clone) -> Option<Self> {
        let (low, high) = ends(values.clone())?;
        if low > 0.0 { Some(Self::logarithmic(low, high)) } else { Self::around(values) }
    }

    fn logarithmic(low: f64, high: f64) -> Self {
        let margin = (high / low).powf(MARGIN).max(1.05);
        Self { low: low / margin, high: high * margin, is_logarithmic: true }
    }

    /// In per cent of the axis, from the left. What is outside stands at the end.
    pub(super) fn at(self, value: f64) -> f64 {
        let share = if self.is_logarithmic {
            (value.max(f64::MIN_POSITIVE) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        (100.0 * share).clamp(0.0, 100.0)
    }

    /// Round values on it, no more than `most` (at least 2), and how they are written.
    pub(super) fn ticks(self, most: usize) -> Vec<(f64, String)> {
        if self.is_logarithmic {
            for steps in [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]] {
                let ticks = self.powers(steps);
                if ticks.len() <= most && ticks.len() >= 2 {
                    return ticks.into_iter().map(|tick| (tick, written(tick, tick))).collect();
                }
            }
            let decades = self.powers(&[1.0]);
            // Not even two: as on a linear axis.
            if decades.len() > most {
                let every = decades.len().div_ceil(most);
                return decades.into_iter().step_by(every).map(|tick| (tick, written(tick, tick))).collect();
            }
        }
        let step = self.step(most);
        let first = (self.low / step).ceil() as i64;
        let ticks = (first..).map(|n| n as f64 * step).take_while(|tick| *tick <= self.high * (1.0 + 1e-12));
        ticks.take(most).map(|tick| (tick, written(tick, step))).collect()
    }

    /// These, times all powers of ten, as far as they are on the axis.
    fn powers(self, steps: &[f64]) -> Vec<f64> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let all = (first..=last).flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
        all.filter(|tick| (self.low..=self.high).contains(tick)).collect()
    }

    /// 1, 2 or 5 times a power of ten, no more than `most` of which are on the axis.
    fn step(self, most: usize) -> f64 {
        let least = (self.high - self.low) / most.max(2) as f64;
        let power = 10_f64.powf(least.log10().floor());
        [1.0, 2.0, 5.0].into_iter().map(|step| step * power).find(|step| *step >= least).unwrap_or(10.0 * power)
    }
}

/// With as many digits as the step needs.
fn written(value: f64, step: f64) -> String {
    let decimals = (-step.abs().log10().floor()).clamp(0.0, 9.0) as usize;
    // No "-0".
    format!("{:.decimals$}", value + 0.0)
}

fn ends(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let wider = |ends: Option<(f64, f64)>, value: f64| match ends {
        Some((low, high)) => Some((low.min(value), high.max(value))),
        None => Some((value, value)),
    };
    values.into_iter().filter(|value| value.is_finite()).fold(None, wider)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(scale: Option<Scale>, most: usize) -> String {
        scale.unwrap().ticks(most).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn all_values_are_on_the_axis_in_their_order() {
        for values in [vec![0.9, 1.0, 1.3], vec![-3.0, 2.0], vec![0.01, 1000.0], vec![7.0], vec![0.0], vec![0.0, 9.0]] {
            let scale = Scale::around(values.clone()).unwrap();
            let at: Vec<f64> = values.iter().map(|value| scale.at(*value)).collect();
            assert!(at.is_sorted() && at.iter().all(|at| (0.0..=100.0).contains(at)), "{values:?} {at:?}");
            assert!(values.len() < 2 || at[1] - at[0] > 1.0, "{values:?} {at:?}");
        }
        // A lone value is in the middle, and what is nearly the same is close together.
        assert!((Scale::around([7.0]).unwrap().at(7.0) - 50.0).abs() < 1e-9);
        let scale = Scale::around([0.998, 1.002]).unwrap();
        assert!(scale.at(1.002) - scale.at(0.998) < 5.0);
        assert_eq!(Scale::around([f64::NAN, f64::INFINITY]), None);
        assert_eq!(Scale::around([]), None);
    }

    #[test]
    fn lengths_begin_at_nothing() {
        let scale = Scale::from_zero([50.0, 200.0]).unwrap();
        assert_eq!((scale.at(0.0), scale.at(100.0), scale.at(200.0)), (0.0, 50.0, 100.0));
        assert_eq!(Scale::from_zero([0.0]), None);
    }

    #[test]
    fn equal_factors_are_equally_far_apart_where_values_are_far_apart() {
        let scale = Scale::around([0.1, 10.0]).unwrap();
        let (one, two) = (scale.at(1.0) - scale.at(0.1), scale.at(10.0) - scale.at(1.0));
        assert!((one - two).abs() < 1e-9 && one > 40.0, "{one} {two}");
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(Scale::from_zero([123.0]), 5), "0 50 100");
        assert_eq!(ticks(Scale::around([0.93, 1.04]), 5), "0.95 1.00");
        assert_eq!(ticks(Scale::around([-3.0, 2.0]), 5), "-2 0 2");
        assert_eq!(ticks(Scale::of_latencies([0.4, 30.0]), 6), "0.5 1 2 5 10 20");
        assert_eq!(ticks(Scale::of_latencies([0.04, 300.0]), 5), "0.1 1 10 100");
        assert_eq!(ticks(Scale::of_latencies([3.1, 3.4]), 4), "3.0 3.2 3.4");
        for values in [[1e-5, 1e7], [0.98, 1.02], [0.0, 1e9], [5.0, 5.0]] {
            for most in 2..8 {
                let ticks = Scale::around(values).unwrap().ticks(most);
                assert!((1..=most).contains(&ticks.len()), "{values:?} {most} {ticks:?}");
            }
        }
    }
}
