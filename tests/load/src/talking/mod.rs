//! People who talk over sockets, at Chatire and at the reference, and how long it takes until the others hear it.

mod dialect;
mod message;
mod person;
mod records;
mod talk;

pub(crate) use dialect::Dialect;
pub(crate) use person::Deed;
pub(crate) use records::Round;
pub(crate) use talk::{Chat, Talk};
