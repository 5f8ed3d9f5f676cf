//! How often something may be tried. Counted in the database, so that any number of replicas count together.
//!
//! A limit of `n` in a period lets `n` tries through at once, and then one more every `period / n` (the generic cell rate
//! algorithm, ITU-T I.371): nobody gains by waiting for a window to begin anew, and a refusal knows when the next try is
//! worth it. What is refused does not count.

mod store;

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use service_kit::db::{Conn, Db};
use service_kit::{Error, Result, chain, clock};
use shared_proto::{ErrorCode, UserId, Username};

use crate::client::Client;
use crate::figures;
use crate::settings;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const SWEPT_EVERY: Duration = Duration::from_secs(300);

/// The limits there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    is_on: bool,
    /// New accounts from one address.
    pub(crate) sign_ups: Limit,
    /// Tries to sign in from one address.
    pub(crate) sign_ins: Limit,
    /// Wrong passwords and codes for one account.
    pub(crate) failures: Limit,
    /// Asking for, and using, mails for new passwords from one address.
    pub(crate) resets: Limit,
    /// Mails to one account.
    pub(crate) mails: Limit,
    /// Refreshes from one address.
    pub(crate) refreshes: Limit,
    /// Refreshes of one account.
    pub(crate) account_refreshes: Limit,
}

/// So many tries in a period.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    name: &'static str,
    most: i64,
    /// Microseconds.
    period: i64,
}

/// Somebody's share of a limit.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    limit: Limit,
    key: String,
}

impl Limits {
    pub(crate) fn new(settings: &settings::Limits) -> Self {
        let limit = |name, most, period| Limit { name, most, period };
        Self {
            is_on: settings.enabled,
            sign_ups: limit("sign_ups", settings.sign_ups_per_address, MINUTE),
            sign_ins: limit("sign_ins", settings.sign_ins_per_address, MINUTE),
            failures: limit("failures", settings.failures_per_account, MINUTE),
            resets: limit("resets", settings.resets_per_address, MINUTE),
            mails: limit("mails", settings.mails_per_account_an_hour, HOUR),
            refreshes: limit("refreshes", settings.refreshes_per_address, MINUTE),
            account_refreshes: limit("account_refreshes", settings.refreshes_per_account, MINUTE),
        }
    }

    /// Counts one try of each share. Refuses with [`ErrorCode::RateLimited`] when one of them is used up, and then counts
    /// none.
    pub(crate) fn take(&self, conn: &mut Conn, shares: &[Share]) -> Result<()> {
        if !self.is_on {
            return Ok(());
        }
        let now = clock::now().micros();
        conn.transaction(|conn| {
            for share in shares {
                if let Some(wait) = store::take(conn, share, now)? {
                    metrics::counter!(figures::LIMITED, "limit" => share.limit.name).increment(1);
                    return Err(refused(wait));
                }
            }
            Ok(())
        })
    }

    /// As [`Limits::take`], on its own.
    pub(crate) async fn check(&self, db: &Db, shares: Vec<Share>) -> Result<()> {
        if !self.is_on {
            return Ok(());
        }
        let limits = *self;
        db.write(move |conn| limits.take(conn, &shares)).await
    }

    /// The try was none after all.
    pub(crate) fn give_back(&self, conn: &mut Conn, share: &Share) -> Result<()> {
        if self.is_on { store::give_back(conn, share) } else { Ok(()) }
    }

    /// Forgets what is used by nobody any more, for ever.
    pub(crate) async fn sweep(&self, db: &Db) {
        loop {
            let now = clock::now().micros();
            loop {
                match db.write(move |conn| store::sweep(conn, now)).await {
                    Ok(store::BATCH) => {}
                    Ok(_) => break,
                    Err(error) => {
                        tracing::warn!(error = chain(&error), "limits were not swept; trying again later");
                        break;
                    }
                }
            }
            tokio::time::sleep(SWEPT_EVERY).await;
        }
    }
}

