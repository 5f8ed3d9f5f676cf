//! One connection, to either backend.

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;

use crate::Error;

/// A connection to either backend. Statements are written once, inside [`each_backend!`](crate::each_backend),
/// and checked by the compiler for both.
#[allow(missing_debug_implementations, reason = "the backends' connections have none")]
pub enum Conn {
    /// PostgreSQL.
    Pg(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Runs an expression over either backend: `each_backend!(conn, c => users::table.load::<User>(c))`.
///
/// The body is type-checked once per backend, so everything that both can do may be used: multi-row inserts,
/// `ON CONFLICT`, `RETURNING`. (diesel's own `MultiConnection` derive can't express those, which is why this is the
/// one way in which all statements are written.)
#[macro_export]
macro_rules! each_backend {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Pg($c) => $body,
            $crate::db::Conn::Sqlite($c) => $body,
        }
    };
}

impl Conn {
    /// Runs `work` in a transaction: committed when it returns `Ok`, rolled back otherwise. On SQLite the writer's
    /// place is taken at the beginning (`BEGIN IMMEDIATE`), so that it can't fail half-way with "database is locked".
    pub fn transaction<T, E: From<Error>>(&mut self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.begin().map_err(Error::from)?;
        self.finish(work)
    }

    fn finish<T, E: From<Error>>(&mut self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        match work(self) {
            Ok(value) => {
                self.commit().map_err(Error::from)?;
                Ok(value)
            }
            Err(error) => {
                if let Err(rollback) = self.rollback() {
                    tracing::warn!(%rollback, "a transaction could not be rolled back; its connection is given up");
                }
                Err(error)
            }
        }
    }

    /// Runs statements that only read and must agree with each other: all of them see the database as it was at one
    /// moment, whatever is committed meanwhile.
    pub fn snapshot<T, E: From<Error>>(&mut self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let begun = match self {
            Conn::Pg(c) => {
                AnsiTransactionManager::begin_transaction_sql(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            }
            Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN DEFERRED"),
        };
        begun.map_err(Error::from)?;
        self.finish(work)
    }

    fn begin(&mut self) -> diesel::QueryResult<()> {
        match self {
            Conn::Pg(c) => AnsiTransactionManager::begin_transaction(c),
            Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
        }
    }

    fn commit(&mut self) -> diesel::QueryResult<()> {
        crate::each_backend!(self, c => AnsiTransactionManager::commit_transaction(c))
    }

    fn rollback(&mut self) -> diesel::QueryResult<()> {
        crate::each_backend!(self, c => AnsiTransactionManager::rollback_transaction(c))
    }

    /// In the middle of a transaction, or no longer sure whether.
    pub(super) fn is_unclean(&mut self) -> bool {
        crate::each_backend!(self, c => AnsiTransactionManager::is_broken_transaction_manager(c))
    }
}
