//! `DELETE /auth/second_factor/`: the password alone is enough again.

use actix_web::{HttpResponse, web};
use service_kit::extract::Body;
use service_kit::{Result, clock};
use shared_proto::auth::EndSecondFactor;

use super::{Demand, demand, not_found, store, wrong};
use crate::audit::{self, Deed};
use crate::passwords;
use crate::sessions::SignedIn;
use crate::state::State;

pub(crate) async fn end(
    state: web::Data<State>,
    me: SignedIn,
    Body(asked): Body<EndSecondFactor>,
) -> Result<HttpResponse> {
    passwords::confirm(&state, &me, Some(&asked.current_password)).await?;
    let (user, sealing, limits) = (me.account.id, state.sealing.clone(), state.limits);
    let guess = limits.failures.of_user(user);
    state.limits.check(&state.db, vec![guess.clone()]).await?;
    let ended = state.db.write(move |conn| {
        conn.transaction(|conn| {
            if demand(conn, &sealing, user, Some(&asked.code), clock::now())? != Demand::Met {
                return Err(wrong());
            }
            limits.give_back(conn, &guess)?;
            store::forget(conn, user)
        })
    });
    if !ended.await? {
        return Err(not_found());
    }
    audit::note(Deed::SecondFactorEnded, Some(user), Some(&me.session), &me.client);
    Ok(HttpResponse::NoContent().finish())
}
