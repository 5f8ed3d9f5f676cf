//! `POST /auth/second_factor/`: a key for an authenticator app.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use qrcode::QrCode;
use qrcode::render::svg;
use service_kit::extract::Body;
use service_kit::{Error, Result};
use shared_proto::ErrorCode;
use shared_proto::auth::{BeginSecondFactor, SecondFactorBegun};

use super::{code, store};
use crate::passwords;
use crate::sessions::SignedIn;
use crate::state::State;

/// It counts once a first code of it was confirmed; begun again, it is another key.
pub(crate) async fn begin(
    state: web::Data<State>,
    me: SignedIn,
    Body(asked): Body<BeginSecondFactor>,
) -> Result<HttpResponse> {
    passwords::confirm(&state, &me, Some(&asked.current_password)).await?;
    let user = me.account.id;
    let sealed = code::new_key(&state.sealing, user)?;
    let totp = code::totp(&state.sealing, user, me.account.username.as_str(), &sealed)?;
    let begun = state.db.write(move |conn| conn.transaction(|conn| store::begin(conn, user, &sealed))).await?;
    if !begun {
        return Err(Error::refused(ErrorCode::SecondFactorExists, "There is a second factor; end it first."));
    }
    let uri = totp.to_url().map_err(|e| Error::internal("a key can't be written as an address", e.to_string()))?;
    let qr = QrCode::new(&uri).map_err(|e| Error::internal("a QR code can't be made", e.to_string()))?;
    let qr_svg = qr.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    let secret = totp.secret().to_base32();
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(SecondFactorBegun { secret, uri, qr_svg }))
}
