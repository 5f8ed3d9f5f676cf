//! What the commands of all services share: words for whoever asked at the command line, and data as JSON.

use std::io::{self, Write};

use serde::Serialize;
use shared_proto::Username;

use crate::{Error, StartError, chain};

/// A refusal is told as it is, anything else with what is behind it.
pub fn failed(error: Error) -> StartError {
    match &error {
        Error::Refused { detail, .. } => StartError::new(detail.clone()),
        other => StartError::new(chain(other)),
    }
}

/// A line on standard output.
#[allow(clippy::print_stdout, reason = "this is for the one who asked at the command line")]
pub fn say(line: &str) {
    println!("{line}");
}

/// A username among the arguments.
pub fn username(given: &str) -> Result<Username, String> {
    Username::try_from(given.to_owned()).map_err(|e| e.to_string())
}

/// A JSON object that is written piece by piece, so that it may be larger than the memory.
#[derive(Debug)]
pub struct Document<W: Write> {
    out: W,
    /// Nothing has been written on this level yet.
    first: bool,
}

impl<W: Write> Document<W> {
    /// Begins it.
    pub fn begin(mut out: W) -> Result<Self, StartError> {
        out.write_all(b"{").map_err(unwritten)?;
        Ok(Self { out, first: true })
    }

    /// A member with a whole value. `name` needs no escapes.
    pub fn value(&mut self, name: &str, value: &impl Serialize) -> Result<(), StartError> {
        self.name(name)?;
        self.json(value)
    }

    /// A member with a list, to be filled by [`Document::item`] and ended by [`Document::end_list`].
    pub fn begin_list(&mut self, name: &str) -> Result<(), StartError> {
        self.name(name)?;
        self.first = true;
        self.out.write_all(b"[").map_err(unwritten)
    }

    /// The list's next item, on a line of its own.
    pub fn item(&mut self, item: &impl Serialize) -> Result<(), StartError> {
        self.separate()?;
        self.json(item)
    }

    /// Ends the list.
    pub fn end_list(&mut self) -> Result<(), StartError> {
        self.first = false;
        self.out.write_all(b"]").map_err(unwritten)
    }

    /// Ends it.
    pub fn end(mut self) -> Result<(), StartError> {
        self.out.write_all(b"\n}\n").and_then(|()| self.out.flush()).map_err(unwritten)
    }

    fn name(&mut self, name: &str) -> Result<(), StartError> {
        self.separate()?;
        write!(self.out, "\"{name}\": ").map_err(unwritten)
    }

    fn separate(&mut self) -> Result<(), StartError> {
        let comma = if std::mem::take(&mut self.first) { "\n" } else { ",\n" };
        self.out.write_all(comma.as_bytes()).map_err(unwritten)
    }

    fn json(&mut self, value: &impl Serialize) -> Result<(), StartError> {
        serde_json::to_writer(&mut self.out, value).map_err(|e| unwritten(e.into()))
    }
}

/// A [`Document`] on standard output.
pub fn document() -> Result<Document<io::BufWriter<io::Stdout>>, StartError> {
    Document::begin(io::BufWriter::new(io::stdout()))
}

fn unwritten(error: io::Error) -> StartError {
    StartError::new(format!("the data can't be written: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_document_that_is_written_in_pieces_is_one_object() {
        let mut bytes = Vec::new();
        let mut document = Document::begin(&mut bytes).unwrap();
        document.value("who", &"al\"ice").unwrap();
        document.begin_list("none").unwrap();
        document.end_list().unwrap();
        document.begin_list("some").unwrap();
        document.item(&1).unwrap();
        document.item(&json!({"two": 2})).unwrap();
        document.end_list().unwrap();
        document.value("last", &true).unwrap();
        document.end().unwrap();
        let read: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read, json!({"who": "al\"ice", "none": [], "some": [1, {"two": 2}], "last": true}));
    }
}
