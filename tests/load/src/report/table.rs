use super::{Outcome, Ratio};

/// What a workload found, as text.
pub(super) fn of(outcome: &Outcome) -> String {
    let mut text = format!("\n{}: {}\n\n", outcome.workload, outcome.about);
    text.push_str(&aligned(&rows(outcome)));
    text.push('\n');
    text.push_str(&aligned(&outcome.ratios.iter().map(ratio).collect::<Vec<_>>()));
    for row in &outcome.rows {
        for fault in &row.faults {
            text.push_str(&format!("FAILED: {}: {fault}\n", row.name));
        }
    }
    text
}

/// A column for each system: there are more figures than systems, and screens are narrow.
fn rows(outcome: &Outcome) -> Vec<Vec<String>> {
    let names = outcome.rows.first().map(super::Row::names).unwrap_or_default();
    let head = std::iter::once(String::new()).chain(outcome.rows.iter().map(|row| row.name.clone())).collect();
    let lines = names.iter().map(|name| {
        let cells =
            outcome.rows.iter().map(|row| row.spread(name).map_or("–".to_owned(), |spread| spread.to_string()));
        std::iter::once((*name).to_owned()).chain(cells).collect()
    });
    std::iter::once(head).chain(lines).collect()
}

fn ratio(ratio: &Ratio) -> Vec<String> {
    let value = ratio.over_turns.map_or("–".to_owned(), |spread| spread.to_string());
    let wanted = ratio.wanted.shown();
    let verdict = match (wanted.is_empty(), ratio.is_met) {
        (true, _) => String::new(),
        (false, true) => format!("wanted {wanted}: met"),
        (false, false) => format!("wanted {wanted}: MISSED"),
    };
    vec![ratio.what.clone(), value, verdict]
}

/// Columns as wide as what stands in them.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |n: usize| lines.iter().filter_map(|line| Some(line.get(n)?.chars().count())).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{Figures, Ratio, Row, Wanted};
    use super::*;

    #[test]
    fn a_workload_is_told_in_columns_with_its_ratios_and_faults() {
        let mut row = Row::new("ours");
        row.turns = vec![Figures(vec![("rate", Some(200.0)), ("broker", None)])];
        row.faults.push("1 lost".into());
        let ratio = Ratio::of("ours ÷ ours", "rate", &row, &row, Wanted::Above(1.0));
        let outcome = Outcome { workload: "w", about: "a test".into(), rows: vec![row], ratios: vec![ratio] };
        let expected = "\nw: a test\n\n        ours\nrate    200\nbroker  –\n\n\
                        ours ÷ ours  1.00  wanted > 1: MISSED\nFAILED: ours: 1 lost\n";
        assert_eq!(of(&outcome), expected);
    }
}
