//! `probe PATH [ADDRESS:PORT]`: ends with 0 if a process of this container answers `GET PATH` with 200. For health checks
//! in images that have no shell and no curl. Without an address it asks the internal listener
//! (`CHATIRE__LISTEN__INTERNAL`).

use std::io::{Error, Read, Result, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// For each step; a health check that waits longer would be ended anyway.
const PATIENCE: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_default();
    let address = arguments.next().or_else(|| std::env::var("CHATIRE__LISTEN__INTERNAL").ok()).unwrap_or_default();
    match ask(&address, &path) {
        Ok(200) => ExitCode::SUCCESS,
        Ok(status) => fails(&format!("{address}{path} answers {status}")),
        Err(error) => fails(&format!("{address}{path}: {error}")),
    }
}

fn fails(why: &str) -> ExitCode {
    eprintln!("probe: {why}");
    ExitCode::FAILURE
}

/// The status of the answer.
fn ask(address: &str, path: &str) -> Result<u16> {
    let to = reachable(address.parse().map_err(|_| Error::other("that is no address:port"))?);
    let mut connection = TcpStream::connect_timeout(&to, PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    // In one piece: formatting into the connection would write each part of it by itself.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {to}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes())?;
    let mut line = [0; 12];
    connection.read_exact(&mut line)?;
    status(&line).ok_or_else(|| Error::other("that is no HTTP answer"))
}

/// `HTTP/1.1 200`
fn status(line: &[u8]) -> Option<u16> {
    let (version, code) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    version.starts_with("HTTP/1.").then(|| code.parse().ok()).flatten()
}

/// Where a listener is reached from the inside that listens on all addresses.
fn reachable(mut listener: SocketAddr) -> SocketAddr {
    if listener.ip().is_unspecified() {
        let inside = match listener {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        listener.set_ip(inside);
    }
    listener
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// What a probe sees of a server that answers everything with `answer`.
    fn seen(answer: &'static str) -> Option<u16> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let (mut connection, _) = listener.accept().unwrap();
                let mut request = [0; 512];
                let length = connection.read(&mut request).unwrap();
                assert!(request[..length].starts_with(b"GET /healthz HTTP/1.0\r\n"));
                connection.write_all(answer.as_bytes()).unwrap();
            });
            ask(&address, "/healthz").ok()
        })
    }

    #[test]
    fn the_status_is_what_the_server_answers() {
        assert_eq!(seen("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), Some(200));
        assert_eq!(seen("HTTP/1.0 503 Service Unavailable\r\n\r\n"), Some(503));
    }

    #[test]
    fn whatever_else_is_no_answer() {
        for answer in ["", "HTTP/1.1", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc\r\n\r\n"] {
            assert_eq!(seen(answer), None, "{answer:?}");
        }
        assert!(ask("nowhere", "/healthz").is_err());
    }

    #[test]
    fn a_listener_on_all_addresses_is_reached_on_the_loopback_one() {
        let reached = |listener: &str| reachable(listener.parse().unwrap()).to_string();
        assert_eq!(reached("0.0.0.0:8111"), "127.0.0.1:8111");
        assert_eq!(reached("[::]:8111"), "[::1]:8111");
        assert_eq!(reached("10.0.0.7:8111"), "10.0.0.7:8111");
    }
}
