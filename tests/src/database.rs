//! Databases that are made for one purpose and go with it.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};

/// A PostgreSQL database that goes when this is dropped.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// `server` is the URL of a superuser, to any database that is there.
    pub fn create(server: &str, name: String) -> Self {
        run(server, &format!("CREATE DATABASE {name}")).unwrap_or_else(|e| panic!("CREATE DATABASE {name}: {e}"));
        Self { server: server.to_owned(), name }
    }

    /// Takes no connections any more, and ends those that are.
    pub(crate) fn close(&self) {
        let name = &self.name;
        self.must(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
        self.must(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
    }

    /// Takes connections again.
    pub(crate) fn open(&self) {
        self.must(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name));
    }

    /// A connection that runs `sql` in a transaction and then does nothing more, like a client that froze.
    pub(crate) fn freeze_after(&self, sql: &str) -> PgConnection {
        let mut connection = PgConnection::establish(&self.url()).unwrap_or_else(|e| panic!("{}: {e}", self.name));
        for statement in ["BEGIN", sql] {
            sql_query(statement).execute(&mut connection).unwrap_or_else(|e| panic!("{statement}: {e}"));
        }
        connection
    }

    /// Runs some statements in a session of their own.
    pub(crate) fn run(&self, sql: &str) {
        let mut connection = PgConnection::establish(&self.url()).unwrap_or_else(|e| panic!("{}: {e}", self.name));
        connection.batch_execute(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    /// Whether a query finds anything.
    pub(crate) fn finds(&self, sql: &str) -> bool {
        let mut connection = PgConnection::establish(&self.url()).unwrap_or_else(|e| panic!("{}: {e}", self.name));
        sql_query(sql).execute(&mut connection).unwrap_or_else(|e| panic!("{sql}: {e}")) > 0
    }

    /// From the next connection on, the server writes down how it runs every query.
    pub(crate) fn watch_queries(&self) {
        let name = &self.name;
        for setting in [
            "session_preload_libraries = 'auto_explain'",
            "auto_explain.log_min_duration = 0",
            "auto_explain.log_analyze = on",
            "auto_explain.log_timing = off",
            "auto_explain.log_buffers = on",
            "auto_explain.log_format = 'json'",
        ] {
            self.must(&format!("ALTER DATABASE {name} SET {setting}"));
        }
    }

    /// The server's log from a place on.
    pub(crate) fn log_from(&self, place: i64) -> String {
        let mut connection = PgConnection::establish(&self.server).unwrap_or_else(|e| panic!("{}: {e}", self.server));
        let query = format!("SELECT pg_read_file(pg_current_logfile(), {place}, 100000000) AS text");
        let row: Text = sql_query(query).get_result(&mut connection).unwrap_or_else(|e| panic!("the log: {e}"));
        row.text
    }

    /// How long the server's log is.
    pub(crate) fn log_length(&self) -> i64 {
        let mut connection = PgConnection::establish(&self.server).unwrap_or_else(|e| panic!("{}: {e}", self.server));
        let query = "SELECT size AS number FROM pg_stat_file(pg_current_logfile())";
        let row: Number = sql_query(query).get_result(&mut connection).unwrap_or_else(|e| panic!("the log: {e}"));
        row.number
    }

    fn must(&self, sql: &str) {
        run(&self.server, sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    /// Where the services find it.
    pub fn url(&self) -> String {
        let (base, query) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let authority = base.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        let separator = if query.is_empty() { "" } else { "?" };
        format!("{authority}/{}{separator}{query}", self.name)
    }
}

#[derive(diesel::QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(error) = run(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)) {
            eprintln!("the database {} is left behind: {error}", self.name);
        }
    }
}

fn run(server: &str, sql: &str) -> Result<(), String> {
    let mut connection = PgConnection::establish(server).map_err(|e| e.to_string())?;
    sql_query(sql).execute(&mut connection).map(drop).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(server: &str) -> String {
        // Not dropped: nothing was created.
        std::mem::ManuallyDrop::new(Database { server: server.into(), name: "t_x".into() }).url()
    }

    #[test]
    fn only_the_name_in_the_url_changes() {
        assert_eq!(url("postgres://u:p@127.0.0.1:25432/postgres"), "postgres://u:p@127.0.0.1:25432/t_x");
        assert_eq!(url("postgres://u@h/postgres?sslmode=disable"), "postgres://u@h/t_x?sslmode=disable");
        assert_eq!(url("postgres://u@h"), "postgres://u@h/t_x");
    }
}
