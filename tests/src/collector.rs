//! A collector of traces: takes OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/) and keeps the spans.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use prost::Message;

/// A span that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which program told it.
    pub service: String,
    /// Which of its processes.
    pub instance: String,
    /// Its name.
    pub name: String,
    /// The id of the request that it says it comes from.
    pub request: String,
    /// The trace.
    pub trace: Vec<u8>,
    /// The span.
    pub id: Vec<u8>,
    /// The span that it goes on from; empty at the beginning of a trace.
    pub parent: Vec<u8>,
}

/// Takes spans until the process ends.
#[derive(Clone, Debug)]
pub struct Collector {
    port: u16,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    /// On a port of its own.
    pub fn open(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
        let collector = Self { port, spans: Arc::default() };
        let spans = Arc::clone(&collector.spans);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let spans = Arc::clone(&spans);
                // A connection that breaks is its client's affair.
                std::thread::spawn(move || drop(serve(stream, &spans)));
            }
        });
        collector
    }

    /// As `log.otlp_endpoint` wants it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was told so far.
    pub fn spans(&self) -> Vec<Span> {
        self.spans.lock().expect("nobody panics with it").clone()
    }
}

fn serve(stream: TcpStream, spans: &Mutex<Vec<Span>>) -> std::io::Result<()> {
    let mut answers = stream.try_clone()?;
    let mut requests = BufReader::new(stream);
    while let Some(body) = read(&mut requests)? {
        let request = ExportTraceServiceRequest::decode(body.as_slice()).map_err(std::io::Error::other)?;
        spans.lock().expect("nobody panics with it").extend(spans_of(request));
        answers.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n")?;
    }
    Ok(())
}

/// The body of the next request.
fn read(requests: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if requests.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().map_err(std::io::Error::other)?;
            }
            None if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    requests.read_exact(&mut body)?;
    Ok(Some(body))
}

fn spans_of(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut found = Vec::new();
    for of_process in request.resource_spans {
        let about = of_process.resource.map(|resource| resource.attributes).unwrap_or_default();
        let (service, instance) = (text(&about, "service.name"), text(&about, "service.instance.id"));
        for span in of_process.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            found.push(Span {
                service: service.clone(),
                instance: instance.clone(),
                request: text(&span.attributes, "request"),
                name: span.name,
                trace: span.trace_id,
                id: span.span_id,
                parent: span.parent_span_id,
            });
        }
    }
    found
}

fn text(attributes: &[KeyValue], name: &str) -> String {
    let attribute = attributes.iter().find(|attribute| attribute.key == name);
    match attribute.and_then(|attribute| attribute.value.as_ref()?.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        _ => String::new(),
    }
}
