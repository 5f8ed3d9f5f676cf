//! A whole system of its own for one test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use crate::broker::Broker;
use crate::database::Database;
use crate::ports::Ports;
use crate::process::Process;
use crate::{Addresses, Client, Gateway, Person, Plan, Replica, Service, Way, random_name};

/// Whom the parts of a cluster believe.
const CREDENTIAL: &str = "for-the-tests-only-0123456789abc";
/// 32 bytes in base64.
const KEYS_SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// The origin of the pages that may ask.
const PUBLIC_URL: &str = "http://localhost:8080";

/// A running system. Everything it consists of ends when it is dropped.
#[derive(Debug)]
pub struct World {
    way: Way,
    addresses: Addresses,
    // In this order they are dropped: what needs something goes before what it needs.
    processes: BTreeMap<Part, Process>,
    broker: Option<Broker>,
    databases: Vec<Database>,
    folder: Folder,
    _ports: Ports,
}

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
    /// All of a cluster.
    pub const ALL: [Part; 5] = [
        Part::Auth,
        Part::Api(Replica::First),
        Part::Api(Replica::Second),
        Part::Gateway(Gateway::First),
        Part::Gateway(Gateway::Second),
    ];

    fn service(self) -> Service {
        match self {
            Part::Auth => Service::Auth,
            Part::Api(_) => Service::Api,
            Part::Gateway(_) => Service::Gateway,
        }
    }
}

impl World {
    /// Starts everything and waits until it can serve.
    pub async fn start(plan: Plan) -> Self {
        let mut world = Self::prepare(&plan);
        for (part, process) in &mut world.processes {
            for (service, name, value) in &plan.settings {
                match plan.way {
                    Way::Standalone => drop(process.set(&in_standalone(*service, name), *value)),
                    Way::Cluster if part.service() == *service => drop(process.set(name, *value)),
                    Way::Cluster => {}
                }
            }
            process.launch();
        }
        world.is_ready().await;
        world
    }

    fn prepare(plan: &Plan) -> Self {
        let folder = Folder::create();
        let mut ports = Ports::claim();
        let mut address = || format!("127.0.0.1:{}", ports.take());
        let (processes, addresses, broker, databases) = match plan.way {
            Way::Standalone => {
                let (public, internal) = (address(), address());
                let process = standalone(&public, &internal, &folder.0);
                let addresses = Addresses {
                    auth: public.clone(),
                    apis: [public.clone(), public.clone()],
                    gateways: [public.clone(), public],
                };
                (BTreeMap::from([(THE_ONE, process)]), addresses, None, Vec::new())
            }
            Way::Cluster => {
                let public: BTreeMap<Part, String> = Part::ALL.map(|part| (part, address())).into();
                let internal: BTreeMap<Part, String> = Part::ALL.map(|part| (part, address())).into();
                let broker = plan.own_broker.then(|| Broker::start(folder.0.join("broker")));
                let id = random_name("t");
                let server = url_from("CHATIRE_TEST_POSTGRES_URL");
                let databases = vec![
                    Database::create(&server, format!("{id}_auth")),
                    Database::create(&server, format!("{id}_chat")),
                ];
                let bus = broker.as_ref().map_or_else(|| url_from("CHATIRE_TEST_AMQP_URL"), Broker::url);
                let processes = cluster(&public, &internal, &databases, (&bus, &id), &folder.0);
                let of = |part| public[&part].clone();
                let addresses = Addresses {
                    auth: of(Part::Auth),
                    apis: Replica::ALL.map(|replica| of(Part::Api(replica))),
                    gateways: Gateway::ALL.map(|gateway| of(Part::Gateway(gateway))),
                };
                (processes, addresses, broker, databases)
            }
        };
        Self { way: plan.way, addresses, processes, broker, databases, folder, _ports: ports }
    }

    /// How it runs.
    pub fn way(&self) -> Way {
        self.way
    }

    /// Where it is reached.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Somebody without an account, who just calls.
    pub fn stranger(&self) -> Client {
        Client::new(self.addresses.clone())
    }

    /// A new account (its name begins with `name`), signed in.
    pub async fn signs_up(&self, name: &str) -> Person {
        Person::sign_up(self.stranger(), random_name(name)).await
    }

    /// Every process there is.
    pub fn parts(&self) -> Vec<Part> {
        self.processes.keys().copied().collect()
    }

    /// The process that is this part.
    pub fn process(&mut self, part: Part) -> &mut Process {
        let part = if self.way == Way::Standalone { THE_ONE } else { part };
        self.processes.get_mut(&part).expect("every part is there")
    }

    /// A process with the same settings, which does not run.
    pub fn twin_of(&mut self, part: Part) -> Process {
        self.process(part).twin()
    }

    /// SIGKILL.
    pub fn kill(&mut self, part: Part) {
        self.process(part).kill();
    }

    /// SIGTERM, and waits for the end.
    pub async fn terminate(&mut self, part: Part) -> ExitStatus {
        let process = self.process(part);
        process.terminate();
        process.ends(Duration::from_secs(10)).await
    }

