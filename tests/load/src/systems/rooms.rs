//! People and chats that need no sign-up: tokens signed with the system's own key, rows written by SQL. Ten thousand
//! sign-ups would take minutes, of which nothing is measured.

use chatire_tests::Forger;
use serde_json::json;

use super::{ChatApi, TOKEN_SECONDS};
use crate::Result;
use crate::bench::off_thread;
use crate::ledger::Ledger;
use crate::listening::uri;

/// The first one's id.
const FIRST: usize = 1_000_000;

/// Chats of the same size, spread over people: each is in as many as any other, or in one more.
#[derive(Clone, Copy)]
pub(crate) struct Rooms {
    pub(crate) chats: u32,
    /// Of each chat; no more than there are people.
    pub(crate) members: usize,
    pub(crate) people: usize,
}

impl Rooms {
    /// Writes them into a chat-api's tables, in which nothing else may be yet.
    pub(crate) async fn fill(self, api: &ChatApi) -> Result<()> {
        self.fill_into(api.ledger()).await
    }

    /// The same, into a database of either kind.
    pub(super) async fn fill_into(self, database: Ledger) -> Result<()> {
        let statements = self.statements();
        off_thread(move || {
            statements.iter().try_for_each(|statement| database.execute(statement))?;
            database.tidy_up()
        })
        .await
    }

    /// In words that both databases know.
    fn statements(self) -> [String; 3] {
        let Self { chats, members, people } = self;
        let each = |count: usize| {
            let rest = format!("SELECT n + 1 FROM numbers WHERE n + 1 < {count}");
            format!("WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL {rest})")
        };
        let uri = format!("'{}' || substr(CAST(10000000000 + n AS TEXT), 2)", uri(0).trim_end_matches('0'));
        [
            format!(
                "{} INSERT INTO users (id, username, username_key, first_name, last_name) \
                 SELECT {FIRST} + n, 'person_' || n, 'person_' || n, '', '' FROM numbers",
                each(people)
            ),
            format!(
                "{} INSERT INTO chats (uri, link, name, created_by, member_count, last_seq, last_at, created_at) \
                 SELECT {uri}, {uri}, 'Room ' || n, {FIRST}, {members}, 0, 1767225600000000, 1767225600000000 FROM numbers",
                each(chats as usize)
            ),
            format!(
                "{} INSERT INTO members (chat_id, user_id, joined_at, role) \
                 SELECT chats.id, {FIRST} + (CAST(substr(chats.uri, 6) AS BIGINT) * {members} + n) % {people}, \
                 1767225600000000 + n, CASE n WHEN 0 THEN 0 ELSE 2 END FROM chats, numbers",
                each(members)
            ),
        ]
    }

    /// One of a chat's members.
    pub(crate) fn member_of(self, chat: u32) -> usize {
        chat as usize * self.members % self.people
    }

    /// All members of the first so many chats, by their numbers.
    pub(crate) fn first(self, chats: u32) -> impl Iterator<Item = (u32, Vec<usize>)> {
        let member = move |chat: u32, n: usize| (chat as usize * self.members + n) % self.people;
        (0..chats).map(move |chat| (chat, (0..self.members).map(|n| member(chat, n)).collect()))
    }
}

/// The access token of a person.
#[allow(clippy::disallowed_methods, reason = "the services' clock is not at hand here")]
pub(crate) fn token(forger: &Forger, person: usize) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let lasts: u64 = TOKEN_SECONDS.parse().unwrap_or(0);
    forger.sign(&json!({
        "iss": "chatire", "aud": "chatire", "sub": (FIRST + person).to_string(), "username": format!("person_{person}"),
        "sid": format!("session-of-{person:08}"), "jti": format!("token-{person}"), "iat": now, "exp": now + lasts,
    }))
}
