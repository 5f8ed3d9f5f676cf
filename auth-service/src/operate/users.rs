//! `users create`, `users set-password`, `users disable`, `users enable`, `users revoke`, `users list`.

use std::io::{BufRead, IsTerminal};

use clap::Subcommand;
use service_kit::StartError;
use service_kit::operate::{failed, say};
use shared_proto::auth::Secret;
use shared_proto::{Email, Username};

use super::Tools;
use crate::users::operate::{self, Standing};

/// Accounts and their sessions.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// A new account; its password is asked for, or read from standard input
    Create {
        /// The name to sign in with
        username: String,
        /// For a forgotten password
        #[arg(long)]
        email: Option<String>,
    },
    /// Another password, asked for or read from standard input; ends all sessions
    SetPassword {
        /// Whose
        username: String,
        /// Takes the second factor away too
        #[arg(long)]
        without_second_factor: bool,
    },
    /// Nobody signs in to the account any more; ends its sessions and sockets
    Disable {
        /// Whose
        username: String,
    },
    /// Lets a disabled account sign in again
    Enable {
        /// Whose
        username: String,
    },
    /// Ends all sessions and sockets of an account
    Revoke {
        /// Whose
        username: String,
    },
    /// Shows all accounts: id, state, username, e-mail address
    List,
}

impl Users {
    pub(super) async fn run(self, tools: &Tools) -> Result<(), StartError> {
        let (db, outbox) = (&tools.db, &tools.outbox);
        match self {
            Users::Create { username, email } => {
                let username = name(username)?;
                let email = Email::try_from(email.unwrap_or_default());
                let email = email.map_err(|e| StartError::new(format!("--email: {e}")))?;
                let password = password()?;
                let id = operate::create(db, &tools.passwords()?, username.clone(), email, &password).await;
                say(&format!("{username} was created with the id {}", id.map_err(failed)?));
            }
            Users::SetPassword { username, without_second_factor } => {
                let (username, password) = (name(username)?, password()?);
                let passwords = tools.passwords()?;
                let set =
                    operate::set_password(db, outbox, &passwords, &username, &password, without_second_factor).await;
                say(&format!("{username} has another password; {} sessions ended", set.map_err(failed)?));
            }
            Users::Disable { username } => {
                let username = name(username)?;
                let ended = operate::disable(db, outbox, &username).await.map_err(failed)?;
                say(&format!("{username} is disabled; {ended} sessions ended"));
            }
            Users::Enable { username } => {
                let username = name(username)?;
                operate::enable(db, &username).await.map_err(failed)?;
                say(&format!("{username} is enabled"));
            }
            Users::Revoke { username } => {
                let username = name(username)?;
                let ended = operate::revoke(db, outbox, &username).await.map_err(failed)?;
                say(&format!("{ended} sessions of {username} ended"));
            }
            Users::List => list(tools).await?,
        }
        Ok(())
    }
}

async fn list(tools: &Tools) -> Result<(), StartError> {
    let mut after = None;
    loop {
        let page = operate::list(&tools.db, after).await.map_err(failed)?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.id);
        for (account, standing) in page {
            let standing = match standing {
                Standing::Enabled => "enabled",
                Standing::Disabled => "disabled",
            };
            say(&format!("{:>8}  {standing:<8}  {}  {}", account.id.to_string(), account.username, account.email));
        }
    }
}

fn name(given: String) -> Result<Username, StartError> {
    Username::try_from(given).map_err(|e| StartError::new(e.to_string()))
}

/// Never an argument: those can be seen by others on the machine, and shells remember them.
fn password() -> Result<Secret, StartError> {
    let failed = |e: std::io::Error| StartError::new(format!("no password could be read: {e}"));
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(failed)?;
        return Ok(Secret::new(line.trim_end_matches(['\r', '\n'])));
    }
    let first = rpassword::prompt_password("Password: ").map_err(failed)?;
    if rpassword::prompt_password("Again: ").map_err(failed)? != first {
        return Err(StartError::new("the two passwords are not the same"));
    }
    Ok(Secret::new(first))
}
