//! A client in its own name (RFC 6749 section 4.4). All its tokens for one resource and scope hang on one grant, which lists
//! show like any other and which ends like any other.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        grant::{Grant, itself},
    },
    crypto::random,
    flows::{Desk, FlowResult, token},
    oauth::{
        client_auth::Proven,
        error::{invalid_client, unauthorized_client},
        token::{ClientRequest, Grantable, client_credentials as rule},
        why::Why,
    },
    store::{Stop, StoreError, clients, grants},
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
        id: random::id("dbg_"),
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
    let (call, client) = (call.clone(), by.into_client());
    let reply = desk
        .store
        .write(move |tx| {
            let client = clients::find(tx, &client.id)?.filter(|client| client.disabled_at.is_none());
            let client = client.ok_or_else(|| invalid_client(Why::AuthClientUnknown))?;
            if !client.may_act_for_itself() {
                return Err(unauthorized_client(Why::ClientNotVouchedFor).into());
            }
            if is_new {
                grants::insert(tx, &grant)?;
            } else if !grants::find(tx, &grant.id)?.is_some_and(|grant| grant.is_live(call.now)) {
                // It ended a moment ago: the client asks again and gets a new one, if it still may.
                return Err(Stop::Fail(StoreError::Busy));
            }
            token::write_down_issued(tx, &call, &issued)?;
            Ok(issued.reply)
        })
        .await?;
    desk.metrics.issued("client_credentials");
    Ok(reply)
}
