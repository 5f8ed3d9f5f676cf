//! How the parts of an installation are, as an operator sees it in a moment: each one's internal listener is asked.

use std::fmt::Write;
use std::time::Duration;

use futures_util::future::join_all;

/// The oldest message that may wait for the bus; beyond it something is wrong, whatever else says that it is well.
const WAITS_AT_MOST: f64 = 60.0;
/// How long a part may take to answer.
const ANSWER: Duration = Duration::from_secs(3);

/// How one process is.
#[derive(Debug, Default)]
pub struct Part {
    /// Where its internal listener is.
    address: String,
    /// What is wrong; empty when it is well.
    wrong: Vec<String>,
    name: String,
    version: Option<String>,
    sockets: Option<f64>,
    /// Rows, and how long the oldest has waited.
    outbox: Option<(f64, f64)>,
    database: Option<bool>,
    bus: Option<bool>,
}

/// Asks all of them at once. Addresses are `host:port`, with or without `http://`.
pub async fn ask_all(addresses: &[String]) -> Vec<Part> {
    let client = crate::http::client();
    join_all(addresses.iter().map(|address| ask(&client, address))).await
}

/// Whether everything is well.
pub fn is_well(parts: &[Part]) -> bool {
    parts.iter().all(|part| part.wrong.is_empty())
}

async fn ask(client: &reqwest::Client, address: &str) -> Part {
    let address = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let get = async |path: &str| {
        let answer = client.get(format!("http://{address}{path}")).timeout(ANSWER).send().await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    };
    let mut part = Part { address: address.clone(), ..Part::default() };
    match get("/readyz").await {
        None => {
            part.wrong.push("does not answer".to_owned());
            return part;
        }
        Some((200, _)) => {}
        Some((503, why)) => part.wrong.push(lacks(&why)),
        Some((status, _)) => part.wrong.push(format!("answers {status}: is this an internal listener?")),
    }
    if let Some((200, figures)) = get("/metrics").await {
        part.read(&figures);
    }
    part
}

/// What `/readyz` says is missing.
fn lacks(body: &str) -> String {
    let said: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let each = said["lacks"].as_object().into_iter().flatten();
    let each: Vec<String> = each.filter_map(|(service, what)| Some(format!("{service}: {}", what.as_str()?))).collect();
    match said["why"].as_str() {
        Some(why) => format!("not ready: {why}"),
        None => format!("not ready: {}", each.join(", ")),
    }
}

impl Part {
    fn read(&mut self, figures: &str) {
        let all = |name: &str| -> Vec<(&str, f64)> { figures.lines().filter_map(|line| figure(line, name)).collect() };
        let most = |name: &str| all(name).iter().map(|(_, value)| *value).reduce(f64::max);
        let least = |name: &str| all(name).iter().map(|(_, value)| *value).reduce(f64::min);
        let sum = |name: &str| all(name).iter().map(|(_, value)| *value).reduce(|a, b| a + b);
        self.version = all("chatire_build_info").first().and_then(|(labels, _)| label(labels, "version"));
        self.sockets = sum("chatire_sockets");
        let rows = sum("chatire_outbox_rows");
        self.outbox = rows.map(|rows| (rows, most("chatire_outbox_age_seconds").unwrap_or_default()));
        self.database = least("chatire_database_up").map(|up| up > 0.0);
        self.bus = least("chatire_bus_connected").map(|up| up > 0.0);
        let databases: Vec<String> =
            all("chatire_database_up").iter().filter_map(|(labels, _)| label(labels, "database")).collect();
        let has = |name: &str| databases.iter().any(|database| database == name);
        self.name = match (has("auth"), has("chat"), self.sockets.is_some()) {
            (true, false, false) => "auth-service",
            (false, true, false) => "chat-api",
            (false, false, true) => "ws-gateway",
            (true, true, true) => "chatire",
            _ => "",
        }
        .to_owned();
        if self.database == Some(false) {
            self.wrong.push("the database is away".to_owned());
        }
        if self.bus == Some(false) {
            self.wrong.push("the broker is away".to_owned());
        }
        if let Some((rows, age)) = self.outbox.filter(|(_, age)| *age > WAITS_AT_MOST) {
            self.wrong.push(format!("{rows} wait in the outbox, the oldest for {age:.0} s"));
        }
    }
}

