//! The way of one client, stage by stage: what it sends, and what must come back for it to go on.

use serde_json::Value;

use super::{
    authorize::{Ask, came_back, is_shown, unknown_is_400},
    person::{Ended, Person},
    register::{Client, register, remove},
    report::{Report, Stage, Step, Stopped, Verdict, Went},
    server::Server,
    shapes::{Method, Shape},
    token,
};

/// An id that no server has given.
const UNKNOWN: &str = "client_of_nobody";

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
        let went = server.preflight(origin).await;
        steps.note(Stage::Preflight, format!("OPTIONS from {origin}"), went);
    }
    if let Some(document) = shape.document.as_deref().filter(|_| server.target.documents && server.takes_documents()) {
        let went = is_shown(server, &Ask::new(shape, server, document).url, &shape.authorize.redirect_uri).await;
        steps.note(Stage::Document, format!("client_id {document}"), went);
    }
    let uris = shape.register.get("redirect_uris").and_then(Value::as_array).map_or(0, Vec::len);
    let words = if uris == 1 { "redirect URI" } else { "redirect URIs" };
    let sent = format!("{uris} {words}, {}", method_of(&shape.register));
    let Some(client) = steps.note(Stage::Register, sent, register(shape, server).await) else { return };
    with_registration(shape, server, &client, steps).await;
    let went = gone(shape, server, &client).await;
    steps.note(Stage::Gone, "DELETE of the registration, then the old id", went);
}

async fn with_registration(shape: &Shape, server: &Server, client: &Client, steps: &mut Steps) {
    let ask = Ask::new(shape, server, &client.id);
    let sent = format!("back to {}", shape.authorize.redirect_uri);
    if steps.note(Stage::Authorize, sent, authorize(shape, server, &ask).await).is_none() {
        return;
    }
    let ended = Person::new(server, &shape.authorize.redirect_uri).lets_in(&ask.url).await;
    let code = match ended {
        Ok(Ended::Waits(why)) => {
            steps.skip(Stage::SignIn, why);
            let went = token::refusals(shape, server, client).await;
            steps.note(Stage::Token, "a code that nobody gave", went);
            return;
        }
        Ok(Ended::AtClient(url)) => came_back(server, &ask, &url),
        Err(stopped) => Err(stopped),
    };
    let Some(code) = steps.note(Stage::SignIn, "a name of local mode, then approve", code) else { return };
    let went = token::exchange(shape, server, client, &ask, &code).await;
    let Some(refresh) = steps.note(Stage::Token, method_words(shape.token.method), went) else { return };
    match refresh {
        Some(token) => {
            let went = token::refreshes(shape, server, client, &token).await;
            steps.note(Stage::Refresh, "the same token twice", went);
        }
        None => steps.skip(Stage::Refresh, "it did not register the grant"),
    }
}

/// Its registration goes, and the client must hear of it in the ways in which clients notice.
async fn gone(shape: &Shape, server: &Server, client: &Client) -> Went<()> {
    remove(server, client).await?;
    token::hears_it_is_gone(shape, server, client).await?;
    unknown_is_400(server, &Ask::new(shape, server, &client.id).url).await?;
    Ok(("204, then 401 invalid_client and a page with 400".into(), ()))
}

/// The page must come up for a browser; a client that looks without one needs 200 or a redirect, and exactly 400 for an id that
/// is not known.
async fn authorize(shape: &Shape, server: &Server, ask: &Ask) -> Went<()> {
    let went = is_shown(server, &ask.url, &shape.authorize.redirect_uri).await?;
    if shape.authorize.looks_first {
        unknown_is_400(server, &Ask::new(shape, server, UNKNOWN).url).await?;
    }
    Ok(went)
}

fn method_of(register: &Value) -> String {
    match register.get("token_endpoint_auth_method").and_then(Value::as_str) {
        Some(method) => format!("token_endpoint_auth_method {method}"),
        None => "no token_endpoint_auth_method".into(),
    }
}

const fn method_words(method: Method) -> &'static str {
    match method {
        Method::None => "the code, with its id in the form",
        Method::Basic => "the code, with its secret in the header",
        Method::BasicWithId => "the code, with its secret in the header and its id in the form",
        Method::Post => "the code, with its secret in the form",
    }
}
