//! Hosting services in a process: two listeners, health, and an orderly end.

use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpService;
use actix_service::{IntoServiceFactory, Service as _, ServiceFactoryExt, map_config};
use actix_web::dev::{AppConfig, Server};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use futures_util::future::join_all;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::settings::Listen;
use crate::shutdown::Shutdown;
use crate::upgrade::{self, Shared};
use crate::{StartError, connection, leaving, metrics, open_files, problem, undropped};

/// A future that stays on the thread it was made on.
pub type Task = Pin<Box<dyn Future<Output = ()>>>;

/// How long running requests may take when the process ends, in seconds.
const STOP_WITHIN: u64 = 5;

/// How long a connection that is ending may take to write what it has.
const HANG_UP_WITHIN: Duration = Duration::from_secs(1);

/// Longer than those who ask keep idle connections (`http::client`, the edge), so that none is closed under a request.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// One of Chatire's services, ready to be hosted: everything is opened and checked, nothing is served yet.
pub trait Service: Send + Sync + 'static {
    /// Its name in logs and in `/readyz`.
    fn name(&self) -> &'static str;

    /// What clients reach. Called once for each worker thread.
    fn routes(&self, cfg: &mut ServiceConfig);

    /// What the other services reach.
    fn internal_routes(&self, _cfg: &mut ServiceConfig) {}

    /// Whether it can serve now; if not, what it lacks.
    fn ready(&self) -> Pin<Box<dyn Future<Output = Result<(), &'static str>>>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// What it does without for the moment though it serves, and what follows from that. It is shown at `/readyz`, which is 200
    /// all the same: to send clients elsewhere would not help them.
    fn degraded(&self) -> Option<&'static str> {
        None
    }

    /// Its background work, from start until [`Shutdown::stopping`] (flush, then return within a few seconds).
    fn run(self: Arc<Self>, shutdown: Shutdown) -> Task;

    /// Moves its clients elsewhere. Called when the process is asked to end, while it still serves.
    fn drain(self: Arc<Self>) -> Task {
        Box::pin(std::future::ready(()))
    }
}

/// The process's two listeners, bound before anything else so that a taken port is told at once.
#[derive(Debug)]
pub struct Listeners {
    public: TcpListener,
    internal: TcpListener,
    settings: Listen,
}

/// Where a process listens, with the ports that were really taken (for `:0`).
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// For clients.
    pub public: SocketAddr,
    /// For health, metrics and the other services.
    pub internal: SocketAddr,
}

