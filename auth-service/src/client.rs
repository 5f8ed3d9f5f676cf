//! Who is at the other end, as far as a request tells.

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, USER_AGENT};
use actix_web::{HttpRequest, web};

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
        let trusted = request.app_data::<web::Data<Vec<IpAddr>>>().map_or(&[][..], |list| list.as_slice());
        let address = request.peer_addr().map(|peer| address(peer.ip(), request.headers(), trusted));
        Self { device: device(request.headers()), address: address.map(|a| a.to_string()).unwrap_or_default() }
    }
}

impl Client {
    /// What limits count by: the address, or with IPv6 the /64 that one connection has to itself.
    pub(crate) fn network(&self) -> String {
        match self.address.parse() {
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            _ => self.address.clone(),
        }
    }
}

fn device(headers: &HeaderMap) -> String {
    let sent = headers.get(USER_AGENT).map(|v| String::from_utf8_lossy(v.as_bytes())).unwrap_or_default();
    sent.chars().filter(|c| !c.is_control()).take(DEVICE_LENGTH).collect()
}

/// The peer, or whom a trusted proxy names last in `X-Forwarded-For`: what stands before that, anybody can write.
fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.iter().any(|proxy| proxy.to_canonical() == peer) {
        return peer;
    }
    let last = headers.get_all("x-forwarded-for").last().and_then(|v| v.to_str().ok());
    let named = last.and_then(|v| v.rsplit(',').next()).and_then(|v| v.trim().parse::<IpAddr>().ok());
    named.map_or(peer, |address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let mut request = TestRequest::default();
        for line in forwarded {
            request = request.append_header(("X-Forwarded-For", *line));
        }
        let trusted = ["10.0.0.1".parse().unwrap()];
        address(peer.parse().unwrap(), request.to_http_request().headers(), &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_its_own_entry() {
        assert_eq!(seen("192.0.2.7", &["203.0.113.9"]), "192.0.2.7");
        assert_eq!(seen("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("::ffff:10.0.0.1", &["1.1.1.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "2.2.2.2"]), "2.2.2.2");
        assert_eq!(seen("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }

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
