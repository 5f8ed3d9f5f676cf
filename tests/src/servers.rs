//! The servers below a cluster, and what one test has on them.

use std::path::Path;
use std::sync::Arc;

use crate::broker::Broker;
use crate::database::Database;
use crate::exchanges::Exchanges;
use crate::random_name;

/// Databases and names of one test. Everything is deleted when this is dropped.
#[derive(Debug)]
pub(crate) struct Servers {
    pub(crate) auth: Database,
    pub(crate) chat: Database,
    pub(crate) bus_url: String,
    /// In front of all names on the broker.
    pub(crate) bus_prefix: String,
    /// Only on a broker that stays.
    _exchanges: Option<Exchanges>,
    /// Only when the test has one of its own.
    pub(crate) broker: Option<Arc<Broker>>,
}

impl Servers {
    /// On the servers that the environment names; with a broker of its own, if asked for, whose state is in `folder`.
    pub(crate) fn prepare(own_broker: bool, folder: &Path) -> Self {
        let id = random_name("t");
        let server = url_from("CHATIRE_TEST_POSTGRES_URL");
        let auth = Database::create(&server, format!("{id}_auth"));
        let chat = Database::create(&server, format!("{id}_chat"));
        let bus_prefix = format!("{id}.");
        if own_broker {
            let broker = Broker::start(folder.join("broker"));
            let bus_url = broker.url();
            return Self { auth, chat, bus_url, bus_prefix, _exchanges: None, broker: Some(Arc::new(broker)) };
        }
        let bus_url = url_from("CHATIRE_TEST_AMQP_URL");
        let exchanges = Exchanges { url: bus_url.clone(), prefix: bus_prefix.clone() };
        Self { auth, chat, bus_url, bus_prefix, _exchanges: Some(exchanges), broker: None }
    }
}

fn url_from(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} is not set, and a cluster needs its server. `make test` sets it. By hand: \
             `deploy/dev/services.sh start --dir .run/test`, then `deploy/dev/services.sh env --dir .run/test` prints \
             the URLs for CHATIRE_TEST_POSTGRES_URL and CHATIRE_TEST_AMQP_URL"
        )
    })
}
