//! One set of settings for the whole process, from which each service gets its own.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use service_kit::StartError;
use service_kit::host::Addresses;
use service_kit::settings::{self, Listen, Log, Value};

use crate::data::{AUTH, CHAT, DataFolder};

const DEFAULTS: &str = include_str!("../settings.toml");

/// Everything that can be set; `settings.toml` documents it and holds the defaults.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    public_url: String,
    pub(crate) listen: Listen,
    pub(crate) log: Log,
    auth: Value,
    chat: Value,
    gateway: Value,
}

/// The services' own settings.
pub(crate) struct Parts {
    pub(crate) auth: auth_service::Settings,
    pub(crate) chat: chat_api::Settings,
    pub(crate) gateway: ws_gateway::Settings,
}

impl Settings {
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, StartError> {
        settings::load(DEFAULTS, file)
    }

    /// Where people find Chatire.
    pub(crate) fn public_url(&self, at: Addresses) -> String {
        if self.public_url.is_empty() {
            format!("http://localhost:{}", at.public.port())
        } else {
            self.public_url.clone()
        }
    }

    /// What each service is told: its own table, and what one process makes certain. They find each other on this
    /// machine, by a credential that lives as long as the process.
    pub(crate) fn parts(&self, data: &DataFolder, at: Addresses) -> Result<Parts, StartError> {
        let public = reachable(at.public);
        let internal = format!("http://{}", reachable(at.internal));
        let jwks_url = format!("http://{public}/.well-known/jwks.json");
        let common = [
            ("public_url", self.public_url(at)),
            ("bus.url", "local:".to_owned()),
            ("internal.credential", nanoid::nanoid!(40)),
        ];
        let with = |own: &[(&'static str, String)]| [&common[..], own].concat();
        Ok(Parts {
            auth: settings::overlay(
                auth_service::DEFAULTS,
                &self.auth,
                &with(&[
                    ("database.url", data.database(AUTH)),
                    ("keys.secret", data.keys_secret()?),
                    ("mail.folder", data.mail()),
                ]),
            )?,
            chat: settings::overlay(
                chat_api::DEFAULTS,
                &self.chat,
                &with(&[
                    ("database.url", data.database(CHAT)),
                    ("auth.jwks_url", jwks_url.clone()),
                    ("auth.internal_url", internal.clone()),
                ]),
            )?,
            gateway: settings::overlay(
                ws_gateway::DEFAULTS,
                &self.gateway,
                &with(&[
                    // Nobody else could take the clients over: a slow farewell would only keep people waiting.
                    ("sockets.drain_seconds", "0".to_owned()),
                    ("auth.jwks_url", jwks_url),
                    ("auth.internal_url", internal.clone()),
                    ("chat_api.internal_urls", internal),
                ]),
            )?,
        })
    }
}

/// An address at which this process reaches itself.
fn reachable(mut at: std::net::SocketAddr) -> std::net::SocketAddr {
    if at.ip().is_unspecified() {
        let loopback = match at {
            std::net::SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        at.set_ip(loopback);
    }
    at
}
