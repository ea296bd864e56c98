//! The userinfo endpoint (OpenID Connect Core section 5.3): whoever shows a token with the scope `openid` learns of its person
//! what its other scopes allow.

use std::sync::Arc;

use crate::{
    base::call::Call,
    flows::{Desk, FlowResult, verify},
    oauth::{
        dpop::{self, Proof},
        error::{OAuthError, access_denied, not_found},
        openid::{self, UserInfo},
        token::issue::Claims,
        verify::{self as rule, Presented, Question},
        why::Why,
    },
    store::{Stop, users},
};

/// A request to the endpoint.
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a str,
    /// All its `Authorization` headers.
    pub authorization: &'a [&'a str],
    /// All its `DPoP` headers; asked for only when the token is presented as a bound one.
    pub proofs: &'a [&'a str],
}

/// Says who the person of a token is.
pub async fn tell(desk: &Arc<Desk>, call: &Call, asked: &Asked<'_>) -> FlowResult<UserInfo> {
    if !desk.config.policy.has_openid() {
        return Err(not_found().into());
    }
    let shown = rule::presented(asked.authorization);
    let known = verify::known(desk, shown);
    let claims = known.as_ref().map(|known| &known.claims);
    let result = async {
        let proof = match (shown, &known) {
            (Ok(Some(Presented { token, bound: true })), Some(_)) => Some(proof(desk, call, asked, token)),
            _ => None,
        };
        let (book, token) = (desk.store.standing().register(), verify::token(desk, shown, known.as_deref()));
        let question = Question {
            book: &book,
            target: None,
            method: None,
            token,
            proof: proof.as_ref(),
            assumes_proof: false,
            now: call.now,
        };
        let door = openid::resource(&desk.config.issuer, &desk.config.policy);
        person(desk, rule::check_own(&question, &door)?).await
    };
    let result = result.await;
    match (&result, &known) {
        (Ok(_), Some(known)) => known.used_at(call.now),
        (Err(Stop::Refuse(error)), _) if !error.is_a_step() => {
            desk.refused(call, "userinfo", error, claims.map(|c| &c.client_id), claims.map(|c| &c.sub));
        }
        _ => (),
    }
    result
}

fn proof(desk: &Desk, call: &Call, asked: &Asked<'_>, token: &str) -> Result<Proof, OAuthError> {
    let issuer = &desk.config.issuer;
    let addresses = [issuer.url(openid::USERINFO), issuer.url("/oauth/userinfo")];
    let request = dpop::Request { method: asked.method, addresses: &addresses, token: Some(token), now: call.now };
    desk.proofs.take(asked.proofs, &request)
}

async fn person(desk: &Desk, claims: &Claims) -> FlowResult<UserInfo> {
    let user = claims.sub.clone();
    let person = desk.store.glance(move |reader| users::find(reader, &user)).await?;
    let person = person.ok_or_else(|| access_denied(Why::BearerPersonOut))?;
    Ok(openid::user_info(&person, &claims.scope))
}
