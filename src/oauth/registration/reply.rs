//! The client information response (RFC 7591 section 3.2.1, RFC 7592 section 3): all effective metadata, no `null`, and
//! nothing empty but where empty is not the default. The only place where a secret of a client is written into an answer.

use serde_json::{Map, Value, json};

use super::statement::MEMBER;
use crate::base::{client::Client, issuer::Issuer, secret::Plain, time::Time};

/// The absolute address at which a registration is managed.
pub fn management_uri(issuer: &Issuer, client: &Client) -> String {
    issuer.url(&format!("/register/{}", client.id))
}

/// When the secret of a client ends, as RFC 7591 says it: 0 for never. `None` without a secret.
pub(super) fn secret_expires_at(client: &Client) -> Option<i64> {
    client.secret.as_ref().map(|secret| secret.expires_at.map_or(0, Time::unix))
}

/// The body. `secret`: one that was just made. `registration_token`: one that was just made, or came with the request.
pub fn reply(client: &Client, issuer: &Issuer, secret: Option<&Plain>, registration_token: Option<&Plain>) -> Value {
    let mut body = match serde_json::to_value(&client.metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    // Left out, these two would mean their defaults.
    let speaks = |name: &str| matches!(name, "redirect_uris" | "response_types");
    body.retain(|name, value| !is_empty(value) || speaks(name));
    body.insert("client_id".into(), json!(client.id));
    body.insert("client_id_issued_at".into(), json!(client.created_at));
    if let Some(statement) = &client.terms.statement {
        body.insert(MEMBER.into(), json!(statement.text));
    }
    if let Some(expires_at) = secret_expires_at(client) {
        body.insert("client_secret_expires_at".into(), json!(expires_at));
    }
    if let Some(secret) = secret {
        body.insert("client_secret".into(), json!(secret.expose()));
    }
    if let Some(token) = registration_token {
        body.insert("registration_access_token".into(), json!(token.expose()));
        body.insert("registration_client_uri".into(), json!(management_uri(issuer, client)));
    }
    Value::Object(body)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
