//! How a client speaks with the token endpoint, and what it needs to hear there.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    authorize::Ask,
    register::Client,
    report::{Stopped, Went, in_short},
    server::Server,
    shapes::{Method, Shape},
};
use crate::outbound::visit::Answer;

/// The code for tokens; the refresh token that came with them, where the client may renew.
pub(super) async fn exchange(
    shape: &Shape,
    server: &Server,
    client: &Client,
    ask: &Ask,
    code: &str,
) -> Went<Option<String>> {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("code_verifier", &ask.verifier)];
    fields.extend(shape.token.redirect_uri.then_some(("redirect_uri", shape.authorize.redirect_uri.as_str())));
    fields.extend(server.resource().filter(|_| shape.token.resource).map(|resource| ("resource", resource)));
    let answer = asks(shape, server, client, &fields).await?;
    let said = tokens(&answer)?;
    let refresh = said.get("refresh_token").and_then(Value::as_str).map(str::to_owned);
    let renews = shape.becomes.members.get("grant_types").and_then(Value::as_array);
    if renews.is_some_and(|grants| grants.iter().any(|grant| grant == "refresh_token")) && refresh.is_none() {
        let fix =
            "Give a refresh token to every client that registered the grant: clients do not ask for offline_access.";
        return Err(Stopped::new("200, but no refresh_token", fix));
    }
    Ok((in_short(&answer), refresh))
}

/// Clients refresh from several processes at once: the second of them must not be thrown out.
pub(super) async fn refreshes(shape: &Shape, server: &Server, client: &Client, refresh: &str) -> Went<()> {
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", refresh)];
    fields.extend(server.resource().filter(|_| shape.token.resource).map(|resource| ("resource", resource)));
    let scope = shape.authorize.scope.as_deref().unwrap_or_default();
    fields.extend((shape.token.scope_at_refresh && !scope.is_empty()).then_some(("scope", scope)));
    tokens(&asks(shape, server, client, &fields).await?)?;
    let again = asks(shape, server, client, &fields).await?;
    match again.status {
        200 => Ok(("200, and 200 again".into(), ())),
        _ => {
            let fix = "Give the previous token a time of grace (refresh_grace): several processes of one client refresh at once.";
            Err(Stopped::at(&again, fix))
        }
    }
}

/// As far as it goes without a person: the token endpoint must refuse as clients can act on it.
pub(super) async fn refusals(shape: &Shape, server: &Server, client: &Client) -> Went<()> {
    let fields = [("grant_type", "authorization_code"), ("code", "none"), ("code_verifier", &"v".repeat(43))];
    let answer = asks(shape, server, client, &fields).await?;
    match (answer.status, error_of(&answer).as_deref()) {
        (400, Some("invalid_grant")) => Ok((in_short(&answer), ())),
        _ => Err(Stopped::at(&answer, "Answer a bad code with 400 invalid_grant as JSON: clients begin anew on it.")),
    }
}

/// What a client must hear whose registration is not there any more.
pub(super) async fn hears_it_is_gone(shape: &Shape, server: &Server, client: &Client) -> Result<(), Stopped> {
    let answer = asks(shape, server, client, &[("grant_type", "refresh_token"), ("refresh_token", "none")]).await?;
    match (answer.status, error_of(&answer).as_deref()) {
        (401, Some("invalid_client")) => Ok(()),
        _ => {
            let fix = "Answer a client that is not known any more with 401 invalid_client: on nothing else does it register anew.";
            Err(Stopped::at(&answer, fix))
        }
    }
}

/// Asks the token endpoint as this client does.
async fn asks(shape: &Shape, server: &Server, client: &Client, fields: &[(&str, &str)]) -> Result<Answer, Stopped> {
    let mut fields: Vec<(String, String)> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut headers = Vec::new();
    let secret = client.secret.clone().unwrap_or_default();
    if matches!(shape.token.method, Method::Basic | Method::BasicWithId) {
        let both = STANDARD.encode(format!("{}:{secret}", client.id));
        headers.push(("authorization", format!("Basic {both}")));
    }
    if shape.token.method != Method::Basic {
        fields.push(("client_id".into(), client.id.clone()));
    }
    if shape.token.method == Method::Post {
        fields.push(("client_secret".into(), secret));
    }
    server.form(server.text("token_endpoint"), &fields, headers).await
}

/// What every client needs in a reply with tokens.
fn tokens(answer: &Answer) -> Result<Value, Stopped> {
    let said: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    if answer.status != 200 || !said.get("access_token").is_some_and(Value::is_string) {
        return Err(Stopped::at(answer, "Look at the refusals of the server for the reason."));
    }
    let kind = said.get("token_type").and_then(Value::as_str).unwrap_or_default();
    if !kind.eq_ignore_ascii_case("bearer") || !said.get("expires_in").is_some_and(Value::is_i64) {
        let fix = "Say token_type Bearer and expires_in as a whole number: clients refresh by it.";
        return Err(Stopped::new("200 without token_type or expires_in", fix));
    }
    if answer.header("cache-control") != "no-store" {
        return Err(Stopped::new("200 without Cache-Control: no-store", "Let the proxy pass Cache-Control through."));
    }
    Ok(said)
}

fn error_of(answer: &Answer) -> Option<String> {
    let said: Value = serde_json::from_str(&answer.body).ok()?;
    Some(said.get("error")?.as_str()?.to_owned())
}
