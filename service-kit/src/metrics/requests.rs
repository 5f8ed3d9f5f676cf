//! HTTP requests, counted by the pattern of their route: never by what clients write, which would be a series for each.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode};

const COUNT: &str = "chatire_http_requests_total";
const DURATION: &str = "chatire_http_request_duration_seconds";
/// Paths without a route: files of the web client, and whatever somebody tries.
const NO_ROUTE: &str = "other";

pub(super) fn describe() {
    metrics::describe_counter!(COUNT, "HTTP requests answered, by route and status; `other` has no route of its own.");
    metrics::describe_histogram!(DURATION, "From a request's head to its answer's head, by route.");
}

/// A request was answered, or failed so that the framework answers it.
pub(crate) fn answered<B>(method: &Method, result: &Result<ServiceResponse<B>, actix_web::Error>, took: Duration) {
    let (status, route) = match result {
        Ok(answer) => (answer.status(), route(answer.request())),
        Err(error) => (error.as_response_error().status_code(), NO_ROUTE.to_owned()),
    };
    let method = known(method);
    metrics::histogram!(DURATION, "method" => method, "route" => route.clone()).record(took.as_secs_f64());
    metrics::counter!(COUNT, "method" => method, "route" => route, "status" => shown(status)).increment(1);
}

fn route(request: &HttpRequest) -> String {
    request.match_pattern().unwrap_or_else(|| NO_ROUTE.to_owned())
}

fn shown(status: StatusCode) -> String {
    status.as_str().to_owned()
}

/// Clients may invent methods.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => NO_ROUTE,
    }
}
