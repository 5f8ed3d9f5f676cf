//! One person's history and list of chats, in a database with nothing else in it and in one with a million messages.

use chatire_tests::Ports;
use serde_json::Value;

use super::seed::{CHATS, MESSAGES, Seed};
use crate::Result;
use crate::bench::{Bench, say};
use crate::failure::Failure;
use crate::http::Connection;
use crate::reading::{Reader, calibrate, turn};
use crate::report::{Outcome, Ratio, Row, Wanted};
use crate::spent::Parts;
use crate::systems::{AuthService, ChatApi, sign_up};

/// What is asked for.
#[derive(Clone, Copy)]
enum Endpoint {
    History,
    Chats,
}

impl Endpoint {
    fn name(self) -> &'static str {
        match self {
            Self::History => "messages/",
            Self::Chats => "chats/",
        }
    }

    /// Of the nth request: every chat in turn.
    fn path(self, n: usize) -> String {
        match self {
            Self::History => format!("/api/chats/{}/messages/", Seed::chat(n)),
            Self::Chats => "/api/chats/".to_owned(),
        }
    }

    /// Where the answer has its list, and how long that is.
    fn list(self) -> (&'static str, usize) {
        match self {
            Self::History => ("messages", MESSAGES.min(50)),
            Self::Chats => ("chats", CHATS.min(50)),
        }
    }
}

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    // A hundred messages in each: a million.
    let (people, around) = if bench.quick { (1_000, 1_000) } else { (1_000, 10_000) };
    say("starting auth-service and two chat-api");
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let empty = ChatApi::start(bench, &mut ports, &auth, "chat-api-empty", &folder).await?;
    let full = ChatApi::start(bench, &mut ports, &auth, "chat-api-full", &folder).await?;
    let people_signed_up = sign_up(&empty.client(), 1).await;
    let [person] = &people_signed_up[..] else { return Err(Failure::new("nobody signed up")) };
    let seed = |people, around| Seed { reader: person.id().0, name: person.name().to_owned(), people, around };
    seed(people, 0).fill(empty.database_url()).await?;
    seed(people, around).fill(full.database_url()).await?;

    let mut outcome = Outcome {
        workload,
        about: format!(
            "one person with {CHATS} chats of {MESSAGES} messages, alone and among {around} chats with {} messages; \
             latencies in ms, from when a request was due",
            around * MESSAGES
        ),
        rows: Vec::new(),
        ratios: Vec::new(),
    };
    let readers = |name: &str| -> Result<[Reader; 2]> {
        let reader = |what: &str, api: &ChatApi| -> Result<Reader> {
            let (address, token) = (api.address().to_owned(), person.token().to_owned());
            let parts = Parts { service: api.meters()?, postgres: Some(bench.postgres()), broker: None };
            Ok(Reader { name: format!("{name} {what}"), address, token, parts })
        };
        Ok([reader("empty", &empty)?, reader("full", &full)?])
    };
    for endpoint in [Endpoint::History, Endpoint::Chats] {
        let readers = readers(endpoint.name())?;
        for reader in &readers {
            answers_as_expected(reader, endpoint).await?;
        }
        let path = |n| endpoint.path(n);
        let rate = calibrate(&readers[0], path).await?;
        say(&format!("{}: {rate} requests a second", endpoint.name()));
        let mut rows: Vec<Row> = readers.iter().map(|reader| Row::new(reader.name.clone())).collect();
        for number in 1..=bench.turns() {
            for (reader, row) in readers.iter().zip(&mut rows) {
                turn(bench, reader, rate, path, row).await?;
                let last = |figure| row.each(figure).pop().flatten().unwrap_or_default();
                let (p50, p99) = (last("p50 ms"), last("p99 ms"));
                say(&format!("turn {number} of {}: {}: p50 {p50:.2} ms, p99 {p99:.2} ms", bench.turns(), reader.name));
            }
        }
        let ratio = |figure, wanted| {
            Ratio::of(format!("{figure} of {}, full ÷ empty", endpoint.name()), figure, &rows[1], &rows[0], wanted)
        };
        outcome.ratios.push(ratio("p99 ms", Wanted::Below(3.0)));
        outcome.ratios.push(ratio("p50 ms", Wanted::Anything));
        outcome.rows.extend(rows);
    }
    Ok(outcome)
}

/// Quick answers to the wrong question would be worth nothing.
async fn answers_as_expected(reader: &Reader, endpoint: Endpoint) -> Result<()> {
    let mut connection = Connection::open(&reader.address, &reader.token).await?;
    let answer = connection.get(&endpoint.path(0)).await?;
    let (name, length) = endpoint.list();
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let found = body[name].as_array().map(Vec::len);
    if answer.status == 200 && found == Some(length) {
        return Ok(());
    }
    Err(Failure::new(format!("{}: {length} {name} were expected: {}", reader.name, answer.shown())))
}
