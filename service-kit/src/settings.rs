//! Settings: the service's documented default file, then a file of the operator's, then the environment.

use std::collections::HashMap;
use std::path::Path;

pub use config::Value;
use config::{Config, Environment, File, FileFormat, Map, Source, ValueKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use shared_proto::auth::Secret;

use crate::StartError;
use crate::address::TrustedProxy;
use crate::credential::Credentials;

const PREFIX: &str = "CHATIRE__";

/// Reads settings of type `T`.
///
/// `defaults` is the TOML text that ships with the service. `file` is the operator's own, where given.
/// Environment variables come last: `CHATIRE__LISTEN__PUBLIC` sets `listen.public`. With `_FILE` behind the name
/// the value is read from that file, which keeps secrets out of the environment. Unknown names are errors.
pub fn load<T: DeserializeOwned>(defaults: &str, file: Option<&Path>) -> Result<T, StartError> {
    let mut builder = Config::builder().add_source(File::from_str(defaults, FileFormat::Toml));
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|e| StartError::new(format!("settings: can't read {}: {e}", path.display())))?;
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
    }
    builder
        .add_source(
            Environment::default()
                .prefix("CHATIRE")
                .prefix_separator("__")
                .separator("__")
                .source(Some(environment()?)),
        )
        .build()
        .and_then(Config::try_deserialize)
        .map_err(|e| StartError::new(format!("settings: {e} (from the defaults, --config, or {PREFIX}* variables)")))
}

/// Puts settings on top of a service's defaults: how a process that hosts several services hands each its part.
pub fn overlay<T: DeserializeOwned>(defaults: &str, part: &Value, set: &[(&str, String)]) -> Result<T, StartError> {
    let wrong = |e| StartError::new(format!("settings: {e}"));
    let mut builder = Config::builder().add_source(File::from_str(defaults, FileFormat::Toml));
    if let ValueKind::Table(table) = &part.kind {
        builder = builder.add_source(Table(table.clone()));
    }
    for (key, value) in set {
        builder = builder.set_override(key, value.as_str()).map_err(wrong)?;
    }
    builder.build().and_then(Config::try_deserialize).map_err(wrong)
}

#[derive(Debug, Clone)]
struct Table(Map<String, Value>);

impl Source for Table {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}

fn environment() -> Result<Map<String, String>, StartError> {
    let mut found = HashMap::new();
    for (name, value) in std::env::vars().filter(|(name, _)| name.starts_with(PREFIX)) {
        match name.strip_suffix("_FILE") {
            None => found.insert(name, value),
            Some(plain) => {
                let text = std::fs::read_to_string(&value)
                    .map_err(|e| StartError::new(format!("settings: {name}: can't read {value}: {e}")))?;
                found.insert(plain.to_owned(), text.trim_end().to_owned())
            }
        };
    }
    Ok(found)
}

/// Where a process listens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// For clients (through the edge, in the cluster): `address:port`.
    pub public: String,
    /// For health, metrics and the other services; never routed by the edge.
    pub internal: String,
    /// Whose `X-Forwarded-For` is believed: the edge's addresses, or networks, separated by commas.
    #[serde(default, deserialize_with = "comma_separated")]
    pub trusted_proxies: Vec<TrustedProxy>,
    /// Worker threads; 0 takes as many as there are cores.
    #[serde(default)]
    pub workers: usize,
    /// How long a process that was asked to end goes on serving, in seconds, until all who send it requests have heard of it.
    /// Longer than they keep idle connections.
    pub drain_seconds: u64,
}

/// The database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://user@host/name` or `sqlite:path/to/file.db`.
    pub url: Secret,
    /// Connections at most (PostgreSQL); SQLite has one writer and as many readers as this.
    pub connections: u32,
}

/// The bus.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bus {
    /// `amqp://user:password@host/vhost` (with TLS: `amqps://`), or `local:` inside one process.
    pub url: Secret,
    /// In front of all names on the broker, so that installations can share one.
    #[serde(default)]
    pub prefix: String,
}

/// What the services know each other by.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Internal {
    /// The shared credential of the internal listeners; at least 16 characters. Several while it is changed.
    pub credential: Credentials,
}

/// Where auth-service is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthService {
    /// Its public keys.
    pub jwks_url: String,
    /// Its internal listener.
    pub internal_url: String,
}

/// Logs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `info`, or a filter such as `info,chat_api=debug`.
    pub level: String,
    /// For people or for machines.
    pub format: LogFormat,
    /// Where traces are told (OTLP over HTTP), such as `http://collector:4318`; empty: to nobody.
    #[serde(default)]
    pub otlp_endpoint: String,
    /// The share of traces that are told, 0 to 1.
    #[serde(default = "all")]
    pub otlp_sample: f64,
}

fn all() -> f64 {
    1.0
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Who makes the tokens, and for whom.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// The claim `iss`.
    pub issuer: String,
    /// The claim `aud`.
    pub audience: String,
}

/// Reads `a,b,c` (or a TOML list) into a list of anything that can be parsed.
pub fn comma_separated<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    let parts = match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
        OneOrMany::Many(parts) => parts,
    };
    parts
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().map_err(|e| serde::de::Error::custom(format!("{part:?}: {e}"))))
        .collect()
}
