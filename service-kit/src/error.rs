//! What a request can end in, other than well.

use std::time::Duration;

use shared_proto::{ErrorCode, FieldError};

/// The result of everything that serves a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request failed. Refusals are told to the one who asked; everything else is logged with its chain and
/// answered with a fixed text (see `problem`).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is wrong, or not allowed, or not possible: the fault is not ours.
    #[error("{code:?}: {detail}")]
    Refused {
        /// What to decide by.
        code: ErrorCode,
        /// What was wrong, with which value, and what to do.
        detail: String,
        /// The fields that were refused.
        errors: Vec<FieldError>,
        /// When another try is worth it.
        retry_after: Option<Duration>,
    },
    /// Something we need is away for the moment. Retryable; whether it was done may not be known.
    #[error("{0} is not reachable")]
    Unavailable(&'static str, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// The database said no.
    #[error("database")]
    Database(#[source] diesel::result::Error),
    /// A fault of ours.
    #[error("{0}")]
    Internal(&'static str, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}

impl Error {
    /// A refusal with a sentence for people.
    pub fn refused(code: ErrorCode, detail: impl Into<String>) -> Self {
        Error::Refused { code, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// A refusal of one field's value.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Error::Refused {
            code: ErrorCode::ValidationFailed,
            detail: format!("{field}: {message}"),
            errors: vec![FieldError { field: field.to_owned(), message }],
            retry_after: None,
        }
    }

    /// A refusal of one more, with a sentence (without its full stop) for people.
    pub fn rate_limited(what: &str, wait: Duration) -> Self {
        let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
        Error::Refused {
            code: ErrorCode::RateLimited,
            detail: format!("{what}: try again in {seconds} s."),
            errors: Vec::new(),
            retry_after: Some(Duration::from_secs(seconds)),
        }
    }

    /// A fault of ours, with its cause.
    pub fn internal(what: &'static str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Error::Internal(what, Some(cause.into()))
    }

    /// What the one who asked is told to decide by.
    pub fn code(&self) -> ErrorCode {
        match self {
            Error::Refused { code, .. } => *code,
            Error::Unavailable(..) => ErrorCode::Unavailable,
            Error::Database(error) if crate::db::is_passing(error) => ErrorCode::Unavailable,
            Error::Database(_) | Error::Internal(..) => ErrorCode::Internal,
        }
    }

    /// The sentence for the one who asked: never internal detail.
    pub fn detail(&self) -> &str {
        match self {
            Error::Refused { detail, .. } => detail,
            other if other.code() == ErrorCode::Unavailable => {
                "That is not possible at the moment. Please try again, with the same client_id if there is one."
            }
            _ => "Something went wrong on our side. It is logged under the request id.",
        }
    }
}

/// An error and what is behind it, in one line: for logs, never for answers.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Error::Database(error)
    }
}
