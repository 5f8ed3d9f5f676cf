//! The report as one page that needs nothing else: no scripts, no network. Plots are as wide as the screen: everything in
//! them stands at a share of their width, so that their text keeps its size.

mod cpu;
mod latencies;
mod ratios;
mod scale;
mod tables;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::table::duration;
use super::verdict::Finding;
use super::{Done, Report, Verdict, summary};
use scale::Scale;

/// Our own, and constant: all that is not escaped.
const STYLE: &str = include_str!("page.css");
/// Nothing is fetched and nothing runs, whatever stands in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn of(report: &Report) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Chatire: benchmark, " (word(report)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(report))
                main {
                    section id="summary" { h2 { "All ratios" } (tables::summary(report)) }
                    @for done in &report.outcomes { (section(done)) }
                }
                footer { "tests/load/README.md says what is measured, and how." }
            }
        }
    };
    page.into_string()
}

fn word(report: &Report) -> &'static str {
    match report.verdict() {
        Verdict::Met => "met",
        Verdict::Missed => "missed",
        Verdict::Failed => "failed",
    }
}

fn head(report: &Report) -> Markup {
    html! {
        header {
            h1 { "Chatire: benchmark" }
            @for warning in report.run.warnings() { p.warning { (warning) } }
            p class=(format!("verdict {}", word(report))) { (summary::verdict(report)) }
            (findings("failed", "Failed", &report.findings.failed))
            (findings("missed", "Not met", &report.findings.missed))
            dl { @for (name, value) in report.run.facts() { div { dt { (name) } dd { (value) } } } }
            nav {
                @for done in &report.outcomes {
                    a href=(format!("#{}", done.outcome.workload)) { (done.outcome.workload) } " "
                }
            }
        }
    }
}

fn findings(class: &str, title: &str, findings: &[Finding]) -> Markup {
    html! {
        @if !findings.is_empty() {
            details.findings open[findings.len() <= 12] {
                summary { (title) ": " (findings.len()) }
                ul class=(class) {
                    @for finding in findings {
                        li { a href=(format!("#{}", finding.workload)) { (finding.workload) } ": " (finding.what) }
                    }
                }
            }
        }
    }
}

fn section(done: &Done) -> Markup {
    let outcome = &done.outcome;
    html! {
        section id=(outcome.workload) {
            h2 { (outcome.workload) " " small { "took " (duration(done.took_seconds)) } }
            p { (outcome.about) }
            @if done.has_failed() { ul.failed { @for fault in done.faults() { li { "FAILED: " (fault) } } } }
            (ratios::of(done))
            (cpu::of(outcome))
            (latencies::of(outcome))
            (tables::figures(outcome))
        }
    }
}

/// Ticks and what they stand for, `top` below the top of a plot.
fn axis(scale: Scale, top: u32, most: usize) -> Markup {
    html! {
        @for (value, text) in scale.ticks(most) {
            @let at = scale.at(value);
            line.tick x1=(percent(at)) x2=(percent(at)) y1=(top) y2=(top + 4) {}
            text.tick x=(percent(at)) y=(top + 15) text-anchor=(anchor(at)) { (text) }
        }
    }
}

/// What stands close to an end would be cut off in the middle of it.
fn anchor(at: f64) -> &'static str {
    match at {
        at if at < 4.0 => "start",
        at if at > 96.0 => "end",
        _ => "middle",
    }
}

fn percent(share: f64) -> String {
    format!("{share:.2}%")
}

#[cfg(test)]
mod tests {
    use super::super::verdict::tests::done;
    use super::super::{Wanted, run};
    use super::*;

    fn page(wanted: Wanted, fault: Option<&str>) -> String {
        let mut report = Report::new(run::example());
        report.add(done(wanted, fault).outcome, 61.0);
        of(&report)
    }

    #[test]
    fn everything_that_is_shown_is_escaped() {
        let hostile = r#"</title></svg><script>alert(1)</script>"onload="x"#;
        let mut report = Report::new(run::example());
        let mut done = done(Wanted::Below(1.5), Some(hostile));
        done.outcome.about = hostile.into();
        done.outcome.ratios[0].what = hostile.into();
        done.outcome.rows[0].name = hostile.into();
        report.run.command = hostile.into();
        report.add(done.outcome, 61.0);
        report.add_stopped("storm", 3.0, hostile.into());
        let page = of(&report);
        assert!(!page.contains("<script") && !page.contains("\"onload"), "{page}");
        assert!(page.matches("&lt;/title&gt;&lt;/svg&gt;&lt;script&gt;").count() > 10);
    }

    #[test]
    fn it_needs_nothing_else() {
        let page = page(Wanted::Below(1.5), None);
        for word in ["http:", "https:", "src=", "url(", "@import", "<link", "<script"] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.contains("prefers-color-scheme: dark"));
    }

    #[test]
    fn each_turn_is_a_dot_and_those_beyond_the_target_look_different() {
        let dots = |wanted| {
            let page = page(wanted, None);
            let missed = page.matches("circle class=\"turn missed\"").count();
            (page.matches("<title>turn ").count() - missed, missed)
        };
        assert_eq!(dots(Wanted::Anything), (2, 0));
        assert_eq!(dots(Wanted::Below(2.1)), (1, 1));
        assert_eq!(dots(Wanted::Above(9.0)), (0, 2));
    }

    #[test]
    fn the_verdict_stands_in_front() {
        let title = |page: &str| page[page.find("<title>").unwrap()..page.find("</title>").unwrap()].to_owned();
        assert!(title(&page(Wanted::Below(9.0), None)).ends_with(" met"));
        assert!(title(&page(Wanted::Below(1.5), None)).ends_with(" missed"));
        assert!(title(&page(Wanted::Below(9.0), Some("1 lost"))).ends_with(" failed"));
    }
}