impl Limit {
    /// Of everybody who comes from the same network.
    pub(crate) fn of_address(self, client: &Client) -> Share {
        self.of("a", &client.network())
    }

    /// Of an account.
    pub(crate) fn of_user(self, user: UserId) -> Share {
        self.of("u", &user.to_string())
    }

    /// Of a name that somebody wants to sign in with, whether there is such an account or not. Hashed: people type their
    /// passwords there.
    pub(crate) fn of_name(self, name: &str) -> Share {
        let key = Username::try_from(name.to_owned()).map_or_else(|_| name.to_owned(), |name| name.key());
        self.of("n", &URL_SAFE_NO_PAD.encode(digest(&SHA256, key.as_bytes())))
    }

    /// Of a device that has signed in to an account before.
    pub(crate) fn of_device(self, device: &str) -> Share {
        self.of("d", device)
    }

    fn of(self, kind: &str, subject: &str) -> Share {
        Share { limit: self, key: format!("{}:{kind}:{subject}", self.name) }
    }

    /// Between two tries, once all of them were used, in microseconds.
    fn pace(self) -> i64 {
        self.period / self.most.max(1)
    }
}

fn refused(wait: Duration) -> Error {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Error::Refused {
        code: ErrorCode::RateLimited,
        detail: format!("Too many tries; the next one is worth it in {seconds} s."),
        errors: Vec::new(),
        retry_after: Some(Duration::from_secs(seconds.max(1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Installation;

    fn share(key: &str) -> Share {
        Share { limit: Limit { name: "test", most: 3, period: MINUTE }, key: key.to_owned() }
    }

    #[actix_web::test]
    async fn a_limit_lets_some_through_at_once_and_then_one_at_a_time() {
        let home = Installation::new().await;
        let checked = home.state.db.write(|conn| {
            let mut takes = |key: &str, second: i64| store::take(conn, &share(key), second * 1_000_000);
            for _ in 0..3 {
                assert_eq!(takes("a", 100)?, None);
            }
            assert_eq!(takes("a", 100)?, Some(Duration::from_secs(20)));
            assert_eq!(takes("a", 119)?, Some(Duration::from_secs(1)));
            assert_eq!(takes("b", 119)?, None, "each has its own");
            assert_eq!(takes("a", 120)?, None);
            assert_eq!(takes("a", 120)?, Some(Duration::from_secs(20)));
            for _ in 0..3 {
                assert_eq!(takes("a", 1_000)?, None, "after a rest all are there again, and no more");
            }
            assert_eq!(takes("a", 1_000)?, Some(Duration::from_secs(20)));
            Ok(())
        });
        checked.await.unwrap();
    }

    #[actix_web::test]
    async fn what_is_given_back_and_what_is_refused_counts_for_nothing() {
        let home = Installation::new().await;
        let checked = home.state.db.write(|conn| {
            for _ in 0..100 {
                assert_eq!(store::take(conn, &share("a"), 100)?, None);
                store::give_back(conn, &share("a"))?;
            }
            let mut limits = Limits::new(&crate::testing::with(&[]).unwrap().limits);
            limits.is_on = true;
            let (full, other) = (share("full"), share("other"));
            for _ in 0..3 {
                limits.take(conn, std::slice::from_ref(&full))?;
            }
            for _ in 0..10 {
                let refused = limits.take(conn, &[other.clone(), full.clone()]).unwrap_err();
                assert_eq!(refused.code(), ErrorCode::RateLimited);
            }
            for _ in 0..3 {
                limits.take(conn, std::slice::from_ref(&other))?;
            }
            assert_eq!(store::sweep(conn, i64::MAX)?, 3);
            Ok(())
        });
        checked.await.unwrap();
    }

    #[test]
    fn an_account_is_one_however_its_name_is_written() {
        let limit = share("").limit;
        assert_eq!(limit.of_name("ALICE").key, limit.of_name("ａlice").key);
        assert_ne!(limit.of_name("alice").key, limit.of_name("alice2").key);
        assert!(!limit.of_name("hunter2").key.contains("hunter2"));
    }
}
