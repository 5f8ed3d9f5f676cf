//! Sockets: who is connected, what they see, what they send.
//!
//! An event's way through the house: [`streams`] takes it from the bus and puts each chat in order, once for the
//! process; every worker's [`hub`] hands it to the subscribers among the worker's own sockets; a [`socket`] writes
//! it out. What is worth something only now (typing, read marks, [`presence`]) goes the same way, but only to those who
//! look. A send goes from the [`socket`] through [`sends`] to chat-api and comes back as an ack. The gateway keeps
//! nothing that could be lost: whatever is missed is asked of chat-api again ([`api`]).

mod api;
mod figures;
mod handshake;
mod hub;
mod limits;
mod presence;
mod revoked;
mod sends;
mod settings;
mod socket;
mod streams;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, Data, ServiceConfig};
use service_kit::bus::{Bus, Interest};
use service_kit::credential::Expected;
use service_kit::host::{Service, Task};
use service_kit::http::Peer;
use service_kit::origin::AllowedOrigins;
use service_kit::shutdown::Shutdown;
use service_kit::token::Verifier;
use service_kit::{Result, StartError};

use api::ChatApi;
use hub::Hub;
use limits::Limits;
use presence::Presence;
use revoked::Revoked;
pub use settings::{DEFAULTS, Settings, Sockets};
use socket::Writer;
pub use socket::echo;
#[cfg(any(test, fuzzing))]
pub use socket::fuzzing;
use streams::Streams;

/// How often limits forget those whom they hold back no more.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// ws-gateway, ready to be hosted.
#[allow(missing_debug_implementations, reason = "channels have nothing to show")]
pub struct Gateway {
    settings: Settings,
    origins: AllowedOrigins,
    verifier: Verifier,
    revoked: Revoked,
    streams: Streams,
    presence: Presence,
    limits: Limits,
    bus: Bus,
}

impl Gateway {
    /// Checks the settings. Nothing is served yet, and neither bus nor chat-api need be there.
    pub async fn open(settings: Settings, bus: Bus) -> Result<Arc<Self>, StartError> {
        figures::describe_all();
        Expected::new(&settings.internal.credential)?;
        if settings.chat_api.internal_urls.is_empty() {
            return Err(StartError::new("settings: chat_api.internal_urls must name at least one address"));
        }
        Ok(Arc::new(Self {
            origins: AllowedOrigins::new(&settings.public_url, &settings.allowed_origins)?,
            verifier: Verifier::remote(&settings.tokens, &settings.auth.jwks_url),
            revoked: Revoked::default(),
            streams: Streams::new(),
            presence: Presence::new(),
            limits: Limits::new(settings.limits),
            bus,
            settings,
        }))
    }

    fn api(&self) -> ChatApi {
        ChatApi::new(&self.settings.chat_api.internal_urls, &self.settings.internal.credential.sent())
    }
}

impl Service for Gateway {
    fn name(&self) -> &'static str {
        "ws-gateway"
    }

    /// Called on each worker's own thread: the hub made here belongs to that worker alone.
    fn routes(&self, cfg: &mut ServiceConfig) {
        let frames = self.limits.frames();
        let forgotten = frames.clone();
        from_time_to_time(move || forgotten.forget());
        let (presence, bus) = (self.presence.clone(), self.bus.clone());
        let hub = Hub::start(&self.streams, presence, bus, self.api(), self.settings.sockets);
        cfg.app_data(Data::new(handshake::Door {
            hub,
            writer: Writer::start(),
            origins: self.origins.clone(),
            verifier: self.verifier.clone(),
            revoked: self.revoked.clone(),
            limits: self.limits.clone(),
            frames,
        }))
        .service(web::resource("/ws/").route(web::get().to(handshake::handshake)));
    }

    fn ready(&self) -> Pin<Box<dyn Future<Output = Result<(), &'static str>>>> {
        let ready = if !self.streams.has_been_connected() {
            Err("the bus was not reached yet")
        } else if !self.revoked.is_complete() {
            Err("auth-service did not tell yet which sessions have ended")
        } else {
            Ok(())
        };
        Box::pin(std::future::ready(ready))
    }

    fn degraded(&self) -> Option<&'static str> {
        self.bus.is_away().then_some("the broker is away: sends are acknowledged, and nobody hears anything new")
    }

    fn run(self: Arc<Self>, shutdown: Shutdown) -> Task {
        let auth =
            Peer::new("auth-service", &self.settings.auth.internal_url, self.settings.internal.credential.sent());
        Box::pin(async move {
            let revocations = revoked::Watch::new(auth, self.revoked.clone(), self.streams.clone());
            let limits = self.limits.clone();
            from_time_to_time(move || limits.forget());
            let heard = self.bus.subscribe(Interest::Everything);
            let presence = self.presence.clone();
            tokio::join!(
                self.streams.run(heard, self.api(), revocations, presence, shutdown.clone()),
                self.presence.run(self.bus.clone(), self.api(), self.streams.clone(), shutdown),
            );
        })
    }

    fn drain(self: Arc<Self>) -> Task {
        Box::pin(async move { self.streams.drain(self.settings.sockets.drain_seconds).await })
    }
}

/// As long as the thread lives.
fn from_time_to_time(forget: impl Fn() + 'static) {
    actix_web::rt::spawn(async move {
        loop {
            tokio::time::sleep(FORGET_EVERY).await;
            forget();
        }
    });
}
