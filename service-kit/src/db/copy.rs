//! Copies of SQLite files that are in use, and whether a file is whole.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

use crate::StartError;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Writes the database in `from` to a new file, as it is at one moment, while others read and write it: nobody waits for
/// it. The copy is one file of its own, without gaps, readable by its owner only. Blocks.
pub fn copy_sqlite(from: &Path, to: &Path) -> Result<(), StartError> {
    let failed =
        |e: &dyn std::fmt::Display| StartError::new(format!("can't copy {} to {}: {e}", from.display(), to.display()));
    let target = to.to_str().ok_or_else(|| failed(&"its path is no text"))?;
    // SQLite writes into an empty file, which keeps its mode.
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(|e| failed(&e))?;
    let mut conn = open(from)?;
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(target).execute(&mut conn).map_err(|e| failed(&e))?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(|e| failed(&e))
}

/// Looks at every page and every index of a file, and that every row refers to what is there. Blocks.
pub fn check_sqlite(path: &Path) -> Result<(), StartError> {
    let bad = |what: &str| StartError::new(format!("{} is damaged: {what}", path.display()));
    let mut conn = open(path)?;
    let lines: Vec<Line> = diesel::sql_query("SELECT integrity_check AS line FROM pragma_integrity_check LIMIT 3")
        .load(&mut conn)
        .map_err(|e| bad(&e.to_string()))?;
    let lines: Vec<String> = lines.into_iter().map(|row| row.line).collect();
    if lines != ["ok"] {
        return Err(bad(&lines.join("; ")));
    }
    let Count { count } = diesel::sql_query("SELECT count(*) AS count FROM pragma_foreign_key_check")
        .get_result(&mut conn)
        .map_err(|e| bad(&e.to_string()))?;
    if count > 0 { Err(bad(&format!("{count} rows refer to what is not there"))) } else { Ok(()) }
}

/// How a file stands.
#[derive(Debug)]
pub struct SqliteStanding {
    /// With what waits beside it to be written into it.
    pub bytes: u64,
    /// Migrations that the next start will run.
    pub waiting: usize,
    /// Rows of its outbox.
    pub outbox: i64,
}

/// Looks at a file, also while it is in use. Refuses one that was made by a newer version than this one: with migrations
/// that it does not know. Blocks.
pub fn look_at_sqlite(path: &Path, migrations: EmbeddedMigrations) -> Result<SqliteStanding, StartError> {
    let failed = |e: &dyn std::fmt::Display| StartError::new(format!("can't read {}: {e}", path.display()));
    let mut conn = open(path)?;
    let known = MigrationSource::<Sqlite>::migrations(&migrations).map_err(|e| failed(&e))?;
    let known: Vec<String> = known.iter().map(|migration| migration.name().version().to_string()).collect();
    let applied = conn.applied_migrations().map_err(|e| failed(&e))?;
    let applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
    if applied.is_empty() {
        return Err(failed(&"it is no database of Chatire"));
    }
    if let Some(unknown) = applied.iter().find(|version| !known.contains(version)) {
        let shown = path.display();
        let line = format!("{shown} was made by a newer version (by its migration {unknown}): use that version");
        return Err(StartError::new(line));
    }
    let outbox = "SELECT count(*) AS count FROM outbox";
    let Count { count: outbox } = diesel::sql_query(outbox).get_result(&mut conn).map_err(|e| failed(&e))?;
    let beside = path.with_extension("db-wal");
    let bytes = [path, &beside].iter().filter_map(|path| path.metadata().ok()).map(|file| file.len()).sum();
    Ok(SqliteStanding { bytes, waiting: known.len() - applied.len(), outbox })
}

/// Only a file that is there. Not as [`super::manager`] does it: nothing is to be changed, not even the mode.
fn open(path: &Path) -> Result<SqliteConnection, StartError> {
    let failed = |e: &dyn std::fmt::Display| StartError::new(format!("can't open {}: {e}", path.display()));
    if !path.is_file() {
        return Err(failed(&"there is no such file"));
    }
    let text = path.to_str().ok_or_else(|| failed(&"its path is no text"))?;
    let mut conn = SqliteConnection::establish(text).map_err(|e| failed(&e))?;
    conn.batch_execute("PRAGMA busy_timeout = 10000").map_err(|e| failed(&e))?;
    Ok(conn)
}
