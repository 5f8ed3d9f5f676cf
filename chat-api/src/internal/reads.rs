//! `POST /internal/reads/`: read marks that moved on over sockets.

use actix_web::HttpResponse;
use actix_web::web::Data;
use service_kit::Result;
use service_kit::credential::FromInside;
use service_kit::extract::InternalBody;
use shared_proto::internal::{Reads, ReadsMoved};

use crate::members::read_marks;
use crate::state::State;

pub(crate) async fn reads(
    _: FromInside,
    InternalBody(reads): InternalBody<Reads>,
    state: Data<State>,
) -> Result<HttpResponse> {
    super::check_count("items", reads.items.len())?;
    let moved = read_marks::advance(&state, reads.items).await?;
    Ok(HttpResponse::Ok().json(ReadsMoved { moved }))
}
