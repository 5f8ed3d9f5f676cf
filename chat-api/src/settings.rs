//! chat-api's settings; `settings.toml` documents them and holds the defaults.

use serde::Deserialize;
use service_kit::StartError;
use service_kit::settings::{AuthService, Bus, Database, Internal, Listen, Log, Tokens};

/// The defaults, in TOML.
pub const DEFAULTS: &str = include_str!("../settings.toml");

/// No message is kept for a longer time than this, unless for good.
pub(crate) const DAYS_MAX: i32 = 36_500;

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
    /// How long messages are kept.
    pub retention: Retention,
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

/// How long messages are kept, where their chat has no rule of its own.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days, up to 36,500; 0 keeps them for good.
    pub days: i32,
    /// How often somebody looks for what is too old, 1 to 86,400 seconds.
    pub every_seconds: u32,
}

impl Settings {
    /// Refuses values out of range, by name.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let Retention { days, every_seconds } = self.retention;
        if !(0..=DAYS_MAX).contains(&days) {
            return Err(StartError::new(format!(
                "settings: retention.days is {days}; it must be from 0 to {DAYS_MAX}"
            )));
        }
        if !(1..=86_400).contains(&every_seconds) {
            let line = format!("settings: retention.every_seconds is {every_seconds}; it must be from 1 to 86400");
            return Err(StartError::new(line));
        }
        Ok(())
    }
}
