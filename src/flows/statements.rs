//! Software statements (RFC 7591 section 2.3): whom the configuration trusts, and whether they signed what a registration brings.

use serde_json::{Map, Value};

use crate::{
    base::{call::Call, trusted::TrustedIssuer},
    flows::{
        Desk, FlowResult,
        client_keys::{self, AGAIN_AFTER},
    },
    oauth::{
        error::{OAuthError, invalid_software_statement, temporarily_unavailable, unapproved_software_statement},
        registration::{Request, statement::Statement},
        why::Why,
    },
};

/// A registration with the claims of its software statement over what the client says, if it has one that counts.
pub(super) async fn read(desk: &Desk, call: &Call, members: Map<String, Value>) -> FlowResult<Request> {
    let Some(statement) = Statement::among(&members)? else { return Ok(Request::of(members)?) };
    let from = trusted(desk, &statement)?;
    statement.check(&desk.config.issuer, call.now)?;
    let signed = client_keys::signed_by_issuer(desk, call, from, statement.signature()).await;
    let signed = signed.map_err(|trouble| {
        let error = temporarily_unavailable(Why::StatementKeys).with_retry_after(AGAIN_AFTER);
        error.about(&format!("{}: {trouble}", from.name))
    })?;
    match signed {
        true => Ok(statement.over(members)?),
        false => Err(invalid_software_statement(Why::StatementSignature).into()),
    }
}

/// The issuer that it names, if the configuration trusts it.
fn trusted<'a>(desk: &'a Desk, statement: &Statement) -> Result<&'a TrustedIssuer, OAuthError> {
    let named = desk.config.statement_issuers.iter().find(|known| known.issuer == statement.issuer());
    named.ok_or_else(|| unapproved_software_statement(Why::StatementUnapproved).about(statement.issuer()))
}
