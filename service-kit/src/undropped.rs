//! Requests that change something run to their end.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::rt;
use tracing::Instrument;

use crate::{Error, trace};

/// Runs a request that changes something in a task of its own. When its client hangs up, actix drops what it was
/// working on; but a transaction that is on its way commits all the same, and whatever has to follow (telling the
/// others) must follow. A panic ends the task and not the connection.
pub(crate) async fn undropped(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method()) {
        return next.call(request).await;
    }
    let work = rt::spawn(trace::still_within(trace::request(), next.call(request)).in_current_span());
    work.await.unwrap_or_else(|e| Err(Error::internal("a request's task ended badly", e).into()))
}
