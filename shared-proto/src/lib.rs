//! The types every part of Chatire speaks, and nothing else.
//!
//! Everything here is plain data with `serde`: no web framework, no database, no broker. A type that has
//! rules parses them once, at the edge ([`ChatUri`], [`MessageText`], [`Username`], …), so that the code
//! behind it need not check again. The web client's types are written from these by the test
//! `tests/typescript.rs`.

pub mod auth;
pub mod bus;
pub mod chats;
mod close;
mod error;
pub mod event;
pub mod frames;
mod ids;
pub mod internal;
pub mod messages;
mod person;
mod schema;
mod text;
mod timestamp;
mod users;

pub use close::CloseCode;
pub use error::{ErrorCode, FieldError, Problem};
pub use ids::{ChatId, ChatLink, ChatUri, ClientId, LARGEST, MessageId, Seq, SessionId, UserId};
pub use person::{Email, PersonName};
pub use text::{ChatName, Emoji, Invalid, MessageText, Username};
pub use timestamp::Timestamp;
pub use users::User;
