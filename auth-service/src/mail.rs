//! Mails: over SMTP, or, where none is set, as files in a folder.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use service_kit::{Error, Result, StartError, clock};

use crate::settings;

/// How long the mail server may take for each step.
const ANSWER: Duration = Duration::from_secs(15);

/// A mail to one person, in plain text.
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// Sends mails.
pub(crate) struct Mailer {
    from: Mailbox,
    way: Way,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

impl Mailer {
    /// Nothing is connected to before the first mail.
    pub(crate) fn new(settings: &settings::Mail) -> Result<Self, StartError> {
        let from = settings.from.parse().map_err(|e| {
            StartError::new(format!(
                "settings: mail.from has {:?} ({e}); it must be like Chatire <chat@example.org>",
                settings.from
            ))
        })?;
        let url = settings.smtp.expose();
        if url.is_empty() {
            return Ok(Self { from, way: Way::Folder(settings.folder.clone()) });
        }
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| {
            // The error would show the URL, which has a password in it.
            StartError::new("settings: mail.smtp is no URL like smtps://user:password@mail.example.org")
        })?;
        Ok(Self { from, way: Way::Smtp(smtp.timeout(Some(ANSWER)).build()) })
    }

    /// Hands the letter to the mail server, or writes it down.
    pub(crate) async fn send(&self, letter: Letter) -> Result<()> {
        let failed = |e: Box<dyn std::error::Error + Send + Sync>| Error::internal("a mail can't be sent", e);
        let to: Mailbox = letter.to.parse().map_err(|e: lettre::address::AddressError| failed(e.into()))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text)
            .map_err(|e| failed(e.into()))?;
        match &self.way {
            Way::Smtp(smtp) => smtp.send(message).await.map(drop).map_err(|e| failed(e.into())),
            Way::Folder(folder) => {
                let (folder, text) = (folder.clone(), message.formatted());
                let written = tokio::task::spawn_blocking(move || write(&folder, &text)).await;
                let path = written.map_err(|e| failed(e.into()))?.map_err(|e| failed(e.into()))?;
                tracing::warn!("mail written to {} (mail.smtp is not set)", path.display());
                Ok(())
            }
        }
    }
}

/// For its owner's eyes only: what a mail says lets one in.
fn write(folder: &Path, text: &[u8]) -> std::io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(format!("{}-{}.eml", clock::now().micros(), nanoid::nanoid!(6)));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text)?;
    Ok(path)
}
