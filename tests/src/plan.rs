/// How the system runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// One process, SQLite, nothing else.
    Standalone,
    /// 1 auth-service, 2 chat-api, 2 ws-gateway over PostgreSQL and RabbitMQ.
    Cluster,
}

/// Whose setting it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// auth-service.
    Auth,
    /// chat-api, both replicas.
    Api,
    /// ws-gateway, both.
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
}

impl Plan {
    /// With the settings that every test has.
    pub fn new(way: Way) -> Self {
        Self { way, settings: Vec::new(), own_broker: false }
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
}
