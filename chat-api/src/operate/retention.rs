//! `retention list`, `retention set`, `retention clear`, `retention run`.

use clap::Subcommand;
use service_kit::StartError;
use service_kit::db::Db;
use service_kit::operate::{failed, say};
use shared_proto::ChatUri;

use crate::retention::{self, Walk};
use crate::settings::{DAYS_MAX, Retention as Settings};

/// For how long messages are kept.
#[derive(Debug, Subcommand)]
pub enum Retention {
    /// Shows the rule of all chats, and those that have their own
    List,
    /// Gives a chat a rule of its own; what is too old goes within `retention.every_seconds`
    Set {
        /// The chat, as in its address
        #[arg(allow_hyphen_values = true)]
        uri: String,
        /// A number of days, or `forever`
        #[arg(value_parser = days)]
        days: i32,
    },
    /// Has a chat go by the rule of all again
    Clear {
        /// The chat, as in its address
        #[arg(allow_hyphen_values = true)]
        uri: String,
    },
    /// Deletes what is too old now, in small steps, whoever else runs
    Run {
        /// As if this were the rule of all: chats that have their own go by that
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..=i64::from(DAYS_MAX)))]
        days: Option<i32>,
        /// Only in this chat, by `--days`
        #[arg(long, requires = "days", allow_hyphen_values = true)]
        chat: Option<String>,
    },
}

fn days(given: &str) -> Result<i32, String> {
    match given.parse() {
        Ok(days) if (1..=DAYS_MAX).contains(&days) => Ok(days),
        _ if given == "forever" => Ok(0),
        _ => Err(format!("it must be a number from 1 to {DAYS_MAX}, or \"forever\"")),
    }
}

impl Retention {
    pub(super) async fn run(self, db: &Db, settings: Settings) -> Result<(), StartError> {
        match self {
            Retention::List => list(db, settings).await,
            Retention::Set { uri, days } => {
                let chat = address(&uri)?;
                db.write(move |conn| retention::set(conn, &chat, days)).await.map_err(failed)?;
                say(&format!("{uri} keeps its messages {}", kept(days)));
                Ok(())
            }
            Retention::Clear { uri } => {
                let chat = address(&uri)?;
                let had = db.write(move |conn| retention::clear(conn, &chat)).await.map_err(failed)?;
                let was = if had { "again" } else { "as before" };
                say(&format!("{uri} keeps its messages {}, as all do, {was}", kept(settings.days)));
                Ok(())
            }
            Retention::Run { days, chat } => {
                let walk = match chat {
                    None => Walk::by_rules(days.unwrap_or(settings.days)),
                    Some(uri) => {
                        let chat = address(&uri)?;
                        let chat = db.read(move |conn| crate::chats::store::find(conn, &chat)).await.map_err(failed)?;
                        Walk::of_one(chat.id(), days.unwrap_or_default())
                    }
                };
                let count = retention::round(db, walk).await.map_err(failed)?;
                say(&format!("{count} messages were kept for long enough and are gone"));
                Ok(())
            }
        }
    }
}

async fn list(db: &Db, settings: Settings) -> Result<(), StartError> {
    say(&format!("{:<16} {}", "all chats", kept(settings.days)));
    let mut after = Some(0);
    while let Some(last) = after {
        let (rules, next) = db.read(move |conn| retention::all(conn, last)).await.map_err(failed)?;
        after = next;
        for rule in rules {
            say(&format!("{:<16} {}", rule.uri, kept(rule.days)));
        }
    }
    Ok(())
}

fn address(uri: &str) -> Result<ChatUri, StartError> {
    uri.parse().map_err(|e| StartError::new(format!("{uri:?} is no chat's address: {e}")))
}

fn kept(days: i32) -> String {
    match days {
        0 => "for good".to_owned(),
        1 => "for 1 day".to_owned(),
        days => format!("for {days} days"),
    }
}
