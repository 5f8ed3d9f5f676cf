//! Of which processes a system consists, and what each is told.

use std::collections::BTreeMap;
use std::path::Path;

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

    const ALL: [Part; 5] = [
        Part::Auth,
        Part::Api(Replica::First),
        Part::Api(Replica::Second),
        Part::Gateway(Gateway::First),
        Part::Gateway(Gateway::Second),
    ];

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
    let addresses =
        Addresses { auth: public.clone(), apis: [public.clone(), public.clone()], gateways: [public.clone(), public] };
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

/// One auth-service and two each of the others.
pub(crate) fn cluster(ports: &mut Ports, servers: &Servers, folder: &Path) -> Layout {
    let public: BTreeMap<Part, String> = Part::ALL.map(|part| (part, ports.take_address())).into();
    let internal: BTreeMap<Part, String> = Part::ALL.map(|part| (part, ports.take_address())).into();
    let auth = format!("http://{}", internal[&Part::Auth]);
    let jwks = format!("http://{}/.well-known/jwks.json", public[&Part::Auth]);
    let apis = Replica::ALL.map(|replica| format!("http://{}", internal[&Part::Api(replica)])).join(",");
    let process = |part: Part| {
        let binary = part.name().trim_end_matches(|c| "-12".contains(c));
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
        match part.service() {
            Service::Auth => process.set("DATABASE__URL", servers.auth.url()).set("KEYS__SECRET", KEYS_SECRET),
            Service::Api => process.set("DATABASE__URL", servers.chat.url()),
            Service::Gateway => process.set("CHAT_API__INTERNAL_URLS", &*apis),
        };
        (part, process)
    };
    let addresses = Addresses {
        auth: public[&Part::Auth].clone(),
        apis: Replica::ALL.map(|replica| public[&Part::Api(replica)].clone()),
        gateways: Gateway::ALL.map(|gateway| public[&Part::Gateway(gateway)].clone()),
    };
    (Part::ALL.map(process).into(), addresses)
}

fn settings_of_all(process: &mut Process, public: &str, internal: &str) {
    process
        .set("LISTEN__PUBLIC", public)
        .set("LISTEN__INTERNAL", internal)
        .set("LISTEN__WORKERS", "2")
        .set("PUBLIC_URL", PUBLIC_URL)
        .set("LOG__LEVEL", "info");
}
