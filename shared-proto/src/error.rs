//! What went wrong, for people and for programs.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// The stable names of everything that can go wrong, over HTTP (`Problem::code`) and in `error` frames.
/// Names are never changed or used for something else; new ones may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The body or frame is no JSON (or form) at all.
    MalformedBody,
    /// The body, path or query is readable, but a field is missing, of the wrong type, or out of range.
    ValidationFailed,
    /// The body is larger than this endpoint takes.
    PayloadTooLarge,
    /// Send `application/json` (or a form, where the endpoint takes one).
    UnsupportedMediaType,
    /// No such endpoint.
    NotFound,
    /// The endpoint has no such method.
    MethodNotAllowed,
    /// No access token was sent.
    TokenMissing,
    /// The access token is no token of ours.
    TokenInvalid,
    /// The access token has ended: refresh it.
    TokenExpired,
    /// The session was ended by sign-out or revocation: sign in again.
    SessionRevoked,
    /// Username or password are wrong; which of the two is not said.
    BadCredentials,
    /// The password that confirms what one asks for is wrong.
    WrongPassword,
    /// Username and password are right; `code` is asked for too.
    SecondFactorRequired,
    /// The second factor's code is wrong, or was used before.
    SecondFactorWrong,
    /// There is a second factor already: end it first.
    SecondFactorExists,
    /// There is no second factor, or none was begun.
    SecondFactorNotFound,
    /// The operator has closed this account.
    AccountDisabled,
    /// The link of the mail was used before, or is too old: ask for another mail.
    ResetInvalid,
    /// The refresh token is missing, ended or was used before: sign in again.
    RefreshInvalid,
    /// The page that asks is not one of ours.
    OriginForbidden,
    /// One may not do that.
    Forbidden,
    /// Only members may do that. Join by the chat's link first.
    NotAMember,
    /// One was banned from the chat, or the one that one invites was.
    Banned,
    /// The chat's link was changed or closed: ask a member for the new one, or to be invited.
    LinkClosed,
    /// A chat of two people has no name, link, roles, and nobody comes or goes.
    DirectChat,
    /// No such chat.
    ChatNotFound,
    /// No such user.
    UserNotFound,
    /// That user is not a member of the chat.
    MemberNotFound,
    /// No such message in this chat, or it was deleted.
    MessageNotFound,
    /// No such session.
    SessionNotFound,
    /// Somebody has that username already (case and Unicode form do not count).
    UsernameTaken,
    /// The password is too weak; the reasons stand in `errors`.
    PasswordTooWeak,
    /// There are as many of these as there may be.
    LimitReached,
    /// This `client_id` was used before for something else.
    IdempotencyConflict,
    /// Too many requests or frames: wait for `Retry-After` / `retry_after_ms`.
    RateLimited,
    /// The frame's `type` is none of protocol 1.
    UnknownFrame,
    /// The server can't do it right now: try again, with the same `client_id`.
    Unavailable,
    /// The server's fault. It is logged under the request id.
    Internal,
}

/// An answer that says what went wrong: `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` is what to decide by.
    pub r#type: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What to decide by.
    pub code: ErrorCode,
    /// What was wrong, with which value, and what to do, in a sentence.
    pub detail: String,
    /// One entry for each field that was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<FieldError>>")]
    pub errors: Vec<FieldError>,
}

/// A field that was refused, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct FieldError {
    /// The field's name in the body.
    pub field: String,
    /// Why, in words for the person who filled it in.
    pub message: String,
}
