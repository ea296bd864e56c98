//! Revocation (RFC 7009): authenticate, see whose token it is, end it. In force at the gate before the answer goes out.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        event::{Actor, Event},
        grant::GrantEnd,
        secret::Plain,
    },
    crypto::{digest, jwt},
    flows::{Desk, FlowResult, authenticate},
    oauth::{
        client_auth::{self, Proven},
        params::Params,
        revoke::{self as rule, Ends, Shown},
        token::issue::Claims,
    },
    store::{Stop, StoreResult, Tx, access, audit, grants, refresh},
};

/// Ends a token of the client that asks. Foreign and unknown tokens are answered the same, and nothing ends.
pub async fn revoke(desk: &Arc<Desk>, call: &Call, header: Option<&str>, form: &Params) -> FlowResult<()> {
    let mut claimed = None;
    let result = async {
        let presented = client_auth::presented(header, form)?;
        claimed = Some(presented.client_id().clone());
        let by = authenticate::client(desk, call, presented).await?;
        let ends = match rule::shown(form)? {
            Shown::Refresh(token) => of_refresh(desk, &by, &token).await?,
            Shown::Access(token) => of_access(desk, &by, token),
            Shown::Other => Ends::Nothing,
        };
        if ends == Ends::Nothing {
            return Ok(());
        }
        let call = call.clone();
        Ok(desk.store.record(move |tx| end(tx, &call, &by, &ends)).await?)
    }
    .await;
    if let Err(Stop::Refuse(error)) = &result {
        desk.refused(call, "revoke", error, claimed.as_ref(), None);
    }
    result
}

async fn of_refresh(desk: &Desk, by: &Proven, token: &Plain) -> StoreResult<Ends> {
    let shown = digest::of(token);
    let found = desk.store.glance(move |reader| refresh::find(reader, &shown)).await?;
    Ok(found.map_or(Ends::Nothing, |token| rule::refresh(&token, by)))
}

fn of_access(desk: &Desk, by: &Proven, token: &str) -> Ends {
    let claims = jwt::verify::<Claims>(&desk.keys.ring(), jwt::ACCESS_TOKEN, token);
    claims.map_or(Ends::Nothing, |claims| rule::access(&claims, by))
}

fn end(tx: &mut Tx<'_>, call: &Call, by: &Proven, ends: &Ends) -> StoreResult<()> {
    let (grant, token) = match ends {
        Ends::Nothing => return Ok(()),
        Ends::Access(id) => match access::find(tx, id)? {
            Some(token) if access::revoke(tx, id, call.now)? => (token.grant, Some(token.id)),
            _ => return Ok(()),
        },
        Ends::Grant(id) if grants::end(tx, id, GrantEnd::RevokedByClient, call.now)? => (id.clone(), None),
        Ends::Grant(_) => return Ok(()),
    };
    let Some(grant) = grants::find(tx, &grant)? else { return Ok(()) };
    let event = Event::TokenRevoked { client: grant.client, user: grant.user, grant: grant.id, token };
    audit::record(tx, call, &Actor::Client(by.id.clone()), &event)
}
