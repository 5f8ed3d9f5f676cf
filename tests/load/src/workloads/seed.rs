//! Fills a chat-api's tables, by SQL: a million messages over HTTP would take minutes.
//!
//! Every statement names its columns, so that columns which come later get their defaults.

use crate::Result;
use crate::bench::{off_thread, say};
use crate::ledger::Postgres;

/// The reader's chats.
pub(super) const CHATS: usize = 50;
/// Messages of each chat, the reader's and the others'.
pub(super) const MESSAGES: usize = 100;
/// Members of each chat.
const MEMBERS: usize = 10;
/// The newest events of each chat that are kept: older ones are seldom asked for.
const EVENTS: usize = 20;
/// How the table of members has it.
const OWNER: i32 = 0;
const MEMBER: i32 = 2;
/// Other people's ids are above it; accounts count from 1.
const ABOVE: i64 = 1_000_000_000;

/// Who reads, and what there is around.
pub(super) struct Seed {
    /// The reader's id.
    pub(super) reader: i64,
    /// The reader's name.
    pub(super) name: String,
    /// Other people; at least as many as a chat has members.
    pub(super) people: usize,
    /// Chats beside the reader's.
    pub(super) around: usize,
}

impl Seed {
    /// Fills a database in which nothing is yet but the tables.
    pub(super) async fn fill(self, url: String) -> Result<()> {
        say(&format!("filling a database with {} messages", (CHATS + self.around) * MESSAGES));
        off_thread(move || {
            let mut database = Postgres::connect(&url)?;
            for statement in self.statements() {
                database.execute(&statement)?;
            }
            Ok(())
        })
        .await
    }

    /// The address of one of the reader's chats.
    pub(super) fn chat(n: usize) -> String {
        format!("reader-{:08}", n % CHATS + 1)
    }

    fn statements(&self) -> Vec<String> {
        let Self { reader, name, people, around } = self;
        let chats = CHATS + around;
        // The reader's chats stand among the others, as if all had grown together.
        let every = chats / CHATS;
        let is_readers = "chats.uri LIKE 'reader-%'";
        // Who is the chat's member number j, from 0: the reader is the first in theirs.
        let member = |j: &str| {
            format!(
                "CASE WHEN {is_readers} AND ({j}) = 0 THEN {reader} \
                 ELSE {ABOVE} + 1 + (chats.id * 7 + ({j}) * 101) % {people} END"
            )
        };
        let at = |k: &str| format!("1767225600000000 + (({k}) * {chats} + chats.id) * 1000");
        let sender = member(&format!("k % {MEMBERS}"));
        vec![
            // Nothing is checked that is right by its making, and nothing is waited for.
            "SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '1GB'"
                .to_owned(),
            // Those of searches take most of the time, row by row; made at once they are quick.
            "CREATE TEMP TABLE indexes AS SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'messages' \
             AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)"
                .to_owned(),
            for_each_index("format('DROP INDEX %I', indexname)"),
            format!(
                "INSERT INTO users (id, username, username_key, first_name, last_name) \
                 SELECT {ABOVE} + n, 'person_' || n, 'person_' || n, '', '' FROM generate_series(1, {people}) n \
                 UNION ALL SELECT {reader}, '{name}', '{name}', '', ''"
            ),
            format!(
                "INSERT INTO chats (uri, name, created_by, member_count, last_seq, last_at, created_at) \
                 SELECT CASE WHEN n % {every} = 0 AND n / {every} <= {CHATS} \
                 THEN 'reader-' || lpad((n / {every})::text, 8, '0') ELSE 'around-' || lpad(n::text, 8, '0') END, \
                 'Chat ' || n, 0, {MEMBERS}, {MEMBERS} + {MESSAGES}, 0, 1767225600000000 \
                 FROM generate_series(1, {chats}) n"
            ),
            format!(
                "INSERT INTO members (chat_id, user_id, joined_at, role) \
                 SELECT chats.id, {}, 1767225600000000 + j, CASE j WHEN 0 THEN {OWNER} ELSE {MEMBER} END FROM chats, generate_series(0, {MEMBERS} - 1) j",
                member("j")
            ),
            format!(
                "INSERT INTO messages (chat_id, seq, sender_id, client_id, text, at) \
                 SELECT chats.id, {MEMBERS} + k, {sender}, 'c-' || chats.id || '-' || k, \
                 rpad('Message ' || k || ' of chat ' || chats.id || ' ', 200, 'and so it goes on '), {} \
                 FROM generate_series(1, {MESSAGES}) k, chats ORDER BY k, chats.id",
                at("k")
            ),
            format!(
                "UPDATE chats SET created_by = {}, link = uri, last_at = {}, last_message_id = messages.id FROM messages \
                 WHERE messages.chat_id = chats.id AND messages.seq = {MEMBERS} + {MESSAGES}",
                member("0"),
                at(&MESSAGES.to_string())
            ),
            format!(
                "INSERT INTO events (chat_id, seq, kind, frame) \
                 SELECT chats.id, messages.seq, 'message.created', json_build_object('type', 'event', \
                 'chat', chats.uri, 'seq', messages.seq, 'at', when_sent.at, 'kind', 'message.created', \
                 'data', json_build_object('id', messages.id, 'seq', messages.seq, 'user', json_build_object( \
                 'id', users.id, 'username', users.username, 'first_name', '', 'last_name', ''), \
                 'message', messages.text, 'at', when_sent.at, 'client_id', messages.client_id)) \
                 FROM chats JOIN messages ON messages.chat_id = chats.id JOIN users ON users.id = messages.sender_id, \
                 LATERAL (SELECT to_char(to_timestamp(messages.at / 1000000) AT TIME ZONE 'UTC', \
                 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS at) when_sent \
                 WHERE messages.seq > {MEMBERS} + {MESSAGES} - {EVENTS} ORDER BY messages.seq, chats.id"
            ),
            for_each_index("indexdef"),
            "RESET session_replication_role; RESET synchronous_commit; RESET maintenance_work_mem".to_owned(),
            // As autovacuum leaves it, which then has nothing to do while it is measured.
            "VACUUM ANALYZE".to_owned(),
        ]
    }
}

/// Runs a statement for each index that was put aside.
fn for_each_index(statement: &str) -> String {
    format!(
        "DO $$ DECLARE statement TEXT; BEGIN \
         FOR statement IN SELECT {statement} FROM indexes LOOP EXECUTE statement; END LOOP; END $$"
    )
}
