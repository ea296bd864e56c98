//! Token exchange (RFC 8693): who asks, what it was shown and whether anything speaks against that, what it may have instead.
//! The new token hangs on the grant of the old one and ends with it.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        event::{Actor, Event},
        id::ClientId,
        resource::ResourceUri,
    },
    flows::{Desk, FlowResult, authenticate, introspect, token},
    oauth::{
        error::{OAuthError, invalid_request, temporarily_unavailable, unauthorized_client, unsupported_grant_type},
        introspect::{self as who, Asking},
        params::Params,
        token::{
            exchange::{self as rule, ExchangeRequest},
            issue::Claims,
        },
        why::Why,
    },
    store::{
        audit, clients, grants,
        standing::{Bearer, Verdict},
        users,
    },
};

/// Issues a token for another server in place of one that was shown. Gives the JSON of the answer; `claimed` becomes the
/// client whose token it is.
pub(super) async fn issue(
    desk: &Arc<Desk>,
    call: &Call,
    header: Option<&str>,
    proofs: &[&str],
    form: &Params,
    claimed: &mut Option<ClientId>,
) -> FlowResult<String> {
    let caller = caller(desk, call, header, form, claimed).await?;
    let book = desk.store.standing().register();
    if !book.has_calls() {
        return Err(unsupported_grant_type(Why::GrantTypeUnsupported).into());
    }
    let request = ExchangeRequest::parse(form)?;
    let proof = token::proof(desk, call, proofs, &["/token", "/oauth/token"])?;
    let known = desk.gate.claims(desk, request.subject.expose());
    let known = known.filter(|known| known.claims.iss == desk.config.issuer.as_str());
    let known = known.ok_or_else(|| invalid_request(Why::ExchangeTokenUnreadable))?;
    let claims = &known.claims;
    *claimed = Some(claims.client_id.clone());
    rule::in_time(claims, call.now)?;
    in_force(desk, claims)?;
    let granted = rule::check(&request, claims, &caller, proof.as_ref(), &book, &desk.config.policy)?;
    let id = claims.sub.clone();
    let person = match claims.has_person() {
        true => desk.store.glance(move |reader| users::find(reader, &id)).await?,
        false => None,
    };
    let issued = token::issue(desk, call, &granted, person.as_ref())?;
    let call = call.clone();
    let reply = desk
        .store
        .write(move |tx| {
            let grant = grants::find(tx, &issued.access.grant)?.filter(|grant| grant.is_live(call.now));
            let grant = grant.ok_or_else(|| invalid_request(Why::ExchangeTokenOver))?;
            if !clients::is_active(tx, &grant.client)? {
                return Err(invalid_request(Why::ExchangeTokenOver).into());
            }
            token::write_down_first(tx, &call, &issued)?;
            let event = Event::TokenExchanged {
                client: grant.client,
                user: grant.user,
                grant: grant.id,
                token: issued.access.id.clone(),
                caller,
                target: issued.access.audience.clone(),
            };
            audit::record(tx, &call, &Actor::System, &event)?;
            Ok(issued.reply)
        })
        .await?;
    desk.metrics.issued("token-exchange");
    Ok(reply)
}

/// The protected server that asks, by its own credential. Clients are for people; none stands for a server.
async fn caller(
    desk: &Arc<Desk>,
    call: &Call,
    header: Option<&str>,
    form: &Params,
    claimed: &mut Option<ClientId>,
) -> FlowResult<ResourceUri> {
    match who::asking(header, form)? {
        Asking::Resource(credential) => introspect::resource(desk, header, &credential).await,
        Asking::Client(presented) => {
            *claimed = Some(presented.client_id().clone());
            authenticate::client(desk, call, *presented).await?;
            Err(unauthorized_client(Why::ExchangeCaller).into())
        }
    }
}

/// Nothing that the token hangs on has been revoked.
fn in_force(desk: &Desk, claims: &Claims) -> Result<(), OAuthError> {
    let bearer = Bearer { token: &claims.jti, grant: &claims.grant, client: &claims.client_id, user: &claims.sub };
    match desk.store.standing().judge(&bearer) {
        Verdict::Good => Ok(()),
        Verdict::Unknown => Err(temporarily_unavailable(Why::StandingStale)),
        Verdict::Ended | Verdict::ClientDisabled | Verdict::UserSuspended | Verdict::UserNotAllowed => {
            Err(invalid_request(Why::ExchangeTokenOver))
        }
    }
}
