//! The way of one client, stage by stage: what it sends, and what must come back for it to go on.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::{
    person::{Ended, Person},
    report::{Report, Stage, Step, Stopped, Verdict, in_short},
    server::Server,
    shapes::{Method, Shape},
};
use crate::{
    crypto::{digest, random},
    outbound::visit::{Answer, Request},
};

/// An id that no server has given.
const UNKNOWN: &str = "client_of_nobody";
/// What verifiers and states are made of (RFC 7636 section 4.1).
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
const NEEDS_SOMEBODY: &str = "needs a person at a browser";

/// What a stage gave: what came, and something for the stages behind it.
type Went<T> = Result<(String, T), Stopped>;

/// Plays a client against a server, as far as it gets, and removes its registration again.
pub async fn play(shape: &Shape, server: &mut Server) -> Report {
    let mut steps = Steps(Vec::new());
    go(shape, server, &mut steps).await;
    Report { name: shape.name, client: shape.client.clone(), note: shape.note.clone(), steps: steps.0 }
}

/// The steps so far.
struct Steps(Vec<Step>);

impl Steps {
    /// Writes a stage down; `None` where the client stops.
    fn note<T>(&mut self, stage: Stage, sent: impl Into<String>, went: Went<T>) -> Option<T> {
        let (came, verdict, fix, value) = match went {
            Ok((came, value)) => (came, Verdict::Passed, None, Some(value)),
            Err(Stopped { came, fix }) => (came, Verdict::Failed, Some(fix), None),
        };
        self.0.push(Step { stage, sent: sent.into(), came, verdict, fix });
        value
    }

    fn skip(&mut self, stage: Stage, why: &str) {
        let (sent, came) = (String::new(), why.to_owned());
        self.0.push(Step { stage, sent, came, verdict: Verdict::Skipped, fix: None });
    }
}

async fn go(shape: &Shape, server: &mut Server, steps: &mut Steps) {
    let found = server.discover(shape.origin.as_deref()).await.map(|came| (came, ()));
    if steps.note(Stage::Discovery, format!("GET {}", server.metadata_url()), found).is_none() {
        return;
    }
    let server = &*server;
    if let Some(origin) = &shape.origin {
        let went = preflight(server, origin).await;
        steps.note(Stage::Preflight, format!("OPTIONS from {origin}"), went);
    }
    if let Some(document) = shape.document.as_deref().filter(|_| server.target.documents && server.takes_documents()) {
        let went = shown(server, &ask(shape, server, document).url, &shape.authorize.redirect_uri).await;
        steps.note(Stage::Document, format!("client_id {document}"), went);
    }
    let uris = shape.register.get("redirect_uris").and_then(Value::as_array).map_or(0, Vec::len);
    let sent = format!("{uris} redirect URIs, {}", method_of(&shape.register));
    let Some(client) = steps.note(Stage::Register, sent, register(shape, server).await) else { return };
    with_registration(shape, server, &client, steps).await;
    let went = gone(shape, server, &client).await;
    steps.note(Stage::Gone, "DELETE of the registration, then the old id", went);
}

async fn with_registration(shape: &Shape, server: &Server, client: &Client, steps: &mut Steps) {
    let ask = ask(shape, server, &client.id);
    let sent = format!("back to {}", shape.authorize.redirect_uri);
    if steps.note(Stage::Authorize, sent, authorize(shape, server, &ask).await).is_none() {
        return;
    }
    let ended = Person::new(server, &shape.authorize.redirect_uri).lets_in(&ask.url).await;
    let code = match ended {
        Ok(Ended::NeedsSomebody) => {
            steps.skip(Stage::SignIn, NEEDS_SOMEBODY);
            let went = refusals(shape, server, client).await;
            steps.note(Stage::Token, "a code that nobody gave", went);
            return;
        }
        Ok(Ended::AtClient(url)) => came_back(server, &ask, &url),
        Err(stopped) => Err(stopped),
    };
    let Some(code) = steps.note(Stage::SignIn, "a name of local mode, then approve", code) else { return };
    let went = exchange(shape, server, client, &ask, &code).await;
    let Some(refresh) = steps.note(Stage::Token, method_words(shape.token.method), went) else { return };
    match refresh {
        Some(token) => {
            let went = refreshes(shape, server, client, &token).await;
            steps.note(Stage::Refresh, "the same token twice at once", went);
        }
        None => steps.skip(Stage::Refresh, "it did not register the grant"),
    }
}

// Registration

/// A registration as it was answered.
struct Client {
    id: String,
    secret: Option<String>,
    management: Option<(String, String)>,
}

