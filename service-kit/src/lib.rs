//! What every Chatire service needs and no user sees.
//!
//! A service is an implementation of [`Service`]; a process hosts one or more of them behind two listeners
//! ([`host::Listeners`]): the public one, and the internal one for health, metrics and the other services.

pub mod address;
pub mod api;
pub mod bus;
pub mod clock;
mod connection;
pub mod credential;
pub mod db;
mod error;
pub mod extract;
pub mod host;
pub mod http;
mod leaving;
pub mod metrics;
mod open_files;
pub mod operate;
pub mod origin;
pub mod pause;
mod problem;
pub mod rate;
pub mod settings;
pub mod shutdown;
mod start;
pub mod status;
pub mod telemetry;
pub mod token;
pub mod trace;
mod undropped;
pub mod upgrade;
mod verified;

pub use error::{Error, Result, chain};
pub use host::Service;
pub use start::{StartError, exit_code};
