//! What can be done at the command line: what each service can do to its part, and what needs all of them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use chat_api::Account;
use clap::Subcommand;
use service_kit::StartError;
use service_kit::host::Addresses;
use service_kit::operate::{document, username};
use shared_proto::{ChatUri, Username};

use crate::backup::backup;
use crate::data::DataFolder;
use crate::restore::restore;
use crate::settings::{Parts, Settings};
use crate::status;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Accounts(auth_service::Operation),
    #[command(flatten)]
    Chats(chat_api::Operation),
    /// Writes everything that is known of somebody or of a chat to standard output, as JSON
    #[command(subcommand)]
    Export(Export),
    /// Copies everything into a new folder, which `restore` takes; its name is printed
    Backup {
        /// Where that folder is made
        into: PathBuf,
        /// Deletes all but the newest so many that are there
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
        keep: Option<u16>,
    },
    /// Puts a backup into the data folder; Chatire must not run
    Restore {
        /// What `backup` made
        from: PathBuf,
        /// What is in the data folder is put aside, into a folder beside it
        #[arg(long)]
        replace: bool,
    },
    /// Shows how everything is; ends with 1 when something is not well, or Chatire does not run
    Status,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// The account, without passwords and codes, its sessions and chats, and all its messages
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

/// Where whoever only looks after things listens.
const NOWHERE: Addresses = {
    let nowhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    Addresses { public: nowhere, internal: nowhere }
};

impl Command {
    pub(crate) async fn run(self, settings: &Settings) -> Result<ExitCode, StartError> {
        if let Command::Restore { from, replace } = self {
            return restore(&from, &settings.data, replace).map(|()| ExitCode::SUCCESS);
        }
        let data = DataFolder::beside(&settings.data)?;
        let Parts { auth, chat, .. } = settings.parts(&data, NOWHERE)?;
        match self {
            Command::Accounts(operation) => auth_service::operate(auth, operation).await?,
            Command::Chats(operation) => chat_api::operate(chat, operation).await?,
            Command::Export(export) => {
                let mut document = document()?;
                match export {
                    Export::User { username } => {
                        let user = auth_service::export_user(&auth, &username, &mut document).await?;
                        chat_api::export_user(&chat, Account::Id(user), &mut document).await?;
                    }
                    Export::Chat { uri } => chat_api::export_chat(&chat, uri, &mut document).await?,
                }
                document.end()?;
            }
            Command::Backup { into, keep } => backup(&data, &into, keep.map(usize::from))?,
            Command::Status => return status::show(&data).await,
            Command::Restore { .. } => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}
