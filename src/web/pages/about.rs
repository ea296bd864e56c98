//! Pages that only tell: the landing page, the page about this server, the out-of-band code, errors.

use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web::Data,
};
use askama::Template as _;

use super::{
    authorize::{html, site},
    home::{Behind, DocsPage, Endpoint, EndpointGroup, HomePage, ScopeWords},
    message::{ErrorPage, SuccessPage},
};
use crate::{
    flows::Desk,
    oauth::{
        authorize::consent::sentence,
        error::{self, OAuthError},
        why::Why,
    },
    web::{
        extract, reply, session,
        view::{Ident, Phrase, Site},
    },
};

/// `GET /`.
pub async fn home(desk: Data<Desk>, req: HttpRequest) -> HttpResponse {
    let person = session::signed_in(&req);
    let behind = |resource: &crate::base::register::Resource| Behind {
        label: resource.name.clone(),
        address: Ident::new("address", resource.uri.as_str()),
    };
    let page = HomePage {
        site: site(&desk),
        csrf: person.as_ref().map(|person| person.csrf.clone()),
        who: person.map(|person| person.login),
        resources: desk.store.standing().register().entries().iter().map(behind).collect(),
        metadata: Ident::new("address", desk.config.issuer.url("/.well-known/oauth-authorization-server")),
    };
    html(StatusCode::OK, &page, None)
}

/// `GET /docs`.
pub async fn docs(desk: Data<Desk>) -> HttpResponse {
    let at = |methods: &str, path: &str, words: &str| Endpoint {
        methods: methods.into(),
        url: Ident::new("address", desk.config.issuer.url(path)),
        words: words.into(),
    };
    let group = |title: &str, endpoints| EndpointGroup { title: title.into(), endpoints };
    let register = desk.store.standing().register();
    let page = DocsPage {
        site: site(&desk),
        groups: vec![
            group(
                "Discovery",
                vec![
                    at("GET", "/.well-known/oauth-authorization-server", "What this server offers (RFC 8414)"),
                    at("GET", "/jwks", "The keys that its access tokens are signed with"),
                ],
            ),
            group(
                "Signing in",
                vec![
                    at("POST", "/register", "A client signs the book (RFC 7591)"),
                    at("GET, POST", "/authorize", "A client asks to be let in; PKCE with S256 is required"),
                    at("POST", "/device_authorization", "A device without a browser begins to wait (RFC 8628)"),
                    at("GET, POST", "/device", "A person types the code of that device and lets it in"),
                    at("POST", "/token", "Codes, refresh tokens and client credentials are exchanged here"),
                ],
            ),
            group(
                "Afterwards",
                vec![
                    at("POST", "/revoke", "A token is given back (RFC 7009)"),
                    at("POST", "/par", "Push an authorization request before the browser comes (RFC 9126)"),
                    at("POST", "/introspect", "What a token is good for (RFC 7662)"),
                    at("GET", "/verify", "The gate, for the proxy in front of a protected server"),
                ],
            ),
        ],
        scopes: desk
            .config
            .policy
            .scopes
            .iter()
            .map(|name| ScopeWords { name: name.to_owned(), words: sentence(name, None, &register) })
            .collect(),
    };
    html(StatusCode::OK, &page, None)
}

/// `GET /success`: the code of a program that has no redirect address, for the person to copy.
pub async fn success(desk: Data<Desk>, req: HttpRequest) -> HttpResponse {
    let params = extract::query(&req);
    let page = SuccessPage {
        site: site(&desk),
        code: params.text("code").to_owned(),
        seconds: desk.config.policy.lifetimes.code.as_seconds(),
        error: params.text("error").to_owned(),
        description: params.text("error_description").to_owned(),
    };
    html(StatusCode::OK, &page, None)
}

/// `GET /error`: an error that was sent here to be read.
pub async fn error(desk: Data<Desk>, req: HttpRequest) -> HttpResponse {
    let params = extract::query(&req);
    let page = ErrorPage {
        site: site(&desk),
        status: "Not let in".into(),
        title: "The sign-in did not work out".into(),
        words: Phrase::from(params.text("error_description").to_owned()),
        error: params.text("error").to_owned(),
        reference: String::new(),
    };
    html(StatusCode::BAD_REQUEST, &page, None)
}

/// Where nothing is: a page for people, the protocol's form for programs.
pub async fn nowhere(desk: Data<Desk>, req: HttpRequest) -> HttpResponse {
    let path = req.path().strip_prefix(desk.config.issuer.path()).unwrap_or(req.path());
    match wants_page(&req) && !is_of_the_protocol(path) {
        true => turned_away(&site(&desk), &error::not_found()),
        false => reply::not_found(),
    }
}

/// Whether a browser asks, for somebody to read the answer.
pub fn wants_page(req: &HttpRequest) -> bool {
    let accepts = req.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.split(',').any(|kind| kind.trim().starts_with("text/html"))
}

/// Whether a path begins as one of the protocol does: programs ask there, whatever they say they accept.
fn is_of_the_protocol(path: &str) -> bool {
    const FIRST: [&str; 3] = ["/.well-known", "/oauth", "/register"];
    FIRST.iter().any(|first| path.strip_prefix(first).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// A request that got no further than the door, as a page for the person who made it.
pub fn turned_away(site: &Site, error: &OAuthError) -> HttpResponse {
    let mut answer = reply::refusal(error);
    let why = error.why();
    let (title, words) = match why {
        Why::Busy => ("Doorbook could not do this just now", "Nothing is lost. Try again in a moment."),
        Why::TooMany => (why.words(), "Wait a moment, then load the page again."),
        Why::NotFound => (why.words(), "Perhaps it was cut when it was copied. The front page leads everywhere."),
        Why::MethodNotAllowed => {
            ("This address is not a page", "It takes what a form sends: go back, and press the button there.")
        }
        other => (other.words(), other.fix()),
    };
    let page = ErrorPage {
        site: site.clone(),
        status: why.code().into(),
        title: title.into(),
        words: words.into(),
        error: String::new(),
        reference: String::new(),
    };
    let Ok(text) = page.render() else { return answer };
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer.set_body(BoxBody::new(text))
}