    /// Starts a part that has ended, on the same ports and data, and waits until it can serve.
    pub async fn start_again(&mut self, part: Part) {
        let process = self.process(part);
        process.launch();
        process.is_ready().await;
    }

    /// Ends all processes and starts them with one setting changed.
    pub async fn restart_all_with(&mut self, name: &str, value: &str) {
        for process in self.processes.values_mut() {
            process.kill();
            process.set(name, value).launch();
        }
        self.is_ready().await;
    }

    /// Waits until every process can serve.
    pub async fn is_ready(&mut self) {
        for process in self.processes.values_mut() {
            process.is_ready().await;
        }
    }

    /// `kill -9` of the World's own broker.
    pub fn kill_broker(&self) {
        self.broker.as_ref().expect("the plan has a broker of its own").kill();
    }

    /// Starts the World's own broker again, with the data it had.
    pub fn start_broker_again(&self) {
        self.broker.as_ref().expect("the plan has a broker of its own").start_again();
    }

    /// A folder that goes with the World.
    pub fn folder(&self) -> &Path {
        &self.folder.0
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.processes.values().for_each(Process::show_log);
        }
        // All at once, before anything else ends: what still runs would complain about those that are gone.
        self.processes.values_mut().for_each(Process::kill);
        self.databases.clear();
    }
}

/// What a service's setting is called in the settings of the one process.
fn in_standalone(service: Service, name: &str) -> String {
    match service {
        Service::Auth => format!("AUTH__{name}"),
        Service::Api => format!("CHAT__{name}"),
        Service::Gateway => format!("GATEWAY__{name}"),
    }
}

/// Under which part the one process of standalone is kept.
const THE_ONE: Part = Part::Auth;

fn standalone(public: &str, internal: &str, folder: &Path) -> Process {
    let mut process = Process::new("chatire", "chatire", internal, folder);
    settings_of_all(&mut process, public, internal);
    process.set("DATA", folder.join("data").to_string_lossy());
    process
}

fn cluster(
    public: &BTreeMap<Part, String>,
    internal: &BTreeMap<Part, String>,
    databases: &[Database],
    (bus, id): (&str, &str),
    folder: &Path,
) -> BTreeMap<Part, Process> {
    let auth = format!("http://{}", internal[&Part::Auth]);
    let jwks = format!("http://{}/.well-known/jwks.json", public[&Part::Auth]);
    let apis = Replica::ALL.map(|replica| format!("http://{}", internal[&Part::Api(replica)])).join(",");
    let process = |part: Part| {
        let (name, binary) = match part {
            Part::Auth => ("auth-service".to_owned(), "auth-service"),
            Part::Api(replica) => (format!("chat-api-{}", replica as u8 + 1), "chat-api"),
            Part::Gateway(gateway) => (format!("ws-gateway-{}", gateway as u8 + 1), "ws-gateway"),
        };
        let mut process = Process::new(&name, binary, &internal[&part], folder);
        settings_of_all(&mut process, &public[&part], &internal[&part]);
        process.set("BUS__URL", bus).set("BUS__PREFIX", format!("{id}.")).set("INTERNAL__CREDENTIAL", CREDENTIAL);
        match part {
            Part::Auth => process.set("DATABASE__URL", databases[0].url()).set("KEYS__SECRET", KEYS_SECRET),
            Part::Api(_) => process.set("DATABASE__URL", databases[1].url()),
            Part::Gateway(_) => process.set("CHAT_API__INTERNAL_URLS", &*apis),
        };
        match part {
            Part::Gateway(_) => {}
            Part::Auth | Part::Api(_) => drop(process.set("DATABASE__CONNECTIONS", "4")),
        }
        match part {
            Part::Auth => {}
            Part::Api(_) | Part::Gateway(_) => {
                process.set("AUTH__JWKS_URL", &*jwks).set("AUTH__INTERNAL_URL", &*auth);
            }
        }
        (part, process)
    };
    Part::ALL.map(process).into()
}

fn settings_of_all(process: &mut Process, public: &str, internal: &str) {
    process
        .set("LISTEN__PUBLIC", public)
        .set("LISTEN__INTERNAL", internal)
        .set("LISTEN__WORKERS", "2")
        .set("PUBLIC_URL", PUBLIC_URL)
        .set("LOG__LEVEL", "info");
}

fn url_from(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} is not set, and a cluster needs its server. `make test` sets it. By hand: \
             `deploy/dev/services.sh start --dir .run/test`, then `deploy/dev/services.sh env --dir .run/test` prints \
             the URLs for CHATIRE_TEST_POSTGRES_URL and CHATIRE_TEST_AMQP_URL"
        )
    })
}

/// Deleted when dropped, unless the test fails.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn create() -> Self {
        let folder = std::env::temp_dir().join(random_name("chatire-test"));
        std::fs::create_dir(&folder).expect("a folder can be made in the temporary one");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- all logs are in {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
