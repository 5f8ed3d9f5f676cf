//! A server that echoes, on the address that is its argument: made of the gateway's sockets, for suites that check RFC 6455.

use actix_web::{App, HttpServer};
use ws_gateway::echo;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9001".to_owned());
    HttpServer::new(|| App::new().configure(echo::routes)).workers(1).bind(address)?.run().await
}
