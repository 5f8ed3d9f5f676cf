//! Sessions: signing in, staying signed in, and ending it.

mod cookie;
mod device;
mod grant;
mod list;
mod refresh;
mod revoke;
mod revoked;
mod rotate;
mod sign_in;
mod sign_out;
mod signed_in;
mod store;
mod sweep;
mod verify;

pub(crate) use cookie::Cookie;
pub(crate) use device::KnownDevices;
pub(crate) use list::list;
pub(crate) use refresh::refresh;
pub(crate) use revoke::{end_all, revoke, revoke_others};
pub(crate) use revoked::revoked;
pub(crate) use rotate::Lifetimes;
pub(crate) use sign_in::sign_in;
pub(crate) use sign_out::sign_out;
pub(crate) use signed_in::SignedIn;
pub(crate) use sweep::sweep;
pub(crate) use verify::verify;
