//! Migrations run by themselves while the replicas of the version before go on serving: none may hold a table that may
//! be big for longer than a moment. (PostgreSQL; SQLite has one process, which is not serving yet.)

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Whole tables rewritten before anything was ever released: there was nothing in them to speak of.
const BEFORE_THE_FIRST_RELEASE: [&str; 1] = ["2026-11-24-000001_roles_links_reads_edits"];

struct Migration {
    name: String,
    folder: PathBuf,
    /// In upper case, without comments, each with single spaces.
    statements: Vec<String>,
}

fn migrations_of(service: &str) -> Vec<Migration> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(service).join("migrations/postgres");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    folders.into_iter().map(read).collect()
}

fn read(folder: PathBuf) -> Migration {
    let text = std::fs::read_to_string(folder.join("up.sql")).expect("an up.sql");
    let bare: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or_default().trim_end()).collect();
    // A statement ends where a line does.
    let statements = bare.join("\n").to_uppercase();
    let statements = statements.split(";\n").map(|s| s.split_whitespace().collect::<Vec<_>>().join(" "));
    let statements = statements.map(|s| s.trim_end_matches(';').to_owned());
    let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
    Migration { name, folder, statements: statements.filter(|s| !s.is_empty()).collect() }
}

/// What is wrong with a statement that runs while others use `old` tables.
fn fault(statement: &str, old: &BTreeSet<String>) -> Option<&'static str> {
    let words: Vec<&str> = statement.split([' ', '(']).collect();
    let on_old = |table: Option<&&str>| table.is_some_and(|table| old.contains(*table));
    let behind = |word: &str| words.iter().position(|w| *w == word).and_then(|at| words.get(at + 1));
    if statement.starts_with("CREATE INDEX") || statement.starts_with("CREATE UNIQUE INDEX") {
        let waits = !statement.contains(" CONCURRENTLY ");
        return (waits && on_old(behind("ON"))).then_some("build the index CONCURRENTLY");
    }
    if statement.starts_with("DROP INDEX") && !statement.contains(" CONCURRENTLY ") {
        return Some("drop the index CONCURRENTLY");
    }
    if statement.starts_with("UPDATE") && !statement.contains(" LIMIT ") && on_old(words.get(1)) {
        return Some("fill columns in small steps, not in the migration");
    }
    if !(statement.starts_with("ALTER TABLE") && on_old(words.get(2))) {
        return None;
    }
    let rewrites = [" TYPE ", " SET NOT NULL", " ADD PRIMARY KEY", " ADD UNIQUE", " GENERATED "];
    if rewrites.iter().any(|what| statement.contains(what)) {
        return Some("this reads or rewrites the whole table under a lock");
    }
    if statement.contains(" ADD CONSTRAINT") && !statement.contains(" NOT VALID") {
        return Some("add the constraint NOT VALID, and validate it later");
    }
    let adds_computed = statement.split(" DEFAULT ").skip(1).any(|rest| {
        let value = rest.split([',', ' ']).next().unwrap_or_default();
        value.contains('(')
    });
    adds_computed.then_some("a default that is computed rewrites the table")
}

#[test]
fn no_migration_holds_a_big_table_for_long() {
    for service in ["auth-service", "chat-api"] {
        let mut old: BTreeSet<String> = BTreeSet::new();
        for migration in migrations_of(service) {
            let mut new: BTreeSet<String> = BTreeSet::new();
            for statement in &migration.statements {
                if let Some(rest) = statement.strip_prefix("CREATE TABLE ") {
                    new.extend(rest.split([' ', '(']).next().map(str::to_owned));
                }
                let fault = fault(statement, &old);
                let excused =
                    statement.starts_with("UPDATE") && BEFORE_THE_FIRST_RELEASE.contains(&migration.name.as_str());
                assert!(fault.is_none() || excused, "{service} {}: {statement}: {fault:?}", migration.name);
            }
            if migration.statements.iter().any(|s| s.contains(" CONCURRENTLY ")) {
                let alone = std::fs::read_to_string(migration.folder.join("metadata.toml")).unwrap_or_default();
                assert!(
                    migration.statements.len() == 1 && alone.contains("run_in_transaction = false"),
                    "{service} {}: what is CONCURRENTLY needs a migration of its own, outside a transaction",
                    migration.name
                );
            }
            old.extend(new);
        }
        assert!(old.len() > 3, "{service}: only {old:?} were found");
    }
}

#[test]
fn a_migration_that_would_lock_is_found() {
    let old = BTreeSet::from(["MESSAGES".to_owned()]);
    for bad in [
        "CREATE INDEX X ON MESSAGES (AT)",
        "CREATE UNIQUE INDEX X ON MESSAGES (AT)",
        "DROP INDEX X",
        "ALTER TABLE MESSAGES ALTER COLUMN AT TYPE TEXT",
        "ALTER TABLE MESSAGES ADD COLUMN A BIGINT NOT NULL DEFAULT NOW()",
        "ALTER TABLE MESSAGES ADD CONSTRAINT C CHECK (AT > 0)",
        "UPDATE MESSAGES SET AT = 0",
    ] {
        assert!(fault(bad, &old).is_some(), "{bad}");
    }
    for good in [
        "CREATE INDEX CONCURRENTLY X ON MESSAGES (AT)",
        "CREATE INDEX X ON NEWS (AT)",
        "ALTER TABLE MESSAGES ADD COLUMN A BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE MESSAGES ADD COLUMN A INTEGER, ADD COLUMN B BIGINT NOT NULL DEFAULT 7",
    ] {
        assert_eq!(fault(good, &old), None, "{good}");
    }
}