/// A line's labels and value, if it is a sample of this figure.
fn figure<'a>(line: &'a str, name: &str) -> Option<(&'a str, f64)> {
    let rest = line.strip_prefix(name)?;
    let (labels, value) = match rest.strip_prefix('{') {
        Some(rest) => rest.rsplit_once("} ")?,
        None => ("", rest.strip_prefix(' ')?),
    };
    Some((labels, value.trim().parse().ok()?))
}

fn label(labels: &str, name: &str) -> Option<String> {
    let value = labels.split(',').find_map(|label| label.strip_prefix(name)?.strip_prefix("=\""))?;
    value.strip_suffix('"').map(str::to_owned)
}

/// A table for people.
pub fn table(parts: &[Part]) -> String {
    let up = |state: Option<bool>| match state {
        Some(true) => "up",
        Some(false) => "away",
        None => "-",
    };
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.0}"));
    let mut rows =
        vec![["part", "at", "version", "sockets", "outbox", "oldest", "database", "broker", ""].map(str::to_owned)];
    for part in parts {
        let (waiting, oldest) = part.outbox.unzip();
        rows.push([
            if part.name.is_empty() { "-".to_owned() } else { part.name.clone() },
            part.address.clone(),
            part.version.clone().unwrap_or("-".to_owned()),
            number(part.sockets),
            number(waiting),
            oldest.map_or("-".to_owned(), |age| format!("{age:.0} s")),
            up(part.database).to_owned(),
            up(part.bus).to_owned(),
            if part.wrong.is_empty() { "well".to_owned() } else { part.wrong.join("; ") },
        ]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATEWAY: &str = "# HELP chatire_sockets x\nchatire_sockets{state=\"a\"} 3\nchatire_sockets{state=\"b\"} 4\n\
        chatire_sockets_opened_total 99\nchatire_build_info{version=\"1.2.3\"} 1\nchatire_bus_connected 1\n";
    const API: &str = "chatire_database_up{database=\"chat\"} 1\nchatire_outbox_rows{outbox=\"chat\"} 5\n\
        chatire_outbox_age_seconds{outbox=\"chat\"} 61.5\nchatire_bus_connected 0\n";

    fn read(figures: &str) -> Part {
        let mut part = Part { address: "10.0.0.1:1".to_owned(), ..Part::default() };
        part.read(figures);
        part
    }

    #[test]
    fn what_is_well_is_shown_as_such() {
        let part = read(GATEWAY);
        let shown = table(&[part]);
        let words: Vec<&str> = shown.lines().nth(1).unwrap_or_default().split_whitespace().collect();
        assert_eq!(words, ["ws-gateway", "10.0.0.1:1", "1.2.3", "7", "-", "-", "-", "up", "well"]);
        assert!(is_well(&[read(GATEWAY)]));
    }

    #[test]
    fn a_broker_that_is_away_and_messages_that_wait_are_not_well() {
        let part = read(API);
        assert_eq!(part.name, "chat-api");
        assert_eq!(part.wrong, ["the broker is away", "5 wait in the outbox, the oldest for 62 s"]);
        assert!(!is_well(&[read(GATEWAY), part]));
    }

    #[test]
    fn what_a_part_lacks_is_told() {
        assert_eq!(
            lacks(r#"{"ready":false,"lacks":{"chat-api":"the database"}}"#),
            "not ready: chat-api: the database"
        );
        assert_eq!(lacks(r#"{"ready":false,"why":"draining"}"#), "not ready: draining");
    }
}
