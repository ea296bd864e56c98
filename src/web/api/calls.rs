//! Which protected server may call which other one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    caller::{Answer, Caller, ok},
    list::List,
    problem::NotDone,
};
use crate::{
    base::{register, resource::ResourceUri},
    facts::call::Call,
    flows::calls as flow,
    oauth::{error::invalid_request, why::Why},
    store::calls,
};

/// The pairs of protected servers of which one may call the other in the name of whoever called it (RFC 8693).
#[utoipa::path(get, path = "/admin/api/v1/calls", tag = "calls",
    responses((status = 200, description = "All of them", body = List<Call>)))]
pub async fn list(caller: Caller) -> Answer {
    let all = caller.read(calls::all).await?;
    ok(&List::whole(all.into_iter().map(Call::from).collect()))
}

/// Two servers of the register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The URL of the one that calls.
    caller: String,
    /// The URL of the one that is called.
    target: String,
}

/// Whether one server may call the other from now on.
#[derive(Serialize, ToSchema)]
pub struct CallPermission {
    /// The URL of the one that calls.
    #[schema(value_type = String)]
    caller: ResourceUri,
    /// The URL of the one that is called.
    #[schema(value_type = String)]
    target: ResourceUri,
    /// Whether it may.
    allowed: bool,
}

/// Lets one server call another one: it exchanges the tokens that it is shown for tokens for the other one.
#[utoipa::path(post, path = "/admin/api/v1/calls", tag = "calls", request_body = Pair,
    responses((status = 200, description = "It may from now on", body = CallPermission)))]
pub async fn allow(caller: Caller) -> Answer {
    let call = read(caller.sent()?)?;
    caller.take(flow::allow(&caller.desk, &caller.call, &caller.actor(), call.clone()).await)?;
    told(call, true)
}

/// Lets one server call the other one no more. Tokens that it was given go on until they run out.
#[utoipa::path(post, path = "/admin/api/v1/calls/forbid", tag = "calls", request_body = Pair,
    responses((status = 200, description = "It may no longer", body = CallPermission)))]
pub async fn forbid(caller: Caller) -> Answer {
    let call = read(caller.sent()?)?;
    caller.take(flow::forbid(&caller.desk, &caller.call, &caller.actor(), call.clone()).await)?;
    told(call, false)
}

fn read(pair: Pair) -> Result<register::Call, NotDone> {
    let uri = |text: &str| ResourceUri::parse(text).ok_or_else(|| invalid_request(Why::ApiBody).about(text));
    Ok(register::Call { caller: uri(&pair.caller)?, target: uri(&pair.target)? })
}

fn told(call: register::Call, allowed: bool) -> Answer {
    ok(&CallPermission { caller: call.caller, target: call.target, allowed })
}
