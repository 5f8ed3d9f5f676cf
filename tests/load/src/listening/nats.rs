//! As much of NATS' protocol as somebody needs who listens to one subject or speaks in it:
//! <https://docs.nats.io/reference/reference-protocols/nats-protocol>

use crate::Result;
use crate::failure::Failure;

/// What a client says first.
const CONNECT: &str = r#"CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"lang":"rust","version":"0","protocol":1,"name":"load"}"#;
/// Where everything is said.
const SUBJECT: &str = "m";
/// No line is longer; the longest is a server's `INFO`.
const LONGEST_LINE: usize = 64 * 1024;

/// What a server says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Operation<'a> {
    /// The payload of a message.
    Message(&'a [u8]),
    /// Wants a [`PONG`].
    Ping,
    /// What one said before one's own `PING` has been understood.
    Pong,
    /// Something is wrong with what one has said.
    Refusal(&'a str),
    /// Nothing that matters here.
    Other,
}

/// The answer to [`Operation::Ping`].
pub(crate) const PONG: &str = "PONG\r\n";

/// The first words of somebody who listens; the server answers with [`Operation::Pong`].
pub(super) fn subscriber() -> String {
    format!("{CONNECT}\r\nSUB {SUBJECT} 1\r\nPING\r\n")
}

/// The first words of somebody who only speaks; the server answers with [`Operation::Pong`].
pub(crate) fn publisher() -> String {
    format!("{CONNECT}\r\nPING\r\n")
}

/// Says something to everybody.
pub(crate) fn publish(payload: &str) -> String {
    format!("PUB {SUBJECT} {}\r\n{payload}\r\n", payload.len())
}

/// Takes operations out of a stream of bytes, wherever that was cut into pieces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operations {
    /// The beginning of an operation whose end has not come yet.
    begun: Vec<u8>,
}

impl Operations {
    /// Tells of each operation that is complete with these bytes.
    pub(crate) fn read(&mut self, bytes: &[u8], each: impl FnMut(Operation<'_>) -> Result<()>) -> Result<()> {
        if self.begun.is_empty() {
            // As nearly always: nothing is copied.
            let used = read_all(bytes, each)?;
            self.begun.extend_from_slice(&bytes[used..]);
            return Ok(());
        }
        self.begun.extend_from_slice(bytes);
        let used = read_all(&self.begun, each)?;
        self.begun.drain(..used);
        Ok(())
    }
}

/// Returns how many bytes that were.
fn read_all(bytes: &[u8], mut each: impl FnMut(Operation<'_>) -> Result<()>) -> Result<usize> {
    let mut used = 0;
    while let Some((operation, length)) = first(&bytes[used..])? {
        each(operation)?;
        used += length;
    }
    Ok(used)
}

/// The first operation and its length; nothing when its end is missing.
fn first(bytes: &[u8]) -> Result<Option<(Operation<'_>, usize)>> {
    let Some(end) = bytes.windows(2).take(LONGEST_LINE).position(|two| two == b"\r\n") else {
        if bytes.len() > LONGEST_LINE {
            return Err(Failure::new("NATS sent a line without an end"));
        }
        return Ok(None);
    };
    let line = std::str::from_utf8(&bytes[..end]).map_err(|e| Failure::while_doing("a line of NATS", e))?;
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let after = end + 2;
    let operation = match word {
        "MSG" => {
            // MSG <subject> <sid> [reply-to] <bytes>
            let length = rest.rsplit(' ').next().and_then(|length| length.parse::<usize>().ok());
            let length = length.ok_or_else(|| Failure::new(format!("NATS sent: {line}")))?;
            let Some(tail) = bytes.get(after..).filter(|tail| tail.len() >= length.saturating_add(2)) else {
                return Ok(None);
            };
            if &tail[length..length + 2] != b"\r\n" {
                return Err(Failure::new(format!("NATS sent more than it said: {line}")));
            }
            return Ok(Some((Operation::Message(&tail[..length]), after + length + 2)));
        }
        "PING" => Operation::Ping,
        "PONG" => Operation::Pong,
        "-ERR" => Operation::Refusal(rest),
        "INFO" | "+OK" => Operation::Other,
        _ => return Err(Failure::new(format!("NATS sent: {line}"))),
    };
    Ok(Some((operation, after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] =
        b"INFO {\"max_payload\":1048576}\r\nPONG\r\nMSG m 1 5\r\nhello\r\nMSG m 1 reply 2\r\n\r\n\r\n\
        PING\r\nMSG m 1 0\r\n\r\n-ERR 'Stale Connection'\r\n";

    fn read(pieces: &[&[u8]]) -> Vec<String> {
        let (mut operations, mut all) = (Operations::default(), Vec::new());
        for piece in pieces {
            let each = |operation: Operation<'_>| {
                all.push(format!("{operation:?}"));
                Ok(())
            };
            operations.read(piece, each).unwrap();
        }
        assert!(operations.begun.is_empty());
        all
    }

    #[test]
    fn operations_are_the_same_wherever_frames_end() {
        let whole = read(&[STREAM]);
        let message = |payload: &[u8]| format!("{:?}", Operation::Message(payload));
        let expected = ["Other", "Pong", &message(b"hello"), &message(b"\r\n"), "Ping", &message(b"")];
        assert_eq!(whole[..6], expected);
        assert_eq!(whole[6], r#"Refusal("'Stale Connection'")"#);
        for cut in 0..STREAM.len() {
            for other in cut..STREAM.len() {
                assert_eq!(read(&[&STREAM[..cut], &STREAM[cut..other], &STREAM[other..]]), whole, "{cut}, {other}");
            }
        }
        assert_eq!(read(&STREAM.chunks(1).collect::<Vec<_>>()), whole);
    }

    #[test]
    fn what_is_not_the_protocol_is_refused() {
        let refuses = |bytes: &[u8]| Operations::default().read(bytes, |_| Ok(())).is_err();
        assert!(refuses(b"HTTP/1.1 400 Bad Request\r\n"));
        assert!(refuses(b"MSG m 1 many\r\n"));
        assert!(refuses(b"MSG m 1 2\r\nabc\r\n"));
        assert!(refuses(&vec![b'x'; LONGEST_LINE + 2]));
        assert!(!refuses(b"MSG m 1 18446744073709551615\r\nabc"));
    }

    #[test]
    fn what_is_published_has_its_length_in_bytes() {
        assert_eq!(publish("é"), "PUB m 2\r\né\r\n");
    }
}
