//! The folder in which everything is kept.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use service_kit::StartError;

/// chat-api's database.
pub(crate) const CHAT: &str = "chat.db";
/// auth-service's database.
pub(crate) const AUTH: &str = "auth.db";
/// What encrypts signing keys at rest.
pub(crate) const KEYS: &str = "keys.secret";
/// There while a restore puts files in their places.
pub(crate) const UNFINISHED: &str = "restore.unfinished";

/// The data folder. Whoever serves holds it alone for as long as this lives.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    lock: Option<File>,
}

impl DataFolder {
    /// Makes the folder (readable by its owner only) when it is not there, and makes sure that it can be written and
    /// that no other Chatire uses it: two would not hear of each other's messages.
    pub(crate) fn open(path: &Path) -> Result<Self, StartError> {
        let folder = Self::alone(path)?;
        if folder.file(UNFINISHED).exists() {
            return Err(StartError::new(format!(
                "a restore into the data folder {} was not finished: restore again, with --replace",
                path.display()
            )));
        }
        Ok(folder)
    }

    /// As [`DataFolder::open`], whatever is in it.
    pub(crate) fn alone(path: &Path) -> Result<Self, StartError> {
        let failed = |e: &dyn std::fmt::Display| {
            let shown = path.display();
            StartError::new(format!(
                "can't write to the data folder {shown}: {e}: make it writable or set CHATIRE__DATA"
            ))
        };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|e| failed(&e))?;
        let lock = private().create(true).truncate(false).open(path.join("lock")).map_err(|e| failed(&e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(StartError::new(format!(
                "another Chatire uses the data folder {}: end it, or set CHATIRE__DATA to another folder",
                path.display()
            ))),
            Err(TryLockError::Error(e)) => Err(failed(&e)),
        }
    }

    /// The folder of a Chatire that may be running.
    pub(crate) fn beside(path: &Path) -> Result<Self, StartError> {
        if path.join(KEYS).exists() {
            return Ok(Self { path: path.to_owned(), lock: None });
        }
        Err(StartError::new(format!(
            "there is no Chatire in the data folder {}: start it once, or set CHATIRE__DATA to its folder",
            path.display()
        )))
    }

    /// Notes for [`DataFolder::served_at`] where the internal listener of whoever serves is.
    pub(crate) fn note_served_at(&self, internal: SocketAddr) {
        let Some(mut lock) = self.lock.as_ref() else { return };
        let noted = lock.set_len(0).and_then(|()| write!(lock, "{internal}")).and_then(|()| lock.flush());
        if let Err(error) = noted {
            tracing::warn!(%error, "`chatire status` will not find this process");
        }
    }

    /// Where the internal listener of the Chatire that uses the folder is; `None` when none does, or it is just starting.
    pub(crate) fn served_at(&self) -> Option<SocketAddr> {
        let lock = File::open(self.file("lock")).ok()?;
        match lock.try_lock_shared() {
            Err(TryLockError::WouldBlock) => std::fs::read_to_string(self.file("lock")).ok()?.trim().parse().ok(),
            _ => None,
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The URL of a database in the folder.
    pub(crate) fn database(&self, name: &str) -> String {
        format!("sqlite:{}", self.file(name).display())
    }

    /// Where mails are written while there is no mail server.
    pub(crate) fn mail(&self) -> String {
        self.file("mail").display().to_string()
    }

    /// The secret that encrypts signing keys at rest: made once, readable by its owner only.
    pub(crate) fn keys_secret(&self) -> Result<String, StartError> {
        let path = self.file(KEYS);
        let failed = |e: std::io::Error| StartError::new(format!("can't keep the secret in {}: {e}", path.display()));
        match std::fs::read_to_string(&path) {
            Ok(secret) => return Ok(secret.trim().to_owned()),
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
            Err(_) => {}
        }
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes)
            .map_err(|e| StartError::new(format!("no randomness for a new secret: {e}")))?;
        let secret = STANDARD.encode(bytes);
        // Whole or not at all, whatever happens in between.
        let unfinished = self.file("keys.secret.new");
        let mut file = private().create(true).truncate(true).open(&unfinished).map_err(failed)?;
        file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        std::fs::rename(&unfinished, &path).map_err(failed)?;
        Ok(secret)
    }
}

/// For a file that only its owner may read.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}
