//! 200 people send in one chat, beside 50 of them in 50 chats.

use chatire_tests::{Person, Ports};

use crate::Result;
use crate::bench::{Bench, say};
use crate::ledger::Ledger;
use crate::report::{Outcome, Ratio, Wanted};
use crate::sending::{RATE, Seat, System, in_turns};
use crate::spent::{CPU, Parts};
use crate::systems::{AuthService, ChatApi, Standalone, chat_each, one_chat, sign_up};

const SENDERS: usize = 200;
const BESIDE: usize = 50;

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    say("starting the cluster's services and the standalone process");
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let mut api = ChatApi::start(bench, &mut ports, &auth, "chat-api", &folder).await?;
    if bench.gateway {
        api.add_gateway(bench, &mut ports, &auth, &folder).await;
    }
    let standalone = Standalone::start(&mut ports, &folder).await?;
    say("signing people up");
    let cluster = Running {
        address: api.address(),
        people: sign_up(&api.client(), SENDERS).await,
        ledger: api.ledger(),
        parts: Parts { service: api.meters()?, postgres: Some(bench.postgres()), broker: Some(bench.broker()) },
    };
    let alone = Running {
        address: standalone.address(),
        people: sign_up(&standalone.client(), SENDERS).await,
        ledger: standalone.ledger(),
        parts: Parts { service: vec![standalone.meter()?], postgres: None, broker: None },
    };
    let systems = [
        cluster.spread("cluster, 50 chats").await?,
        cluster.hot("cluster, hot chat").await?,
        alone.spread("standalone, 50 chats").await?,
        alone.hot("standalone, hot chat").await?,
    ];
    let rows = in_turns(bench, &systems).await?;
    let [spread, hot, alone_spread, alone_hot] = &rows[..] else { unreachable!("a row for each system") };
    let bound = Wanted::Below(1.5);
    let ratios = vec![
        Ratio::of_inverse("time per message, hot ÷ 50 chats, cluster", RATE, hot, spread, bound),
        Ratio::of("CPU per message, hot ÷ 50 chats, cluster", CPU, hot, spread, bound),
        Ratio::of_inverse("time per message, hot ÷ 50 chats, standalone", RATE, alone_hot, alone_spread, bound),
        Ratio::of("CPU per message, hot ÷ 50 chats, standalone", CPU, alone_hot, alone_spread, bound),
    ];
    let about = format!("{SENDERS} senders in one chat beside {BESIDE} in {BESIDE} chats; else as sends-50");
    Ok(Outcome { workload, about, rows, ratios })
}

/// One system, for two kinds of load.
struct Running<'a> {
    address: &'a str,
    people: Vec<Person>,
    ledger: Ledger,
    parts: Parts,
}

impl Running<'_> {
    async fn spread(&self, name: &'static str) -> Result<System> {
        Ok(self.under(name, chat_each(self.address, &self.people[..BESIDE]).await?))
    }

    async fn hot(&self, name: &'static str) -> Result<System> {
        Ok(self.under(name, one_chat(self.address, &self.people).await?))
    }

    fn under(&self, name: &'static str, seats: Vec<Seat>) -> System {
        System { name, seats, ledger: self.ledger.clone(), parts: self.parts.clone() }
    }
}
