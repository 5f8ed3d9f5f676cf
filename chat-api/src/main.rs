//! chat-api as a process of its own.

use std::path::PathBuf;
use std::process::ExitCode;

use chat_api::{Account, ChatApi, DEFAULTS, Operation, Settings, export_chat, export_user, operate};
use clap::{Parser, Subcommand};
use service_kit::bus::Bus;
use service_kit::host::Listeners;
use service_kit::operate::{document, username};
use service_kit::shutdown::Shutdown;
use service_kit::{StartError, exit_code, settings, telemetry};
use shared_proto::{ChatUri, Username};

/// A message is some hundred short-lived allocations on four threads, a seventh of its CPU with glibc's allocator.
/// The gateway stays with that one: idle sockets cost less memory there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Chatire's chat-api: chats, members and messages.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// A TOML file laid over the defaults; CHATIRE__* environment variables are laid over both.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Instead of serving; while chat-api runs, or not
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Operation(Operation),
    /// Writes everything that chat-api knows of somebody or of a chat to standard output, as JSON
    #[command(subcommand)]
    Export(Export),
}

#[derive(Debug, Subcommand)]
enum Export {
    /// Names, chats, and all messages of one account; auth-service has the rest
    User {
        /// Whose
        #[arg(value_parser = username)]
        username: Username,
    },
    /// Members, bans and all messages of one chat
    Chat {
        /// As in its address
        #[arg(allow_hyphen_values = true)]
        uri: ChatUri,
    },
}

#[actix_web::main]
async fn main() -> ExitCode {
    exit_code("chat-api", run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<(), StartError> {
    let settings: Settings = settings::load(DEFAULTS, arguments.config.as_deref())?;
    match arguments.command {
        None => serve(settings).await,
        Some(Command::Operation(operation)) => operate(settings, operation).await,
        Some(Command::Export(export)) => {
            let mut document = document()?;
            match export {
                Export::User { username } => export_user(&settings, Account::Name(username), &mut document).await?,
                Export::Chat { uri } => export_chat(&settings, uri, &mut document).await?,
            }
            document.end()
        }
    }
}

async fn serve(settings: Settings) -> Result<(), StartError> {
    telemetry::init(&settings.log)?;
    let listeners = Listeners::bind(&settings.listen)?;
    let at = listeners.addresses()?;
    let bus = Bus::open(&settings.bus)?;
    let service = ChatApi::open(settings, bus).await?;
    let ready = move || tracing::info!(public = %at.public, internal = %at.internal, "chat-api is ready");
    listeners.serve(vec![service], Shutdown::on_signals(), ready).await
}
