//! ws-gateway's settings; `settings.toml` documents them and holds the defaults.

use serde::Deserialize;
use service_kit::settings::{AuthService, Bus, Internal, Listen, Log, Tokens, comma_separated};

/// The defaults, in TOML.
pub const DEFAULTS: &str = include_str!("../settings.toml");

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where clients find Chatire.
    pub public_url: String,
    /// Other pages that may open sockets.
    #[serde(deserialize_with = "comma_separated")]
    pub allowed_origins: Vec<String>,
    /// Listeners.
    pub listen: Listen,
    /// The bus.
    pub bus: Bus,
    /// The internal credential.
    pub internal: Internal,
    /// auth-service.
    pub auth: AuthService,
    /// chat-api.
    pub chat_api: ChatApi,
    /// What tokens must say.
    pub tokens: Tokens,
    /// Limits of sockets.
    pub sockets: Sockets,
    /// How much of something anybody may do.
    pub limits: Limits,
    /// Logs.
    pub log: Log,
}

/// Where chat-api is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatApi {
    /// Its replicas' internal listeners.
    #[serde(deserialize_with = "comma_separated")]
    pub internal_urls: Vec<String>,
}

/// Limits of sockets.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sockets {
    /// For the `hello`, in seconds.
    pub hello_seconds: u64,
    /// Between pings, in seconds.
    pub heartbeat_seconds: u64,
    /// After the token has ended, in seconds.
    pub token_grace_seconds: i64,
    /// The largest frame from a client, in bytes.
    pub frame_bytes: usize,
    /// What may wait for a slow client, in bytes.
    pub queue_bytes: usize,
    /// Over which clients are sent away, in seconds.
    pub drain_seconds: u64,
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
    /// Frames over one socket in a second, evenly.
    pub frames_per_second: u32,
    /// And at once.
    pub frames_at_once: u32,
    /// Open sockets of one user.
    pub sockets_per_user: usize,
    /// Open sockets from one address.
    pub sockets_per_address: usize,
    /// Sockets that one address may open in a second, evenly.
    pub handshakes_per_second: u32,
    /// And at once.
    pub handshakes_at_once: u32,
}
