use crate::Gateway;

/// How the system runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// One process, SQLite, nothing else.
    Standalone,
    /// 1 auth-service, 2 chat-api, 2 ws-gateway (or 3) over PostgreSQL and RabbitMQ.
    Cluster,
}

/// Whose setting it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// auth-service.
    Auth,
    /// chat-api, both replicas.
    Api,
    /// ws-gateway, all of them.
    Gateway,
}

impl Service {
    /// All of them.
    pub const ALL: [Service; 3] = [Service::Auth, Service::Api, Service::Gateway];
}

/// What a World shall be like.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) way: Way,
    pub(crate) settings: Vec<(Service, &'static str, &'static str)>,
    pub(crate) own_broker: bool,
    pub(crate) gateways: &'static [Gateway],
    pub(crate) proxies: bool,
}

impl Plan {
    /// With the settings that every test has.
    pub fn new(way: Way) -> Self {
        Self { way, settings: Vec::new(), own_broker: false, gateways: &Gateway::ALL, proxies: false }
    }

    /// How it will run.
    pub fn way(&self) -> Way {
        self.way
    }

    /// One setting more, such as `REFRESH__GRACE_SECONDS`.
    #[must_use]
    pub fn with(mut self, service: Service, name: &'static str, value: &'static str) -> Self {
        self.settings.push((service, name, value));
        self
    }

    /// A RabbitMQ of its own, to be broken.
    #[must_use]
    pub fn with_own_broker(mut self) -> Self {
        self.own_broker = true;
        self
    }

    /// A cluster with one gateway more.
    #[must_use]
    pub fn with_three_gateways(mut self) -> Self {
        self.gateways = &Gateway::THREE;
        self
    }

    /// A cluster in which each [`Link`](crate::Link) goes through a proxy, to be broken: see
    /// [`World::link`](crate::World::link).
    #[must_use]
    pub fn with_proxies(mut self) -> Self {
        self.proxies = true;
        self
    }
}
