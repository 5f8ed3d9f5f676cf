//! The folder in which everything is kept.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use service_kit::StartError;

/// The data folder. Whoever serves holds it alone for as long as this lives.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    _lock: Option<File>,
}

impl DataFolder {
    /// Makes the folder (readable by its owner only) when it is not there, and makes sure that it can be written and
    /// that no other Chatire uses it: two would not hear of each other's messages.
    pub(crate) fn open(path: &Path) -> Result<Self, StartError> {
        let failed = |e: &dyn std::fmt::Display| {
            let shown = path.display();
            StartError::new(format!(
                "can't write to the data folder {shown}: {e}: make it writable or set CHATIRE__DATA"
            ))
        };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|e| failed(&e))?;
        let lock = private().create(true).truncate(false).open(path.join("lock")).map_err(|e| failed(&e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(StartError::new(format!(
                "another Chatire uses the data folder {}: end it, or set CHATIRE__DATA to another folder",
                path.display()
            ))),
            Err(TryLockError::Error(e)) => Err(failed(&e)),
        }
    }

    /// The folder of a Chatire that may be running.
    pub(crate) fn beside(path: &Path) -> Result<Self, StartError> {
        if path.join("keys.secret").exists() {
            return Ok(Self { path: path.to_owned(), _lock: None });
        }
        Err(StartError::new(format!(
            "there is no Chatire in the data folder {}: start it once, or set CHATIRE__DATA to its folder",
            path.display()
        )))
    }

    /// The URL of a database in the folder.
    pub(crate) fn database(&self, name: &str) -> String {
        format!("sqlite:{}", self.path.join(name).display())
    }

    /// Where mails are written while there is no mail server.
    pub(crate) fn mail(&self) -> String {
        self.path.join("mail").display().to_string()
    }

    /// The secret that encrypts signing keys at rest: made once, readable by its owner only.
    pub(crate) fn keys_secret(&self) -> Result<String, StartError> {
        let path = self.path.join("keys.secret");
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
        let unfinished = self.path.join("keys.secret.new");
        let mut file = private().create(true).truncate(true).open(&unfinished).map_err(failed)?;
        file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        std::fs::rename(&unfinished, &path).map_err(failed)?;
        Ok(secret)
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}
