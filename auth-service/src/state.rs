//! What all endpoints share.

use std::sync::Arc;

use service_kit::StartError;
use service_kit::bus::Bus;
use service_kit::credential::Expected;
use service_kit::db::{Db, Migrations, SqliteStanding, look_at_sqlite};
use service_kit::origin::AllowedOrigins;

use crate::access::AccessTokens;
use crate::keys::{self, Keyring, Sealing};
use crate::limits::Limits;
use crate::mail::Mailer;
use crate::outbox::Outbox;
use crate::passwords::{Passwords, Resets};
use crate::sessions::{Cookie, KnownDevices, Lifetimes};
use crate::settings::Settings;

const POSTGRES: diesel_migrations::EmbeddedMigrations = diesel_migrations::embed_migrations!("migrations/postgres");
const SQLITE: diesel_migrations::EmbeddedMigrations = diesel_migrations::embed_migrations!("migrations/sqlite");

/// How long a device is known: as long as browsers keep a cookie.
const DEVICE_DAYS: i64 = 400;

/// With its schema up to date.
pub(crate) async fn open_database(settings: &Settings) -> Result<Db, StartError> {
    Db::open("auth", &settings.database, Migrations { postgres: POSTGRES, sqlite: SQLITE }).await
}

/// How a SQLite file stands; refused when this version can't use it. Blocks.
pub fn look_at(path: &std::path::Path) -> Result<SqliteStanding, StartError> {
    look_at_sqlite(path, SQLITE)
}

/// Everything a request may need, opened and checked.
pub(crate) struct State {
    pub(crate) db: Db,
    pub(crate) keys: Keyring,
    pub(crate) sealing: Arc<Sealing>,
    pub(crate) access: AccessTokens,
    pub(crate) passwords: Passwords,
    pub(crate) resets: Resets,
    pub(crate) mailer: Mailer,
    pub(crate) outbox: Outbox,
    pub(crate) lifetimes: Lifetimes,
    /// Has the refresh token.
    pub(crate) cookie: Cookie,
    /// Has what a known device is recognised by.
    pub(crate) device_cookie: Cookie,
    pub(crate) devices: KnownDevices,
    pub(crate) limits: Limits,
    pub(crate) origins: AllowedOrigins,
    /// Of those who call the internal listener.
    pub(crate) credential: Expected,
    /// Where tokens are refreshed.
    pub(crate) refresh_path: String,
}

impl State {
    pub(crate) async fn open(settings: Settings, bus: Bus) -> Result<Self, StartError> {
        // Settings first: they are told before anything is touched.
        settings.check()?;
        let credential = Expected::new(&settings.internal.credential)?;
        let origins = AllowedOrigins::new(&settings.public_url, &settings.allowed_origins)?;
        let passwords = Passwords::new(settings.passwords.turns())?;
        let mailer = Mailer::new(&settings.mail)?;
        let resets = Resets::new(&settings.public_url, settings.passwords.reset_minutes);
        let secret = keys::secret(&settings.keys.secret)?;
        let (sealing, devices) = (Arc::new(Sealing::new(&secret)?), KnownDevices::new(&secret));
        let secure = settings.public_url.to_ascii_lowercase().starts_with("https:");
        let refresh = settings.refresh.clone();
        let db = open_database(&settings).await?;
        Ok(Self {
            keys: Keyring::open(db.clone(), Arc::clone(&sealing), &settings.tokens).await?,
            sealing,
            access: AccessTokens::new(&settings.tokens, settings.access_token_seconds),
            passwords,
            resets,
            mailer,
            outbox: Outbox::new(db.clone(), bus),
            lifetimes: Lifetimes { session_seconds: refresh.days * 86_400, grace_seconds: refresh.grace_seconds },
            cookie: Cookie::new("refresh_token", &refresh.path, secure, refresh.days),
            device_cookie: Cookie::new("device", "/auth/jwt/create/", secure, DEVICE_DAYS),
            devices,
            limits: Limits::new(&settings.limits),
            origins,
            credential,
            refresh_path: refresh.path,
            db,
        })
    }
}
