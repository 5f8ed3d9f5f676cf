//! A refresh token is used: it is exchanged for a new one, or found to be stolen.

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Result, each_backend};
use shared_proto::bus::Control;
use shared_proto::{SessionId, Timestamp, UserId};

use super::store;
use crate::opaque_token::TokenHash;
use crate::outbox::{Outbox, Parcel};
use crate::schema::{refresh_tokens, sessions};
use crate::users::Account;

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetimes {
    /// Without a refresh a session ends after so many seconds.
    pub(crate) session_seconds: i64,
    /// A used token is answered well for so many seconds.
    pub(crate) grace_seconds: i64,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Rotation {
    /// The session goes on with the new token.
    Renewed(SessionId, Account),
    /// The token was used long ago, so two parties have it, and nobody can say which one is the owner: the session
    /// was ended.
    Reused(SessionId, UserId, Parcel),
    /// Unknown, or of a session that has ended.
    Refused,
}

/// What a token of a living session deserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Never used before.
    First,
    /// Used a moment ago: the answer was lost, or two tabs asked at once.
    Again,
    /// Used too long ago for that.
    Stolen,
}

fn judge(used_at: Option<Timestamp>, now: Timestamp, grace_seconds: i64) -> Verdict {
    match used_at {
        None => Verdict::First,
        Some(used_at) if now <= used_at.plus_seconds(grace_seconds) => Verdict::Again,
        Some(_) => Verdict::Stolen,
    }
}

/// Exchanges the token `old` for `new`, in one transaction. Uses of the same session come one after the other.
pub(super) fn rotate(
    conn: &mut Conn,
    outbox: &Outbox,
    old: &TokenHash,
    new: &TokenHash,
    lifetimes: Lifetimes,
    now: Timestamp,
) -> Result<Rotation> {
    conn.transaction(|conn| {
        let Some((session, user)) = store::owner_of(conn, old)? else { return Ok(Rotation::Refused) };
        // Before the token is looked at: this takes the session's row until the commit.
        if !prolong(conn, &session, now, now.plus_seconds(lifetimes.session_seconds))? {
            return Ok(Rotation::Refused);
        }
        match judge(used_at(conn, old)?, now, lifetimes.grace_seconds) {
            Verdict::First => mark_used(conn, old, now)?,
            Verdict::Again => {}
            Verdict::Stolen => {
                store::revoke(conn, user, &session, now)?;
                let news = outbox.keep(conn, vec![Control::SessionRevoked { session: session.clone(), user }])?;
                return Ok(Rotation::Reused(session, user, news));
            }
        }
        store::add_token(conn, &session, new, now)?;
        let account = store::account_of(conn, &session, now)?;
        Ok(account.map_or(Rotation::Refused, |account| Rotation::Renewed(session, account)))
    })
}

/// `false` when the session has ended.
fn prolong(conn: &mut Conn, session: &SessionId, now: Timestamp, until: Timestamp) -> Result<bool> {
    let living = sessions::table
        .filter(sessions::id.eq(session.as_str()))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now.micros()));
    let prolonged = each_backend!(conn, c => diesel::update(living)
        .set((sessions::last_used_at.eq(now.micros()), sessions::expires_at.eq(until.micros())))
        .execute(c))?;
    Ok(prolonged > 0)
}

fn used_at(conn: &mut Conn, token: &TokenHash) -> Result<Option<Timestamp>> {
    let query = refresh_tokens::table.find(&token.0).select(refresh_tokens::used_at);
    let at: Option<i64> = each_backend!(conn, c => query.first(c))?;
    Ok(at.map(Timestamp::from_micros))
}

