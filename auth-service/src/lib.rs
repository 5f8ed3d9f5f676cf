//! Accounts, sign-in, sessions and signing keys.
//!
//! Whoever signs in begins a session: one device, with an access token of a few minutes (a JWT that every service
//! verifies by itself) and a refresh token that is exchanged at each use. Only this service holds private keys and
//! knows which sessions live. A session that ends is told to all gateways over the bus, at least once.

mod access;
mod audit;
mod client;
mod figures;
mod keys;
mod limits;
mod mail;
mod opaque_token;
mod operate;
mod outbox;
mod passwords;
mod routes;
mod schema;
mod second_factor;
mod sessions;
mod settings;
mod state;
#[cfg(test)]
mod testing;
mod users;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::ServiceConfig;
use service_kit::bus::Bus;
use service_kit::host::Task;
use service_kit::shutdown::Shutdown;
use service_kit::token::Verifier;
use service_kit::{Service, StartError};

pub use operate::{Operation, export_user, operate};
pub use settings::{Keys, Limits, Mail, Passwords, Refresh, Settings, Status};
use state::State;
pub use state::look_at;

/// The documented default settings, as TOML.
pub const DEFAULTS: &str = include_str!("../settings.toml");

/// How long the last messages may take to go out when the process ends.
const FLUSH_WITHIN: Duration = Duration::from_secs(3);
/// The last flush also takes what its own request has not got out yet, in seconds ahead.
const FLUSH_AHEAD: i64 = 30;

/// The service, opened and checked. Served by [`service_kit::host::Listeners::serve`].
pub struct AuthService {
    state: Arc<State>,
}

impl AuthService {
    /// Opens the database (bringing its schema up to date) and the signing keys (making the first one). Any number of
    /// replicas may do so at once. An error is one line that names the setting to change.
    pub async fn open(settings: Settings, bus: Bus) -> Result<Arc<Self>, StartError> {
        figures::describe_all();
        Ok(Arc::new(Self { state: Arc::new(State::open(settings, bus).await?) }))
    }

    /// Verifies access tokens with this service's keys, always the current ones: for the other services of the same
    /// process.
    pub fn verifier(&self) -> Verifier {
        self.state.keys.verifier().clone()
    }
}

impl Service for AuthService {
    fn name(&self) -> &'static str {
        "auth-service"
    }

    fn routes(&self, cfg: &mut ServiceConfig) {
        routes::public(&self.state, cfg);
    }

    fn internal_routes(&self, cfg: &mut ServiceConfig) {
        routes::internal(&self.state, cfg);
    }

    fn ready(&self) -> Pin<Box<dyn Future<Output = Result<(), &'static str>>>> {
        let db = self.state.db.clone();
        Box::pin(async move { if db.is_up().await { Ok(()) } else { Err("the database") } })
    }

    /// People sign in and tokens are refreshed without it.
    fn degraded(&self) -> Option<&'static str> {
        let without = "the broker is away: gateways hear later which sessions have ended and who changed";
        self.state.outbox.bus_is_away().then_some(without)
    }

    fn run(self: Arc<Self>, shutdown: Shutdown) -> Task {
        Box::pin(async move {
            let State { db, keys, outbox, lifetimes, limits, .. } = &*self.state;
            // Each of these may be dropped at any point: what it left undone is found in the database.
            tokio::select! {
                () = shutdown.stopping() => {}
                () = keys.keep_current() => {}
                () = outbox.relay() => {}
                () = sessions::sweep(db, *lifetimes) => {}
                () = limits.sweep(db) => {}
                () = passwords::keep_mailing(&self.state) => {}
                () = figures::watch(db) => {}
            }
            if !matches!(tokio::time::timeout(FLUSH_WITHIN, outbox.flush(FLUSH_AHEAD)).await, Ok(Ok(_))) {
                tracing::warn!("messages are left in the outbox; they go out at the next start");
            }
        })
    }
}
