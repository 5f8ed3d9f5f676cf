//! Who is at the other end, as far as a request tells.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, USER_AGENT};
use service_kit::address::network;

/// How much of a `User-Agent` is kept, in characters.
const DEVICE_LENGTH: usize = 200;

/// A device as it is shown in the list of sessions.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// Its own name for itself; may be empty.
    pub(crate) device: String,
    /// Where it came from; empty when the socket does not tell.
    pub(crate) address: String,
}

impl Client {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let address = service_kit::address::of(request);
        Self { device: device(request.headers()), address: address.map(|a| a.to_string()).unwrap_or_default() }
    }
}

impl Client {
    /// What limits count by: the address, or with IPv6 the /64 that one connection has to itself.
    pub(crate) fn network(&self) -> String {
        match self.address.parse() {
            Ok(address @ IpAddr::V6(_)) => format!("{}/64", network(address)),
            _ => self.address.clone(),
        }
    }
}

fn device(headers: &HeaderMap) -> String {
    let sent = headers.get(USER_AGENT).map(|v| String::from_utf8_lossy(v.as_bytes())).unwrap_or_default();
    sent.chars().filter(|c| !c.is_control()).take(DEVICE_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn limits_count_a_whole_network_of_ipv6_and_single_addresses_of_ipv4() {
        let network = |address: &str| Client { device: String::new(), address: address.to_owned() }.network();
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2:ffff::1"), network("2001:db8:1:2::"));
    }

    #[test]
    fn a_device_name_is_cut_and_has_no_control_characters() {
        let request = TestRequest::default().insert_header((USER_AGENT, format!("a\t{}", "b".repeat(300))));
        let name = device(request.to_http_request().headers());
        assert_eq!(name.len(), DEVICE_LENGTH);
        assert!(name.starts_with("ab"));
    }
}
