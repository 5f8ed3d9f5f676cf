//! What the operator does at the command line, while the services run or not: they hear of it by the database.

mod export;
mod retention;

use clap::Subcommand;
use service_kit::StartError;
use service_kit::db::Db;

use crate::{MIGRATIONS, Settings};
pub use export::{Account, export_chat, export_user};

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Operation {
    /// For how long messages are kept
    #[command(subcommand)]
    Retention(retention::Retention),
}

/// Does it, and prints what came of it to standard output. An error is one line.
pub async fn operate(settings: Settings, operation: Operation) -> Result<(), StartError> {
    settings.check()?;
    let db = open(&settings).await?;
    match operation {
        Operation::Retention(retention) => retention.run(&db, settings.retention).await,
    }
}

/// With its schema up to date.
async fn open(settings: &Settings) -> Result<Db, StartError> {
    Db::open("chat", &settings.database, MIGRATIONS).await
}
