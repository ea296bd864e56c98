//! A client in its own name (RFC 6749 section 4.4). All its tokens for one resource and scope hang on one grant, which lists
//! show like any other and which ends like any other.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        grant::{Grant, itself},
        id::ClientId,
    },
    crypto::random,
    flows::{Desk, FlowResult, desk::Use, token},
    oauth::{
        client_auth::Proven,
        error::{OAuthError, invalid_client, unauthorized_client},
        token::{ClientRequest, Grantable, client_credentials as rule},
        why::Why,
    },
    store::{Stop, StoreError, Tx, clients, grants},
};

/// Issues a token without a person. Gives the JSON of the answer.
pub(super) async fn issue(desk: &Arc<Desk>, call: &Call, by: Proven, request: ClientRequest) -> FlowResult<String> {
    let book = desk.store.standing().register();
    let allowed = rule::check(&by, &request, &book, &desk.config.policy)?;
    let (wanted, meant, now) = (by.id.clone(), allowed.clone(), call.now);
    let known = desk
        .store
        .glance(move |reader| grants::of_itself(reader, &wanted, meant.audience(), meant.scope(), now))
        .await?;
    let is_new = known.is_none();
    let grant = known.unwrap_or_else(|| Grant {
        id: random::id("dbg_", call.millis),
        client: by.id.clone(),
        user: itself(&by.id),
        scope: allowed.scope().clone(),
        audience: allowed.audience().clone(),
        redirect_uri: None,
        auth_time: call.now,
        created_at: call.now,
        expires_at: None,
        ended_at: None,
        last_used_at: None,
    });
    let issued =
        token::issue(desk, call, &Grantable::without_refresh(allowed, &grant, &by, request.key.as_deref()), None)?;
    let used = Use { grant: grant.id.clone(), client: by.id.clone(), at: call.now };
    let (call, client) = (call.clone(), by.into_client());
    let reply = desk
        .store
        .write(move |tx| {
            if is_new {
                first_of_its_own(tx, &client.id, &grant)?;
                token::write_down_issued(tx, &call, &issued)?;
                return Ok(issued.reply);
            }
            if !clients::is_active(tx, &client.id)? {
                return Err(invalid_client(Why::AuthClientUnknown).into());
            }
            // If it may no longer act for itself, its own grants ended with that. It asks again and gets a new one, if it may.
            if !grants::is_live(tx, &grant.id, call.now)? {
                return Err(Stop::Fail(StoreError::Busy));
            }
            token::write_down_again(tx, &call, &issued)?;
            Ok(issued.reply)
        })
        .await?;
    if !is_new {
        token::note_use(desk, used);
    }
    desk.metrics.issued("client_credentials");
    Ok(reply)
}

/// Writes down the grant on which its tokens hang from now on, if the client may still act for itself.
fn first_of_its_own(tx: &mut Tx<'_>, client: &ClientId, grant: &Grant) -> Result<(), Stop<OAuthError>> {
    let client = clients::find(tx, client)?.filter(|client| client.disabled_at.is_none());
    let client = client.ok_or_else(|| invalid_client(Why::AuthClientUnknown))?;
    if !client.may_act_for_itself() {
        return Err(unauthorized_client(Why::ClientNotVouchedFor).into());
    }
    Ok(grants::insert(tx, grant)?)
}
