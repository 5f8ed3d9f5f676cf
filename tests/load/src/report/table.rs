use super::summary::printable;
use super::{Done, Outcome, Ratio};

/// What a workload found, as text.
pub(super) fn of(done: &Done) -> String {
    let outcome = &done.outcome;
    let mut text = format!("\n{}: {} (took {})\n\n", outcome.workload, outcome.about, duration(done.took_seconds));
    text.push_str(&aligned(&rows(outcome)));
    text.push('\n');
    text.push_str(&aligned(&outcome.ratios.iter().map(ratio).collect::<Vec<_>>()));
    for fault in done.faults() {
        text.push_str(&format!("FAILED: {}\n", printable(&fault)));
    }
    text
}

/// A column for each system: there are more figures than systems, and screens are narrow.
pub(super) fn rows(outcome: &Outcome) -> Vec<Vec<String>> {
    let names = outcome.figures();
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
    let verdict = match (ratio.wanted.is_a_target(), ratio.is_met) {
        (false, _) => String::new(),
        (true, true) => format!("wanted {wanted}: met"),
        (true, false) => format!("wanted {wanted}: MISSED"),
    };
    vec![ratio.what.clone(), value, verdict]
}

/// As people say it.
pub(super) fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// Columns as wide as what stands in them.
pub(super) fn aligned(lines: &[Vec<String>]) -> String {
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
    use super::super::Wanted;
    use super::super::verdict::tests::done;
    use super::*;

    #[test]
    fn a_workload_is_told_in_columns_with_its_ratios_and_faults() {
        let expected = "\nraces: a test (took 1 min 1 s)\n\n        ours              theirs\n\
                        rate    210 (200–220)     100\np50 ms  2.10 (2.00–2.20)  1.00\nmax ms  –                 –\n\n\
                        rate, ours ÷ theirs  2.10 (2.00–2.20)  wanted > 3: MISSED\nFAILED: ours: 1 lost\n";
        assert_eq!(of(&done(Wanted::Above(3.0), Some("1 lost"))), expected);
    }
}
