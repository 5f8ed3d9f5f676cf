//! Following what auth-service says about accounts: other names, and their end.

use std::time::Duration;

use service_kit::bus::{Delivery, Interest, Message};
use service_kit::shutdown::Shutdown;
use service_kit::{Result, chain, clock, pause};
use shared_proto::bus::Control;
use shared_proto::internal::UsersChanged;
use shared_proto::{Timestamp, UserId};

use super::store;
use crate::members;
use crate::state::State;

/// Between tries while auth-service or the database is away.
const PAUSE: Duration = Duration::from_secs(5);
/// The clocks of two machines may be this far apart, and a transaction may commit this late, in seconds.
const OVERLAP: i64 = 60;

/// Works until the process stops. After an interruption of the bus auth-service is asked who changed meanwhile.
pub(crate) async fn run(state: &State, shutdown: Shutdown) {
    let mut control = state.bus.subscribe(Interest::Control);
    let mut ask = false;
    loop {
        let delivery = tokio::select! {
            delivery = control.next() => delivery,
            () = pause::about(PAUSE), if ask => Some(Delivery::Gap),
            () = shutdown.stopping() => return,
        };
        match delivery {
            None => return,
            Some(Delivery::Gap | Delivery::Message(Message::Control(Control::UserChanged { .. }))) => {
                let caught_up = catch_up(state).await;
                ask = caught_up.is_err();
                if let Err(error) = caught_up {
                    tracing::warn!(error = chain(&error), "what became of accounts can't be followed yet");
                }
            }
            Some(Delivery::Message(_)) => {}
        }
    }
}

/// What was asked for is only over when all of it is done: whoever ends halfway is told the same again.
async fn catch_up(state: &State) -> Result<()> {
    let (db, auth) = (&state.db, &state.auth);
    let now = clock::now();
    let since: Timestamp = db.read(store::asked_until).await?;
    let since = since.plus_seconds(-OVERLAP).seconds().max(0);
    let mut after = UserId(0);
    loop {
        let path = format!("/internal/users/changed/?since={since}&after={after}");
        let UsersChanged { users } = auth.get(&path).await?;
        let Some(last) = users.last().map(|user| user.id) else { break };
        after = last;
        let gone: Vec<UserId> = users.iter().filter(|user| user.username.is_of_deleted()).map(|user| user.id).collect();
        db.write(move |conn| conn.transaction(|conn| users.iter().try_for_each(|user| store::remember(conn, user))))
            .await?;
        for user in gone {
            members::depart(state, user).await?;
        }
    }
    db.write(move |conn| store::set_asked_until(conn, now)).await
}
