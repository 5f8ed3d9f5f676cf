//! The OpenAPI document (<https://spec.openapis.org/oas/v3.1.0>) of a table of endpoints.

use std::collections::{BTreeMap, BTreeSet};

use shared_proto::{ErrorCode, Problem};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{AllOfBuilder, ComponentsBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, Info, OpenApi, Paths, Ref, RefOr, Required, Response, ResponseBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::Endpoint;
use crate::problem::status;

const BEARER: &str = "access_token";

/// What a document says of itself.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The path it is served at.
    pub at: &'static str,
    /// Where the page is, with a pattern for its parts: `/api/docs/{part:.*}`.
    pub docs_at: &'static str,
    /// The service.
    pub title: &'static str,
    /// What it is for, in Markdown.
    pub description: &'static str,
    /// The service's version.
    pub version: &'static str,
    /// The types of the parameters that stand in paths, by name.
    pub path_parameters: &'static [PathParameter],
}

/// A name between braces, and its type's schema.
pub type PathParameter = (&'static str, fn() -> RefOr<Schema>);

/// As JSON.
pub(super) fn write(about: &About, endpoints: &[Endpoint]) -> Vec<u8> {
    let mut info = Info::new(about.title, about.version);
    info.description = Some(about.description.to_owned());
    let mut components = ComponentsBuilder::new().security_scheme(
        BEARER,
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build()),
    );
    let mut schemas: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
    let mut of_problems = Vec::new();
    Problem::schemas(&mut of_problems);
    schemas.extend(of_problems);
    schemas.insert(Problem::name().into_owned(), Problem::schema());
    let mut paths = Paths::new();
    for endpoint in endpoints {
        schemas.extend(endpoint.schemas.iter().cloned());
        paths.add_path_operation(endpoint.path.as_ref(), vec![endpoint.method.clone()], operation(about, endpoint));
    }
    for (name, schema) in schemas {
        components = components.schema(name, schema);
    }
    let mut document = OpenApi::new(info, paths);
    document.components = Some(components.build());
    serde_json::to_vec(&document).unwrap_or_default()
}

fn operation(about: &About, endpoint: &Endpoint) -> Operation {
    let mut operation = OperationBuilder::new().summary(Some(endpoint.summary)).operation_id(Some(id(endpoint)));
    for name in names_in(&endpoint.path) {
        operation = operation.parameter(path_parameter(about, name));
    }
    for parameter in endpoint.parameters.clone() {
        operation = operation.parameter(parameter);
    }
    if !endpoint.open {
        operation = operation.security(SecurityRequirement::new(BEARER, Vec::<String>::new()));
    }
    operation = operation.request_body(endpoint.body.as_ref().map(body));
    for answer in &endpoint.answers {
        let mut response = ResponseBuilder::new().description(reason(answer.status));
        if let Some(schema) = &answer.schema {
            response = response.content("application/json", json(schema));
        }
        operation = operation.response(answer.status.to_string(), response.build());
    }
    for (status, codes) in refusals(endpoint) {
        operation = operation.response(status.to_string(), problem(status, &codes));
    }
    operation.build()
}

/// What a client's generated function will be named after: `get_api_chats_uri`.
fn id(endpoint: &Endpoint) -> String {
    let words = endpoint.path.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(endpoint.name).chain(words).collect::<Vec<_>>().join("_")
}

fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(about: &About, name: &str) -> Parameter {
    let known = about.path_parameters.iter().find(|(known, _)| *known == name);
    let schema = known.map_or_else(|| ObjectBuilder::new().schema_type(Type::String).into(), |(_, schema)| schema());
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema))
        .build()
}

fn body(body: &super::Body) -> RequestBody {
    let required = if body.may_be_left_out { Required::False } else { Required::True };
    let mut request =
        RequestBodyBuilder::new().required(Some(required)).content("application/json", json(&body.schema));
    if let Some(form) = &body.form {
        request = request.content("application/x-www-form-urlencoded", Content::new(Some(form.clone())));
    }
    request.build()
}

fn json(schema: &str) -> Content {
    Content::new(Some(Ref::from_schema_name(schema)))
}

/// By status; with those that come with a token, a path, a query or a body.
fn refusals(endpoint: &Endpoint) -> BTreeMap<u16, BTreeSet<String>> {
    let mut codes = endpoint.refusals.clone();
    codes.extend([ErrorCode::Unavailable, ErrorCode::Internal]);
    if !endpoint.open {
        codes.extend([ErrorCode::TokenMissing, ErrorCode::TokenInvalid, ErrorCode::TokenExpired]);
    }
    if !endpoint.parameters.is_empty() {
        codes.push(ErrorCode::ValidationFailed);
    }
    if endpoint.body.is_some() {
        codes.extend([
            ErrorCode::MalformedBody,
            ErrorCode::ValidationFailed,
            ErrorCode::PayloadTooLarge,
            ErrorCode::UnsupportedMediaType,
        ]);
    }
    let mut by_status: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    for code in codes {
        let name = serde_json::to_value(code).ok().and_then(|name| Some(name.as_str()?.to_owned()));
        by_status.entry(status(code).as_u16()).or_default().extend(name);
    }
    by_status
}

fn problem(status: u16, codes: &BTreeSet<String>) -> Response {
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let here = ObjectBuilder::new()
        .property("status", ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some([status])))
        .property("code", ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes.clone())));
    let schema = AllOfBuilder::new().item(Ref::from_schema_name(Problem::name())).item(here);
    let response = ResponseBuilder::new()
        .description(format!("`code`: {}", codes.join(", ")))
        .content("application/problem+json", Content::new(Some(schema)));
    let header = |kind: Type| HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(kind))).build();
    match status {
        401 => response.header("WWW-Authenticate", header(Type::String)),
        429 | 503 => response.header("Retry-After", header(Type::Integer)),
        _ => response,
    }
    .build()
}

fn reason(status: u16) -> &'static str {
    match status {
        201 => "It was made.",
        204 => "It was done.",
        _ => "It was done, or it was so already.",
    }
}
