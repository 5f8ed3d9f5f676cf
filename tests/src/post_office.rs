//! Mail servers of one test.

use std::io;
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use mailin_embedded::response::{AUTH_OK, INVALID_CREDENTIALS, NO_MAILBOX, OK};
use mailin_embedded::{AuthMechanism, Handler, Response, Server, SslConfig};
use rcgen::{CertifiedKey, generate_simple_self_signed};

/// Whom the server lets send.
const USER: &str = "chatire";
const SECRET: &str = "only-for-this-mail-server";

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Mail {
    /// For whom.
    pub to: Vec<String>,
    /// With its headers, and its lines made whole again (RFC 2045 §6.7).
    pub text: String,
}

/// A mail server that takes mails from those only who came over TLS and gave the password. It serves until the process
/// ends.
#[derive(Clone, Debug)]
pub struct PostOffice {
    port: u16,
    certificate: PathBuf,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl PostOffice {
    /// On a port of its own. Its certificate, which nobody else trusts, is written into `folder`.
    pub fn open(port: u16, folder: &Path) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate can be made");
        let (certificate, key) = (folder.join("mail-server.pem"), folder.join("mail-server.key"));
        std::fs::write(&certificate, cert.pem()).expect("it can be written");
        std::fs::write(&key, signing_key.serialize_pem()).expect("it can be written");
        let office = Self { port, certificate, mails: Arc::default() };

        let mut server = Server::new(Counter { mails: Arc::clone(&office.mails), to: Vec::new(), text: Vec::new() });
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let tls = SslConfig::SelfSigned { cert_path: text(&office.certificate), key_path: text(&key) };
        server.with_ssl(tls).expect("its own certificate is good").with_auth(AuthMechanism::Plain);
        server.with_tcp_listener(listen(port));
        std::thread::spawn(move || drop(server.serve()));
        office
    }

    /// As `mail.smtp` wants it, with STARTTLS.
    pub fn url(&self) -> String {
        url_of(self.port)
    }

    /// The file with what `mail.ca` must have.
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// What the server and its clients know only.
    pub fn secret() -> &'static str {
        SECRET
    }

    /// All that were taken so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().expect("nobody panicked").clone()
    }
}

/// Somebody who takes connections and says nothing.
#[derive(Debug)]
pub struct SilentServer {
    _listener: TcpListener,
    port: u16,
}

impl SilentServer {
    /// On a port of its own, until this is dropped.
    pub fn open(port: u16) -> Self {
        Self { _listener: listen(port), port }
    }

    /// As `mail.smtp` wants it.
    pub fn url(&self) -> String {
        url_of(self.port)
    }
}

fn url_of(port: u16) -> String {
    format!("smtp://{USER}:{SECRET}@localhost:{port}?tls=required")
}

fn listen(port: u16) -> TcpListener {
    TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).expect("the port is ours")
}

/// At one connection of the server.
#[derive(Clone)]
struct Counter {
    mails: Arc<Mutex<Vec<Mail>>>,
    to: Vec<String>,
    text: Vec<u8>,
}

impl Handler for Counter {
    fn auth_plain(&mut self, _as_whom: &str, user: &str, password: &str) -> Response {
        if (user, password) == (USER, SECRET) { AUTH_OK } else { INVALID_CREDENTIALS }
    }

    fn mail(&mut self, _from: IpAddr, _domain: &str, _sender: &str) -> Response {
        self.to.clear();
        OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        if to.starts_with("unknown") {
            return NO_MAILBOX;
        }
        self.to.push(to.to_owned());
        OK
    }

    fn data_start(&mut self, _domain: &str, _from: &str, _is8bit: bool, _to: &[String]) -> Response {
        self.text.clear();
        OK
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.text.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let text = String::from_utf8_lossy(&self.text).replace("=\r\n", "").replace("=3D", "=");
        self.mails.lock().expect("nobody panicked").push(Mail { to: self.to.clone(), text });
        OK
    }
}
