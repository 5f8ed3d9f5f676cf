//! A service's public endpoints: one table from which both the routes and the OpenAPI document are made, so that
//! neither can say what the other does not.

mod document;
mod schema;

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Responder, Route};
use shared_proto::ErrorCode;
use utoipa::openapi::path::{HttpMethod, Parameter, ParameterIn};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, ToSchema};
use utoipa_swagger_ui::{Config, SwaggerUi};

pub use document::{About, PathParameter};

use crate::problem;

/// One method of one path: what serves it, and what a client must know to call it.
#[allow(missing_debug_implementations, reason = "a route has none")]
pub struct Endpoint {
    path: Cow<'static, str>,
    method: HttpMethod,
    name: &'static str,
    route: Route,
    summary: &'static str,
    open: bool,
    parameters: Vec<Parameter>,
    body: Option<Body>,
    answers: Vec<Answer>,
    refusals: Vec<ErrorCode>,
    schemas: Vec<(String, RefOr<Schema>)>,
}

struct Body {
    schema: String,
    /// What of it a form can say, when forms are taken too.
    form: Option<RefOr<Schema>>,
    may_be_left_out: bool,
}

struct Answer {
    status: u16,
    /// The schema's name; nothing for an empty answer.
    schema: Option<String>,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident = $variant:ident),+ $(,)?) => {
        $($(#[$doc])*
        pub fn $name<F, Args>(path: impl Into<Cow<'static, str>>, handler: F, summary: &'static str) -> Endpoint
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            Endpoint::new(path.into(), HttpMethod::$variant, stringify!($name), web::$name().to(handler), summary)
        })+
    };
}

methods! {
    /// `GET path`, and what it is for in a few words.
    get = Get,
    /// `POST path`, and what it is for in a few words.
    post = Post,
    /// `PUT path`, and what it is for in a few words.
    put = Put,
    /// `PATCH path`, and what it is for in a few words.
    patch = Patch,
    /// `DELETE path`, and what it is for in a few words.
    delete = Delete,
}

impl Endpoint {
    fn new(
        path: Cow<'static, str>,
        method: HttpMethod,
        name: &'static str,
        route: Route,
        summary: &'static str,
    ) -> Self {
        Self {
            path,
            method,
            name,
            route,
            summary,
            open: false,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            refusals: Vec::new(),
            schemas: Vec::new(),
        }
    }

    /// Needs no access token.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// Takes a JSON body.
    #[must_use]
    pub fn takes<B: ToSchema>(mut self) -> Self {
        let schema = self.schema::<B>();
        self.body = Some(Body { schema, form: None, may_be_left_out: schema::asks_for_nothing(&B::schema()) });
        self
    }

    /// Takes a JSON body or a form.
    #[must_use]
    pub fn takes_form_too<B: ToSchema>(self) -> Self {
        let mut endpoint = self.takes::<B>();
        endpoint.body.iter_mut().for_each(|body| body.form = Some(schema::without_null(B::schema())));
        endpoint
    }

    /// Takes a query string.
    #[must_use]
    pub fn asks<Q: IntoParams>(mut self) -> Self {
        for mut parameter in Q::into_params(|| Some(ParameterIn::Query)) {
            parameter.schema = parameter.schema.map(schema::without_null);
            self.parameters.push(parameter);
        }
        self
    }

    /// Answers with JSON.
    #[must_use]
    pub fn answers<A: ToSchema>(mut self, status: u16) -> Self {
        let schema = self.schema::<A>();
        self.answers.push(Answer { status, schema: Some(schema) });
        self
    }

    /// Answers 204.
    #[must_use]
    pub fn answers_nothing(mut self) -> Self {
        self.answers.push(Answer { status: 204, schema: None });
        self
    }

    /// Refuses for these reasons, besides those that its token, path, query and body bring with them.
    #[must_use]
    pub fn refuses(mut self, codes: &[ErrorCode]) -> Self {
        self.refusals.extend(codes);
        self
    }

    fn schema<T: ToSchema>(&mut self) -> String {
        let name = T::name().into_owned();
        T::schemas(&mut self.schemas);
        self.schemas.push((name.clone(), T::schema()));
        name
    }
}

/// Serves the endpoints, their document at `about.at`, and a page to read and try it. Called once for each worker.
pub fn serve(cfg: &mut ServiceConfig, about: &About, endpoints: Vec<Endpoint>) {
    let document = web::Bytes::from(document::write(about, &endpoints));
    let mut resources: BTreeMap<Cow<'static, str>, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in endpoints {
        resources.entry(endpoint.path.clone()).or_default().push(endpoint);
    }
    // In the order of the alphabet a fixed word (`direct`) comes before a parameter (`{uri}`), which would match it too.
    for (path, endpoints) in resources {
        let methods: Vec<String> = endpoints.iter().map(|endpoint| endpoint.name.to_uppercase()).collect();
        let resource =
            endpoints.into_iter().fold(web::resource(path.as_ref()), |all, endpoint| all.route(endpoint.route));
        cfg.service(resource.default_service(refuse_others(methods.join(", "))));
    }
    let describe = move || {
        let document = document.clone();
        async move { HttpResponse::Ok().content_type("application/json").body(document) }
    };
    let described = web::resource(about.at).route(web::get().to(describe));
    cfg.service(described.default_service(refuse_others("GET".into())));
    // Everything it needs comes from us: no page of ours asks another host.
    cfg.service(SwaggerUi::new(about.docs_at).config(Config::from(about.at)));
}

/// Says which methods there are, as RFC 9110 demands of a 405.
fn refuse_others(allowed: String) -> Route {
    web::to(move |request: HttpRequest| {
        let refusal = problem::method_not_allowed(request.method(), request.path(), &allowed);
        async move { refusal }
    })
}