async fn register(shape: &Shape, server: &Server) -> Went<Client> {
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
        403 | 404 | 405 => "See that registration is open, and that the proxy in front passes POST /register through.",
        429 => "The server or a proxy limits registrations too strictly for a client that registers often.",
        500.. => "Look at the log of the server.",
        _ => "Allow what the error names in the policy of registration; one refused address refuses the whole client.",
    };
    fix.into()
}

// Authorization

/// An authorization request, and what belongs to it on the client's side.
struct Ask {
    url: String,
    state: String,
    verifier: String,
}

fn ask(shape: &Shape, server: &Server, client: &str) -> Ask {
    let verifier = random::letters::<64>(LETTERS);
    let state = shape.authorize.state.clone().unwrap_or_else(|| random::letters::<32>(LETTERS));
    let challenge = digest::sha256_base64url(verifier.as_bytes());
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", &shape.authorize.redirect_uri),
        ("state", &state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    fields.extend(shape.authorize.scope.as_deref().map(|scope| ("scope", scope)));
    fields.extend(server.resource().map(|resource| ("resource", resource)));
    fields.extend(shape.authorize.more.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Ask { url: format!("{}?{query}", server.text("authorization_endpoint")), state, verifier }
}

/// The page must come up for a browser; a client that looks without one needs 200 or a redirect, and exactly 400 for an id that
/// is not known.
async fn authorize(shape: &Shape, server: &Server, ask: &Ask) -> Went<()> {
    let (came, ()) = shown(server, &ask.url, &shape.authorize.redirect_uri).await?;
    if shape.authorize.looks_first {
        let unknown = self::ask(shape, server, UNKNOWN);
        unknown_is_400(server, &unknown.url).await?;
    }
    Ok((came, ()))
}

async fn shown(server: &Server, url: &str, redirect_uri: &str) -> Went<()> {
    let headers = vec![("accept", "text/html".to_owned())];
    let answer = server.send("GET", url, Request { headers, body: None }).await?;
    let back = answer.header("location");
    match answer.status {
        200 => Ok((in_short(&answer), ())),
        302 | 303 if back.starts_with(redirect_uri) && back.contains("error=") => {
            let error = back.split("error=").nth(1).unwrap_or_default().split('&').next().unwrap_or_default();
            let fix = "Look at the refusals of the server for the reason, and at the resource that was asked for.";
            Err(Stopped::new(format!("{} back with {error}", answer.status), fix))
        }
        302 | 303 => Ok((in_short(&answer), ())),
        400 => Err(Stopped::at(
            &answer,
            format!("The server does not take {redirect_uri} for this client: look at its refusals."),
        )),
        429 => Err(Stopped::at(&answer, "Wait a minute, and try again.")),
        _ => Err(Stopped::at(&answer, "Answer with a page or a redirect to one.")),
    }
}

async fn unknown_is_400(server: &Server, url: &str) -> Result<(), Stopped> {
    let headers = vec![("accept", "text/html".to_owned())];
    let answer = server.send("GET", url, Request { headers, body: None }).await?;
    match answer.status {
        400 => Ok(()),
        _ => {
            let fix = "Answer an unknown client_id with exactly 400 and a page, never with a redirect: clients register anew on it.";
            Err(Stopped::new(format!("{} for an unknown client_id", answer.status), fix))
        }
    }
}

/// The code, as the client would take it: its own state, our issuer, and everything once.
fn came_back(server: &Server, ask: &Ask, url: &Url) -> Went<String> {
    let one = |name: &str| {
        let mut found = url.query_pairs().filter(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        found.next().filter(|_| found.next().is_none())
    };
    let fix = |what: &str| format!("A client compares what comes back with what it sent: {what}.");
    if let Some(error) = one("error") {
        let words = one("error_description").unwrap_or_default();
        return Err(Stopped::new(format!("{error}: {words}"), "Look at the refusals of the server for the reason."));
    }
    if one("state").as_deref() != Some(&ask.state) {
        return Err(Stopped::new("another state", fix("state must be the same, byte for byte")));
    }
    if one("iss").as_deref() != Some(&server.target.issuer) {
        return Err(Stopped::new("another iss, or none", fix("iss must be the issuer (RFC 9207)")));
    }
    match one("code") {
        Some(code) => Ok(("a code, with state and iss".into(), code)),
        None => Err(Stopped::new("no code", fix("code must be there once"))),
    }
}

// Tokens

async fn exchange(shape: &Shape, server: &Server, client: &Client, ask: &Ask, code: &str) -> Went<Option<String>> {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("code_verifier", &ask.verifier)];
    fields.extend(shape.token.redirect_uri.then_some(("redirect_uri", shape.authorize.redirect_uri.as_str())));
    fields.extend(server.resource().filter(|_| shape.token.resource).map(|resource| ("resource", resource)));
    let answer = token(shape, server, client, &fields).await?;
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
async fn refreshes(shape: &Shape, server: &Server, client: &Client, refresh: &str) -> Went<()> {
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", refresh)];
    fields.extend(server.resource().filter(|_| shape.token.resource).map(|resource| ("resource", resource)));
    let scope = shape.authorize.scope.as_deref().unwrap_or_default();
    fields.extend((shape.token.scope_at_refresh && !scope.is_empty()).then_some(("scope", scope)));
    tokens(&token(shape, server, client, &fields).await?)?;
    let again = token(shape, server, client, &fields).await?;
    match again.status {
        200 => Ok(("200, and 200 again".into(), ())),
        _ => {
            let fix = "Give the previous token a time of grace (refresh_grace): several processes of one client refresh at once.";
            Err(Stopped::at(&again, fix))
        }
    }
}

/// As far as it goes without a person: the token endpoint must refuse as clients can act on it.
async fn refusals(shape: &Shape, server: &Server, client: &Client) -> Went<()> {
    let fields = [("grant_type", "authorization_code"), ("code", "none"), ("code_verifier", &"v".repeat(43))];
    let answer = token(shape, server, client, &fields).await?;
    match (answer.status, error_of(&answer).as_deref()) {
        (400, Some("invalid_grant")) => Ok((in_short(&answer), ())),
        _ => Err(Stopped::at(&answer, "Answer a bad code with 400 invalid_grant as JSON: clients begin anew on it.")),
    }
}

/// Asks the token endpoint as this client does.
async fn token(shape: &Shape, server: &Server, client: &Client, fields: &[(&str, &str)]) -> Result<Answer, Stopped> {
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

// At the end

/// Its registration goes, and the client must hear of it in the ways in which clients notice.
async fn gone(shape: &Shape, server: &Server, client: &Client) -> Went<()> {
    remove(server, client).await?;
    let answer = token(shape, server, client, &[("grant_type", "refresh_token"), ("refresh_token", "none")]).await?;
    if (answer.status, error_of(&answer).as_deref()) != (401, Some("invalid_client")) {
        let fix = "Answer a client that is not known any more with 401 invalid_client: on nothing else does it register anew.";
        return Err(Stopped::at(&answer, fix));
    }
    unknown_is_400(server, &ask(shape, server, &client.id).url).await?;
    Ok(("204, then 401 invalid_client and a page with 400".into(), ()))
}

/// RFC 7592 section 2.3.
async fn remove(server: &Server, client: &Client) -> Result<(), Stopped> {
    let fix = "The registration stays behind: take it out of the book by hand.";
    let (uri, token) = client.management.as_ref().ok_or_else(|| Stopped::new("no registration_client_uri", fix))?;
    let headers = vec![("authorization", format!("Bearer {token}"))];
    let answer = server.send("DELETE", uri, Request { headers, body: None }).await?;
    if answer.status == 204 { Ok(()) } else { Err(Stopped::at(&answer, fix)) }
}

/// A browser asks before it sends what a page wants to send.
async fn preflight(server: &Server, origin: &str) -> Went<()> {
    for endpoint in ["registration_endpoint", "token_endpoint"] {
        let headers = vec![
            ("origin", origin.to_owned()),
            ("access-control-request-method", "POST".to_owned()),
            ("access-control-request-headers", "content-type,mcp-protocol-version".to_owned()),
        ];
        let answer = server.send("OPTIONS", server.text(endpoint), Request { headers, body: None }).await?;
        let allowed = answer.header("access-control-allow-headers").to_ascii_lowercase();
        let good = (200..300).contains(&answer.status)
            && matches!(answer.header("access-control-allow-origin"), "*")
            && allowed.contains("content-type")
            && allowed.contains("mcp-protocol-version");
        if !good {
            let fix =
                "Let the proxy in front pass OPTIONS and the Access-Control headers through, and add none of its own.";
            return Err(Stopped::new(format!("{} at {endpoint}", answer.status), fix));
        }
    }
    Ok(("allowed".into(), ()))
}

fn error_of(answer: &Answer) -> Option<String> {
    let said: Value = serde_json::from_str(&answer.body).ok()?;
    Some(said.get("error")?.as_str()?.to_owned())
}

fn method_of(register: &Value) -> &str {
    register.get("token_endpoint_auth_method").and_then(Value::as_str).unwrap_or("no method named")
}

const fn method_words(method: Method) -> &'static str {
    match method {
        Method::None => "the code, with its id in the form",
        Method::Basic => "the code, with its secret in the header",
        Method::BasicWithId => "the code, with its secret in the header and its id in the form",
        Method::Post => "the code, with its secret in the form",
    }
}
