//! What is stored, read from the databases themselves.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::deserialize::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection, sql_query};

use crate::Result;
use crate::failure::Failure;

/// The table of messages that a system keeps.
#[derive(Clone, Debug)]
pub(crate) enum Ledger {
    /// chat-api's, or the reference's: by its URL.
    Postgres { url: String, has_outbox: bool },
    /// chat-api's in the standalone process: its file.
    Sqlite(PathBuf),
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub(crate) struct Stored {
    #[diesel(sql_type = BigInt)]
    pub(crate) id: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) client_id: Option<String>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    value: String,
}

impl Ledger {
    /// The newest message's id; 0 when there is none.
    pub(crate) fn newest(&self) -> Result<i64> {
        self.number("SELECT COALESCE(max(id), 0) AS value FROM messages")
    }

    /// Messages that are stored but not published yet.
    pub(crate) fn unpublished(&self) -> Result<i64> {
        match self {
            Ledger::Postgres { has_outbox: true, .. } => self.number("SELECT count(*) AS value FROM outbox"),
            _ => Ok(0),
        }
    }

    /// All messages with greater ids.
    pub(crate) fn after(&self, id: i64) -> Result<Vec<Stored>> {
        let query = format!("SELECT id, client_id FROM messages WHERE id > {id}");
        match self {
            Ledger::Postgres { url, .. } => Postgres::connect(url)?.rows(&query),
            Ledger::Sqlite(file) => sqlite_rows(file, &query),
        }
    }

    /// Runs statements in the database in which the messages are.
    pub(crate) fn execute(&self, statements: &str) -> Result<()> {
        match self {
            Ledger::Postgres { url, .. } => Postgres::connect(url)?.execute(statements),
            Ledger::Sqlite(file) => {
                sqlite(file)?.batch_execute(statements).map_err(|e| Failure::while_doing(statements, e))
            }
        }
    }

    /// After many rows were written at once: as it is left by what PostgreSQL does by itself, but now.
    pub(crate) fn tidy_up(&self) -> Result<()> {
        match self {
            Ledger::Postgres { .. } => self.execute("VACUUM ANALYZE"),
            Ledger::Sqlite(_) => Ok(()),
        }
    }

    fn number(&self, query: &str) -> Result<i64> {
        let rows: Vec<Number> = match self {
            Ledger::Postgres { url, .. } => Postgres::connect(url)?.rows(query)?,
            Ledger::Sqlite(file) => sqlite_rows(file, query)?,
        };
        rows.first().map(|row| row.value).ok_or_else(|| Failure::while_doing(query, "no answer"))
    }
}

fn sqlite_rows<T>(file: &Path, query: &str) -> Result<Vec<T>>
where
    T: QueryableByName<diesel::sqlite::Sqlite> + 'static,
{
    sql_query(query).load(&mut sqlite(file)?).map_err(|e| Failure::while_doing(query, e))
}

fn sqlite(file: &Path) -> Result<SqliteConnection> {
    let failed = |e: &dyn std::fmt::Display| Failure::while_doing(&file.display().to_string(), e);
    // Opening makes a file that is not there.
    if !file.exists() {
        return Err(failed(&"it is not there"));
    }
    let mut connection = SqliteConnection::establish(&file.to_string_lossy()).map_err(|e| failed(&e))?;
    connection.batch_execute("PRAGMA busy_timeout = 5000").map_err(|e| failed(&e))?;
    Ok(connection)
}

/// A connection to PostgreSQL.
pub(crate) struct Postgres(PgConnection);

impl Postgres {
    pub(crate) fn connect(url: &str) -> Result<Self> {
        PgConnection::establish(url).map(Self).map_err(|e| Failure::while_doing("PostgreSQL", e))
    }

    /// Runs statements.
    pub(crate) fn execute(&mut self, statements: &str) -> Result<()> {
        self.0.batch_execute(statements).map_err(|e| Failure::while_doing(statements, e))
    }

    /// Asks for one text, named `value`.
    pub(crate) fn text(&mut self, query: &str) -> Result<String> {
        let rows: Vec<Word> = self.rows(query)?;
        rows.into_iter().next().map(|row| row.value).ok_or_else(|| Failure::while_doing(query, "no answer"))
    }

    fn rows<T: QueryableByName<diesel::pg::Pg> + 'static>(&mut self, query: &str) -> Result<Vec<T>> {
        sql_query(query).load(&mut self.0).map_err(|e| Failure::while_doing(query, e))
    }
}
