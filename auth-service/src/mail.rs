//! Mails: over SMTP, or, where none is set, as files in a folder.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::response::{Category, Severity};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use service_kit::{Error, StartError, clock};
use url::Url;

use crate::settings;

/// How long the mail server may take for each step.
const ANSWER: Duration = Duration::from_secs(15);

/// A mail to one person, in plain text.
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// Why a letter did not go.
#[derive(Debug)]
pub(crate) struct Undelivered {
    pub(crate) error: Error,
    /// Nobody takes it: another try would end in the same way.
    pub(crate) for_good: bool,
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
        // The error would show the URL, which has a password in it.
        let no_url = || StartError::new("settings: mail.smtp is no URL like smtps://user:password@mail.example.org");
        let mut smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| no_url())?;
        if !settings.ca.is_empty() {
            smtp = smtp.tls(trusting(&settings.ca, &Url::parse(url).map_err(|_| no_url())?)?);
        }
        Ok(Self { from, way: Way::Smtp(smtp.timeout(Some(ANSWER)).build()) })
    }

    /// Hands the letter to the mail server, or writes it down.
    pub(crate) async fn send(&self, letter: Letter) -> Result<(), Undelivered> {
        let message = self.message(letter).map_err(|error| Undelivered { error, for_good: true })?;
        match &self.way {
            Way::Smtp(smtp) => smtp.send(message).await.map(drop).map_err(|error| {
                let is_final = error.status().is_some_and(|code| {
                    code.severity == Severity::PermanentNegativeCompletion && code.category == Category::MailSystem
                });
                Undelivered { error: failed(error.into()), for_good: is_final }
            }),
            Way::Folder(folder) => {
                let (folder, text) = (folder.clone(), message.formatted());
                let written = tokio::task::spawn_blocking(move || write(&folder, &text)).await;
                let path = written.map_err(std::io::Error::other).and_then(|written| written);
                let path = path.map_err(|e| Undelivered { error: failed(e.into()), for_good: false })?;
                tracing::warn!("mail written to {} (mail.smtp is not set)", path.display());
                Ok(())
            }
        }
    }

    fn message(&self, letter: Letter) -> Result<Message, Error> {
        let to: Mailbox = letter.to.parse().map_err(|e: lettre::address::AddressError| failed(e.into()))?;
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text)
            .map_err(|e| failed(e.into()))
    }
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::internal("a mail can't be sent", error)
}

/// TLS as the URL asks for it, with another authority beside the public ones.
fn trusting(ca: &str, url: &Url) -> Result<Tls, StartError> {
    let failed = |why: &dyn std::fmt::Display| StartError::new(format!("settings: mail.ca: {why}"));
    let authority = Certificate::from_pem(ca.as_bytes()).map_err(|e| failed(&e))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let tls = TlsParameters::builder(host).add_root_certificate(authority).build_rustls().map_err(|e| failed(&e))?;
    let asked = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    match (url.scheme(), asked.as_deref()) {
        ("smtps", _) => Ok(Tls::Wrapper(tls)),
        ("smtp", Some("required")) => Ok(Tls::Required(tls)),
        ("smtp", Some("opportunistic")) => Ok(Tls::Opportunistic(tls)),
        _ => Err(failed(&"mail.smtp asks for no TLS; give smtps://… or ?tls=required")),
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
