//! All of Chatire in one process, with nothing to install: the three services and the web client behind one port,
//! SQLite files in one folder, and a bus inside the process.

mod backup;
mod command;
mod data;
mod restore;
mod settings;
mod status;
mod web_client;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use auth_service::AuthService;
use chat_api::ChatApi;
use clap::Parser;
use service_kit::bus::Bus;
use service_kit::host::{Addresses, Listeners, Service};
use service_kit::shutdown::Shutdown;
use service_kit::{StartError, exit_code, telemetry};
use ws_gateway::Gateway;

use command::Command;
use data::DataFolder;
use settings::{Parts, Settings};
use web_client::WebClient;

/// As chat-api: what a message allocates is a tenth of its CPU with glibc's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Chatire in one process: self-hosted group chat at http://localhost:8000.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// A TOML file laid over the defaults; CHATIRE__* environment variables are laid over both.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Instead of serving; while Chatire runs, or not
    #[command(subcommand)]
    command: Option<Command>,
}

#[actix_web::main]
async fn main() -> ExitCode {
    exit_code("chatire", run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<ExitCode, StartError> {
    let settings = Settings::load(arguments.config.as_deref())?;
    match arguments.command {
        Some(command) => command.run(&settings).await,
        None => serve(settings).await.map(|()| ExitCode::SUCCESS),
    }
}

async fn serve(settings: Settings) -> Result<(), StartError> {
    telemetry::init(&settings.log)?;
    let listeners = Listeners::bind(&settings.listen)?;
    let data = DataFolder::open(&settings.data)?;
    let at = listeners.addresses()?;
    data.note_served_at(at.internal);
    let services = open(settings.parts(&data, at)?).await?;
    let shutdown = Shutdown::on_signals();
    listeners.serve(services, shutdown, || announce(&settings, at)).await?;
    drop(data);
    Ok(())
}

async fn open(parts: Parts) -> Result<Vec<Arc<dyn Service>>, StartError> {
    let bus = Bus::open(&parts.chat.bus)?;
    Ok(vec![
        AuthService::open(parts.auth, bus.clone()).await?,
        ChatApi::open(parts.chat, bus.clone()).await?,
        Gateway::open(parts.gateway, bus).await?,
        Arc::new(WebClient),
    ])
}

#[allow(clippy::print_stdout, reason = "this line is for the person who started it")]
fn announce(settings: &Settings, at: Addresses) {
    println!("Chatire is ready at {} (data in {}, Ctrl-C ends it)", settings.public_url(at), settings.data.display());
}
