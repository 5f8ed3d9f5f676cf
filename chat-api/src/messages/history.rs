//! `GET /api/chats/{uri}/messages/`: one page of history, for members.

use std::collections::HashSet;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use service_kit::db::Conn;
use service_kit::extract::Query;
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::messages::History;
use shared_proto::{ChatUri, Seq, UserId};
use utoipa::IntoParams;

use super::store::{self, MessageRow};
use crate::chats::store as chats;
use crate::state::State;

const PAGE: i64 = 50;
const PAGE_MAX: i64 = 100;

#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct HistoryPage {
    /// The newest messages below this seq. Only one of `before`, `after` and `around` may be named.
    #[param(minimum = 0)]
    before: Option<i64>,
    /// The oldest messages above this seq.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// As many messages up to this seq as above it.
    #[param(minimum = 0)]
    around: Option<i64>,
    /// How many.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

/// Which part of the history is asked for.
#[derive(Clone, Copy)]
enum Part {
    /// The newest ones below this seq.
    Before(Seq),
    /// The oldest ones above this seq.
    After(Seq),
    /// As many up to this seq as above it.
    Around(Seq),
}

impl HistoryPage {
    fn part(&self) -> Result<Part> {
        let (name, seq) = match (self.before, self.after, self.around) {
            (None, None, None) => return Ok(Part::Before(Seq(i64::MAX))),
            (Some(seq), None, None) => ("before", seq),
            (None, Some(seq), None) => ("after", seq),
            (None, None, Some(seq)) => ("around", seq),
            _ => return Err(Error::invalid("after", "name one of `before`, `after` and `around`, not several")),
        };
        if seq < 0 {
            return Err(Error::invalid(name, format!("{seq} is below 0")));
        }
        Ok(match name {
            "before" => Part::Before(Seq(seq)),
            "after" => Part::After(Seq(seq)),
            _ => Part::Around(Seq(seq)),
        })
    }
}

/// A part of the history, and where it goes on.
struct Found {
    rows: Vec<MessageRow>,
    next: Option<Seq>,
    previous: Option<Seq>,
}

pub(crate) async fn history(
    asker: Identity,
    uri: Path<String>,
    Query(page): Query<HistoryPage>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let uri = chats::parse(&uri)?;
    let (part, limit) = (page.part()?, crate::limit(page.limit, PAGE, PAGE_MAX)?);
    let history = state.db.snapshot(move |conn| load(conn, uri, asker.user, part, limit)).await?;
    Ok(HttpResponse::Ok().json(history))
}

fn load(conn: &mut Conn, uri: ChatUri, asker: UserId, part: Part, limit: i64) -> Result<History> {
    let (chat, _) = chats::for_member(conn, &uri, asker)?;
    let (newest, end) = (chat.seq(), chat.seq().next());
    let Found { rows, next, previous } = match part {
        Part::Before(seq) => {
            let (rows, next) = older(conn, &chat, seq.min(end), limit)?;
            Found { rows, next, previous: None }
        }
        Part::After(seq) => {
            let (rows, next) = newer(conn, &chat, seq, newest, limit)?;
            Found { rows, next, previous: None }
        }
        Part::Around(seq) => {
            let middle = seq.min(newest);
            let (mut rows, previous) = older(conn, &chat, middle.next(), limit - limit / 2)?;
            let (behind, next) = newer(conn, &chat, middle, newest, limit / 2)?;
            rows.extend(behind);
            Found { rows, next, previous }
        }
    };
    let in_page: HashSet<i64> = rows.iter().map(|row| row.id).collect();
    let answered: HashSet<i64> =
        rows.iter().filter_map(|row| row.reply_to).filter(|id| !in_page.contains(id)).collect();
    let answered: Vec<i64> = answered.into_iter().collect();
    let mut answered = store::by_ids(conn, &answered, asker)?;
    answered.sort_by_key(|message| message.seq);
    let messages = store::complete(conn, rows, asker)?;
    Ok(History { id: chat.id(), uri, seq: newest, messages, answered, next, previous })
}

/// The page below a seq, and what to pass as `before` when there is more.
fn older(conn: &mut Conn, chat: &chats::ChatRow, seq: Seq, limit: i64) -> Result<(Vec<MessageRow>, Option<Seq>)> {
    // One more than wanted, to know whether there are more.
    let mut rows = store::before(conn, chat.id(), seq, limit + 1)?;
    let more = rows.len() as i64 > limit;
    if more {
        rows.remove(0);
    }
    let next = rows.first().filter(|_| more).map(|row| Seq(row.seq));
    Ok((rows, next))
}

/// The page above a seq, and what to pass as `after` when there is more.
fn newer(
    conn: &mut Conn,
    chat: &chats::ChatRow,
    seq: Seq,
    newest: Seq,
    limit: i64,
) -> Result<(Vec<MessageRow>, Option<Seq>)> {
    let mut rows = store::after(conn, chat.id(), seq, newest, limit + 1)?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    // With a limit of nothing one goes on from where one is.
    let next = more.then(|| rows.last().map_or(seq, |row| Seq(row.seq)));
    Ok((rows, next))
}
