//! Statements that are written out.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};
use diesel::{QueryResult, RunQueryDsl};

/// A statement that is written out and that the database parses and plans once for each connection. (What stands in
/// diesel's `sql_query` is parsed and planned each time, since its text may be another one each time; so are its updates and
/// its inserts of several rows.)
///
/// The placeholders `$1`, `$2`, … stand each once and in this order, and each has its [`bind`](Prepared::bind). Rows are
/// loaded by name, as with `sql_query`.
#[derive(Debug)]
#[must_use = "a statement does nothing until it is executed or loaded"]
pub struct Prepared<B> {
    text: &'static str,
    binds: B,
}

/// See [`Prepared`].
pub fn prepared(text: &'static str) -> Prepared<()> {
    Prepared { text, binds: () }
}

impl<B> Prepared<B> {
    /// The value of the next placeholder, of the SQL type `ST`.
    pub fn bind<ST, V>(self, value: V) -> Prepared<(B, Bind<ST, V>)> {
        Prepared { text: self.text, binds: (self.binds, Bind(value, PhantomData)) }
    }
}

/// A placeholder's value.
#[derive(Debug)]
pub struct Bind<ST, V>(V, PhantomData<ST>);

/// The values of a statement's placeholders, in order.
pub trait Binds<DB: Backend> {
    /// Writes the text up to and with the last of these placeholders.
    fn walk<'b>(&'b self, rest: &mut &'static str, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<DB: Backend> Binds<DB> for () {
    fn walk<'b>(&'b self, _: &mut &'static str, _: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        Ok(())
    }
}

impl<DB, B, ST, V> Binds<DB> for (B, Bind<ST, V>)
where
    DB: Backend + HasSqlType<ST>,
    B: Binds<DB>,
    V: ToSql<ST, DB>,
{
    fn walk<'b>(&'b self, rest: &mut &'static str, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk(rest, out.reborrow())?;
        let (before, after) = rest.split_once('$').ok_or(diesel::result::Error::QueryBuilderError(
            "a written-out statement has fewer placeholders than values".into(),
        ))?;
        out.push_sql(before);
        // diesel writes the placeholder, with its number.
        out.push_bind_param::<ST, V>(&self.1.0)?;
        *rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        Ok(())
    }
}

impl<DB: Backend, B: Binds<DB>> QueryFragment<DB> for Prepared<B> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut rest = self.text;
        self.binds.walk(&mut rest, out.reborrow())?;
        out.push_sql(rest);
        Ok(())
    }
}

/// Kept by its text.
impl<B> QueryId for Prepared<B> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<B> Query for Prepared<B> {
    type SqlType = Untyped;
}

impl<B, C> RunQueryDsl<C> for Prepared<B> {}

#[cfg(test)]
mod tests {
    use diesel::debug_query;
    use diesel::pg::Pg;
    use diesel::sql_types::{BigInt, Text};
    use diesel::sqlite::Sqlite;

    use super::*;

    #[test]
    fn the_text_is_sent_as_it_was_written() {
        let text = "INSERT INTO t SELECT $1, x FROM unnest($2, $3) AS new (x) WHERE x < 3";
        let statement = prepared(text).bind::<BigInt, _>(1).bind::<Text, _>("a").bind::<Text, _>("b");
        let shown = debug_query::<Pg, _>(&statement).to_string();
        assert_eq!(shown, format!(r#"{text} -- binds: [1, "a", "b"]"#));
        let statement = prepared("UPDATE t SET x = $1 WHERE y = $2").bind::<BigInt, _>(1).bind::<Text, _>("a");
        let shown = debug_query::<Sqlite, _>(&statement).to_string();
        assert_eq!(shown, r#"UPDATE t SET x = ? WHERE y = ? -- binds: [1, "a"]"#);
    }
}
