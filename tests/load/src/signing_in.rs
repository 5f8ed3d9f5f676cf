//! Signing in, and trying to.

use std::time::Duration;

use chatire_tests::PASSWORD;
use futures_util::future::try_join_all;

use crate::Result;
use crate::failure::Failure;
use crate::http::Connection;
use crate::open_loop;
use crate::percentile::Latencies;

const PATH: &str = "/auth/jwt/create/";
/// More at once than that wait, and their latency grows.
const CONNECTIONS: usize = 32;

/// With a name that is somebody's, and the right password.
pub(crate) async fn sign_in(connection: &mut Connection, name: &str) -> Result<()> {
    answered(connection, name, PASSWORD, 200).await
}

/// With a password that is nobody's: whether the name is somebody's makes no difference to the answer.
pub(crate) async fn guess(connection: &mut Connection, name: &str) -> Result<()> {
    answered(connection, name, "a-Guess-that-is-wrong-77", 401).await
}

async fn answered(connection: &mut Connection, name: &str, password: &str, status: u16) -> Result<()> {
    let answer = connection.post(PATH, format!(r#"{{"username":"{name}","password":"{password}"}}"#)).await?;
    if answer.status == status {
        return Ok(());
    }
    Err(Failure::new(format!("a sign-in was answered by {}", answer.shown())))
}

/// So many sign-ins a second, each by the next one of `names`. Every one must be answered well.
pub(crate) async fn crowd(address: &str, names: &[String], rate: f64, lasts: Duration) -> Result<Latencies> {
    let open = (0..CONNECTIONS).map(|_| Connection::open_as_nobody(address));
    let mut connections = try_join_all(open).await?;
    let sign_in = async |connection: &mut Connection, n: usize| sign_in(connection, &names[n % names.len()]).await;
    open_loop::run(&mut connections, rate, lasts, sign_in).await
}
