//! An installation for tests: a database file of its own, and nobody else on the bus.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::App;
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, SET_COOKIE};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use serde_json::{Value, json};
use service_kit::StartError;
use service_kit::bus::Bus;
use shared_proto::auth::Secret;

use crate::passwords::mail_due;
use crate::settings::Settings;
use crate::state::State;
use crate::{DEFAULTS, routes};

pub(crate) const PASSWORD: &str = "correct horse battery";
const CREDENTIAL: &str = "only for these tests";
const SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Gone with its files when dropped.
pub(crate) struct Installation {
    pub(crate) state: Arc<State>,
    pub(crate) bus: Bus,
    folder: PathBuf,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// `null` when there is none.
    pub(crate) body: Value,
    /// The first `Set-Cookie`.
    pub(crate) cookie: Option<String>,
}

/// Somebody who signed in, with cookies.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) token: String,
    /// `refresh_token=…`, to be sent back.
    pub(crate) cookie: String,
}

impl Installation {
    pub(crate) async fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("chatire-auth-{}", nanoid::nanoid!(12)));
        let settings = settings(&folder, SECRET);
        let bus = Bus::open(&settings.bus).unwrap();
        let state = Arc::new(State::open(settings, bus.clone()).await.unwrap());
        Self { state, bus, folder }
    }

    /// What a second process gets from the same database, with this `keys.secret`.
    pub(crate) async fn open_again(&self, secret: Option<&str>) -> Result<State, StartError> {
        State::open(settings(&self.folder, secret.unwrap_or(SECRET)), self.bus.clone()).await
    }

    pub(crate) async fn answer(&self, request: TestRequest) -> Answer {
        let app = init_service(App::new().configure(|cfg| routes::public(&self.state, cfg))).await;
        read(call_service(&app, request.to_request()).await).await
    }

    /// What another service gets from the internal listener.
    pub(crate) async fn answer_inside(&self, uri: &str) -> Answer {
        let request = TestRequest::get().uri(uri).insert_header((AUTHORIZATION, format!("Bearer {CREDENTIAL}")));
        self.answer_stranger_inside(request).await
    }

    /// As [`Installation::answer_inside`], without the internal credential.
    pub(crate) async fn answer_stranger_inside(&self, request: TestRequest) -> Answer {
        let app = init_service(App::new().configure(|cfg| routes::internal(&self.state, cfg))).await;
        read(call_service(&app, request.to_request()).await).await
    }

    pub(crate) async fn sign_up(&self, username: &str) -> Answer {
        let body = json!({"username": username, "password": PASSWORD});
        self.answer(TestRequest::post().uri("/auth/users/").set_json(body)).await
    }

    pub(crate) async fn sign_in(&self, username: &str) -> Visitor {
        let body = json!({"username": username, "password": PASSWORD});
        let answer = self.answer(TestRequest::post().uri("/auth/jwt/create/").set_json(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.visitor()
    }

    /// The newest mail's text, once there are `count`.
    pub(crate) async fn mail(&self, count: usize) -> String {
        mail_due(&self.state).await.unwrap();
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            let files = std::fs::read_dir(self.folder.join("mail")).into_iter().flatten();
            let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
            files.sort();
            if files.len() >= count {
                let text = std::fs::read_to_string(&files[count - 1]).unwrap();
                // Lines that are too long are broken (RFC 2045 §6.7).
                return text.replace("=\r\n", "").replace("=3D", "=");
            }
            assert!(tokio::time::Instant::now() < deadline, "{} mails came, not {count}", files.len());
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn refresh(&self, cookie: &str) -> Answer {
        self.answer(TestRequest::post().uri("/auth/jwt/refresh/").insert_header(("cookie", cookie))).await
    }
}

impl Answer {
    /// Whom a good sign-in or refresh made of the one who asked.
    pub(crate) fn visitor(&self) -> Visitor {
        let set = self.cookie.as_deref().expect("no cookie was set");
        Visitor {
            token: self.body["token"].as_str().expect("no token came").to_owned(),
            cookie: set.split(';').next().unwrap_or_default().to_owned(),
        }
    }
}

impl Visitor {
    pub(crate) fn asks(&self, request: TestRequest) -> TestRequest {
        request.insert_header((AUTHORIZATION, format!("Bearer {}", self.token)))
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn read(response: ServiceResponse<impl MessageBody>) -> Answer {
    let status = response.status();
    let cookie = response.headers().get(SET_COOKIE).map(|v| v.to_str().unwrap().to_owned());
    let body = serde_json::from_slice(&read_body(response).await).unwrap_or(Value::Null);
    Answer { status, body, cookie }
}

fn settings(folder: &Path, secret: &str) -> Settings {
    let mut settings = with(&[
        ("database.url", format!("sqlite:{}", folder.join("auth.db").display())),
        ("internal.credential", CREDENTIAL.to_owned()),
        ("mail.folder", folder.join("mail").display().to_string()),
    ])
    .unwrap();
    settings.keys.secret = Secret::new(secret);
    settings
}

/// The default settings with some changed.
pub(crate) fn with(set: &[(&str, String)]) -> Result<Settings, StartError> {
    service_kit::settings::overlay(DEFAULTS, &Default::default(), set)
}
