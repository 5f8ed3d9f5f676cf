//! Making connections, and deciding which may be used again.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::Ordering;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, ConnectionError};

use super::{Conn, Generation, Target};

/// Every wait of a statement has a bound: 10 s to run, 5 s for a lock; a dead peer is noticed within 15 s.
const POSTGRES_BOUNDS: &str = "SET statement_timeout = 10000; SET lock_timeout = 5000; \
     SET idle_in_transaction_session_timeout = 15000; SET client_min_messages = warning";
/// Plans are kept for as long as the connection lives, and a table that is empty today is big tomorrow: every statement
/// has its index, and looks its rows up in it one by one from the first day.
const POSTGRES_PLANS: &str =
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off";
/// A commit is on disk before it is acknowledged (`synchronous=FULL`), and readers never wait for the writer (WAL).
/// The WAL is written back when it has 16 MB: a page that changed often meanwhile is written once.
const SQLITE_MODE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA busy_timeout = 5000; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000";

pub(super) struct Manager {
    target: Target,
    generation: Generation,
}

/// A connection with what decides whether it may be used again.
pub(super) struct Pooled {
    pub(super) conn: Conn,
    born: u64,
    generation: Generation,
}

impl Pooled {
    /// The connection broke: the server is likely to have restarted, so all older ones are given up with it.
    pub(super) fn give_up(&self) {
        self.generation.fetch_max(self.born + 1, Ordering::Relaxed);
    }

    fn is_stale(&self) -> bool {
        self.born < self.generation.load(Ordering::Relaxed)
    }
}

impl Manager {
    pub(super) fn new(target: Target) -> Self {
        Self { target, generation: Generation::default() }
    }
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = ConnectionError;

    fn connect(&self) -> Result<Pooled, ConnectionError> {
        let born = self.generation.load(Ordering::Relaxed);
        Ok(Pooled { conn: connect(&self.target)?, born, generation: self.generation.clone() })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), ConnectionError> {
        if pooled.is_stale() {
            Err(ConnectionError::BadConnection("opened before the connection to the server broke".into()))
        } else {
            Ok(())
        }
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        std::thread::panicking() || pooled.is_stale() || pooled.conn.is_unclean()
    }
}

pub(super) fn connect(target: &Target) -> Result<Conn, ConnectionError> {
    match target {
        Target::Postgres(url) => {
            let mut conn = PgConnection::establish(&with_bounds(url))?;
            conn.batch_execute(POSTGRES_BOUNDS).map_err(ConnectionError::CouldntSetupConfiguration)?;
            conn.batch_execute(POSTGRES_PLANS).map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(Conn::Pg(conn))
        }
        Target::Sqlite(path) => {
            if let Some(folder) = Path::new(path).parent().filter(|f| !f.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder).map_err(|e| {
                    ConnectionError::BadConnection(format!("can't make the folder {}: {e}", folder.display()))
                })?;
            }
            keep_private(path)?;
            let mut conn = SqliteConnection::establish(path)?;
            conn.batch_execute(SQLITE_MODE).map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(Conn::Sqlite(conn))
        }
    }
}

/// Makes the file readable by its owner only; SQLite gives its companions (`-wal`, `-shm`) the same mode.
fn keep_private(path: &str) -> Result<(), ConnectionError> {
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|e| ConnectionError::BadConnection(format!("can't open {path} for writing: {e}")))
}

/// Adds libpq's own time limits, unless the URL has some.
fn with_bounds(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in [
        ("connect_timeout", "3"),
        ("tcp_user_timeout", "15000"),
        ("keepalives_idle", "5"),
        ("keepalives_interval", "3"),
        ("keepalives_count", "3"),
    ] {
        if !url.contains(name) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{name}={value}"));
        }
    }
    url
}
