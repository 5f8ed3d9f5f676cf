//! Waiting between tries.

use std::time::Duration;

/// Waits for about this long: between half of it and one and a half times as long, so that many who wait for the same
/// thing do not all come back at once.
pub async fn about(duration: Duration) {
    tokio::time::sleep(duration.mul_f64(0.5 + rand::random::<f64>())).await;
}