fn mark_used(conn: &mut Conn, token: &TokenHash, now: Timestamp) -> Result<()> {
    let used = diesel::update(refresh_tokens::table.find(&token.0)).set(refresh_tokens::used_at.eq(now.micros()));
    each_backend!(conn, c => used.execute(c))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use service_kit::bus::{Delivery, Interest, Message};
    use service_kit::clock;

    use super::*;
    use crate::opaque_token::FreshToken;
    use crate::testing::Installation;

    /// Somebody's session with the token of `cookie`, used at moments of the test's choice.
    struct Session {
        home: Installation,
        first: TokenHash,
        begun: Timestamp,
    }

    impl Session {
        async fn begin() -> Self {
            let home = Installation::new().await;
            home.sign_up("alice").await;
            let cookie = home.sign_in("alice").await.cookie;
            let first = TokenHash::of_text(cookie.trim_start_matches("refresh_token=")).unwrap();
            Self { home, first, begun: clock::now() }
        }

        /// Uses a token so many seconds after the beginning; the new one comes with what became of it.
        async fn uses(&self, old: &TokenHash, after: i64) -> (Rotation, TokenHash) {
            let (old, new) = (old.clone(), FreshToken::new().unwrap().hash());
            let (outbox, lifetimes) = (self.home.state.outbox.clone(), self.home.state.lifetimes);
            let (at, fresh) = (self.begun.plus_seconds(after), new.clone());
            let rotated = self.home.state.db.write(move |c| rotate(c, &outbox, &old, &fresh, lifetimes, at));
            (rotated.await.unwrap(), new)
        }
    }

    fn is_renewed(rotation: &Rotation) -> bool {
        matches!(rotation, Rotation::Renewed(..))
    }

    #[actix_web::test]
    async fn each_use_gives_a_new_token_and_the_session_goes_on() {
        let session = Session::begin().await;
        let mut token = session.first.clone();
        for after in [0, 300, 600, 86_400 * 29] {
            let (rotation, next) = session.uses(&token, after).await;
            assert!(is_renewed(&rotation), "{rotation:?} after {after} s");
            token = next;
        }
    }

    #[actix_web::test]
    async fn a_lost_answer_is_forgiven_within_the_grace() {
        let session = Session::begin().await;
        let (_, lost) = session.uses(&session.first, 0).await;
        let (again, second) = session.uses(&session.first, 15).await;
        assert!(is_renewed(&again));
        assert!(is_renewed(&session.uses(&second, 300).await.0));
        assert!(is_renewed(&session.uses(&lost, 301).await.0), "the lost answer may come late");
    }

    #[actix_web::test]
    async fn a_token_that_comes_back_after_the_grace_ends_the_session() {
        let session = Session::begin().await;
        let (_, second) = session.uses(&session.first, 0).await;
        let (stolen, _) = session.uses(&session.first, 60).await;
        let Rotation::Reused(id, _, news) = stolen else { panic!("{stolen:?}") };
        let (owners, _) = session.uses(&second, 61).await;
        assert!(matches!(owners, Rotation::Refused), "{owners:?}");

        let mut gateway = session.home.bus.subscribe(Interest::Everything);
        assert_eq!(gateway.next().await, Some(Delivery::Gap));
        session.home.state.outbox.send(news).await;
        let Some(Delivery::Message(Message::Control(heard))) = gateway.next().await else { panic!("no message") };
        assert!(matches!(heard, Control::SessionRevoked { session, .. } if session == id));
    }

    #[actix_web::test]
    async fn a_session_that_was_not_refreshed_for_long_has_ended() {
        let session = Session::begin().await;
        let (late, _) = session.uses(&session.first, 86_400 * 30 + 1).await;
        assert!(matches!(late, Rotation::Refused), "{late:?}");
        let unknown = FreshToken::new().unwrap().hash();
        assert!(matches!(session.uses(&unknown, 0).await.0, Rotation::Refused));
    }

    #[test]
    fn a_used_token_is_forgiven_within_the_grace_and_not_after() {
        let at = Timestamp::from_micros;
        assert_eq!(judge(None, at(5), 20), Verdict::First);
        assert_eq!(judge(Some(at(0)), at(20_000_000), 20), Verdict::Again);
        assert_eq!(judge(Some(at(0)), at(20_000_001), 20), Verdict::Stolen);
    }

    #[test]
    fn a_clock_that_went_back_accuses_nobody() {
        let at = Timestamp::from_micros;
        assert_eq!(judge(Some(at(9_000_000)), at(0), 20), Verdict::Again);
    }

    #[test]
    fn without_grace_every_second_use_is_theft() {
        let at = Timestamp::from_micros;
        assert_eq!(judge(Some(at(0)), at(1), 0), Verdict::Stolen);
    }
}
