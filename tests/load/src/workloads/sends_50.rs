//! 50 people send over HTTP, each in a chat of their own, beside the reference.

use chatire_tests::Ports;

use crate::Result;
use crate::bench::{Bench, say};
use crate::report::{Outcome, Ratio, Wanted};
use crate::sending::{RATE, System, in_turns};
use crate::spent::{CPU, Parts};
use crate::systems::{AuthService, ChatApi, Reference, Standalone, chat_each, sign_up};

const SENDERS: usize = 50;

pub(super) async fn run(bench: &Bench, workload: &'static str) -> Result<Outcome> {
    let folder = bench.folder(workload)?;
    let mut ports = Ports::claim();
    say("starting the cluster's services, the standalone process and the reference");
    let auth = AuthService::start(bench, &mut ports, &folder).await?;
    let mut api = ChatApi::start(bench, &mut ports, &auth, "chat-api", &folder).await?;
    if bench.gateway {
        api.add_gateway(bench, &mut ports, &auth, &folder).await;
    }
    let standalone = Standalone::start(&mut ports, &folder).await?;
    let reference = Reference::start(bench, &mut ports, &folder).await?;
    say("signing people up");
    let (people, others) = (sign_up(&api.client(), SENDERS).await, sign_up(&standalone.client(), SENDERS).await);
    let systems = [
        System {
            name: "cluster",
            seats: chat_each(api.address(), &people).await?,
            ledger: api.ledger(),
            parts: Parts { service: api.meters()?, postgres: Some(bench.postgres()), broker: Some(bench.broker()) },
        },
        System {
            name: "reference",
            seats: reference.seats(SENDERS).await?,
            ledger: reference.ledger(),
            parts: Parts { service: vec![reference.meter()?], postgres: Some(bench.postgres()), broker: None },
        },
        System {
            name: "standalone",
            seats: chat_each(standalone.address(), &others).await?,
            ledger: standalone.ledger(),
            parts: Parts { service: vec![standalone.meter()?], postgres: None, broker: None },
        },
    ];
    let rows = in_turns(bench, &systems).await?;
    let [cluster, reference, standalone] = &rows[..] else { unreachable!("a row for each system") };
    let ratios = vec![
        Ratio::of("messages/s, cluster ÷ reference", RATE, cluster, reference, Wanted::Above(1.0)),
        Ratio::of("CPU per message, cluster ÷ reference", CPU, cluster, reference, Wanted::Below(1.0)),
        Ratio::of("messages/s, standalone ÷ reference", RATE, standalone, reference, Wanted::Above(1.0)),
        Ratio::of("CPU per message, standalone ÷ reference", CPU, standalone, reference, Wanted::Below(1.0)),
    ];
    let about = format!(
        "{SENDERS} senders in {SENDERS} chats, 200-byte messages over HTTP, each sent when the last is stored; CPU in \
         µs per message"
    );
    Ok(Outcome { workload, about, rows, ratios })
}
