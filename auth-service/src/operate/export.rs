//! `export user`: the account and its sessions, as JSON. Nothing in it lets anybody in.

use std::io::Write;

use diesel::prelude::*;
use serde::Serialize;
use service_kit::db::Conn;
use service_kit::operate::{Document, failed};
use service_kit::{Error, Result, StartError, each_backend};
use shared_proto::{ErrorCode, Timestamp, UserId, Username};

use crate::schema::{second_factors, sessions, users};
use crate::{Settings, state};

/// Sessions read in one go.
const PAGE: i64 = 500;

#[derive(Serialize)]
struct Account {
    id: i64,
    username: String,
    email: String,
    first_name: String,
    last_name: String,
    created_at: Timestamp,
    /// When names or the address were changed last.
    changed_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    second_factor: bool,
}

/// One signed-in device.
#[derive(Serialize)]
struct Session {
    id: String,
    device: String,
    address: String,
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
}

/// Adds the `account` and its `sessions`. Returns whose they are.
pub async fn export_user<W: Write>(
    settings: &Settings,
    username: &Username,
    document: &mut Document<W>,
) -> Result<UserId, StartError> {
    settings.check()?;
    let db = state::open_database(settings).await?;
    let name = username.clone();
    let account = db.read(move |conn| account(conn, &name)).await.map_err(failed)?;
    let user = account.id;
    document.value("account", &account)?;
    document.begin_list("sessions")?;
    let mut after = String::new();
    loop {
        let page = db.read(move |conn| sessions_of(conn, user, &after)).await.map_err(failed)?;
        let Some(last) = page.last() else { break };
        after = last.id.clone();
        page.iter().try_for_each(|session| document.item(session))?;
    }
    document.end_list()?;
    Ok(UserId(user))
}

fn account(conn: &mut Conn, name: &Username) -> Result<Account> {
    type Row = (i64, String, String, String, String, i64, i64, Option<i64>);
    let query = users::table.filter(users::username_key.eq(name.key())).select((
        users::id,
        users::username,
        users::email,
        users::first_name,
        users::last_name,
        users::created_at,
        users::changed_at,
        users::disabled_at,
    ));
    let row: Option<Row> = each_backend!(conn, c => query.first(c).optional())?;
    let nobody = || Error::refused(ErrorCode::UserNotFound, format!("There is no user {name}."));
    let (id, username, email, first_name, last_name, created_at, changed_at, disabled_at) = row.ok_or_else(nobody)?;
    let confirmed = second_factors::table.find(id).filter(second_factors::confirmed_at.is_not_null());
    let confirmed = diesel::select(diesel::dsl::exists(confirmed));
    Ok(Account {
        id,
        username,
        email,
        first_name,
        last_name,
        created_at: Timestamp::from_micros(created_at),
        changed_at: (changed_at > 0).then(|| Timestamp::from_micros(changed_at)),
        disabled_at: disabled_at.map(Timestamp::from_micros),
        second_factor: each_backend!(conn, c => confirmed.get_result(c))?,
    })
}

fn sessions_of(conn: &mut Conn, user: i64, after: &str) -> Result<Vec<Session>> {
    type Row = (String, String, String, i64, i64, i64, Option<i64>);
    let query = sessions::table
        .filter(sessions::user_id.eq(user).and(sessions::id.gt(after)))
        .order(sessions::id)
        .limit(PAGE)
        .select((
            sessions::id,
            sessions::device,
            sessions::address,
            sessions::created_at,
            sessions::last_used_at,
            sessions::expires_at,
            sessions::revoked_at,
        ));
    let rows: Vec<Row> = each_backend!(conn, c => query.load(c))?;
    let session = |(id, device, address, created_at, last_used_at, expires_at, revoked_at): Row| Session {
        id,
        device,
        address,
        created_at: Timestamp::from_micros(created_at),
        last_used_at: Timestamp::from_micros(last_used_at),
        expires_at: Timestamp::from_micros(expires_at),
        revoked_at: revoked_at.map(Timestamp::from_micros),
    };
    Ok(rows.into_iter().map(session).collect())
}
