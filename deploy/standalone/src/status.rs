//! `chatire status`: the data folder, and whoever serves from it.

use std::process::ExitCode;

use service_kit::StartError;
use service_kit::db::SqliteStanding;
use service_kit::operate::say;
use service_kit::status;

use crate::backup;
use crate::data::{AUTH, CHAT, DataFolder};

/// Prints how everything is.
pub(crate) async fn show(data: &DataFolder) -> Result<ExitCode, StartError> {
    let mut well = true;
    say(&format!("data in {}", data.path().display()));
    for (name, standing) in
        [(AUTH, auth_service::look_at(&data.file(AUTH))), (CHAT, chat_api::look_at(&data.file(CHAT)))]
    {
        match standing {
            Ok(standing) => say(&format!("{name}: {}", shown(&standing))),
            Err(error) => {
                well = false;
                say(&format!("{name}: {error}"));
            }
        }
    }
    match backup::last(data) {
        Some(last) => say(&format!("last backup: {} ({} bytes) in {}", last.at, last.bytes, last.path.display())),
        None => say("last backup: none is known"),
    }
    let Some(at) = data.served_at() else {
        say("Chatire does not run");
        return Ok(ExitCode::FAILURE);
    };
    let parts = status::ask_all(&[at.to_string()]).await;
    say(status::table(&parts).trim_end());
    Ok(if well && status::is_well(&parts) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn shown(standing: &SqliteStanding) -> String {
    let SqliteStanding { bytes, waiting, outbox } = standing;
    let schema = match waiting {
        0 => "its schema is up to date".to_owned(),
        1 => "the next start runs 1 migration".to_owned(),
        waiting => format!("the next start runs {waiting} migrations"),
    };
    format!("{bytes} bytes, {schema}, {outbox} in the outbox")
}
