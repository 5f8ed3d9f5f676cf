//! A ratio: its turns as dots, the median, and where it is wanted.

use maud::{Markup, html};

use super::scale::Scale;
use super::{axis, percent};
use crate::report::spread::short;
use crate::report::verdict::Mark;
use crate::report::{Done, Ratio};

pub(super) fn of(done: &Done) -> Markup {
    html! {
        @if !done.outcome.ratios.is_empty() {
            h3 { "Ratios" }
            p.legend {
                span { svg.key width="12" height="12" { circle.turn cx="6" cy="6" r="4.5" {} } "a turn" }
                span { svg.key width="12" height="12" { line.median x1="6" x2="6" y1="0" y2="12" {} } "the median" }
                span { svg.key width="12" height="12" { rect.wanted width="12" height="12" {} } "as wanted" }
            }
            @for ratio in &done.outcome.ratios {
                div.strip {
                    span.name { (ratio.what) }
                    (plot(ratio))
                    span.value {
                        @if let Some(spread) = ratio.over_turns { strong { (short(spread.median)) } " " (spread.range()) } @else { "–" }
                        @if ratio.wanted.is_a_target() { br; "wanted " (ratio.wanted.shown()) " " (mark(Mark::of(done, ratio))) }
                    }
                }
            }
        }
    }
}

pub(super) fn mark(mark: Mark) -> Markup {
    let class = match mark {
        Mark::None => "none",
        Mark::Met => "met",
        Mark::Missed => "missed",
        Mark::Failed => "failed",
    };
    html! { span class=(format!("mark {class}")) { (mark.shown()) } }
}

fn plot(ratio: &Ratio) -> Markup {
    let (low, high) = ratio.wanted.bounds();
    let turns: Vec<f64> = ratio.turns.iter().copied().filter(|turn| turn.is_finite()).collect();
    let median = ratio.over_turns.map(|spread| spread.median).filter(|median| median.is_finite());
    let Some(scale) = Scale::around(turns.iter().copied().chain(low).chain(high)).filter(|_| !turns.is_empty()) else {
        return html! { span.nothing { "nothing was measured" } };
    };
    let (from, to) = (low.map_or(0.0, |low| scale.at(low)), high.map_or(100.0, |high| scale.at(high)));
    html! {
        svg.ratio role="img" aria-label=(ratio.shown()) height="46" {
            @if ratio.wanted.is_a_target() {
                rect.wanted x=(percent(from)) width=(percent(to - from)) y="2" height="26" {}
            }
            line.base x1="0" x2="100%" y1="15" y2="15" {}
            @for bound in low.into_iter().chain(high) {
                line.bound x1=(percent(scale.at(bound))) x2=(percent(scale.at(bound))) y1="2" y2="28" {
                    title { "wanted " (ratio.wanted.shown()) }
                }
            }
            @if let Some(median) = median {
                line.median x1=(percent(scale.at(median))) x2=(percent(scale.at(median))) y1="5" y2="25" {
                    title { "median " (short(median)) }
                }
            }
            @for (n, turn) in turns.iter().enumerate() {
                circle class=(if ratio.wanted.is_met_by(*turn) { "turn" } else { "turn missed" })
                    cx=(percent(scale.at(*turn))) cy="15" r="4.5" {
                    title { "turn " (n + 1) ": " (short(*turn)) }
                }
            }
            (axis(scale, 28, 4))
        }
    }
}
