//! `chatire restore`: puts a backup into the data folder, from which it was taken or another one.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use service_kit::db::check_sqlite;
use service_kit::operate::say;
use service_kit::{StartError, clock};

use crate::backup::{PARTS, file_name, sync};
use crate::data::{AUTH, CHAT, DataFolder, UNFINISHED, private};

/// Where a backup is looked at before it takes anything's place.
const NEW: &str = "restore.new";
/// What SQLite keeps beside a file.
const COMPANIONS: [&str; 3] = ["", "-wal", "-shm"];

/// Puts the backup in `from` into the data folder `into`, in which nobody serves. What is there is never overwritten: with
/// `replace` it is put aside, into a folder beside it.
pub(crate) fn restore(from: &Path, into: &Path, replace: bool) -> Result<(), StartError> {
    if let Some(missing) = PARTS.iter().find(|part| !from.join(part).is_file()) {
        return Err(StartError::new(format!("{} is no backup: it has no {missing}", from.display())));
    }
    let data = DataFolder::alone(into)?;
    let failed = |e: io::Error| StartError::new(format!("can't restore into {}: {e}", into.display()));
    let there = PARTS.iter().any(|part| data.file(part).exists());
    if there && !replace {
        return Err(StartError::new(format!(
            "there is a Chatire in the data folder {}: --replace puts it aside",
            into.display()
        )));
    }
    let new = data.file(NEW);
    bring(from, &new).map_err(failed)?;
    if let Err(damaged) = check(&new) {
        let _ = fs::remove_dir_all(&new);
        return Err(damaged);
    }
    let aside = put_in_place(&data, there).map_err(failed)?;
    if let Some(aside) = aside {
        say(&format!("what was there is in {}", data.file(&aside).display()));
    }
    say(&format!("{} is restored into {}", from.display(), data.path().display()));
    Ok(())
}

/// Copies the backup to where it can be renamed from.
fn bring(from: &Path, new: &Path) -> io::Result<()> {
    if new.exists() {
        fs::remove_dir_all(new)?;
    }
    fs::DirBuilder::new().mode(0o700).create(new)?;
    for part in PARTS {
        let mut file = private().create_new(true).open(new.join(part))?;
        io::copy(&mut fs::File::open(from.join(part))?, &mut file)?;
        file.sync_all()?;
    }
    sync(new)
}

/// Whole, and not of a newer version.
fn check(new: &Path) -> Result<(), StartError> {
    check_sqlite(&new.join(CHAT))?;
    check_sqlite(&new.join(AUTH))?;
    chat_api::look_at(&new.join(CHAT))?;
    auth_service::look_at(&new.join(AUTH)).map(drop)
}

/// Several renames are not one: until all are done, nobody serves what is there. Returns where the old files are.
fn put_in_place(data: &DataFolder, there: bool) -> io::Result<Option<String>> {
    private().create(true).truncate(false).open(data.file(UNFINISHED))?.sync_all()?;
    sync(data.path())?;
    let aside = there.then(|| format!("before-restore-{}", file_name(clock::now())));
    if let Some(aside) = &aside {
        let aside = data.file(aside);
        fs::DirBuilder::new().mode(0o700).create(&aside)?;
        for part in PARTS {
            for companion in COMPANIONS {
                let name = format!("{part}{companion}");
                match fs::rename(data.file(&name), aside.join(&name)) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                    _ => {}
                }
            }
        }
        sync(&aside)?;
    }
    for part in PARTS {
        fs::rename(data.file(NEW).join(part), data.file(part))?;
    }
    sync(data.path())?;
    fs::remove_file(data.file(UNFINISHED))?;
    // What is left is nothing but empty, or what SQLite had beside the copies while they were looked at.
    fs::remove_dir_all(data.file(NEW))?;
    sync(data.path())?;
    Ok(aside)
}
