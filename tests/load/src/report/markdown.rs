//! The summary as Markdown, for the README.

use super::Report;
use super::summary::{COLUMNS, lines, verdict};
use super::verdict::Mark;

pub(super) fn of(report: &Report) -> String {
    let mut text = String::new();
    for warning in report.run.warnings() {
        text.push_str(&format!("**{}**\n\n", escaped(&warning)));
    }
    text.push_str(&format!("| {} |\n|---|---|--:|--:|---|---|\n", COLUMNS.join(" | ")));
    let mut last = "";
    for line in lines(&report.outcomes) {
        let workload = if line.workload == last { String::new() } else { format!("`{}`", line.workload) };
        last = line.workload;
        let mark = match line.mark {
            Mark::Missed | Mark::Failed => format!("**{}**", line.mark.shown()),
            Mark::Met | Mark::None => line.mark.shown().to_owned(),
        };
        let cells = [workload, escaped(&line.what), line.median, line.range, escaped(&line.wanted), mark];
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text.push_str(&format!("\n{}\n\n", escaped(&verdict(report))));
    for finding in &report.findings.failed {
        text.push_str(&format!("- **FAILED**: `{}`: {}\n", finding.workload, escaped(&finding.what)));
    }
    if !report.findings.failed.is_empty() {
        text.push('\n');
    }
    let facts = report.run.facts().into_iter().map(|(name, value)| format!("{name}: {}", escaped(&value)));
    text.push_str(&format!("{}\n", facts.collect::<Vec<_>>().join(" · ")));
    text
}

/// So that it is shown as it is, also in a table's cell.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let opens = |next: Option<&char>| next.is_some_and(|next| !next.is_whitespace());
        match c {
            '\\' | '|' | '`' | '*' | '_' | '~' | '[' | ']' => escaped.extend(['\\', c]),
            // A tag or an entity only when something follows.
            '<' | '&' if opens(characters.peek()) => escaped.extend(['\\', c]),
            '\n' | '\r' => escaped.push(' '),
            c if c.is_control() => escaped.extend(c.escape_default()),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::verdict::tests::done;
    use super::super::{Wanted, run};
    use super::*;

    #[test]
    fn the_summary_is_a_table_that_says_what_was_missed_and_how_it_was_made() {
        let mut report = Report::new(run::example());
        report.add(done(Wanted::Below(1.5), None).outcome, 61.0);
        let text = of(&report);
        let table = "| workload | what | median | least–most | wanted | verdict |\n|---|---|--:|--:|---|---|\n\
                     | `races` | rate, ours ÷ theirs | 2.10 | 2.00–2.20 | < 1.5 | **MISSED** |\n\nMISSED: 1 of 1";
        assert!(text.starts_with(table), "{text}");
        assert!(text.contains("\ncommand: make bench · began: 2026-12-24 10:00 UTC · revision: 0123abc"), "{text}");
    }

    #[test]
    fn faults_are_listed_and_what_they_quote_changes_nothing() {
        let mut report = Report::new(run::example());
        let fault = "this came: {\"a_b\":\"<img src=x>|`**\"}\nand more";
        report.add(done(Wanted::Below(1.5), Some(fault)).outcome, 61.0);
        let text = of(&report);
        let line = r#"- **FAILED**: `races`: ours: this came: {"a\_b":"\<img src=x>\|\`\*\*"} and more"#;
        assert!(text.lines().any(|found| found == line), "{text}");
        assert!(text.contains("< 1.5 | **FAILED** |"), "{text}");
    }
}
