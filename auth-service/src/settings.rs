//! What can be set; `settings.toml` documents it and holds the defaults.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use service_kit::StartError;
use service_kit::settings::{Bus, Database, Internal, Listen, Log, Tokens, comma_separated};
use shared_proto::auth::{ACCESS_TOKEN_MAX_SECONDS, Secret};

use crate::DEFAULTS;

/// The settings of auth-service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where people reach Chatire.
    pub public_url: String,
    /// Other pages that may sign in and refresh.
    #[serde(deserialize_with = "comma_separated")]
    pub allowed_origins: Vec<String>,
    /// An access token's life, 1 to 900 seconds.
    pub access_token_seconds: i32,
    /// Where to listen.
    pub listen: Listen,
    /// The database.
    pub database: Database,
    /// The bus.
    pub bus: Bus,
    /// What the services know each other by.
    pub internal: Internal,
    /// Logs.
    pub log: Log,
    /// Who makes the tokens, and for whom.
    pub tokens: Tokens,
    /// Refreshing.
    pub refresh: Refresh,
    /// Signing keys.
    pub keys: Keys,
    /// Passwords.
    pub passwords: Passwords,
    /// Mails.
    pub mail: Mail,
    /// How often something may be tried.
    pub limits: Limits,
    /// The command `status`.
    pub status: Status,
}

/// What the command `status` looks at.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The internal listeners of all parts, as `host:port`.
    #[serde(deserialize_with = "comma_separated")]
    pub parts: Vec<String>,
}

/// How sessions are kept alive.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The endpoint's path, which also limits the cookie.
    pub path: String,
    /// A session ends when it was not refreshed for this long, 1 to 400 days.
    pub days: i64,
    /// For how long a used refresh token is still answered well, 0 to 600 seconds.
    pub grace_seconds: i64,
}

/// The signing keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// 32 bytes in base64 (standard or url-safe) that encrypt private keys at rest.
    pub secret: Secret,
}

/// Hashing passwords.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    /// How many are hashed at the same time, up to 64; 0 is [as many as the machine has room for](Passwords::turns).
    pub at_once: usize,
    /// How long the link of a mail lets one set a new one, 1 to 1,440 minutes.
    pub reset_minutes: i64,
}

/// How often something may be tried, 1 to 1,000,000 times a minute where nothing else is said.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// `false`: as often as anybody likes.
    pub enabled: bool,
    /// New accounts.
    pub sign_ups_per_address: i64,
    /// Tries to sign in, good or bad.
    pub sign_ins_per_address: i64,
    /// Wrong passwords or codes.
    pub failures_per_account: i64,
    /// Asking for a mail, and using its link.
    pub resets_per_address: i64,
    /// Mails for a new password in an hour.
    pub mails_per_account_an_hour: i64,
    /// Refreshes.
    pub refreshes_per_address: i64,
    /// Refreshes of all sessions of an account.
    pub refreshes_per_account: i64,
}

/// Sending mails.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `smtps://user:password@host` or `smtp://…?tls=required`; empty writes mails into `folder`.
    pub smtp: Secret,
    /// A certificate authority in PEM that is trusted beside the public ones; may be empty.
    pub ca: String,
    /// Who writes them.
    pub from: String,
    /// Where they are written without `smtp`.
    pub folder: PathBuf,
}

impl Passwords {
    /// How many are hashed at the same time: unless it is said, on half of the cores, and at least on one.
    pub fn turns(&self) -> usize {
        match self.at_once {
            0 => std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1)),
            said => said,
        }
    }
}

impl Settings {
    /// The defaults, then `file`, then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, StartError> {
        service_kit::settings::load(DEFAULTS, file)
    }

    /// Refuses values out of range, by name.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        within("access_token_seconds", i64::from(self.access_token_seconds), 1, ACCESS_TOKEN_MAX_SECONDS)?;
        within("refresh.days", self.refresh.days, 1, 400)?;
        within("refresh.grace_seconds", self.refresh.grace_seconds, 0, 600)?;
        within("passwords.at_once", i64::try_from(self.passwords.at_once).unwrap_or(i64::MAX), 0, 64)?;
        within("passwords.reset_minutes", self.passwords.reset_minutes, 1, 1_440)?;
        let limits = &self.limits;
        for (name, value) in [
            ("limits.sign_ups_per_address", limits.sign_ups_per_address),
            ("limits.sign_ins_per_address", limits.sign_ins_per_address),
            ("limits.failures_per_account", limits.failures_per_account),
            ("limits.resets_per_address", limits.resets_per_address),
            ("limits.mails_per_account_an_hour", limits.mails_per_account_an_hour),
            ("limits.refreshes_per_address", limits.refreshes_per_address),
            ("limits.refreshes_per_account", limits.refreshes_per_account),
        ] {
            within(name, value, 1, 1_000_000)?;
        }
        check_path(&self.refresh.path)
    }
}

fn within(name: &str, value: i64, least: i64, most: i64) -> Result<(), StartError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(StartError::new(format!("settings: {name} is {value}; it must be from {least} to {most}")))
}

/// The path stands in a route and in a cookie: nothing may have a meaning in either.
fn check_path(path: &str) -> Result<(), StartError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    if path.len() > 1 && path.starts_with('/') && !path.starts_with("//") && path.chars().all(plain) {
        return Ok(());
    }
    Err(StartError::new(format!(
        "settings: refresh.path is {path:?}; it must begin with / and consist of letters, digits and / - _ . ~"
    )))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::testing::with;

    #[test]
    fn the_documented_defaults_are_valid() {
        with(&[]).unwrap().check().unwrap();
    }

    #[rstest]
    #[case("refresh.path", "auth/refresh")]
    #[case("refresh.path", "/")]
    #[case("refresh.path", "//elsewhere")]
    #[case("refresh.path", "/a;Domain=evil")]
    #[case("refresh.path", "/{any}")]
    #[case("refresh.days", "0")]
    #[case("access_token_seconds", "-1")]
    #[case("passwords.at_once", "65")]
    #[case("passwords.reset_minutes", "0")]
    #[case("limits.failures_per_account", "0")]
    fn a_value_out_of_range_is_named(#[case] name: &str, #[case] value: &str) {
        let line = with(&[(name, value.to_owned())]).unwrap().check().unwrap_err().to_string();
        assert!(line.contains(name), "{line}");
    }

    #[test]
    fn an_unknown_name_is_refused() {
        let unknown = with(&[("refresh.hours", "1".to_owned())]);
        assert!(unknown.unwrap_err().to_string().contains("hours"));
    }
}
