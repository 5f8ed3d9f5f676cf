//! A server that echoes, on the address that is its argument: made of the gateway's sockets, for suites that check RFC 6455.

use std::sync::Arc;

use actix_web::web::ServiceConfig;
use service_kit::StartError;
use service_kit::host::{Listeners, Service, Task};
use service_kit::settings::Listen;
use service_kit::shutdown::Shutdown;
use ws_gateway::echo;

struct Echo;

impl Service for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn routes(&self, cfg: &mut ServiceConfig) {
        echo::routes(cfg);
    }

    fn run(self: Arc<Self>, _: Shutdown) -> Task {
        Box::pin(std::future::ready(()))
    }
}

#[actix_web::main]
async fn main() -> Result<(), StartError> {
    let public = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9001".to_owned());
    let listen = Listen {
        public,
        internal: "127.0.0.1:0".to_owned(),
        trusted_proxies: Vec::new(),
        workers: 1,
        drain_seconds: 0,
    };
    Listeners::bind(&listen)?.serve(vec![Arc::new(Echo)], Shutdown::on_signals(), || {}).await
}
