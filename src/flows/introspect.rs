//! Introspection (RFC 7662): who asks, what was shown, whether it is in force, and what the caller may know of it.

use std::sync::Arc;

use crate::{
    base::{call::Call, resource::ResourceUri, secret::Plain},
    crypto::digest,
    flows::{Desk, FlowResult, authenticate},
    oauth::{
        challenge,
        client_auth::Proven,
        error::{BASIC_CHALLENGE, invalid_client, temporarily_unavailable},
        introspect::{self as rule, Asking, Caller, Reply},
        params::Params,
        revoke::{Shown, shown},
        why::Why,
    },
    store::{
        Stop, StoreError, grants, refresh, resources,
        standing::{Bearer, Verdict},
    },
};

/// Who asks, as proven, with what the rule borrows.
enum By {
    Resource(ResourceUri),
    Client(Box<Proven>),
}

/// Says what the caller may know of a token. Gives the JSON of the answer.
pub async fn introspect(desk: &Arc<Desk>, call: &Call, header: Option<&str>, form: &Params) -> FlowResult<String> {
    let mut claimed = None;
    let result = async {
        let by = match rule::asking(header, form)? {
            Asking::Resource(credential) => By::Resource(resource(desk, header, &credential).await?),
            Asking::Client(presented) => {
                claimed = Some(presented.client_id().clone());
                By::Client(Box::new(authenticate::client(desk, call, *presented).await?))
            }
        };
        let caller = match &by {
            By::Resource(uri) => Caller::Resource(uri),
            By::Client(client) => Caller::Client(client),
        };
        match shown(form)? {
            Shown::Access(token) => access(desk, call, &caller, token),
            Shown::Refresh(token) => of_refresh(desk, call, &caller, &token).await,
            Shown::Other => json(&Reply::default()),
        }
    }
    .await;
    if let Err(Stop::Refuse(error)) = &result {
        desk.refused(call, "introspect", error, claimed.as_ref(), None);
    }
    result
}

/// The protected server whose own credential this is.
pub(super) async fn resource(desk: &Desk, header: Option<&str>, credential: &Plain) -> FlowResult<ResourceUri> {
    let secret = digest::of(credential);
    let found = desk.store.glance(move |reader| resources::by_secret(reader, &secret)).await?;
    Ok(found.ok_or_else(|| {
        let error = invalid_client(Why::SecretWrong);
        let scheme = header.and_then(|header| header.split(' ').next());
        match scheme {
            Some(scheme) if scheme.eq_ignore_ascii_case("basic") => error.with_challenge(BASIC_CHALLENGE),
            Some(_) => error.with_challenge(challenge::Bearer::default().value()),
            None => error,
        }
    })?)
}

/// An access token: everything about it is in memory.
fn access(desk: &Desk, call: &Call, caller: &Caller<'_>, token: &str) -> FlowResult<String> {
    let known = desk.gate.claims(desk, token);
    let claims = known.as_ref().map(|known| &known.claims);
    let Some(claims) = claims.filter(|claims| claims.iss == desk.config.issuer.as_str()) else {
        return json(&Reply::default());
    };
    let bearer = Bearer { token: &claims.jti, grant: &claims.grant, client: &claims.client_id, user: &claims.sub };
    match desk.store.standing().judge(&bearer) {
        Verdict::Unknown => Err(temporarily_unavailable(Why::StandingStale).into()),
        verdict => json(&rule::access(claims, verdict == Verdict::Good, caller, call.now)),
    }
}

async fn of_refresh(desk: &Desk, call: &Call, caller: &Caller<'_>, token: &Plain) -> FlowResult<String> {
    let wanted = digest::of(token);
    let found = desk
        .store
        .glance(move |reader| {
            let Some(token) = refresh::find(reader, &wanted)? else { return Ok(None) };
            Ok(grants::find(reader, &token.grant)?.map(|grant| (token, grant)))
        })
        .await?;
    let allowed = found.filter(|(_, grant)| desk.store.standing().role(&grant.user).is_some());
    let reply = allowed.as_ref().map_or_else(Reply::default, |(token, grant)| {
        rule::refresh(token, grant, &desk.config.issuer, caller, call.now)
    });
    json(&reply)
}

fn json(reply: &Reply<'_>) -> FlowResult<String> {
    Ok(serde_json::to_string(reply).map_err(|error| StoreError::Other(error.to_string()))?)
}
