//! The database: PostgreSQL or SQLite, by the URL's scheme, behind one pool.

mod connection;
mod copy;
mod figures;
mod manager;
mod migrate;
mod prepared;

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use tokio::sync::Semaphore;
use tokio::time::timeout;

pub use connection::Conn;
pub use copy::{SqliteStanding, check_sqlite, copy_sqlite, look_at_sqlite};
use figures::{Busy, PoolFigures};
use manager::Manager;
pub use migrate::Migrations;
pub use prepared::{Prepared, prepared};

use crate::settings::Database;
use crate::{Error, Result, StartError};

/// How long a request waits for a free connection.
const ACQUIRE: Duration = Duration::from_secs(4);
/// How long work may take altogether; statements have bounds of their own (see `manager`), which a frozen server does
/// not keep.
const ANSWER: Duration = Duration::from_secs(15);
/// How long the database may take to say that it is there.
const UP: Duration = Duration::from_secs(2);

/// A pool of connections. Cheap to clone. All work runs on blocking threads, never on an actix worker.
#[derive(Clone)]
pub struct Db {
    read: Pool,
    write: Pool,
}

/// Connections, and as many permits: who waits for one waits here, in a bounded time, and not on a blocking thread.
#[derive(Clone)]
struct Pool {
    connections: r2d2::Pool<Manager>,
    permits: Arc<Semaphore>,
    figures: PoolFigures,
}

/// Where the URL points.
#[derive(Clone, Debug)]
enum Target {
    Postgres(String),
    Sqlite(String),
}

impl Db {
    /// Connects, and brings the schema up to date (safe with several replicas starting at once). `name` says in figures
    /// which database it is.
    pub async fn open(name: &'static str, settings: &Database, migrations: Migrations) -> Result<Self, StartError> {
        let target = Target::parse(settings.url.expose())?;
        let connections = settings.connections.max(1);
        let opened = target.clone();
        let db = blocking(move || {
            migrate::run(&target, migrations)?;
            // SQLite has one writer at a time; a pool of one queues writers fairly instead of letting them spin.
            let one_writer = matches!(target, Target::Sqlite(_));
            let read =
                Pool::open(&target, connections, PoolFigures::new(name, if one_writer { "read" } else { "all" }))?;
            let write =
                if one_writer { Pool::open(&target, 1, PoolFigures::new(name, "write"))? } else { read.clone() };
            Ok(Db { read, write })
        })
        .await
        .map_err(|_| StartError::new("database: opening it was interrupted"))??;
        tracing::info!(backend = opened.name(), "database is open");
        Ok(db)
    }

    /// Runs statements that only read.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.read.run(work).await
    }

    /// As [`Db::read`], for several statements that must agree: see [`Conn::snapshot`].
    pub async fn snapshot<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.read.run(move |conn| conn.snapshot(work)).await
    }

    /// Runs statements that write; wrap more than one in [`Conn::transaction`].
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.write.run(work).await
    }

    /// How many transactions can write at the same time: 1 in SQLite.
    pub fn writers(&self) -> usize {
        self.write.connections.max_size() as usize
    }

    /// Whether the database answers.
    pub async fn is_up(&self) -> bool {
        let asked = self.read(|conn| {
            Ok(crate::each_backend!(conn, c => diesel::RunQueryDsl::execute(diesel::sql_query("SELECT 1"), c))?)
        });
        let up = matches!(timeout(UP, asked).await, Ok(Ok(_)));
        self.read.figures.up(up);
        up
    }
}

impl Pool {
    fn open(target: &Target, size: u32, figures: PoolFigures) -> Result<Self, StartError> {
        let connections = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(ACQUIRE)
            .test_on_check_out(true) // asks no server: see Manager::is_valid
            .error_handler(Box::new(LogErrors))
            .build(Manager::new(target.clone()))
            .map_err(|e| StartError::new(format!("database: can't connect to {}: {e}", target.shown())))?;
        figures.has(size);
        Ok(Self { connections, permits: Arc::new(Semaphore::new(size as usize)), figures })
    }

    /// Every wait has a bound: for a place, for a connection, and for the work itself. A server that freezes keeps its
    /// connections busy, but nobody waits for it longer than [`ANSWER`].
    async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let began = Instant::now();
        let result = self.work(began, work).await;
        self.figures.worked(&result, began.elapsed());
        result
    }

    async fn work<T, F>(&self, began: Instant, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let away = |why: &'static str| Error::Unavailable("the database", Some(why.into()));
        let place = timeout(ACQUIRE, self.permits.clone().acquire_owned()).await;
        let place = place.map_err(|_| away("all connections are busy"))?.map_err(|_| away("it is closed"))?;
        self.figures.waited(began.elapsed());
        let busy = Busy::one_of(&self.figures);
        let connections = self.connections.clone();
        let working = blocking(move || {
            let _place = (place, busy);
            let mut pooled = connections.get().map_err(|e| Error::Unavailable("the database", Some(e.into())))?;
            let result = work(&mut pooled.conn);
            if let Err(Error::Database(error)) = &result
                && is_broken(error)
            {
                pooled.give_up();
            }
            result
        });
        let done = timeout(ANSWER, working).await.map_err(|_| away("it does not answer"))?;
        done.map_err(|e| Error::internal("database work was interrupted", e))?
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> std::result::Result<T, tokio::task::JoinError> {
    tokio::task::spawn_blocking(work).await
}

#[derive(Debug)]
struct LogErrors;

impl<E: std::fmt::Display> r2d2::HandleError<E> for LogErrors {
    fn handle_error(&self, error: E) {
        tracing::warn!(%error, "database connection failed");
    }
}

impl Target {
    fn parse(url: &str) -> Result<Self, StartError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Target::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(Target::Sqlite(path.to_owned())),
            _ => Err(StartError::new("settings: database.url must begin with postgres:// or sqlite: (a file's path)")),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Target::Postgres(_) => "postgres",
            Target::Sqlite(_) => "sqlite",
        }
    }

    /// For error messages: without a password.
    fn shown(&self) -> String {
        match self {
            Target::Sqlite(path) => path.clone(),
            Target::Postgres(url) => {
                let place = url.rsplit_once('@').map_or(url.as_str(), |(_, place)| place);
                format!("PostgreSQL at {}", place.split('?').next().unwrap_or_default())
            }
        }
    }
}

/// The connection itself is gone, not only the statement.
fn is_broken(error: &DieselError) -> bool {
    match error {
        DieselError::BrokenTransactionManager => true,
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => {
            true
        }
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            let text = info.message();
            [
                "server closed the connection",
                "terminating connection",
                "no connection to the server",
                "could not receive data",
            ]
            .iter()
            .any(|sign| text.contains(sign))
        }
        _ => false,
    }
}

/// Another try may well succeed: the connection broke, or somebody else was in the way.
pub(crate) fn is_passing(error: &DieselError) -> bool {
    is_broken(error)
        || matches!(error, DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _))
        || matches!(error, DieselError::DatabaseError(DatabaseErrorKind::Unknown, info)
            if ["deadlock detected", "lock timeout", "statement timeout", "database is locked", "the database system is"]
                .iter().any(|sign| info.message().contains(sign)))
}

/// Whether the error is the violation of a unique index; with its name, where the backend tells it.
pub fn is_unique_violation(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// Shared by all connections of a pool: after one broke, those opened before are not trusted any more.
type Generation = Arc<std::sync::atomic::AtomicU64>;
