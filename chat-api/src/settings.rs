//! chat-api's settings; `settings.toml` documents them and holds the defaults.

use serde::Deserialize;
use service_kit::settings::{AuthService, Bus, Database, Internal, Listen, Log, Tokens};

/// The defaults, in TOML.
pub const DEFAULTS: &str = include_str!("../settings.toml");

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where clients find Chatire.
    pub public_url: String,
    /// Listeners.
    pub listen: Listen,
    /// The database.
    pub database: Database,
    /// The bus.
    pub bus: Bus,
    /// The internal credential.
    pub internal: Internal,
    /// auth-service.
    pub auth: AuthService,
    /// What tokens must say.
    pub tokens: Tokens,
    /// How much of something anybody may do.
    pub limits: Limits,
    /// Logs.
    pub log: Log,
}

/// How much of something anybody may do, counted by each process.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Whether there are any.
    pub enabled: bool,
    /// Messages of one user in a second, evenly.
    pub sends_per_second: u32,
    /// And at once.
    pub sends_at_once: u32,
}
