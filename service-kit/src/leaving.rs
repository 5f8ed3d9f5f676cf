//! How a process takes its leave of those who send it requests, so that none of them is lost.
//!
//! Between the moment at which a process is asked to end and the one at which nobody sends it anything any more, others have
//! to hear of it: a proxy, an orchestrator, a load balancer. Until then it serves as before (`listen.drain_seconds`).
//!
//! 1. `/readyz` is 503, and every answer says `Connection: close`: who asked takes a new connection for the next request, and
//!    whoever looks before, another replica. A kept connection that is closed by us instead may be closed under a request,
//!    which nobody may send a second time unless it is harmless.
//! 2. The listener is closed. Whoever connects is refused, has sent nothing yet, and goes to another replica.
//!
//! Closing a listener resets connections that the system has made and nobody has taken yet, with requests in them. Therefore
//! it is first told to make no more ([`turn_away_newcomers`]), and closed when what was made is taken.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::ServiceResponse;
use actix_web::http::ConnectionType;

use crate::shutdown::Shutdown;

/// As long as it takes to finish handshakes that have begun, and to take what was made.
const TAKEN_WITHIN: Duration = Duration::from_millis(100);

/// Answers; while the process drains, the connection ends with the answer.
pub(crate) async fn last_of_its_connection<B, E>(
    shutdown: Shutdown,
    answer: impl Future<Output = Result<ServiceResponse<B>, E>>,
) -> Result<ServiceResponse<B>, E> {
    let mut answer = answer.await?;
    if shutdown.is_draining() && !answer.response().upgrade() {
        answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(answer)
}

/// No new connections come to this listener any more: those who ask for one hear nothing, ask again after a second, and are
/// refused by then. Returns when all that were made before are taken.
pub(crate) async fn turn_away_newcomers(listener: TcpListener) {
    if let Err(error) = drop_syns(&listener) {
        tracing::debug!(%error, "connections that come at this moment may be cut off");
    }
    tokio::time::sleep(TAKEN_WITHIN).await;
}

/// A filter of the system for what comes to the listener: of a connection's first packet (SYN) nothing is left.
#[cfg(target_os = "linux")]
fn drop_syns(listener: &TcpListener) -> std::io::Result<()> {
    use socket2::{SockFilter, SockRef};

    // Classic BPF, as in linux/bpf_common.h: load a byte, jump if a bit is set, return.
    const LD_B_ABS: u16 = 0x30;
    const JSET_K: u16 = 0x45;
    const RET_K: u16 = 0x06;
    const TCP_FLAGS_AT: u32 = 13;
    const SYN: u32 = 0x02;
    SockRef::from(listener).attach_filter(&[
        SockFilter::new(LD_B_ABS, 0, 0, TCP_FLAGS_AT),
        SockFilter::new(JSET_K, 0, 1, SYN),
        SockFilter::new(RET_K, 0, 0, 0),
        SockFilter::new(RET_K, 0, 0, u32::MAX),
    ])
}

/// Elsewhere there is a moment, of microseconds mostly, in which a connection can be cut off.
#[cfg(not(target_os = "linux"))]
fn drop_syns(_: &TcpListener) -> std::io::Result<()> {
    Ok(())
}
