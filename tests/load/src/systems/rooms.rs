//! People and chats that need no sign-up: tokens signed with the system's own key, rows written by SQL. Ten thousand
//! sign-ups would take minutes, of which nothing is measured.

use chatire_tests::Forger;
use serde_json::json;

use super::{ChatApi, TOKEN_SECONDS};
use crate::Result;
use crate::bench::off_thread;
use crate::ledger::Postgres;
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
        let Self { chats, members, people } = self;
        let url = api.database_url();
        let uri_of = |n: &str| format!("'{}' || lpad({n}::text, 10, '0')", uri(0).trim_end_matches('0'));
        let number_in = "substr(chats.uri, 6)::bigint";
        let statements = [
            format!(
                "INSERT INTO users (id, username, username_key, first_name, last_name) \
                 SELECT {FIRST} + n, 'person_' || n, 'person_' || n, '', '' FROM generate_series(0, {people} - 1) n"
            ),
            format!(
                "INSERT INTO chats (uri, link, name, created_by, member_count, last_seq, last_at, created_at) \
                 SELECT {uri}, {uri}, 'Room ' || n, {FIRST}, {members}, 0, 1767225600000000, 1767225600000000 \
                 FROM generate_series(0, {chats} - 1) n",
                uri = uri_of("n"),
            ),
            format!(
                "INSERT INTO members (chat_id, user_id, joined_at, role) \
                 SELECT chats.id, {FIRST} + ({number_in} * {members} + j) % {people}, 1767225600000000 + j, \
                 CASE j WHEN 0 THEN 0 ELSE 2 END FROM chats, generate_series(0, {members} - 1) j"
            ),
            "VACUUM ANALYZE".to_owned(),
        ];
        off_thread(move || {
            let mut database = Postgres::connect(&url)?;
            statements.iter().try_for_each(|statement| database.execute(statement))
        })
        .await
    }

    /// One of a chat's members.
    pub(crate) fn member_of(self, chat: u32) -> usize {
        chat as usize * self.members % self.people
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
