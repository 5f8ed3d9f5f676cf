//! `keys list`, `keys rotate`, `keys retire`.

use clap::Subcommand;
use service_kit::operate::{failed, say};
use service_kit::{StartError, clock};
use shared_proto::Timestamp;

use super::Tools;
use crate::keys::{self, KeyState, Sealing};

/// The keys that sign access tokens.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Shows all keys in use, and what each does
    List,
    /// Makes a new key, which is published at once and signs a little later, when everybody knows it
    Rotate {
        /// When it begins to sign, in seconds. JWKS may be kept for five minutes on the way
        #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(i64).range(0..=86_400))]
        after: i64,
    },
    /// Takes a key away: what it signed is not accepted any more. Sessions go on, with new tokens
    Retire {
        /// As `keys list` shows it
        kid: String,
        /// Also while tokens that it signed may be in use: for a key that was stolen
        #[arg(long)]
        force: bool,
    },
}

impl Keys {
    pub(super) async fn run(self, tools: &Tools) -> Result<(), StartError> {
        match self {
            Keys::List => list(tools).await,
            Keys::Rotate { after } => {
                let sealing = Sealing::new(&keys::secret(&tools.settings.keys.secret)?)?;
                let from = clock::now().plus_seconds(after);
                let kid = keys::rotate(&tools.db, &sealing, from).await.map_err(failed)?;
                say(&format!("{kid} is published and signs from {} on", shown(from)));
                Ok(())
            }
            Keys::Retire { kid, force } => {
                keys::retire(&tools.db, kid.clone(), force).await.map_err(failed)?;
                say(&format!("{kid} is retired"));
                Ok(())
            }
        }
    }
}

async fn list(tools: &Tools) -> Result<(), StartError> {
    for key in keys::list(&tools.db).await.map_err(failed)? {
        let state = match key.state {
            KeyState::Next => "next",
            KeyState::Signs => "signs",
            KeyState::Verifies => "verifies",
        };
        say(&format!("{}  {state:<8}  signs from {}", key.kid, shown(key.signs_from)));
    }
    Ok(())
}

/// As RFC 3339 has it.
fn shown(at: Timestamp) -> String {
    serde_json::to_value(at).ok().and_then(|at| at.as_str().map(str::to_owned)).unwrap_or_default()
}
