//! Bodies, parsed at the edge.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::de::{DeserializeOwned, IgnoredAny};
use shared_proto::{ErrorCode, FieldError};

use crate::{Error, Result};

/// The largest body of a public endpoint, in bytes. The longest message fits even when every character is escaped.
const LIMIT: usize = 64 * 1024;
/// The largest body between services: 500 messages of the longest kind.
const INTERNAL_LIMIT: usize = 16 * 1024 * 1024;
/// How much of a too large body is read and thrown away, so that the client gets to read our answer instead of a
/// reset connection.
const DISCARDED: usize = 16 * 1024 * 1024;

/// A body as JSON (`application/json`, or none said) or as a form (`application/x-www-form-urlencoded`), at most
/// 64 KiB. An empty body counts as `{}`.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A JSON body from another service, at most 16 MiB.
#[derive(Debug)]
pub struct InternalBody<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = media_type(request);
        let payload = payload.take();
        Box::pin(async move {
            let bytes = read(payload, LIMIT).await?;
            match kind.as_str() {
                "" | "application/json" => json(&bytes).map(Body),
                "application/x-www-form-urlencoded" => form(&bytes).map(Body),
                other => Err(Error::refused(
                    ErrorCode::UnsupportedMediaType,
                    format!("The body is {other}; send application/json or application/x-www-form-urlencoded."),
                )),
            }
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for InternalBody<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = payload.take();
        Box::pin(async move { json(&read(payload, INTERNAL_LIMIT).await?).map(InternalBody) })
    }
}

/// A query string; an error names the parameter.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(form(request.query_string().as_bytes()).map(Query))
    }
}

fn media_type(request: &HttpRequest) -> String {
    let value = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

async fn read(mut payload: Payload, limit: usize) -> Result<Bytes> {
    let mut bytes = BytesMut::new();
    let mut seen = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|e| {
            Error::refused(ErrorCode::MalformedBody, format!("The body broke off or can't be read: {e}."))
        })?;
        seen += chunk.len();
        if seen <= limit {
            bytes.extend_from_slice(&chunk);
        } else if seen > limit + DISCARDED {
            break;
        }
    }
    if seen > limit {
        return Err(Error::refused(ErrorCode::PayloadTooLarge, format!("The body is over {limit} bytes.")));
    }
    Ok(bytes.freeze())
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let bytes = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes };
    // serde would take a list for a structure, field by field.
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first.is_some_and(|byte| *byte != b'{') {
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(|e| malformed(&e))?;
        return Err(Error::refused(ErrorCode::ValidationFailed, "The body must be a JSON object: {…}."));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        // serde_json has only one word for a text that breaks off and for an enum's name that is no string.
        if e.inner().is_data() || serde_json::from_slice::<serde_json::Value>(bytes).is_ok() {
            refused_field(&e.path().to_string(), &without_position(e.inner()))
        } else {
            malformed(e.inner())
        }
    })?;
    reader.end().map_err(|e| malformed(&e))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Error {
    Error::refused(ErrorCode::MalformedBody, format!("The body is no JSON: {error}."))
}

fn form<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(bytes));
    serde_path_to_error::deserialize(pairs).map_err(|e| refused_field(&e.path().to_string(), &e.inner().to_string()))
}

/// serde_json's text without " at line 1 column 2", which says nothing to people.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(head, _)| head.to_owned())
}

fn refused_field(path: &str, message: &str) -> Error {
    // serde says "missing field `name`" of the whole body: name the field all the same.
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let (field, message) = match missing {
        Some(field) => (field.to_owned(), "this field is missing".to_owned()),
        None => (path.to_owned(), message.to_owned()),
    };
    let detail = if field == "." { message.clone() } else { format!("{field}: {message}") };
    Error::Refused {
        code: ErrorCode::ValidationFailed,
        detail,
        errors: vec![FieldError { field, message }],
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Sample {
        name: String,
        #[serde(default)]
        count: i64,
    }

    fn refusal(result: Result<Sample>) -> (ErrorCode, Vec<String>) {
        match result.unwrap_err() {
            Error::Refused { code, errors, .. } => (code, errors.into_iter().map(|e| e.field).collect()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn json_and_forms_make_the_same_value() {
        let expected = Sample { name: "a b".into(), count: 3 };
        assert_eq!(json::<Sample>(br#"{"name":"a b","count":3}"#).unwrap(), expected);
        assert_eq!(form::<Sample>(b"name=a+b&count=3").unwrap(), expected);
    }

    #[test]
    fn broken_json_is_malformed_and_a_wrong_field_is_named() {
        assert_eq!(refusal(json(b"{\"name\":")).0, ErrorCode::MalformedBody);
        assert_eq!(refusal(json(b"{\"name\":\"a\"} x")).0, ErrorCode::MalformedBody);
        assert_eq!(refusal(json(b"{\"count\":1}")), (ErrorCode::ValidationFailed, vec!["name".into()]));
        assert_eq!(refusal(json(b"{\"name\":1}")), (ErrorCode::ValidationFailed, vec!["name".into()]));
        assert_eq!(refusal(form(b"name=a&count=x")), (ErrorCode::ValidationFailed, vec!["count".into()]));
        assert_eq!(refusal(json(b"[\"a\", 2]")).0, ErrorCode::ValidationFailed);
        assert_eq!(refusal(json(b"[1,")).0, ErrorCode::MalformedBody);
        assert_eq!(refusal(json(b"")), (ErrorCode::ValidationFailed, vec!["name".into()]));
    }

    #[test]
    fn json_with_a_number_for_a_word_is_json() {
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Size {
            Small,
        }
        #[derive(Debug, Deserialize)]
        struct Order {
            size: Size,
        }
        let order = |body: &[u8]| json(body).map(|Order { size }| Sample { name: format!("{size:?}"), count: 1 });
        assert_eq!(order(b"{\"size\":\"small\"}").unwrap().name, "Small");
        for wrong in ["1", "true", "[]", "\"huge\""] {
            let body = format!("{{\"size\":{wrong}}}");
            let expected = (ErrorCode::ValidationFailed, vec!["size".into()]);
            assert_eq!(refusal(order(body.as_bytes())), expected, "{wrong}");
        }
        for broken in [&b"{\"size\":1"[..], b"{\"size\":\"\xff\"}", b"{\"size\":\"\\ud800\"}"] {
            assert_eq!(refusal(order(broken)).0, ErrorCode::MalformedBody);
        }
    }
}
