//! What the operator does at the command line, while the services run or not: they hear of it by the database.

mod export;
mod keys;
mod users;

use clap::Subcommand;
use service_kit::StartError;
use service_kit::db::Db;

use crate::Settings;
use crate::outbox::Outbox;
use crate::passwords::Passwords;
use crate::state;
pub use export::export_user;

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Operation {
    /// The keys that sign access tokens
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Accounts and their sessions
    #[command(subcommand)]
    Users(users::Users),
}

/// What it is done with.
struct Tools {
    settings: Settings,
    db: Db,
    outbox: Outbox,
}

/// Does it, and prints what came of it to standard output. An error is one line.
pub async fn operate(settings: Settings, operation: Operation) -> Result<(), StartError> {
    settings.check()?;
    let db = state::open_database(&settings).await?;
    let tools = Tools { settings, outbox: Outbox::left_to_others(db.clone()), db };
    match operation {
        Operation::Keys(keys) => keys.run(&tools).await,
        Operation::Users(users) => users.run(&tools).await,
    }
}

impl Tools {
    fn passwords(&self) -> Result<Passwords, StartError> {
        Passwords::new(self.settings.passwords.turns())
    }
}