impl Listeners {
    /// Takes both ports, and the right to as many connections as the system allows.
    pub fn bind(settings: &Listen) -> Result<Self, StartError> {
        let files = open_files::allow_many();
        tracing::debug!(files, "so many files and sockets may be open");
        Ok(Self {
            public: bind("listen.public", &settings.public)?,
            internal: bind("listen.internal", &settings.internal)?,
            settings: settings.clone(),
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Result<Addresses, StartError> {
        let of = |l: &TcpListener| l.local_addr().map_err(|e| StartError::new(format!("listen: {e}")));
        Ok(Addresses { public: of(&self.public)?, internal: of(&self.internal)? })
    }

    /// Serves until `shutdown` begins, then drains and stops. `ready` is called once when requests are taken.
    /// The first service's routes match first.
    pub async fn serve(
        self,
        services: Vec<Arc<dyn Service>>,
        shutdown: Shutdown,
        ready: impl FnOnce(),
    ) -> Result<(), StartError> {
        metrics::install();
        let upkeep = actix_web::rt::spawn(metrics::upkeep());
        let background: Vec<_> =
            services.iter().map(|s| actix_web::rt::spawn(Arc::clone(s).run(shutdown.clone()))).collect();
        let stopping = CancellationToken::new();
        let public = self.public_server(&services, &shutdown, &stopping)?;
        let internal = self.internal_server(&services, &shutdown)?;
        // The servers have listeners of their own. With ours still open, whoever connects while we end would be taken by the
        // system, wait for us, and be cut off; refused, they go to another replica.
        let Self { public: door, internal: own, settings } = self;
        drop(own);
        let (public_handle, internal_handle) = (public.handle(), internal.handle());
        let mut public = actix_web::rt::spawn(public);
        let mut internal = actix_web::rt::spawn(internal);
        ready();

        let ended = tokio::select! {
            () = shutdown.draining() => Ok(()),
            _ = &mut public => Err(StartError::new("the public listener ended by itself")),
            _ = &mut internal => Err(StartError::new("the internal listener ended by itself")),
        };
        shutdown.begin();
        let farewells = services.iter().map(|service| Arc::clone(service).drain());
        tokio::join!(join_all(farewells), tokio::time::sleep(Duration::from_secs(settings.drain_seconds)));
        leaving::turn_away_newcomers(door).await;
        stopping.cancel();
        public_handle.stop(true).await;
        shutdown.stop();
        for task in background {
            if tokio::time::timeout(Duration::from_secs(10), task).await.is_err() {
                tracing::warn!("background work did not end in time");
            }
        }
        internal_handle.stop(false).await;
        upkeep.abort();
        ended
    }

    /// As actix-web's own `HttpServer` would be, and with connections that can be taken over ([`upgrade`]). Connections
    /// that only wait for a next request are closed when `stopping` is cancelled.
    fn public_server(
        &self,
        services: &[Arc<dyn Service>],
        shutdown: &Shutdown,
        stopping: &CancellationToken,
    ) -> Result<Server, StartError> {
        let (services, shutdown, stopping) = (services.to_vec(), shutdown.clone(), stopping.clone());
        let trusted = Arc::new(self.settings.trusted_proxies.clone());
        let server = match self.settings.workers {
            0 => Server::build(),
            n => Server::build().workers(n),
        };
        let server = server.disable_signals().shutdown_timeout(STOP_WITHIN).backlog(4096);
        let server = server.listen("public", clone(&self.public)?, move || {
            let (services, shutdown, stopping) = (services.clone(), shutdown.clone(), stopping.clone());
            let application = App::new()
                .app_data(web::Data::from(trusted.clone()))
                .configure(|cfg| services.iter().for_each(|s| s.routes(cfg)))
                .wrap(from_fn(undropped::undropped))
                .wrap(from_fn(problem::in_one_form))
                .wrap(from_fn(crate::telemetry::with_request_id))
                .wrap_fn(move |request, rest| leaving::last_of_its_connection(shutdown.clone(), rest.call(request)))
                .into_factory()
                .map_err(|error: actix_web::Error| error.error_response());
            let application = Shared::new(map_config(application, |()| AppConfig::default()));
            HttpService::build()
                .graceful_shutdown_signal(move || stopping.clone().cancelled_owned())
                .client_request_timeout(Duration::from_secs(10))
                .client_disconnect_timeout(HANG_UP_WITHIN)
                .keep_alive(KEEP_ALIVE)
                .on_connect_ext(|stream: &TcpStream, _| connection::bound_waits(stream))
                .upgrade(upgrade::service(application.clone()))
                .finish(application)
                .tcp()
        });
        Ok(server.map_err(|e| StartError::new(format!("listen.public: {e}")))?.run())
    }

    fn internal_server(&self, services: &[Arc<dyn Service>], shutdown: &Shutdown) -> Result<Server, StartError> {
        let (services, shutdown) = (services.to_vec(), shutdown.clone());
        let server = HttpServer::new(move || {
            let (services, draining) = (services.clone(), shutdown.clone());
            App::new()
                .app_data(web::Data::new(Health { services: services.clone(), shutdown: shutdown.clone() }))
                .route("/healthz", web::get().to(HttpResponse::Ok))
                .route("/readyz", web::get().to(readyz))
                .route("/metrics", web::get().to(metrics::render))
                .configure(|cfg| services.iter().for_each(|s| s.internal_routes(cfg)))
                .wrap(from_fn(undropped::undropped))
                .wrap(from_fn(problem::in_one_form))
                .wrap(from_fn(crate::telemetry::with_request_id))
                .wrap_fn(move |request, rest| leaving::last_of_its_connection(draining.clone(), rest.call(request)))
        });
        Ok(server
            .disable_signals()
            .workers(1)
            .shutdown_timeout(1)
            .keep_alive(KEEP_ALIVE)
            .listen(clone(&self.internal)?)
            .map_err(|e| StartError::new(format!("listen.internal: {e}")))?
            .run())
    }
}

fn bind(setting: &str, address: &str) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind(address).map_err(|e| {
        let advice = match e.kind() {
            std::io::ErrorKind::AddrInUse => "the port is taken; stop what listens there or choose another one",
            std::io::ErrorKind::PermissionDenied => "ports below 1024 need more rights; choose a higher one",
            _ => "it must be an address of this machine and a port, such as 127.0.0.1:8000",
        };
        StartError::new(format!("can't listen on {address} ({setting}): {e}: {advice}"))
    })?;
    listener.set_nonblocking(true).map_err(|e| StartError::new(format!("{setting}: {e}")))?;
    Ok(listener)
}

fn clone(listener: &TcpListener) -> Result<TcpListener, StartError> {
    listener.try_clone().map_err(|e| StartError::new(format!("listen: {e}")))
}

struct Health {
    services: Vec<Arc<dyn Service>>,
    shutdown: Shutdown,
}

/// 200 when every service can serve, with what each does without meanwhile; else 503 with what each lacks.
async fn readyz(health: web::Data<Health>) -> HttpResponse {
    if health.shutdown.is_draining() {
        return HttpResponse::ServiceUnavailable().json(json!({"ready": false, "why": "draining"}));
    }
    let mut lacks = serde_json::Map::new();
    for service in &health.services {
        if let Err(what) = service.ready().await {
            lacks.insert(service.name().to_owned(), json!(what));
        }
    }
    if !lacks.is_empty() {
        return HttpResponse::ServiceUnavailable().json(json!({"ready": false, "lacks": lacks}));
    }
    let degraded: serde_json::Map<_, _> =
        health.services.iter().filter_map(|s| Some((s.name().to_owned(), json!(s.degraded()?)))).collect();
    let mut ready = json!({"ready": true});
    if !degraded.is_empty() {
        ready["degraded"] = degraded.into();
    }
    HttpResponse::Ok().json(ready)
}
