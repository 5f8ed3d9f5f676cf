//! Accounts.

mod change;
mod changed;
mod delete;
mod find;
mod me;
pub(crate) mod operate;
mod sign_up;
pub(crate) mod store;

pub(crate) use change::change;
pub(crate) use changed::changed;
pub(crate) use delete::delete;
pub(crate) use find::find;
pub(crate) use me::me;
pub(crate) use sign_up::sign_up;
pub(crate) use store::Account;
