//! People of a company, by the word of its identity provider (RFC 7523 section 2.1, ID-JAG): it says who may use which
//! resource through which client, and the access list here has the last word. All tokens that it asks for alike hang on one
//! grant, which lists show like any other and which ends like any other; whoever is to stay out is taken off the list or
//! suspended, because the provider would say it again.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        event::{Actor, Event},
        grant::Grant,
        trusted::TrustedIssuer,
        user::User,
    },
    crypto::{digest, random},
    flows::{
        Desk, FlowResult,
        approvals::{self, Stand},
        client_keys::{self, AGAIN_AFTER},
        token,
    },
    oauth::{
        client_auth::Proven,
        error::{
            OAuthError, invalid_client, invalid_grant, temporarily_unavailable, unauthorized_client,
            unsupported_grant_type,
        },
        token::{
            Grantable, IdJagRequest,
            id_jag::{self as rule, IdJag},
        },
        why::Why,
    },
    store::{Stop, StoreError, assertions, audit, clients, grants, users, vouched},
};

/// Issues a token in the name of a person whom an identity provider names. Gives the JSON of the answer.
pub(super) async fn issue(desk: &Arc<Desk>, call: &Call, by: Proven, request: IdJagRequest) -> FlowResult<String> {
    let jag = &request.assertion;
    let from = trusted(desk, jag)?;
    rule::client(&by)?;
    let once = rule::check(&request, &by, &desk.config.issuer, call.now)?;
    if !signed(desk, call, from, jag).await? {
        return Err(invalid_grant(Why::IdJagSignature).into());
    }
    let identity = jag.person(from);
    let user = identity.user_id();
    if desk.store.standing().role(&user).is_none() {
        return Err(invalid_grant(Why::IdJagPerson).about(user.as_str()).into());
    }
    let until = match approvals::stand(desk, call, &by, &user).await? {
        Stand::Allowed(until) => until,
        Stand::Open => return Err(unauthorized_client(Why::ApprovalNeeded).into()),
        Stand::Denied => return Err(unauthorized_client(Why::ApprovalDenied).into()),
    };
    let allowed = rule::allowed(&request, &by, &desk.store.standing().register(), &desk.config.policy)?;
    let new = Grant {
        id: random::id("dbg_", call.millis),
        client: by.id.clone(),
        user: user.clone(),
        scope: allowed.scope().clone(),
        audience: allowed.audience().clone(),
        redirect_uri: None,
        auth_time: jag.auth_time(),
        created_at: call.now,
        expires_at: until,
        ended_at: None,
        last_used_at: None,
    };
    let (issuer, like, now) = (from.issuer.clone(), new.clone(), call.now);
    let known = desk.store.glance(move |reader| vouched::like(reader, &issuer, &like, now)).await?;
    let is_new = known.is_none();
    let grant = known.unwrap_or(new);
    let person = User {
        id: user,
        login: identity.login.clone(),
        name: identity.name.clone(),
        suspended_at: None,
        created_at: call.now,
        last_seen_at: call.now,
        email: None,
        email_asked_at: None,
    };
    let granted = Grantable::without_refresh(allowed, &grant, &by, request.key.as_deref()).signed_in(jag.auth_time());
    let issued = token::issue(desk, call, &granted, Some(&person))?;
    let (call, client, issuer) = (call.clone(), by.into_client(), from.issuer.clone());
    let key = digest::of_text(&once.key);
    let reply = desk
        .store
        .write(move |tx| {
            if !assertions::spend(tx, &key, once.until)? {
                return Err(invalid_grant(Why::IdJagReplayed).into());
            }
            if !clients::is_active(tx, &client.id)? {
                return Err(invalid_client(Why::AuthClientUnknown).into());
            }
            users::signed_in(tx, &identity, call.now)?;
            let actor = Actor::Client(client.id.clone());
            if is_new {
                vouched::insert(tx, &issuer, &grant)?;
                clients::authorized(tx, &client.id, call.now)?;
                let event = Event::PersonVouchedFor {
                    client: grant.client.clone(),
                    user: grant.user.clone(),
                    grant: grant.id.clone(),
                    issuer,
                    scope: grant.scope.clone(),
                    audience: grant.audience.clone(),
                };
                audit::record(tx, &call, &actor, &event)?;
            } else if !grants::find(tx, &grant.id)?.is_some_and(|grant| grant.is_live(call.now)) {
                // It ended a moment ago. Nothing of this is kept, so the client may ask again with the same assertion.
                return Err(Stop::Fail(StoreError::Busy));
            }
            token::write_down_issued(tx, &call, &issued)?;
            Ok(issued.reply)
        })
        .await?;
    desk.metrics.issued("jwt-bearer");
    Ok(reply)
}

/// The identity provider that it names, if the configuration trusts it.
fn trusted<'a>(desk: &'a Desk, jag: &IdJag) -> Result<&'a TrustedIssuer, OAuthError> {
    let all = &desk.config.trusted_issuers;
    if all.is_empty() {
        return Err(unsupported_grant_type(Why::IdJagOff));
    }
    let named = all.iter().find(|known| known.issuer == jag.issuer());
    named.ok_or_else(|| invalid_grant(Why::IdJagIssuer).about(jag.issuer()))
}

async fn signed(desk: &Desk, call: &Call, from: &TrustedIssuer, jag: &IdJag) -> Result<bool, OAuthError> {
    let signed = client_keys::signed_by_issuer(desk, call, from, jag.signature()).await;
    signed.map_err(|trouble| {
        let error = temporarily_unavailable(Why::IdJagKeys).with_retry_after(AGAIN_AFTER);
        error.about(&format!("{}: {trouble}", from.name))
    })
}
