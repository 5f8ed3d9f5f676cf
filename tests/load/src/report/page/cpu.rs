//! What each process spent, as stacked bars.

use maud::{Markup, html};

use super::scale::Scale;
use super::{axis, percent};
use crate::report::spread::short;
use crate::report::{Outcome, Row};

/// Colours there are.
const COLOURS: usize = 6;

pub(super) fn of(outcome: &Outcome) -> Markup {
    html! { @for (whole, parts) in wholes(&outcome.figures()) { (bars(outcome, whole, &parts)) } }
}

/// One figure of everything, with its parts.
fn bars(outcome: &Outcome, whole: &str, parts: &[&str]) -> Markup {
    let lengths = outcome.rows.iter().filter_map(|row| segments(row, parts).pop().map(|last| last.from + last.spent));
    let Some(scale) = Scale::from_zero(lengths) else { return html! {} };
    let colour = |n: usize| format!("part part-{}", n % COLOURS);
    html! {
        h3 { "CPU, in " (unit(whole)) }
        p.legend { @for (n, part) in parts.iter().enumerate() { span { i class=(colour(n)) {} (part.trim()) } " " } }
        @for row in &outcome.rows {
            div.strip {
                span.name { (row.name) }
                svg.bar role="img" aria-label=(told(row, parts)) height="22" {
                    @for Segment { part, from, spent } in segments(row, parts) {
                        rect class=(colour(part)) x=(percent(scale.at(from))) width=(percent(scale.at(spent))) y="2" height="18" {
                            title { (parts[part].trim()) ": " (short(spent)) }
                        }
                    }
                }
                span.value {
                    @if let Some(spread) = row.spread(whole) { strong { (short(spread.median)) } " " (spread.range()) }
                }
            }
        }
        div.strip.axis { span.name {} svg height="20" { (axis(scale, 0, 5)) } span.value {} }
    }
}

/// What one part spent, beside those before it: medians over the turns.
struct Segment {
    part: usize,
    from: f64,
    spent: f64,
}

fn segments(row: &Row, parts: &[&str]) -> Vec<Segment> {
    let spent = parts.iter().enumerate().filter_map(|(part, name)| Some((part, row.spread(name)?.median)));
    let mut end = 0.0;
    let after = |(part, spent)| {
        let from = end;
        end += spent;
        Segment { part, from, spent }
    };
    spent.map(after).collect()
}

/// The figures of everything (`CPU µs`, or with a word in front), and those of their parts below each.
fn wholes(figures: &[&'static str]) -> Vec<(&'static str, Vec<&'static str>)> {
    let is_whole = |name: &str| !name.starts_with(' ') && (name.starts_with("CPU ") || name.contains(" CPU "));
    let whole = figures.iter().enumerate().filter(|(_, name)| is_whole(name));
    let with_parts = whole.map(|(at, name)| {
        let parts = figures[at + 1..].iter().take_while(|name| name.starts_with(' '));
        (*name, parts.copied().collect::<Vec<_>>())
    });
    // Without parts there is nothing to lay beside each other.
    with_parts.filter(|(_, parts)| !parts.is_empty()).collect()
}

fn unit(whole: &str) -> String {
    let (of, unit) = whole.split_once("CPU ").unwrap_or(("", whole));
    let unit = match unit {
        "µs" => "µs for each unit of work",
        "%" => "% of a core",
        other => other,
    };
    if of.is_empty() { unit.to_owned() } else { format!("{unit}, {}", of.trim()) }
}

fn told(row: &Row, parts: &[&str]) -> String {
    let part = |part: &&str| Some(format!("{} {}", part.trim(), short(row.spread(part)?.median)));
    format!("{}: {}", row.name, parts.iter().filter_map(part).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Figures;

    #[test]
    fn parts_are_what_is_indented_below() {
        let figures =
            ["p50 ms", "  other", "CPU µs", "  service", "  broker", "generator", "  more", "16 CPU µs", "  a"];
        assert_eq!(wholes(&figures), [("CPU µs", vec!["  service", "  broker"]), ("16 CPU µs", vec!["  a"])]);
        assert_eq!(wholes(&["p50 ms", "CPU µs"]), []);
        assert_eq!(unit("1,000/16 CPU µs"), "µs for each unit of work, 1,000/16");
    }

    #[test]
    fn parts_lie_beside_each_other_and_what_was_not_there_takes_no_place() {
        let figures = vec![("  a", Some(3.0)), ("  b", None), ("  c", Some(4.0))];
        let row = Row { turns: vec![Figures(figures)], ..Row::new("ours") };
        let segments: Vec<_> =
            segments(&row, &["  a", "  b", "  c"]).iter().map(|s| (s.part, s.from, s.spent)).collect();
        assert_eq!(segments, [(0, 0.0, 3.0), (2, 3.0, 4.0)]);
    }
}
