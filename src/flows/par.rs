//! Pushed authorization requests (RFC 9126): authenticate, run the score sheet, park. The browser comes later, with the name.

use std::sync::Arc;

use crate::{
    base::{call::Call, token::TokenKind},
    crypto::jwt,
    flows::{
        Desk, FlowResult, authenticate,
        parking::{self, Waits},
        token,
    },
    oauth::{
        authorize::{self, AuthorizeRequest, Refusal, Via, Waiting},
        client_auth::{self, Presented},
        par::Reply,
        params::Params,
    },
    store::Stop,
};

/// Takes a request in and gives it a name.
pub async fn push(
    desk: &Arc<Desk>,
    call: &Call,
    header: Option<&str>,
    proofs: &[&str],
    form: Params,
) -> FlowResult<Reply> {
    let mut claimed = None;
    let result = async {
        let presented = client_auth::presented(header, &form)?;
        claimed = Some(presented.client_id().clone());
        take_in(desk, call, presented, proofs, form).await
    }
    .await;
    if let Err(Stop::Refuse(error)) = &result
        && !error.is_a_step()
    {
        desk.refused(call, "par", error, claimed.as_ref(), None);
    }
    result
}

async fn take_in(
    desk: &Arc<Desk>,
    call: &Call,
    presented: Presented,
    proofs: &[&str],
    form: Params,
) -> FlowResult<Reply> {
    let by = authenticate::client(desk, call, presented).await?;
    let request = AuthorizeRequest::pushed(by.id.clone(), form)?;
    let request = request.hinted(|token| jwt::verify_id_token(&desk.keys.ring(), token));
    let (policy, register) = (&desk.config.policy, desk.store.standing().register());
    let checked = authorize::check(&request, &by, Via::Par, &register, policy).map_err(Refusal::into_error)?;
    let proof = token::proof(desk, call, proofs, &["/par", "/oauth/par"])?;
    let checked = checked.bound_to(proof.as_ref())?;
    let until = call.now + policy.lifetimes.pushed;
    let waits = Waits {
        client: Some(by.id.clone()),
        request: Waiting::Pushed { request: Box::new(checked), until }.to_json(),
        browser: None,
        person: None,
        // It stays for as long as a browser that came in time may take to decide, so that it is decided once.
        until: until + policy.lifetimes.request,
    };
    let id = parking::park(desk, call, TokenKind::Pushed, waits).await?;
    Ok(Reply::new(&id, policy.lifetimes.pushed))
}
