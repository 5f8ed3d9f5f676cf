//! Where a request comes from.

use std::net::{AddrParseError, IpAddr, Ipv6Addr};
use std::str::FromStr;

use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, web};
use ipnet::IpNet;

/// Whose word is taken for where a request comes from: one address (`10.0.0.7`), or all of a network (`10.0.0.0/24`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

impl TrustedProxy {
    fn is(&self, peer: IpAddr) -> bool {
        self.0.contains(&peer)
    }
}

impl FromStr for TrustedProxy {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<IpNet>() {
            Ok(network) => Ok(Self(network)),
            Err(_) => Ok(Self(text.parse::<IpAddr>()?.to_canonical().into())),
        }
    }
}

/// The client's address: the peer's, or the one that a trusted proxy (`listen.trusted_proxies`) names. `None` when the
/// connection does not tell.
pub fn of(request: &HttpRequest) -> Option<IpAddr> {
    let trusted = request.app_data::<web::Data<Vec<TrustedProxy>>>().map_or(&[][..], |list| list.as_slice());
    request.peer_addr().map(|peer| address(peer.ip(), request.headers(), trusted))
}

/// What limits count by: an IPv4 address, or the first 64 bits of an IPv6 one, which one connection has to itself.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

/// The peer, or whom a trusted proxy names last in `X-Forwarded-For`: what stands before that, anybody can write.
fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[TrustedProxy]) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.iter().any(|proxy| proxy.is(peer)) {
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
        let trusted = ["10.0.0.1", "10.7.0.0/16", "2001:db8::/32"].map(|proxy| proxy.parse().unwrap());
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
    fn a_whole_network_can_be_trusted() {
        assert_eq!(seen("10.7.3.9", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("::ffff:10.7.3.9", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("2001:db8::7", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("10.8.3.9", &["203.0.113.9"]), "10.8.3.9");
    }

    #[test]
    fn what_is_no_address_is_trusted_by_nobody() {
        for text in ["", "everybody", "10.0.0.0/33", "10.0.0.1:80", "10.0.0/24"] {
            assert!(text.parse::<TrustedProxy>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn limits_count_a_whole_network_of_ipv6_and_single_addresses_of_ipv4() {
        let network = |address: &str| network(address.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3::4"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2:ffff::1"), network("2001:db8:1:2::"));
    }
}
