//! The bus inside one process.

use tokio::sync::{broadcast, mpsc};

use super::{Delivery, Interest, Message};

/// How far a reader may fall behind before it gets a gap instead of the messages.
const KEPT: usize = 8_192;

/// A broadcast inside the process. Cheap to clone.
#[derive(Clone)]
pub struct LocalBus(broadcast::Sender<Message>);

impl LocalBus {
    pub(super) fn new() -> Self {
        Self(broadcast::channel(KEPT).0)
    }

    /// Publishes in order, and never waits.
    pub fn publish(&self, messages: &[Message]) {
        for message in messages {
            // An error only says that nobody reads at the moment.
            let _ = self.0.send(message.clone());
        }
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.0.subscribe()
    }
}

pub(super) async fn forward(
    mut messages: broadcast::Receiver<Message>,
    interest: Interest,
    deliveries: mpsc::Sender<Delivery>,
) {
    let mut next = Delivery::Gap;
    loop {
        if deliveries.send(next).await.is_err() {
            return;
        }
        next = loop {
            match messages.recv().await {
                Ok(Message::Event(_) | Message::Transient(_)) if interest == Interest::Control => {}
                Ok(message) => break Delivery::Message(message),
                Err(broadcast::error::RecvError::Lagged(_)) => break Delivery::Gap,
                Err(broadcast::error::RecvError::Closed) => return,
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::Bus;
    use super::*;
    use shared_proto::bus::Control;
    use shared_proto::{SessionId, UserId};

    fn message(n: i64) -> Message {
        let session: SessionId = "s".parse().unwrap();
        Message::Control(Control::SessionRevoked { session, user: UserId(n) })
    }

    #[actix_web::test]
    async fn a_reader_that_lags_gets_a_gap_and_then_the_newest() {
        let bus = Bus::Local(LocalBus::new());
        let mut reader = bus.subscribe(Interest::Everything);
        assert_eq!(reader.next().await, Some(Delivery::Gap), "a subscription begins with a gap");
        let all: Vec<Message> = (0..20_000).map(message).collect();
        bus.publish(&all).await.unwrap();
        let mut gaps = 0;
        let mut last = None;
        while last != Some(message(19_999)) {
            match reader.next().await.unwrap() {
                Delivery::Gap => gaps += 1,
                Delivery::Message(m) => last = Some(m),
            }
        }
        assert_eq!(gaps, 1);
    }
}
