//! A whole system of its own for one test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use shared_proto::Seq;

use crate::broker::Broker;
use crate::layout::{self, Part};
use crate::links::{Link, Links, Ways};
use crate::plans::{self, QueryPlan, Watched};
use crate::ports::Ports;
use crate::process::Process;
use crate::proxy::Proxy;
use crate::servers::Servers;
use crate::{Addresses, Chat, Client, Forger, Gateway, Person, Plan, Replica, Service, Way, random_name};

/// A running system. Everything it consists of ends when it is dropped.
#[derive(Debug)]
pub struct World {
    way: Way,
    addresses: Addresses,
    // In this order they are dropped: what needs something goes before what it needs.
    processes: BTreeMap<Part, Process>,
    links: Links,
    servers: Option<Servers>,
    folder: Folder,
    ports: Ports,
}

impl World {
    /// Starts everything and waits until it can serve.
    pub async fn start(plan: Plan) -> Self {
        let folder = Folder::create();
        let mut ports = Ports::claim();
        let servers = (plan.way == Way::Cluster).then(|| Servers::prepare(plan.own_broker, &folder.0));
        let mut ways = Ways::new(plan.proxies && plan.way == Way::Cluster);
        let (processes, addresses) = match &servers {
            None => layout::standalone(&mut ports, &folder.0),
            Some(servers) => layout::cluster(&mut ports, servers, &folder.0, plan.gateways, &mut ways),
        };
        let links = ways.open().await;
        let mut world = Self { way: plan.way, addresses, processes, links, servers, folder, ports };
        for (service, name, value) in plan.settings {
            world.set(service, name, value);
        }
        world.processes.values_mut().for_each(Process::launch);
        world.is_ready().await;
        world
    }

    /// A cluster that somebody else started, as it is reached over its edge. It goes on when this is dropped.
    pub fn behind(edge: &str) -> Self {
        let edge = edge.to_owned();
        let addresses = Addresses {
            auth: edge.clone(),
            apis: [edge.clone(), edge.clone()],
            gateways: Gateway::THREE.map(|_| edge.clone()).to_vec(),
        };
        let (processes, links) = (BTreeMap::new(), Links::default());
        let (folder, ports) = (Folder::create(), Ports::claim());
        Self { way: Way::Cluster, addresses, processes, links, servers: None, folder, ports }
    }

    /// Changes one setting of a service, from the next start on.
    fn set(&mut self, service: Service, name: &str, value: &str) {
        for (part, process) in &mut self.processes {
            match self.way {
                Way::Standalone => drop(process.set(&layout::in_standalone(service, name), value)),
                Way::Cluster if part.service() == service => drop(process.set(name, value)),
                Way::Cluster => {}
            }
        }
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
        let part = if self.way == Way::Standalone { Part::THE_ONE } else { part };
        self.processes.get_mut(&part).expect("every part is there")
    }

    /// A process with the same settings, which does not run.
    pub fn twin_of(&mut self, part: Part) -> Process {
        self.process(part).twin()
    }

