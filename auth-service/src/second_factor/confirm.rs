//! `POST /auth/second_factor/confirm/`: a first code shows that the app has the key.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use service_kit::extract::Body;
use service_kit::{Result, clock};
use shared_proto::auth::{ConfirmSecondFactor, RecoveryCodes};

use super::{code, not_found, store, wrong};
use crate::audit::{self, Deed};
use crate::sessions::SignedIn;
use crate::state::State;

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// From here on signing in asks for a code. Sessions that live go on.
pub(crate) async fn confirm(
    state: web::Data<State>,
    me: SignedIn,
    Body(asked): Body<ConfirmSecondFactor>,
) -> Result<HttpResponse> {
    let (user, sealing) = (me.account.id, state.sealing.clone());
    let (shown, hashes): (Vec<_>, Vec<_>) = (0..RECOVERY_CODES).map(|_| code::new_recovery()).unzip();
    let confirmed = state.db.write(move |conn| {
        conn.transaction(|conn| {
            let stored = store::find(conn, user)?.filter(|stored| !stored.is_confirmed).ok_or_else(not_found)?;
            let now = clock::now();
            if !code::is_of_app(conn, &sealing, user, &stored.secret, &asked.code, now)? {
                return Err(wrong());
            }
            store::confirm(conn, user, &hashes, now)
        })
    });
    if !confirmed.await? {
        return Err(not_found());
    }
    audit::note(Deed::SecondFactorSetUp, Some(user), Some(&me.session), &me.client);
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(RecoveryCodes { recovery_codes: shown }))
}
