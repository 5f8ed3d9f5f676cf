//! Signing keys in the database.

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Result, each_backend};
use shared_proto::Timestamp;

use crate::schema::signing_keys;

/// A key as it is stored.
#[derive(Debug, Clone, Queryable)]
pub(super) struct StoredKey {
    pub(super) kid: String,
    /// The public key in base64url.
    pub(super) x: String,
    /// Sealed.
    pub(super) private_key: Vec<u8>,
    pub(super) created_at: i64,
    pub(super) signs_from: i64,
}

/// The keys in use, the one that will sign last first.
pub(super) fn in_use(conn: &mut Conn) -> Result<Vec<StoredKey>> {
    use signing_keys::dsl as k;
    let query = signing_keys::table
        .filter(k::retired_at.is_null())
        .order((k::signs_from.desc(), k::created_at.desc(), k::kid.desc()))
        .select((k::kid, k::x, k::private_key, k::created_at, k::signs_from));
    Ok(each_backend!(conn, c => query.load(c))?)
}

/// Stores the installation's first key unless there is one already: of several replicas that start at once, one wins.
/// Returns the keys in use afterwards.
pub(super) fn in_use_or_first(conn: &mut Conn, first: &StoredKey) -> Result<Vec<StoredKey>> {
    conn.transaction(|conn| {
        // On SQLite a transaction is alone from its beginning.
        if let Conn::Pg(c) = conn {
            diesel::sql_query("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").execute(c)?;
        }
        let found = in_use(conn)?;
        if !found.is_empty() {
            return Ok(found);
        }
        add(conn, first)?;
        Ok(vec![first.clone()])
    })
}

/// Stores a key; from now on it is in use.
pub(super) fn add(conn: &mut Conn, key: &StoredKey) -> Result<()> {
    use signing_keys::dsl as k;
    let row = (
        k::kid.eq(&key.kid),
        k::x.eq(&key.x),
        k::private_key.eq(&key.private_key),
        k::created_at.eq(key.created_at),
        k::signs_from.eq(key.signs_from),
    );
    each_backend!(conn, c => diesel::insert_into(signing_keys::table).values(row).execute(c))?;
    Ok(())
}

/// From now on a key is not in use.
pub(super) fn retire(conn: &mut Conn, kid: &str, now: Timestamp) -> Result<()> {
    let retired = signing_keys::retired_at.eq(now.micros());
    each_backend!(conn, c => diesel::update(signing_keys::table.find(kid)).set(retired).execute(c))?;
    Ok(())
}
