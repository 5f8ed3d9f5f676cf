//! Chats, members, messages: chat-api owns the truth about every chat, and publishes what happened.
//!
//! A durable change is one transaction (the chat's next `seq`, the rows, the event and its place in the outbox),
//! then an announcement on the bus. See [`change`] for the way of everything but sends, [`messages`] for how sends
//! share transactions, [`events`] for how seqs are given, [`publish`] for how events reach the bus whatever dies
//! meanwhile, [`routes`] for what there is.

mod change;
mod chats;
mod events;
mod figures;
mod internal;
mod members;
mod messages;
mod operate;
mod publish;
mod reactions;
mod retention;
mod routes;
mod schema;
mod search;
mod settings;
mod state;
mod users;

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Data, ServiceConfig};
use diesel_migrations::embed_migrations;
use service_kit::bus::Bus;
use service_kit::credential::Expected;
use service_kit::db::{Db, Migrations, SqliteStanding, look_at_sqlite};
use service_kit::host::{Service, Task};
use service_kit::http::Peer;
use service_kit::rate::Rate;
use service_kit::shutdown::Shutdown;
use service_kit::token::Verifier;
use service_kit::{Error, Result, StartError};
use shared_proto::UserId;
use tokio::time::timeout;

use messages::Committer;
pub use operate::{Account, Operation, export_chat, export_user, operate};
use publish::Publisher;
pub use settings::{DEFAULTS, Limits, Retention, Settings};
use state::State;

const MIGRATIONS: Migrations =
    Migrations { postgres: embed_migrations!("migrations/postgres"), sqlite: embed_migrations!("migrations/sqlite") };

/// How a SQLite file stands; refused when this version can't use it. Blocks.
pub fn look_at(path: &Path) -> Result<SqliteStanding, StartError> {
    look_at_sqlite(path, MIGRATIONS.sqlite)
}

/// chat-api, ready to be hosted.
#[allow(missing_debug_implementations, reason = "pools and channels have nothing to show")]
pub struct ChatApi {
    verifier: Verifier,
    expected: Expected,
    state: Arc<State>,
}

impl ChatApi {
    /// Opens the database (and brings its schema up to date) and checks the settings. Nothing is served yet.
    pub async fn open(settings: Settings, bus: Bus) -> Result<Arc<Self>, StartError> {
        figures::describe_all();
        settings.check()?;
        let expected = Expected::new(&settings.internal.credential)?;
        let db = Db::open("chat", &settings.database, MIGRATIONS).await?;
        let publisher = Publisher::new(bus.clone(), db.clone());
        let state = State {
            auth: Peer::new("auth-service", &settings.auth.internal_url, settings.internal.credential.sent()),
            committer: Committer::new(db.clone(), publisher.clone()),
            publisher,
            sends: match settings.limits {
                Limits { enabled: true, sends_per_second, sends_at_once } => Rate::new(sends_per_second, sends_at_once),
                Limits { enabled: false, .. } => Rate::unlimited(),
            },
            retention: settings.retention,
            bus,
            db,
        };
        let verifier = Verifier::remote(&settings.tokens, &settings.auth.jwks_url);
        Ok(Arc::new(Self { verifier, expected, state: Arc::new(state) }))
    }
}

impl Service for ChatApi {
    fn name(&self) -> &'static str {
        "chat-api"
    }

    fn routes(&self, cfg: &mut ServiceConfig) {
        cfg.app_data(Data::new(self.verifier.clone())).app_data(Data::from(self.state.clone()));
        routes::public(cfg);
    }

    fn internal_routes(&self, cfg: &mut ServiceConfig) {
        cfg.app_data(self.expected.clone()).app_data(Data::from(self.state.clone()));
        routes::internal(cfg);
    }

    fn ready(&self) -> Pin<Box<dyn Future<Output = Result<(), &'static str>>>> {
        let db = self.state.db.clone();
        Box::pin(async move { if db.is_up().await { Ok(()) } else { Err("the database does not answer") } })
    }

    fn degraded(&self) -> Option<&'static str> {
        self.state.bus.is_away().then_some("the broker is away: messages are stored, and wait in the outbox")
    }

    fn run(self: Arc<Self>, shutdown: Shutdown) -> Task {
        Box::pin(async move {
            let state = &self.state;
            tokio::join!(
                state.committer.run(shutdown.clone()),
                state.publisher.run(shutdown.clone()),
                forget_rates(&state.sends, shutdown.clone()),
                users::feed::run(state, shutdown.clone()),
                chats::purge::run(&state.db, shutdown.clone()),
                retention::run(&state.db, state.retention, shutdown),
            );
        })
    }
}

/// Lets go of those who are held back no more, every minute.
async fn forget_rates(rate: &Rate<UserId>, shutdown: Shutdown) {
    while timeout(Duration::from_secs(60), shutdown.stopping()).await.is_err() {
        rate.forget();
    }
}

/// Text that was checked when it was stored.
fn stored<T: TryFrom<String, Error: std::error::Error + Send + Sync + 'static>>(text: String) -> Result<T> {
    T::try_from(text).map_err(|e| Error::internal("a stored text does not keep its rules", e))
}

/// How many entries of a list are asked for.
fn limit(asked: Option<i64>, default: i64, most: i64) -> Result<i64> {
    match asked.unwrap_or(default) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        other => Err(Error::invalid("limit", format!("{other} is not between 1 and {most}"))),
    }
}

/// Ids as they stand in an SQL `IN (…)`; never matches when there are none. (SQLite can't bind lists.)
fn numbers(ids: &[i64]) -> String {
    if ids.is_empty() {
        return "NULL".to_owned();
    }
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}
