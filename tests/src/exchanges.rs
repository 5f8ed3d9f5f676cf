//! What one test's services declare on a broker that is not the test's own.

use std::time::Duration;

use deadpool_lapin::lapin::options::ExchangeDeleteOptions;
use deadpool_lapin::lapin::{Connection, ConnectionProperties, Result};
use shared_proto::bus::Exchange;

/// Exchanges under a prefix of the test's own. They are durable, so nobody else would ever delete them.
#[derive(Debug)]
pub(crate) struct Exchanges {
    pub(crate) url: String,
    pub(crate) prefix: String,
}

impl Exchanges {
    async fn delete(&self) -> Result<()> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        for exchange in Exchange::ALL {
            let name = format!("{}{}", self.prefix, exchange.name());
            channel.exchange_delete(name.into(), ExchangeDeleteOptions::default()).await?;
        }
        connection.close(200, "done".into()).await
    }
}

impl Drop for Exchanges {
    fn drop(&mut self) {
        // A thread of its own: the World may be dropped by a panic inside of a runtime.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let deleted = runtime.map(|runtime| {
                    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(5), self.delete()).await })
                });
                if !matches!(deleted, Ok(Ok(Ok(())))) {
                    eprintln!("the exchanges {}* are left behind: {deleted:?}", self.prefix);
                }
            });
        });
    }
}
