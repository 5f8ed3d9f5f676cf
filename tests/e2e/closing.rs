//! How sockets end: both sides say so, then the connection is gone. Browsers wait for that before they tell their page.

use std::time::Duration;

use chatire_tests::{Gateway, Socket, both_ways};

both_ways! {
    async fn a_connection_ends_with_the_closing_handshake_whoever_begins_it(world: &mut World) {
        let alice = world.signs_up("alice").await;
        let (leaving, wrong) = (alice.connects(Gateway::First).await, alice.connects(Gateway::First).await);
        let signed_out = alice.connects(Gateway::Second).await;

        let closed = leaving.says_goodbye().await;
        assert_eq!(closed.code, Some(1000), "{closed:?}");
        ends_soon(&leaving).await;

        wrong.sends_text("no frame").await;
        wrong.is_closed_with(4400).await;
        ends_soon(&wrong).await;

        alice.signs_out().await;
        signed_out.is_closed_with(4401).await;
        ends_soon(&signed_out).await;
    }
}

async fn ends_soon(socket: &Socket) {
    let closed = socket.ends().await.at;
    let after = socket.is_gone().await - closed;
    assert!(after < Duration::from_secs(2), "the connection ended {after:?} after the close frame");
}
