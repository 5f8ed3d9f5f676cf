//! Bringing the schema up to date at start.

use diesel::connection::SimpleConnection;
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

/// Only one replica migrates at a time; the others wait here and find nothing left to do.
const LOCK: &str = "SET statement_timeout = 120000; SELECT pg_advisory_lock(4848321)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(4848321)";

pub(super) fn run(target: &Target, migrations: Migrations) -> Result<(), StartError> {
    let failed =
        |what: &str, e: &dyn std::fmt::Display| StartError::new(format!("database: {what} {}: {e}", target.shown()));
    let mut conn = manager::connect(target).map_err(|e| failed("can't open", &e))?;
    let result = match &mut conn {
        Conn::Pg(c) => {
            c.batch_execute(LOCK).map_err(|e| failed("another replica has been migrating for too long on", &e))?;
            let result =
                c.run_pending_migrations(migrations.postgres).map(|done| done.len()).map_err(|e| e.to_string());
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
