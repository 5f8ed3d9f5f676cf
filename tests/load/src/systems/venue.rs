//! A system with people and chats in it, who only have to come in and talk: a cluster, the one process, or the reference.

use std::path::Path;

use chatire_tests::{Forger, Ports};

use super::reference::token_of;
use super::{AuthService, ChatApi, Reference, Rooms, Standalone, token};
use crate::Result;
use crate::bench::Bench;
use crate::ledger::Ledger;
use crate::listening::{Door, uri};
use crate::spent::Parts;
use crate::talking::{Chat, Dialect, Talk};

/// It runs as long as this is there.
pub(crate) struct Venue {
    pub(crate) name: String,
    /// Where its messages are.
    pub(crate) ledger: Ledger,
    pub(crate) parts: Parts,
    /// Where history is read, as `host:port`.
    pub(crate) api: String,
    /// Everybody's, by their numbers.
    pub(crate) doors: Vec<Door>,
    rooms: Rooms,
    dialect: Dialect,
    _running: Running,
    _ports: Ports,
}

/// Only held.
enum Running {
    Cluster { _api: ChatApi },
    Standalone { _process: Standalone },
    Reference { _process: Reference },
}

impl Venue {
    /// A chat-api of its own, with so many gateways, to which people come in turns.
    pub(crate) async fn cluster(
        bench: &Bench,
        auth: &AuthService,
        (name, folder): (&str, &Path),
        rooms: Rooms,
        gateways: usize,
    ) -> Result<Self> {
        let mut ports = Ports::claim();
        let mut api = ChatApi::start(bench, &mut ports, auth, &name.replace([' ', ','], "-"), folder).await?;
        rooms.fill(&api).await?;
        let mut addresses = Vec::new();
        for _ in 0..gateways {
            addresses.push(api.add_gateway(bench, &mut ports, auth, folder).await);
        }
        let mut service = api.meters()?;
        service.push(auth.meter()?);
        let parts = Parts { service, postgres: Some(bench.postgres()), broker: Some(bench.broker()) };
        Ok(Self {
            name: name.to_owned(),
            ledger: api.ledger(),
            parts,
            api: api.address().to_owned(),
            doors: doors(&addresses, &auth.forger(), rooms),
            rooms,
            dialect: Dialect::Chatire,
            _running: Running::Cluster { _api: api },
            _ports: ports,
        })
    }

    pub(crate) async fn standalone(bench: &Bench, (name, folder): (&str, &Path), rooms: Rooms) -> Result<Self> {
        let mut ports = Ports::claim();
        let process = Standalone::start(&mut ports, folder).await?;
        rooms.fill_into(process.ledger()).await?;
        let address = process.address().to_owned();
        let door = bench.door(&address).await;
        Ok(Self {
            name: name.to_owned(),
            ledger: process.ledger(),
            parts: Parts { service: vec![process.meter()?], postgres: None, broker: None },
            api: address,
            doors: doors(&[door], &process.forger()?, rooms),
            rooms,
            dialect: Dialect::Chatire,
            _running: Running::Standalone { _process: process },
            _ports: ports,
        })
    }

    pub(crate) async fn reference(bench: &Bench, (name, folder): (&str, &Path), rooms: Rooms) -> Result<Self> {
        let mut ports = Ports::claim();
        let process = Reference::start(bench, &mut ports, folder).await?;
        process.fill(rooms).await?;
        let address = process.address().to_owned();
        let door = |person| Door { address: address.clone(), token: Some(token_of(person)) };
        Ok(Self {
            name: name.to_owned(),
            ledger: process.ledger(),
            parts: Parts { service: vec![process.meter()?], postgres: Some(bench.postgres()), broker: None },
            api: address.clone(),
            doors: (0..rooms.people).map(door).collect(),
            rooms,
            dialect: Dialect::Reference,
            _running: Running::Reference { _process: process },
            _ports: ports,
        })
    }

    /// Everybody in the first so many chats comes in; there are no others in these chats.
    pub(crate) async fn talk(&self, chats: u32) -> Result<Talk> {
        let chats: Vec<Chat> = self
            .rooms
            .first(chats)
            .map(|(chat, members)| {
                let uri = match self.dialect {
                    Dialect::Chatire => uri(chat),
                    // It counts them from 1.
                    Dialect::Reference => (chat + 1).to_string(),
                };
                Chat { uri, members }
            })
            .collect();
        let people = chats.iter().flat_map(|chat| &chat.members).max().map_or(0, |last| last + 1);
        Talk::open(self.dialect, &self.doors[..people], chats).await
    }
}

/// Everybody has one, at one of the addresses after the other.
fn doors(addresses: &[String], forger: &Forger, rooms: Rooms) -> Vec<Door> {
    let door =
        |(person, address): (usize, &String)| Door { address: address.clone(), token: Some(token(forger, person)) };
    (0..rooms.people).zip(addresses.iter().cycle()).map(door).collect()
}
