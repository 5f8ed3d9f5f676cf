//! The audit log: who did what to which account, from where. Lines of the target `audit`, which can be kept apart from
//! the rest, and counters for operators. Neither has a secret in it: not even a name that somebody tried to sign in with,
//! since people type passwords there.

use serde::{Deserialize, Serialize};
use shared_proto::{SessionId, Timestamp, UserId};

use crate::client::Client;
use crate::figures;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    SignedUp,
    SignedIn,
    /// Wrong name or password.
    SignInFailed,
    /// The right password, and no good code.
    SecondFactorFailed,
    /// The right password of an account that the operator has closed.
    SignInRefused,
    /// A refresh token was exchanged.
    Refreshed,
    /// A refresh token came back that was exchanged long ago: its session was ended.
    RefreshReused,
    SessionEnded,
    OtherSessionsEnded,
    /// Somebody signed in did not know the password.
    PasswordNotConfirmed,
    PasswordChanged,
    /// A mail for a new password was sent.
    ResetMailed,
    /// It was given up.
    ResetNotMailed,
    PasswordReset,
    EmailChanged,
    SecondFactorSetUp,
    SecondFactorEnded,
    AccountDeleted,
    // From here on by the operator.
    AccountCreated,
    /// With a password of the operator's; all sessions have ended.
    PasswordSet,
    AccountDisabled,
    AccountEnabled,
    /// All of an account.
    SessionsRevoked,
    KeyRotated,
    KeyRetired,
}

impl Deed {
    /// All there are.
    pub(crate) const ALL: [Deed; 25] = [
        Deed::SignedUp,
        Deed::SignedIn,
        Deed::SignInFailed,
        Deed::SecondFactorFailed,
        Deed::SignInRefused,
        Deed::Refreshed,
        Deed::RefreshReused,
        Deed::SessionEnded,
        Deed::OtherSessionsEnded,
        Deed::PasswordNotConfirmed,
        Deed::PasswordChanged,
        Deed::ResetMailed,
        Deed::ResetNotMailed,
        Deed::PasswordReset,
        Deed::EmailChanged,
        Deed::SecondFactorSetUp,
        Deed::SecondFactorEnded,
        Deed::AccountDeleted,
        Deed::AccountCreated,
        Deed::PasswordSet,
        Deed::AccountDisabled,
        Deed::AccountEnabled,
        Deed::SessionsRevoked,
        Deed::KeyRotated,
        Deed::KeyRetired,
    ];

    /// As it stands in the log and in `chatire_auth_deeds_total`. Never changed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Deed::SignedUp => "signed_up",
            Deed::SignedIn => "signed_in",
            Deed::SignInFailed => "sign_in_failed",
            Deed::SecondFactorFailed => "second_factor_failed",
            Deed::SignInRefused => "sign_in_refused",
            Deed::Refreshed => "refreshed",
            Deed::RefreshReused => "refresh_reused",
            Deed::SessionEnded => "session_ended",
            Deed::OtherSessionsEnded => "other_sessions_ended",
            Deed::PasswordNotConfirmed => "password_not_confirmed",
            Deed::PasswordChanged => "password_changed",
            Deed::ResetMailed => "reset_mailed",
            Deed::ResetNotMailed => "reset_not_mailed",
            Deed::PasswordReset => "password_reset",
            Deed::EmailChanged => "email_changed",
            Deed::SecondFactorSetUp => "second_factor_set_up",
            Deed::SecondFactorEnded => "second_factor_ended",
            Deed::AccountDeleted => "account_deleted",
            Deed::AccountCreated => "account_created",
            Deed::PasswordSet => "password_set",
            Deed::AccountDisabled => "account_disabled",
            Deed::AccountEnabled => "account_enabled",
            Deed::SessionsRevoked => "sessions_revoked",
            Deed::KeyRotated => "key_rotated",
            Deed::KeyRetired => "key_retired",
        }
    }
}

/// Notes a deed, once it is done. `user` is whose account it was done to, where there is one.
pub(crate) fn note(deed: Deed, user: Option<UserId>, session: Option<&SessionId>, client: &Client) {
    metrics::counter!(figures::DEEDS, "deed" => deed.name()).increment(1);
    tracing::info!(
        target: "audit",
        deed = deed.name(),
        user = user.map(|user| user.0),
        session = session.map(SessionId::as_str),
        address = client.address,
        device = client.device,
        "{}",
        deed.name()
    );
}

/// What the operator did at the command line: kept in the transaction that did it, and noted by a service that runs, so that
/// it stands where all the rest of the log does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ByOperator {
    deed: Deed,
    user: Option<UserId>,
    key: Option<String>,
    /// Their account on the machine, as the environment has it.
    operator: String,
    at: Timestamp,
}

impl ByOperator {
    pub(crate) fn to_account(deed: Deed, user: UserId, at: Timestamp) -> Self {
        Self { deed, user: Some(user), key: None, operator: operator(), at }
    }

    pub(crate) fn to_key(deed: Deed, kid: &str, at: Timestamp) -> Self {
        Self { deed, user: None, key: Some(kid.to_owned()), operator: operator(), at }
    }

    pub(crate) fn note(&self) {
        metrics::counter!(figures::DEEDS, "deed" => self.deed.name()).increment(1);
        tracing::info!(
            target: "audit",
            deed = self.deed.name(),
            user = self.user.map(|user| user.0),
            key = self.key,
            operator = self.operator,
            at = self.at.seconds(),
            "{}",
            self.deed.name()
        );
    }
}

fn operator() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let named: String = named.unwrap_or_default().chars().filter(|c| !c.is_control()).take(64).collect();
    if named.is_empty() { "unknown".to_owned() } else { named }
}
