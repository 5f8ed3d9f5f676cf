//! Chats and who is in them.

mod create;
mod join;
mod list;
mod show;
pub(crate) mod store;

pub(crate) use create::create;
pub(crate) use join::join;
pub(crate) use list::list;
pub(crate) use show::{parse, show};
