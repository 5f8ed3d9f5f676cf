//! chat-api as a process of its own.

use std::path::PathBuf;
use std::process::ExitCode;

use chat_api::{ChatApi, DEFAULTS, Settings};
use clap::Parser;
use service_kit::bus::Bus;
use service_kit::host::Listeners;
use service_kit::shutdown::Shutdown;
use service_kit::{StartError, exit_code, settings, telemetry};

/// Chatire's chat-api: chats, members and messages.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// A TOML file laid over the defaults; CHATIRE__* environment variables are laid over both.
    #[arg(long)]
    config: Option<PathBuf>,
}

#[actix_web::main]
async fn main() -> ExitCode {
    exit_code("chat-api", run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<(), StartError> {
    let settings: Settings = settings::load(DEFAULTS, arguments.config.as_deref())?;
    telemetry::init(&settings.log)?;
    let listeners = Listeners::bind(&settings.listen)?;
    let at = listeners.addresses()?;
    let bus = Bus::open(&settings.bus)?;
    let service = ChatApi::open(settings, bus).await?;
    let ready = move || tracing::info!(public = %at.public, internal = %at.internal, "chat-api is ready");
    listeners.serve(vec![service], Shutdown::on_signals(), ready).await
}
