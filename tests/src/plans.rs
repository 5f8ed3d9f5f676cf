//! How PostgreSQL runs the queries of one test's database.

use std::collections::BTreeSet;

use serde_json::Value;

/// What finding a row costs: from an index's root to the row in its table.
const PAGES_FOR_A_ROW: f64 = 5.0;

/// The moment from which queries are watched: a place in the server's log.
#[derive(Debug)]
pub struct Watched {
    pub(crate) from: i64,
}

/// One query as it was run.
#[derive(Debug)]
pub struct QueryPlan {
    /// The statement.
    pub text: String,
    /// Relations that were read from the first row to the last.
    pub read_whole: BTreeSet<String>,
    /// The most rows that any step of it took up, those included that it threw away.
    pub most_rows: i64,
    /// The most pages that any step of it looked at for nothing: beyond some for each row that it found. An index that is
    /// read from end to end, since it begins with another column, shows here.
    pub idle_pages: i64,
    /// All of it.
    pub plan: Value,
}

/// All plans of a piece of the log. Only one test's database is watched: they are its.
pub(crate) fn read_all(log: &str) -> Vec<QueryPlan> {
    log.split("plan:\n").skip(1).filter_map(read).collect()
}

fn read(text: &str) -> Option<QueryPlan> {
    let plan: Value = serde_json::Deserializer::from_str(text).into_iter().next()?.ok()?;
    let mut found = QueryPlan {
        text: plan["Query Text"].as_str()?.to_owned(),
        read_whole: BTreeSet::new(),
        most_rows: 0,
        idle_pages: 0,
        plan,
    };
    let root = found.plan["Plan"].clone();
    walk(&root, &mut found);
    Some(found)
}

fn walk(node: &Value, found: &mut QueryPlan) {
    let number = |name: &str| node[name].as_f64().unwrap_or(0.0);
    let rows = number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Join Filter");
    // Both are per loop.
    let loops = number("Actual Loops").max(1.0);
    found.most_rows = found.most_rows.max((rows * loops) as i64);
    if node["Plans"].is_null() {
        let pages = number("Shared Hit Blocks") + number("Shared Read Blocks");
        found.idle_pages = found.idle_pages.max((pages - PAGES_FOR_A_ROW * loops * (rows + 1.0)) as i64);
    }
    if node["Node Type"] == "Seq Scan" {
        found.read_whole.extend(node["Relation Name"].as_str().map(str::to_owned));
    }
    node["Plans"].as_array().into_iter().flatten().for_each(|child| walk(child, found));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_tells_what_it_read_whole_and_how_many_rows_it_threw_away() {
        let log = r#"{"Query Text": "SELECT 1", "Plan": {"Node Type": "Limit", "Actual Rows": 1, "Actual Loops": 1,
            "Plans": [{"Node Type": "Seq Scan", "Relation Name": "messages", "Actual Rows": 1, "Actual Loops": 2,
            "Rows Removed by Filter": 900, "Shared Hit Blocks": 9000, "Shared Read Blocks": 100}]}} and the next line"#;
        let plan = read(log).unwrap();
        assert_eq!((plan.text.as_str(), plan.most_rows, plan.idle_pages), ("SELECT 1", 1_802, 80));
        assert!(plan.read_whole.contains("messages"));
    }
}
