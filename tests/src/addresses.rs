/// One of the two chat-api processes; over standalone both are the one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replica {
    /// Where people's HTTP calls go unless said otherwise.
    First,
    /// The other one.
    Second,
}

/// One of the ws-gateway processes, of which there are two unless the plan says otherwise; over standalone all are the one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gateway {
    /// One.
    First,
    /// The other one.
    Second,
    /// Only by [`Plan::with_three_gateways`](crate::Plan::with_three_gateways).
    Third,
}

impl Replica {
    /// Both.
    pub const ALL: [Replica; 2] = [Replica::First, Replica::Second];
}

impl Gateway {
    /// Both, as in most Worlds.
    pub const ALL: [Gateway; 2] = [Gateway::First, Gateway::Second];
    /// As in Worlds with three.
    pub const THREE: [Gateway; 3] = [Gateway::First, Gateway::Second, Gateway::Third];
}

/// Where clients reach the system, each as `127.0.0.1:port`. They stay the same over restarts.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// auth-service.
    pub auth: String,
    /// chat-api, by [`Replica`].
    pub apis: [String; 2],
    /// ws-gateway, by [`Gateway`].
    pub gateways: Vec<String>,
}

impl Addresses {
    /// Who serves a path: what the edge decides in the cluster.
    pub fn serving(&self, path: &str, replica: Replica) -> &str {
        if path.starts_with("/auth/") || path.starts_with("/.well-known/") {
            &self.auth
        } else {
            &self.apis[replica as usize]
        }
    }

    /// Where sockets connect.
    pub fn gateway(&self, gateway: Gateway) -> &str {
        &self.gateways[gateway as usize]
    }
}
