use super::turn::{RATE, System, turn};
use crate::Result;
use crate::bench::{Bench, say};
use crate::report::Row;
use crate::spent::CPU;

/// Every system has its turn, and again: what else the machine does meanwhile hits all of them.
pub(crate) async fn in_turns(bench: &Bench, systems: &[System]) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = systems.iter().map(|system| Row::new(system.name)).collect();
    for number in 1..=bench.turns() {
        for (system, row) in systems.iter().zip(&mut rows) {
            turn(bench, system, row).await?;
            let last = |figure| row.each(figure).pop().flatten().unwrap_or_default();
            let (rate, cpu) = (last(RATE), last(CPU));
            say(&format!(
                "turn {number} of {}: {}: {rate:.0} messages/s, {cpu:.0} µs each",
                bench.turns(),
                system.name
            ));
        }
    }
    Ok(rows)
}