    /// Starts a second auth-service beside the first one, and waits until it can serve. Returns it, and somebody without
    /// an account who calls it. (Only in a cluster.)
    pub async fn starts_another_auth(&mut self) -> (Process, Client) {
        let (public, internal) = (self.ports.take_address(), self.ports.take_address());
        let mut replica = self.process(Part::Auth).replica(&public, &internal);
        replica.launch();
        replica.is_ready().await;
        (replica, Client::new(Addresses { auth: public, ..self.addresses.clone() }))
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

    /// Starts a part that has ended, without waiting.
    pub fn launch(&mut self, part: Part) {
        self.process(part).launch();
    }

    /// Starts a part that has ended, on the same ports and data, and waits until it can serve.
    pub async fn start_again(&mut self, part: Part) {
        let process = self.process(part);
        process.launch();
        process.is_ready().await;
    }

    /// Ends all processes and starts them with one setting changed that all services have.
    pub async fn restart_all_with(&mut self, name: &str, value: &str) {
        for service in Service::ALL {
            self.set(service, name, value);
        }
        self.processes.values_mut().for_each(Process::kill);
        self.processes.values_mut().for_each(Process::launch);
        self.is_ready().await;
    }

    /// Ends auth-service (over standalone everything) as `kill -9` does, and starts it with some of its settings changed.
    pub async fn restart_auth_with(&mut self, settings: &[(&str, &str)]) {
        for (name, value) in settings {
            self.set(Service::Auth, name, value);
        }
        self.kill(Part::Auth);
        self.start_again(Part::Auth).await;
    }

    /// Takes the newest signing key out of the database, as the operator can.
    pub fn forger(&mut self) -> Forger {
        let data = self.data();
        match &self.servers {
            Some(servers) => {
                let url = servers.auth.url();
                Forger::with_key_at(&url, &self.process(Part::Auth).setting("KEYS__SECRET"))
            }
            None => {
                let secret = std::fs::read_to_string(data.join("keys.secret")).expect("the secret");
                Forger::with_key_at(&format!("sqlite:{}", data.join("auth.db").display()), &secret)
            }
        }
    }

    /// Logs and data stay when the World ends.
    pub fn keeps_its_folder(&mut self) {
        self.folder.1 = true;
    }

    /// A port that nobody else has.
    pub fn takes_a_port(&mut self) -> u16 {
        self.ports.take()
    }

    /// Waits until every process can serve.
    pub async fn is_ready(&mut self) {
        for process in self.processes.values_mut() {
            process.is_ready().await;
        }
    }

    /// Every link that goes through a proxy.
    pub fn links(&self) -> Vec<Link> {
        self.links.all()
    }

    /// The proxy in the middle of a link, to be broken.
    pub fn link(&self, link: Link) -> &Proxy {
        self.links.get(link)
    }

    /// `kill -9` of the World's own broker.
    pub fn kill_broker(&self) {
        self.broker().kill();
    }

    /// Starts the World's own broker again, with the data it had.
    pub fn start_broker_again(&self) {
        self.broker().start_again();
    }

    /// The World's own broker, to be broken beside everything else. Its calls block.
    pub fn broker(&self) -> &Arc<Broker> {
        self.servers().broker.as_ref().expect("the plan has a broker of its own")
    }

    /// chat-api's database takes no connections any more, and ends those it has.
    pub fn takes_the_chat_database_away(&self) {
        self.servers().chat.close();
    }

    /// chat-api's database takes connections again.
    pub fn gives_the_chat_database_back(&self) {
        self.servers().chat.open();
    }

    /// Somebody holds the chat in the database, as a chat-api does while it commits to it, until the guard is dropped.
    pub fn holds(&self, chat: &Chat) -> HeldChat {
        let lock = format!("SELECT id FROM chats WHERE uri = '{}' FOR UPDATE", chat.uri);
        HeldChat { _transaction: self.servers().chat.freeze_after(&lock) }
    }

    /// Runs statements in chat-api's database, as somebody with all rights.
    pub fn fills_the_chat_database(&self, sql: &str) {
        match &self.servers {
            Some(servers) => servers.chat.run(sql),
            None => {
                let file = self.data().join("chat.db").to_string_lossy().into_owned();
                let mut database = SqliteConnection::establish(&file).expect("the database");
                let sql = format!("PRAGMA busy_timeout = 5000; {sql}");
                database.batch_execute(&sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
            }
        }
    }

    /// What was said in the chat up to this place was said so many days earlier.
    pub fn ages(&self, chat: &Chat, up_to: Seq, days: i64) {
        let micros = days * 86_400_000_000;
        self.fills_the_chat_database(&format!(
            "UPDATE messages SET at = at - {micros} WHERE seq <= {up_to} \
             AND chat_id = (SELECT id FROM chats WHERE uri = '{}')",
            chat.uri
        ));
    }

    /// Where the two databases of a cluster are: auth-service's and chat-api's.
    pub fn database_urls(&self) -> [String; 2] {
        [self.servers().auth.url(), self.servers().chat.url()]
    }

    /// Of the one process, with all that it keeps.
    pub fn data(&self) -> PathBuf {
        self.folder.0.join("data")
    }

    /// Ends all processes in good order.
    pub async fn ends_everything(&mut self) {
        for part in self.parts() {
            assert!(self.terminate(part).await.success(), "{part:?} ended well");
        }
    }

    /// Starts all processes, which have ended, and waits until they can serve.
    pub async fn starts_everything(&mut self) {
        self.processes.values_mut().for_each(Process::launch);
        self.is_ready().await;
    }

    /// Deletes everything that was ever stored. Nobody may run.
    pub fn loses_everything(&self) {
        match &self.servers {
            None => std::fs::remove_dir_all(self.data()).expect("the data can be deleted"),
            Some(servers) => {
                for database in [&servers.auth, &servers.chat] {
                    database.run("SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public");
                }
            }
        }
    }

    /// Whether a query finds anything in chat-api's database.
    pub fn finds_in_the_chat_database(&self, sql: &str) -> bool {
        self.servers().chat.finds(sql)
    }

    /// Starts both chat-apis anew; from here on their queries are watched.
    pub async fn watches_queries(&mut self) -> Watched {
        self.servers().chat.watch_queries();
        for replica in Replica::ALL {
            self.terminate(Part::Api(replica)).await;
            self.start_again(Part::Api(replica)).await;
        }
        Watched { from: self.servers().chat.log_length() }
    }

    /// How every query was run since then.
    pub fn plans_since(&self, watched: &Watched) -> Vec<QueryPlan> {
        plans::read_all(&self.servers().chat.log_from(watched.from))
    }

    fn servers(&self) -> &Servers {
        self.servers.as_ref().expect("only a cluster has servers below it")
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
    }
}

/// Deleted when dropped, unless the test fails or somebody wants it to stay.
#[derive(Debug)]
struct Folder(PathBuf, bool);

impl Folder {
    fn create() -> Self {
        let folder = std::env::temp_dir().join(random_name("chatire-test"));
        std::fs::create_dir(&folder).expect("a folder can be made in the temporary one");
        Self(folder, false)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.1 || std::thread::panicking() {
            eprintln!("--- all logs are in {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// Holds a chat in the database until it is dropped, which rolls its transaction back.
pub struct HeldChat {
    _transaction: PgConnection,
}
