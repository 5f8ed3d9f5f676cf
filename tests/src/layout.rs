//! Of which processes a system consists, and what each is told.

use std::collections::BTreeMap;
use std::path::Path;

use crate::links::{Link, Ways};
use crate::ports::Ports;
use crate::process::Process;
use crate::servers::Servers;
use crate::{Addresses, Gateway, Replica, Service};

/// Whom the parts of a cluster believe.
const CREDENTIAL: &str = "for-the-tests-only-0123456789abc";
/// 32 bytes in base64.
const KEYS_SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// The origin of the pages that may ask.
const PUBLIC_URL: &str = "http://localhost:8080";
/// Where servers listen whose URLs don't say it.
const POSTGRES_PORT: u16 = 5432;
const AMQP_PORT: u16 = 5672;

/// A process of the system. Over standalone all parts are the one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// auth-service.
    Auth,
    /// chat-api.
    Api(Replica),
    /// ws-gateway.
    Gateway(Gateway),
}

impl Part {
    /// Under which part the one process of standalone is kept.
    pub(crate) const THE_ONE: Part = Part::Auth;

    fn all(gateways: &[Gateway]) -> impl Iterator<Item = Part> {
        let apis = Replica::ALL.map(Part::Api);
        std::iter::once(Part::Auth).chain(apis).chain(gateways.iter().copied().map(Part::Gateway))
    }

    pub(crate) fn service(self) -> Service {
        match self {
            Part::Auth => Service::Auth,
            Part::Api(_) => Service::Api,
            Part::Gateway(_) => Service::Gateway,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Part::Auth => "auth-service",
            Part::Api(Replica::First) => "chat-api-1",
            Part::Api(Replica::Second) => "chat-api-2",
            Part::Gateway(Gateway::First) => "ws-gateway-1",
            Part::Gateway(Gateway::Second) => "ws-gateway-2",
            Part::Gateway(Gateway::Third) => "ws-gateway-3",
        }
    }
}

/// Processes that do not run yet, and where they will be reached. Limits are off, unless a test wants them: everybody comes
/// from the same address, and many of them at once.
pub(crate) type Layout = (BTreeMap<Part, Process>, Addresses);

/// Everything in one process, with SQLite files in `folder`.
pub(crate) fn standalone(ports: &mut Ports, folder: &Path) -> Layout {
    let (public, internal) = (ports.take_address(), ports.take_address());
    let mut process = Process::new("chatire", "chatire", &internal, folder);
    settings_of_all(&mut process, &public, &internal);
    process.set("DATA", folder.join("data").to_string_lossy());
    for service in Service::ALL {
        process.set(&in_standalone(service, "LIMITS__ENABLED"), "false");
    }
    let (apis, gateways) = ([public.clone(), public.clone()], vec![public.clone(); Gateway::THREE.len()]);
    let addresses = Addresses { auth: public, apis, gateways };
    (BTreeMap::from([(Part::THE_ONE, process)]), addresses)
}

/// What a service's setting is called in the settings of the one process.
pub(crate) fn in_standalone(service: Service, name: &str) -> String {
    match service {
        Service::Auth => format!("AUTH__{name}"),
        Service::Api => format!("CHAT__{name}"),
        Service::Gateway => format!("GATEWAY__{name}"),
    }
}

/// One auth-service, two chat-apis, and these gateways.
pub(crate) fn cluster(
    ports: &mut Ports,
    servers: &Servers,
    folder: &Path,
    gateways: &[Gateway],
    ways: &mut Ways,
) -> Layout {
    let public: BTreeMap<Part, String> = Part::all(gateways).map(|part| (part, ports.take_address())).collect();
    let internal: BTreeMap<Part, String> = Part::all(gateways).map(|part| (part, ports.take_address())).collect();
    let auth = format!("http://{}", internal[&Part::Auth]);
    let jwks = format!("http://{}/.well-known/jwks.json", public[&Part::Auth]);
    let mut process = |part: Part| {
        let binary = part.name().trim_end_matches(|c| "-123".contains(c));
        let mut process = Process::new(part.name(), binary, &internal[&part], folder);
        settings_of_all(&mut process, &public[&part], &internal[&part]);
        process.set("BUS__URL", &*servers.bus_url).set("BUS__PREFIX", &*servers.bus_prefix);
        process.set("INTERNAL__CREDENTIAL", CREDENTIAL).set("LIMITS__ENABLED", "false");
        if part.service() != Service::Gateway {
            process.set("DATABASE__CONNECTIONS", "4");
        }
        if part.service() != Service::Auth {
            process.set("AUTH__JWKS_URL", &*jwks).set("AUTH__INTERNAL_URL", &*auth);
        }
        match part {
            Part::Auth => {
                process.set("DATABASE__URL", servers.auth.url()).set("KEYS__SECRET", KEYS_SECRET);
            }
            Part::Api(replica) => {
                let database = ways.near_url(Link::ApiToDatabase(replica), &servers.chat.url(), POSTGRES_PORT);
                let broker = ways.near_url(Link::ApiToBroker(replica), &servers.bus_url, AMQP_PORT);
                process.set("DATABASE__URL", database).set("BUS__URL", broker);
            }
            Part::Gateway(gateway) => {
                let broker = ways.near_url(Link::GatewayToBroker(gateway), &servers.bus_url, AMQP_PORT);
                let api = |replica| ways.near(Link::GatewayToApi(gateway, replica), &internal[&Part::Api(replica)]);
                let apis = Replica::ALL.map(api).map(|address| format!("http://{address}")).join(",");
                process.set("BUS__URL", broker).set("CHAT_API__INTERNAL_URLS", apis);
            }
        }
        (part, process)
    };
    let processes = Part::all(gateways).map(&mut process).collect();
    let gateway = |gateway: &Gateway| ways.near(Link::ClientsToGateway(*gateway), &public[&Part::Gateway(*gateway)]);
    let addresses = Addresses {
        auth: public[&Part::Auth].clone(),
        apis: Replica::ALL.map(|replica| public[&Part::Api(replica)].clone()),
        gateways: gateways.iter().map(gateway).collect(),
    };
    (processes, addresses)
}

fn settings_of_all(process: &mut Process, public: &str, internal: &str) {
    process
        .set("LISTEN__PUBLIC", public)
        .set("LISTEN__INTERNAL", internal)
        .set("LISTEN__WORKERS", "2")
        // No proxy has to hear of it when one ends.
        .set("LISTEN__DRAIN_SECONDS", "0")
        .set("PUBLIC_URL", PUBLIC_URL)
        .set("LOG__LEVEL", "info");
}
