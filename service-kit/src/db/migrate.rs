//! Bringing the schema up to date at start.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

use super::{Conn, Target, manager};
use crate::StartError;

/// A service's migrations, one folder for each backend (`migrations/postgres`, `migrations/sqlite`).
#[allow(missing_debug_implementations, reason = "embedded SQL files")]
pub struct Migrations {
    /// For PostgreSQL.
    pub postgres: EmbeddedMigrations,
    /// For SQLite.
    pub sqlite: EmbeddedMigrations,
}

/// Only one replica migrates at a time. The others ask again and again instead of waiting inside a statement, for which
/// `CREATE INDEX CONCURRENTLY` would wait in turn.
const TRY_LOCK: &str = "SELECT pg_try_advisory_lock(4848321) AS ours";
const UNLOCK: &str = "SELECT pg_advisory_unlock(4848321)";
const ASK_EVERY: Duration = Duration::from_millis(100);
/// How long another replica may take; building an index on a big table takes a while.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// Statements may take as long; locks on tables are given up soon, so that nobody waits behind us.
const BOUNDS: &str = "SET statement_timeout = 1800000; SET lock_timeout = 5000";
/// An index whose building was interrupted: it is of no use, and in the way of a second try.
const INVALID_INDEXES: &str = "SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_index i \
     JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE NOT i.indisvalid AND n.nspname = current_schema()";

#[derive(QueryableByName)]
struct Lock {
    #[diesel(sql_type = Bool)]
    ours: bool,
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
}

pub(super) fn run(target: &Target, migrations: Migrations) -> Result<(), StartError> {
    let failed =
        |what: &str, e: &dyn std::fmt::Display| StartError::new(format!("database: {what} {}: {e}", target.shown()));
    let mut conn = manager::connect(target).map_err(|e| failed("can't open", &e))?;
    let result = match &mut conn {
        Conn::Pg(c) => {
            lock(c).map_err(|e| failed("another replica has been migrating for too long on", &e))?;
            let result = on_postgres(c, migrations.postgres);
            c.batch_execute(UNLOCK).map_err(|e| failed("can't end the migration on", &e))?;
            result
        }
        Conn::Sqlite(c) => {
            c.run_pending_migrations(migrations.sqlite).map(|done| done.len()).map_err(|e| e.to_string())
        }
    };
    match result {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "database schema was brought up to date"),
        Err(error) => return Err(failed("can't migrate", &error)),
    }
    Ok(())
}

fn lock(conn: &mut PgConnection) -> Result<(), String> {
    let since = Instant::now();
    loop {
        let Lock { ours } = diesel::sql_query(TRY_LOCK).get_result(conn).map_err(|e| e.to_string())?;
        if ours {
            return Ok(());
        }
        if since.elapsed() > PATIENCE {
            return Err(format!("gave up after {} minutes", PATIENCE.as_secs() / 60));
        }
        #[expect(clippy::disallowed_methods, reason = "runs on a blocking thread")]
        std::thread::sleep(ASK_EVERY);
    }
}

fn on_postgres(conn: &mut PgConnection, migrations: EmbeddedMigrations) -> Result<usize, String> {
    conn.batch_execute(BOUNDS).map_err(|e| e.to_string())?;
    let invalid: Vec<Index> = diesel::sql_query(INVALID_INDEXES).load(conn).map_err(|e| e.to_string())?;
    for Index { name } in invalid {
        tracing::warn!(name, "an index was not finished; it is dropped and built again");
        conn.batch_execute(&format!("DROP INDEX CONCURRENTLY {name}")).map_err(|e| e.to_string())?;
    }
    conn.run_pending_migrations(migrations).map(|done| done.len()).map_err(|e| e.to_string())
}
