//! Fixed ports that no other World uses at the same time. All are below 32768: a client that reconnects to a closed
//! ephemeral port can connect to itself.

use std::net::{Ipv4Addr, TcpListener};

/// Where the blocks of the Worlds are. 64 to a thread pool of tests would do; there are 600.
const BLOCKS: Blocks = Blocks { first: 12_000, size: 16, count: 600 };
/// Where brokers listen. Beside its port P each takes P + 1000 and P + 2000, which are outside of [`BLOCKS`] too.
const BROKERS: Blocks = Blocks { first: 29_000, size: 2, count: 400 };

/// Where the proxies of Worlds that have some are: one for each link between two processes.
const PROXIES: Blocks = Blocks { first: 22_000, size: 32, count: 100 };

struct Blocks {
    first: u16,
    size: u16,
    count: u16,
}

/// Some ports in a row, ours until this is dropped.
#[derive(Debug)]
pub struct Ports {
    /// The block's first port. Only one process can listen on it, and it is free again however that process ends: a
    /// lock that needs no file and is never stale.
    guard: TcpListener,
    next: u16,
    end: u16,
}

impl Ports {
    /// For the processes of a system: fifteen.
    pub fn claim() -> Self {
        BLOCKS.claim(&[0])
    }

    /// For proxies: thirty-one.
    pub(crate) fn claim_for_proxies() -> Self {
        PROXIES.claim(&[0])
    }

    /// For a broker: [`Ports::take`] once.
    pub(crate) fn claim_for_broker() -> Self {
        BROKERS.claim(&[0, 1000, 2000])
    }

    /// The next one.
    pub(crate) fn take(&mut self) -> u16 {
        assert!(self.next < self.end, "the block at {:?} has no port left", self.guard);
        self.next += 1;
        self.next - 1
    }

    /// The next one, on the loopback interface.
    pub fn take_address(&mut self) -> String {
        format!("127.0.0.1:{}", self.take())
    }
}

impl Blocks {
    /// Takes the first block that is nobody's, of which every port is free at each of the `offsets` too.
    fn claim(&self, offsets: &[u16]) -> Ports {
        let start = std::process::id() as u16 % self.count;
        let firsts = (0..self.count).map(|i| self.first + (start + i) % self.count * self.size);
        for first in firsts {
            let Ok(guard) = TcpListener::bind((Ipv4Addr::LOCALHOST, first)) else { continue };
            let (next, end) = (first + 1, first + self.size);
            let all_free = offsets.iter().all(|offset| (next..end).all(|port| is_free(port + offset)));
            if all_free {
                return Ports { guard, next, end };
            }
        }
        panic!("no {} ports in a row are free between {} and 32768", self.size, self.first);
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_worlds_never_share_a_port() {
        let (mut one, mut other) = (Ports::claim(), Ports::claim());
        let ports = |block: &mut Ports| (0..15).map(|_| block.take()).collect::<Vec<_>>();
        let (one, other) = (ports(&mut one), ports(&mut other));
        assert!(one.iter().all(|port| !other.contains(port)), "{one:?} and {other:?}");
        assert!(one.iter().chain(&other).all(|port| *port < 32_768));
    }
}
