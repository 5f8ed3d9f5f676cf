//! Percentiles of latencies, as dots on a line.

use maud::{Markup, html};

use super::scale::Scale;
use super::{axis, percent};
use crate::report::spread::short;
use crate::report::{Outcome, Row};

/// A percentile of a figure: its median over the turns.
struct Point {
    /// `p50`, or `max`.
    name: &'static str,
    /// From 0 to 1.
    share: f64,
    ms: f64,
}

struct Line {
    name: String,
    points: Vec<Point>,
}

pub(super) fn of(outcome: &Outcome) -> Markup {
    let lines: Vec<Line> = outcome.rows.iter().flat_map(|row| lines(row, &outcome.figures())).collect();
    let values: Vec<f64> = lines.iter().flat_map(|line| &line.points).map(|point| point.ms).collect();
    let Some(scale) = Scale::of_latencies(values) else { return html! {} };
    let mut shares: Vec<(f64, &str)> =
        lines.iter().flat_map(|line| &line.points).map(|point| (point.share, point.name)).collect();
    shares.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    shares.dedup();
    html! {
        h3 { "Latencies, in ms" }
        p.legend {
            @for (share, name) in &shares {
                span { svg.key width="12" height="12" { circle class=(class(*share)) cx="6" cy="6" r="4.5" {} } (name) } " "
            }
        }
        @for line in &lines {
            div.strip {
                span.name { (line.name) }
                svg.latency role="img" aria-label=(told(line)) height="22" {
                    @if let (Some(first), Some(last)) = (line.points.first(), line.points.last()) {
                        line.reach x1=(percent(scale.at(first.ms))) x2=(percent(scale.at(last.ms))) y1="11" y2="11" {}
                    }
                    @for point in line.points.iter().rev() {
                        circle class=(class(point.share)) cx=(percent(scale.at(point.ms))) cy="11" r="5" {
                            title { (point.name) ": " (short(point.ms)) " ms" }
                        }
                    }
                }
                span.value {
                    @for (n, point) in line.points.iter().enumerate() {
                        @if n > 0 { " · " }
                        span.point { (point.name) " " strong { (short(point.ms)) } }
                    }
                }
            }
        }
        div.strip.axis { span.name {} svg height="20" { (axis(scale, 0, 6)) } span.value {} }
    }
}

/// One for each latency of which a row has percentiles. `p99 ms` is of the row's own; a word before it says of what it is.
fn lines(row: &Row, figures: &[&'static str]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for figure in figures {
        let Some((of, percentile, share)) = percentile(figure) else { continue };
        let Some(spread) = row.spread(figure).filter(|spread| spread.median.is_finite()) else { continue };
        let name = if of.is_empty() { row.name.clone() } else { format!("{}, {of}", row.name) };
        let point = Point { name: percentile, share, ms: spread.median };
        match lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.points.push(point),
            None => lines.push(Line { name, points: vec![point] }),
        }
    }
    for line in &mut lines {
        line.points.sort_by(|one, other| one.share.total_cmp(&other.share));
    }
    lines
}

/// Of `delivery p99 ms`: `delivery`, `p99` and 0.99.
fn percentile(figure: &'static str) -> Option<(&'static str, &'static str, f64)> {
    let figure = figure.strip_suffix(" ms")?;
    let (of, name) = figure.rsplit_once(' ').unwrap_or(("", figure));
    let share = match name {
        "max" => 1.0,
        name => name.strip_prefix('p')?.parse::<f64>().ok()? / 100.0,
    };
    Some((of.trim(), name, share))
}

fn class(share: f64) -> &'static str {
    match share {
        share if share < 0.5 => "share some",
        0.5 => "share half",
        share if share <= 0.9 => "share most",
        share if share < 1.0 => "share nearly",
        _ => "share all",
    }
}

fn told(line: &Line) -> String {
    let points = line.points.iter().map(|point| format!("{} {} ms", point.name, short(point.ms)));
    format!("{}: {}", line.name, points.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Figures;

    #[test]
    fn a_figure_is_a_percentile_when_it_says_so_and_is_in_ms() {
        assert_eq!(percentile("p50 ms"), Some(("", "p50", 0.5)));
        assert_eq!(percentile("delivery p75 ms"), Some(("delivery", "p75", 0.75)));
        assert_eq!(percentile("  max ms"), Some(("", "max", 1.0)));
        for other in ["messages/s", "ms", "back p50 s", "retries", "p ms", "p99 ms before"] {
            assert_eq!(percentile(other), None, "{other}");
        }
    }

    #[test]
    fn each_latency_of_a_row_is_a_line_from_the_least_to_the_most() {
        let figures = [("max ms", Some(9.0)), ("p50 ms", Some(1.0)), ("late p99 ms", Some(3.0)), ("p99 ms", None)];
        let row = Row { turns: vec![Figures(figures.to_vec())], ..Row::new("ours") };
        let lines = lines(&row, &figures.map(|(name, _)| name));
        let told: Vec<String> = lines.iter().map(told).collect();
        assert_eq!(told, ["ours: p50 1.00 ms, max 9.00 ms", "ours, late: p99 3.00 ms"]);
    }
}
