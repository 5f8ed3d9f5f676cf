//! Chats, members, messages: chat-api owns the truth about every chat, and publishes what happened.
//!
//! A durable change is one transaction (the chat's next `seq`, the rows, the event and its place in the outbox),
//! then an announcement on the bus. See [`messages`] for how sends share transactions, [`events`] for how seqs are
//! given, [`publish`] for how events reach the bus whatever dies meanwhile.

mod chats;
mod events;
mod internal;
mod messages;
mod publish;
mod schema;
mod settings;
mod state;
mod users;

use std::pin::Pin;
use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};
use diesel_migrations::embed_migrations;
use service_kit::bus::Bus;
use service_kit::credential::Expected;
use service_kit::db::{Db, Migrations};
use service_kit::host::{Service, Task};
use service_kit::http::Peer;
use service_kit::shutdown::Shutdown;
use service_kit::token::Verifier;
use service_kit::{Error, Result, StartError};

use messages::Committer;
use publish::Publisher;
pub use settings::{DEFAULTS, Settings};
use state::State;

const MIGRATIONS: Migrations =
    Migrations { postgres: embed_migrations!("migrations/postgres"), sqlite: embed_migrations!("migrations/sqlite") };

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
        let expected = Expected::new(settings.internal.credential.clone())?;
        let db = Db::open(&settings.database, MIGRATIONS).await?;
        let publisher = Publisher::new(bus, db.clone());
        let state = State {
            auth: Peer::new("auth-service", &settings.auth.internal_url, settings.internal.credential),
            committer: Committer::new(db.clone(), publisher.clone()),
            publisher,
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
        cfg.app_data(Data::new(self.verifier.clone()))
            .app_data(Data::from(self.state.clone()))
            .service(
                web::resource("/api/chats/").route(web::post().to(chats::create)).route(web::get().to(chats::list)),
            )
            .service(
                web::resource("/api/chats/{uri}/")
                    .route(web::get().to(chats::show))
                    .route(web::patch().to(chats::join)),
            )
            .service(
                web::resource("/api/chats/{uri}/messages/")
                    .route(web::get().to(messages::history))
                    .route(web::post().to(messages::send)),
            )
            .service(web::resource("/api/chats/{uri}/events/").route(web::get().to(events::sync)));
    }

    fn internal_routes(&self, cfg: &mut ServiceConfig) {
        cfg.app_data(self.expected.clone())
            .app_data(Data::from(self.state.clone()))
            .route("/internal/sends/", web::post().to(internal::sends))
            .route("/internal/users/chats/", web::post().to(internal::users_chats))
            .route("/internal/events/", web::post().to(internal::events_after));
    }

    fn ready(&self) -> Pin<Box<dyn Future<Output = Result<(), &'static str>>>> {
        let db = self.state.db.clone();
        // A broker that is away is no reason to turn clients away: sends commit and wait in the outbox.
        Box::pin(async move { if db.is_up().await { Ok(()) } else { Err("the database does not answer") } })
    }

    fn run(self: Arc<Self>, shutdown: Shutdown) -> Task {
        Box::pin(async move {
            tokio::join!(self.state.committer.run(shutdown.clone()), self.state.publisher.run(shutdown));
        })
    }
}

/// Text that was checked when it was stored.
fn stored<T: TryFrom<String, Error: std::error::Error + Send + Sync + 'static>>(text: String) -> Result<T> {
    T::try_from(text).map_err(|e| Error::internal("a stored text does not keep its rules", e))
}
