//! Changing the keys while the services run: replicas read them every few seconds, the other services ask when they meet
//! a key that they do not know.

use service_kit::db::{Conn, Db};
use service_kit::{Error, Result, clock};
use shared_proto::auth::ACCESS_TOKEN_MAX_SECONDS;
use shared_proto::{ErrorCode, Timestamp};

use super::store::{self, StoredKey};
use super::{READ_EVERY, Sealing, new_key};
use crate::audit::{ByOperator, Deed};
use crate::outbox::Outbox;

/// A key, as the operator sees it.
pub(crate) struct Listed {
    pub(crate) kid: String,
    pub(crate) state: KeyState,
    pub(crate) signs_from: Timestamp,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// Is known, and will sign.
    Next,
    /// Signs now.
    Signs,
    /// Verifies what it signed before.
    Verifies,
}

/// The keys in use, the one that will sign last first.
pub(crate) async fn list(db: &Db) -> Result<Vec<Listed>> {
    Ok(states(&db.read(store::in_use).await?, clock::now().micros()))
}

fn states(keys: &[StoredKey], now: i64) -> Vec<Listed> {
    let signs = keys.iter().position(|key| key.signs_from <= now).unwrap_or(keys.len().saturating_sub(1));
    let listed = |(at, key): (usize, &StoredKey)| Listed {
        kid: key.kid.clone(),
        state: match at.cmp(&signs) {
            std::cmp::Ordering::Less => KeyState::Next,
            std::cmp::Ordering::Equal => KeyState::Signs,
            std::cmp::Ordering::Greater => KeyState::Verifies,
        },
        signs_from: Timestamp::from_micros(key.signs_from),
    };
    keys.iter().enumerate().map(listed).collect()
}

/// Adds a key that signs from a moment on; returns its id.
pub(crate) async fn rotate(db: &Db, sealing: &Sealing, from: Timestamp) -> Result<String> {
    // Under another secret than the services have, the new key would keep them from reading any.
    for key in db.read(store::in_use).await? {
        if sealing.open(&key.kid, &key.private_key).is_none() {
            return Err(Error::refused(
                ErrorCode::Forbidden,
                "keys.secret does not open the signing keys in the database; give the one they were made with",
            ));
        }
    }
    let key = new_key(sealing, from)?;
    let kid = key.kid.clone();
    db.write(move |conn| {
        conn.transaction(|conn| {
            store::add(conn, &key)?;
            Outbox::keep_deed(conn, ByOperator::to_key(Deed::KeyRotated, &key.kid, clock::now()))
        })
    })
    .await?;
    Ok(kid)
}

/// Takes a key away. Refuses the only one, and, unless forced, one that signed what may still be in use.
pub(crate) async fn retire(db: &Db, kid: String, force: bool) -> Result<()> {
    db.write(move |conn| conn.transaction(|conn| retire_in(conn, &kid, force, clock::now()))).await
}

fn retire_in(conn: &mut Conn, kid: &str, force: bool, now: Timestamp) -> Result<()> {
    let refused = |why: String| Err(Error::refused(ErrorCode::Forbidden, why));
    let keys = store::in_use(conn)?;
    let Some(at) = keys.iter().position(|key| key.kid == kid) else {
        return refused(format!("there is no key {kid} in use"));
    };
    if keys.len() == 1 {
        return refused(format!("{kid} is the only key; rotate first"));
    }
    // Until the replicas have read of its successor, and then as long as a token lives.
    let in_use_for = ACCESS_TOKEN_MAX_SECONDS + READ_EVERY.as_secs().cast_signed();
    let successor = keys[..at].last().map(|key| Timestamp::from_micros(key.signs_from).plus_seconds(in_use_for));
    if !force && keys[at].signs_from <= now.micros() && successor.is_none_or(|end| end > now) {
        return refused(format!("tokens that {kid} signed may still be in use; wait, or give --force"));
    }
    store::retire(conn, kid, now)?;
    Outbox::keep_deed(conn, ByOperator::to_key(Deed::KeyRetired, kid, now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Installation;

    #[actix_web::test]
    async fn a_key_is_next_then_signs_then_verifies_and_is_retired_when_nothing_needs_it() {
        let home = Installation::new().await;
        let (db, sealing) = (&home.state.db, &*home.state.sealing);
        let first = list(db).await.unwrap().remove(0).kid;
        assert!(retire(db, first.clone(), true).await.is_err(), "it is the only one");
        let second = rotate(db, sealing, clock::now().plus_seconds(60)).await.unwrap();
        let seen = db.read(store::in_use).await.unwrap();
        let now = clock::now();
        let shown = |now: Timestamp| states(&seen, now.micros()).into_iter().map(|key| (key.kid, key.state));
        let of = |kid: &str, state| (kid.to_owned(), state);
        assert!(shown(now).eq([of(&second, KeyState::Next), of(&first, KeyState::Signs)]));
        let later = now.plus_seconds(61);
        assert!(shown(later).eq([of(&second, KeyState::Signs), of(&first, KeyState::Verifies)]));

        let retired = |kid: &str, force: bool, at: Timestamp| {
            let kid = kid.to_owned();
            db.write(move |conn| conn.transaction(|conn| retire_in(conn, &kid, force, at)))
        };
        assert!(retired(&first, false, later).await.is_err(), "its tokens live");
        assert!(retired(&second, false, later).await.is_err(), "it signs");
        assert!(retired("unknown", true, later).await.is_err());
        retired(&first, false, later.plus_seconds(920)).await.unwrap();
        assert_eq!(list(db).await.unwrap().len(), 1);
    }
}
