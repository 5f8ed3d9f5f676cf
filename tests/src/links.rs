//! The network between the parts of a cluster, as proxies that can be broken.

use std::collections::BTreeMap;

use crate::ports::Ports;
use crate::proxy::Proxy;
use crate::{Gateway, Replica};

/// From whom to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// Clients and a ws-gateway.
    ClientsToGateway(Gateway),
    /// A ws-gateway and a chat-api's internal listener.
    GatewayToApi(Gateway, Replica),
    /// A ws-gateway and the broker.
    GatewayToBroker(Gateway),
    /// A chat-api and the broker.
    ApiToBroker(Replica),
    /// A chat-api and its database.
    ApiToDatabase(Replica),
}

/// Which links there will be.
#[derive(Debug)]
pub(crate) struct Ways {
    /// Without ports everything goes directly.
    ports: Option<Ports>,
    /// Where each proxy will listen, and what is behind it.
    planned: BTreeMap<Link, (String, String)>,
}

/// The proxies.
#[derive(Debug, Default)]
pub(crate) struct Links {
    proxies: BTreeMap<Link, Proxy>,
    _ports: Option<Ports>,
}

impl Ways {
    /// Through proxies or directly.
    pub(crate) fn new(through_proxies: bool) -> Self {
        Self { ports: through_proxies.then(Ports::claim_for_proxies), planned: BTreeMap::new() }
    }

    /// Where somebody finds what is at `address` (`host:port`).
    pub(crate) fn near(&mut self, link: Link, address: &str) -> String {
        let Some(ports) = &mut self.ports else { return address.to_owned() };
        let near = ports.take_address();
        self.planned.insert(link, (near.clone(), address.to_owned()));
        near
    }

    /// The same for what a URL names, which has this port unless it says another.
    pub(crate) fn near_url(&mut self, link: Link, url: &str, port: u16) -> String {
        if self.ports.is_none() {
            return url.to_owned();
        }
        let start = url.find("://").map_or(0, |scheme| scheme + "://".len());
        let end = url[start..].find(['/', '?']).map_or(url.len(), |length| start + length);
        let host = url[start..end].rfind('@').map_or(start, |user| start + user + 1);
        let address = match &url[host..end] {
            address if address.contains(':') => address.to_owned(),
            name => format!("{name}:{port}"),
        };
        format!("{}{}{}", &url[..host], self.near(link, &address), &url[end..])
    }

    /// Starts the proxies.
    pub(crate) async fn open(self) -> Links {
        let mut proxies = BTreeMap::new();
        for (link, (near, far)) in self.planned {
            proxies.insert(link, Proxy::start(near, far).await);
        }
        Links { proxies, _ports: self.ports }
    }
}

impl Links {
    pub(crate) fn all(&self) -> Vec<Link> {
        self.proxies.keys().copied().collect()
    }

    pub(crate) fn get(&self, link: Link) -> &Proxy {
        self.proxies.get(&link).unwrap_or_else(|| panic!("{link:?} goes through no proxy: see Plan::with_proxies"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: Link = Link::ApiToDatabase(Replica::First);

    #[test]
    fn only_the_address_in_a_url_changes() {
        let mut ways = Ways::new(true);
        for (url, before, after, far) in [
            ("postgres://u:p@db.example:2543/t_x?a=b", "postgres://u:p@", "/t_x?a=b", "db.example:2543"),
            ("postgres://u@h/t_x", "postgres://u@", "/t_x", "h:5432"),
            ("http://127.0.0.1:8080", "http://", "", "127.0.0.1:8080"),
            ("amqp://guest:guest@127.0.0.1:5672/%2f", "amqp://guest:guest@", "/%2f", "127.0.0.1:5672"),
        ] {
            let changed = ways.near_url(LINK, url, 5432);
            let (near, behind) = ways.planned[&LINK].clone();
            assert_eq!((changed, &*behind), (format!("{before}{near}{after}"), far));
        }
    }

    #[test]
    fn without_proxies_everything_goes_directly() {
        let mut ways = Ways::new(false);
        assert_eq!(ways.near(LINK, "h:1"), "h:1");
        assert_eq!(ways.near_url(LINK, "amqp://h", 5672), "amqp://h");
        assert!(ways.planned.is_empty());
    }
}
