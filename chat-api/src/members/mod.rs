//! Who is in a chat, what they may do, and how they come and go.

mod ban;
mod change_role;
mod depart;
mod join;
mod list;
mod read;
pub(crate) mod read_marks;
mod remove;
pub(crate) mod store;

pub(crate) use ban::{BansPage, ban, bans, unban};
pub(crate) use change_role::change_role;
pub(crate) use depart::depart;
pub(crate) use join::{add, join_or_invite};
pub(crate) use list::{ListPage, list};
pub(crate) use read::read;
pub(crate) use remove::remove;

use service_kit::{Error, Result};
use shared_proto::{ErrorCode, UserId};

/// A user's id in a path. What can't be one is nobody.
fn parse(id: &str) -> Result<UserId> {
    id.parse().map_err(|_| Error::refused(ErrorCode::MemberNotFound, format!("{id:?} is no user's id.")))
}

const PAGE: i64 = 50;
const PAGE_MAX: i64 = 100;

fn limit(asked: Option<i64>) -> Result<i64> {
    crate::limit(asked, PAGE, PAGE_MAX)
}
