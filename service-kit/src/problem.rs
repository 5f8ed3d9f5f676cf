//! Errors as `application/problem+json` (RFC 9457).

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use shared_proto::{ErrorCode, Problem};

use crate::{Error, chain};

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The one HTTP status of each code.
pub(crate) fn status(code: ErrorCode) -> StatusCode {
    use ErrorCode::*;
    match code {
        MalformedBody | ValidationFailed | PasswordTooWeak | UnknownFrame => StatusCode::BAD_REQUEST,
        TokenMissing | TokenInvalid | TokenExpired | SessionRevoked | BadCredentials | RefreshInvalid
        | SecondFactorRequired => StatusCode::UNAUTHORIZED,
        OriginForbidden | Forbidden | NotAMember | Banned | LinkClosed | DirectChat | WrongPassword
        | SecondFactorWrong | ResetInvalid | AccountDisabled => StatusCode::FORBIDDEN,
        NotFound | ChatNotFound | UserNotFound | MemberNotFound | MessageNotFound | SessionNotFound
        | SecondFactorNotFound => StatusCode::NOT_FOUND,
        MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        UsernameTaken | IdempotencyConflict | LimitReached | SecondFactorExists => StatusCode::CONFLICT,
        PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        status(self.code())
    }

    fn error_response(&self) -> HttpResponse {
        let (errors, retry_after) = match self {
            Error::Refused { errors, retry_after, .. } => (errors.clone(), *retry_after),
            _ => (Vec::new(), None),
        };
        if self.code() == ErrorCode::Internal || self.code() == ErrorCode::Unavailable {
            tracing::error!(code = ?self.code(), error = chain(self), "request failed");
        }
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, PROBLEM_JSON));
        match retry_after {
            Some(wait) => response.insert_header((RETRY_AFTER, wait.as_secs().max(1).to_string())),
            None if status == StatusCode::SERVICE_UNAVAILABLE => response.insert_header((RETRY_AFTER, "1")),
            None if status == StatusCode::UNAUTHORIZED => response.insert_header((WWW_AUTHENTICATE, "Bearer")),
            None => &mut response,
        };
        response.body(body(Problem {
            r#type: "about:blank".into(),
            title: title(status),
            status: status.as_u16(),
            code: self.code(),
            detail: self.detail().to_owned(),
            errors,
        }))
    }
}

/// The path has other methods only: these.
pub(crate) fn method_not_allowed(method: &Method, path: &str, allowed: &str) -> HttpResponse {
    let mut response = unformed(StatusCode::METHOD_NOT_ALLOWED, method, path).error_response();
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

fn title(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or("Error").to_owned()
}

fn body(problem: Problem) -> String {
    serde_json::to_string(&problem).unwrap_or_default()
}

/// Gives every error answer that the framework makes by itself (no such route, no such method, a bad header) the
/// same form as ours.
pub(crate) async fn in_one_form(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<BoxBody>>, actix_web::Error> {
    let method = request.method().clone();
    let path = request.path().to_owned();
    let response = next.call(request).await?;
    let found = response.status();
    // What a handler of ours said (problems, the JSON of `/readyz`) stays as it is; the framework says text, or nothing.
    let is_ours = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/"));
    if is_ours || !(found.is_client_error() || found.is_server_error()) {
        return Ok(response.map_into_boxed_body().map_into_left_body());
    }
    let error = unformed(found, &method, &path);
    Ok(response.into_response(error.error_response()).map_into_boxed_body().map_into_left_body())
}

fn unformed(status: StatusCode, method: &Method, path: &str) -> Error {
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => (ErrorCode::NotFound, format!("There is nothing at {path}.")),
        StatusCode::METHOD_NOT_ALLOWED => (ErrorCode::MethodNotAllowed, format!("{path} has no {method}.")),
        StatusCode::PAYLOAD_TOO_LARGE => (ErrorCode::PayloadTooLarge, "The body is too large.".into()),
        StatusCode::REQUEST_TIMEOUT => (ErrorCode::MalformedBody, "The request came too slowly.".into()),
        other if other.is_client_error() => (ErrorCode::MalformedBody, "The request can't be read.".into()),
        _ => return Error::Internal("the framework answered with an error", None),
    };
    Error::refused(code, detail)
}
