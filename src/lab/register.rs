//! What a client registers, what must be said of it, and how it is removed again.

use serde_json::Value;

use super::{
    report::{Stopped, Went, in_short},
    server::Server,
    shapes::Shape,
};
use crate::outbound::visit::{Answer, Request};

/// A registration as it was answered.
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: Option<String>,
    management: Option<(String, String)>,
}

/// RFC 7591 section 3.1.
pub(super) async fn register(shape: &Shape, server: &Server) -> Went<Client> {
    let endpoint = server.text("registration_endpoint");
    if endpoint.is_empty() {
        let fix = "Open registration, or write the client into the book and give it its id.";
        return Err(Stopped::new("no registration_endpoint", fix));
    }
    let headers = vec![("accept", "application/json".to_owned())];
    let body = Some(("application/json", shape.register.to_string()));
    let answer = server.send("POST", endpoint, Request { headers, body }).await?;
    let said: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
    let (201, Some(id)) = (answer.status, text("client_id")) else {
        return Err(Stopped::at(&answer, fix_of_registration(&answer)));
    };
    let management = text("registration_client_uri").zip(text("registration_access_token"));
    let client = Client { id, secret: text("client_secret"), management };
    match wrong_in(shape, &said) {
        None => Ok((in_short(&answer), client)),
        Some(wrong) => {
            // What is registered wrongly goes again: nothing is left behind.
            remove(server, &client).await.ok();
            Err(Stopped::new(format!("201, but {wrong}"), "The client would stop here: echo what was registered."))
        }
    }
}

/// What a registration says otherwise than the client needs it.
fn wrong_in(shape: &Shape, said: &Value) -> Option<String> {
    let said = said.as_object()?;
    let expected = shape
        .becomes
        .members
        .iter()
        .chain(shape.register.as_object().into_iter().flatten().filter(|(name, _)| *name == "redirect_uris"));
    for (name, value) in expected {
        if said.get(name) != Some(value) {
            return Some(format!("{name} is {}", said.get(name).unwrap_or(&Value::Null)));
        }
    }
    if let Some((name, _)) = said.iter().find(|(_, value)| value.is_null() || *value == "") {
        return Some(format!("{name} is empty"));
    }
    let (secret, ends) = (said.contains_key("client_secret"), said.get("client_secret_expires_at"));
    match (shape.becomes.secret, secret, ends.and_then(Value::as_i64)) {
        (true, true, Some(_)) | (false, false, _) => None,
        (true, true, None) => Some("client_secret_expires_at is missing".into()),
        (true, false, _) => Some("there is no client_secret".into()),
        (false, true, _) => Some("there is a client_secret".into()),
    }
}

fn fix_of_registration(answer: &Answer) -> String {
    let fix = match answer.status {
        300..=399 => "Let the proxy pass POST /register through without a redirect: it becomes a GET.",
        401 => "The server wants an initial access token: give the client one, or open registration.",
        403..=405 => "See that registration is open, and that the proxy in front passes POST /register through.",
        429 => "The server or a proxy limits registrations too strictly for a client that registers often.",
        500.. => "Look at the log of the server.",
        _ => "Allow what the error names in the policy of registration; one refused address refuses the whole client.",
    };
    fix.into()
}

/// RFC 7592 section 2.3.
pub(super) async fn remove(server: &Server, client: &Client) -> Result<(), Stopped> {
    let fix = "The registration stays behind: take it out of the book by hand.";
    let (uri, token) = client.management.as_ref().ok_or_else(|| Stopped::new("no registration_client_uri", fix))?;
    let headers = vec![("authorization", format!("Bearer {token}"))];
    let answer = server.send("DELETE", uri, Request { headers, body: None }).await?;
    if answer.status == 204 { Ok(()) } else { Err(Stopped::at(&answer, fix)) }
}
