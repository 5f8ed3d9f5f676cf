//! The process.

use std::path::PathBuf;
use std::process::ExitCode;

use auth_service::{AuthService, Operation, Settings, operate};
use clap::Parser;
use service_kit::bus::Bus;
use service_kit::host::Listeners;
use service_kit::shutdown::Shutdown;
use service_kit::{StartError, exit_code, telemetry};

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
    /// Instead of serving
    #[command(subcommand)]
    operation: Option<Operation>,
}

#[actix_web::main]
async fn main() -> ExitCode {
    exit_code("auth-service", run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<(), StartError> {
    let settings = Settings::load(arguments.config.as_deref())?;
    if let Some(operation) = arguments.operation {
        return operate(settings, operation).await;
    }
    telemetry::init(&settings.log)?;
    let listeners = Listeners::bind(&settings.listen)?;
    let addresses = listeners.addresses()?;
    let bus = Bus::open(&settings.bus)?;
    let service = AuthService::open(settings, bus).await?;
    let ready = || tracing::info!(public = %addresses.public, internal = %addresses.internal, "auth-service is ready");
    listeners.serve(vec![service], Shutdown::on_signals(), ready).await
}
