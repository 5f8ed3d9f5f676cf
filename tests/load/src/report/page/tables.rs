//! The tables of the page.

use maud::{Markup, html};

use super::ratios::mark;
use crate::report::summary::{COLUMNS, lines};
use crate::report::{Outcome, Report, table};

/// All ratios.
pub(super) fn summary(report: &Report) -> Markup {
    let lines = lines(&report.outcomes);
    html! {
        div.wide {
            table.summary {
                thead { tr { @for column in COLUMNS { th { (column) } } } }
                tbody {
                    @for (n, line) in lines.iter().enumerate() {
                        @let is_first = n == 0 || lines[n - 1].workload != line.workload;
                        tr class=(if is_first { "first" } else { "more" }) {
                            th { @if is_first { a href=(format!("#{}", line.workload)) { (line.workload) } } }
                            td { (line.what) }
                            td.number { (line.median) }
                            td.number { (line.range) }
                            td.number { (line.wanted) }
                            td { (mark(line.mark)) }
                        }
                    }
                }
            }
        }
    }
}

/// All figures of a workload.
pub(super) fn figures(outcome: &Outcome) -> Markup {
    let lines = table::rows(outcome);
    let Some((head, lines)) = lines.split_first().filter(|(_, lines)| !lines.is_empty()) else { return html! {} };
    html! {
        h3 { "Figures: median (least–most)" }
        div.wide {
            table {
                thead { tr { @for name in head { th { (name) } } } }
                tbody {
                    @for line in lines {
                        @let part = line.first().is_some_and(|name| name.starts_with(' '));
                        tr {
                            @for (n, cell) in line.iter().enumerate() {
                                @if n == 0 { th class=(if part { "part" } else { "whole" }) { (cell.trim()) } }
                                @else { td.number { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
