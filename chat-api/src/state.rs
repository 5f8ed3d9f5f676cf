//! What handlers work with.

use service_kit::bus::Bus;
use service_kit::db::Db;
use service_kit::http::Peer;
use service_kit::rate::Rate;
use shared_proto::UserId;

use crate::messages::Committer;
use crate::publish::Publisher;
use crate::settings::Retention;

/// Handlers take it as `Data<State>`: one type of this service's own, so that several services can share a process.
pub(crate) struct State {
    pub(crate) db: Db,
    pub(crate) auth: Peer,
    pub(crate) committer: Committer,
    pub(crate) publisher: Publisher,
    pub(crate) retention: Retention,
    /// How often somebody may say something.
    pub(crate) sends: Rate<UserId>,
    /// For what is worth something only now; durable events go by the publisher.
    pub(crate) bus: Bus,
}
