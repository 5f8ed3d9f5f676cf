//! `POST /internal/sends/`: sends that came over sockets.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use service_kit::credential::FromInside;
use service_kit::extract::InternalBody;
use service_kit::{Result, trace};
use shared_proto::bus::Origin;
use shared_proto::internal::{SendResult, SendResults, Sends};

use crate::messages::NewMessage;
use crate::state::State;

pub(crate) async fn sends(
    _: FromInside,
    InternalBody(sends): InternalBody<Sends>,
    state: Data<State>,
) -> Result<HttpResponse> {
    super::check_count("items", sends.items.len())?;
    let mut traces = sends.traces.into_iter();
    // From here until all are answered.
    let mut spans = Vec::new();
    let messages = sends.items.into_iter().map(|item| {
        let span = trace::go_on(traces.next().flatten().as_deref(), || {
            tracing::info_span!(parent: None, "store", chat = item.chat.as_str(), client_id = item.client_id.as_str())
        });
        let origin =
            Origin { request: item.client_id.as_str().to_owned(), traceparent: span.as_ref().and_then(trace::traceparent) };
        spans.extend(span);
        NewMessage {
            sender: item.user,
            chat: item.chat,
            client_id: Some(item.client_id),
            text: item.message,
            reply_to: item.reply_to,
            origin: Some(Arc::new(origin)),
        }
    });
    let messages = messages.collect();
    let results = state.committer.commit(messages).await.into_iter().map(|result| match result {
        Ok(sent) => SendResult::Ok { id: sent.id, seq: sent.seq },
        Err(error) => SendResult::Err { code: error.code(), message: error.detail().to_owned() },
    });
    let results = SendResults { results: results.collect() };
    drop(spans);
    Ok(HttpResponse::Ok().json(results))
}
