//! The process.

use std::path::PathBuf;
use std::process::ExitCode;

use auth_service::{AuthService, Operation, Settings, export_user, operate};
use clap::{Parser, Subcommand};
use service_kit::bus::Bus;
use service_kit::host::Listeners;
use service_kit::operate::{document, say, username};
use service_kit::shutdown::Shutdown;
use service_kit::{StartError, exit_code, status, telemetry};
use shared_proto::Username;

/// Keeps the 19 MiB of a password's hash for the next one, in large pages: mapping them anew is a fifth of its CPU.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Chatire's accounts: sign-up, sign-in, sessions and the keys that sign access tokens.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Every setting can also be given in the environment: CHATIRE__LISTEN__PUBLIC=127.0.0.1:8101 sets \
                  `public` in [listen]; with _FILE behind the name the value is read from that file. \
                  auth-service/settings.toml documents all of them. keys.secret and internal.credential must be given."
)]
struct Arguments {
    /// Settings that differ from the defaults, in TOML
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Instead of serving; while auth-service runs, or not
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Operation(Operation),
    /// Writes everything that auth-service knows of somebody to standard output, as JSON
    #[command(subcommand)]
    Export(Export),
    /// Shows how all parts are; ends with 1 when something is not well
    Status {
        /// Internal listeners of all parts, as host:port; otherwise those of the setting `status.parts`
        parts: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
enum Export {
    /// The account and its sessions, without passwords and codes; chat-api has what was said
    User {
        /// Whose
        #[arg(value_parser = username)]
        username: Username,
    },
}

#[actix_web::main]
async fn main() -> ExitCode {
    exit_code("auth-service", run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<ExitCode, StartError> {
    let settings = Settings::load(arguments.config.as_deref())?;
    match arguments.command {
        None => serve(settings).await?,
        Some(Command::Operation(operation)) => operate(settings, operation).await?,
        Some(Command::Export(Export::User { username })) => {
            let mut document = document()?;
            export_user(&settings, &username, &mut document).await?;
            document.end()?;
        }
        Some(Command::Status { parts }) => {
            return status(if parts.is_empty() { settings.status.parts } else { parts }).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn status(parts: Vec<String>) -> Result<ExitCode, StartError> {
    if parts.is_empty() {
        return Err(StartError::new("name the internal listeners of all parts, here or as the setting status.parts"));
    }
    let parts = status::ask_all(&parts).await;
    say(status::table(&parts).trim_end());
    Ok(if status::is_well(&parts) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn serve(settings: Settings) -> Result<(), StartError> {
    telemetry::init(&settings.log)?;
    let listeners = Listeners::bind(&settings.listen)?;
    let addresses = listeners.addresses()?;
    let bus = Bus::open(&settings.bus)?;
    let service = AuthService::open(settings, bus).await?;
    let ready = || tracing::info!(public = %addresses.public, internal = %addresses.internal, "auth-service is ready");
    listeners.serve(vec![service], Shutdown::on_signals(), ready).await
}
