//! The landing page and the page about this server.
use askama::Template;

use crate::web::view::{Ident, Site};

/// A server behind the door, with its address to copy.
#[derive(Clone, Debug, Default)]
pub struct Behind {
    /// Its name.
    pub label: String,
    /// Its address.
    pub address: Ident,
}

/// `GET /`.
#[derive(Template)]
#[template(path = "pages/home.html")]
pub struct HomePage {
    /// Which server.
    pub site: Site,
    /// Token for the sign-out form; `None` when nobody is signed in.
    pub csrf: Option<String>,
    /// Who is signed in.
    pub who: Option<String>,
    /// What is behind the door.
    pub resources: Vec<Behind>,
    /// Address of the metadata document.
    pub metadata: Ident,
}

/// An endpoint in words.
#[derive(Clone, Debug, Default)]
pub struct Endpoint {
    /// `GET`, `POST`, or both.
    pub methods: String,
    /// Its address.
    pub url: Ident,
    /// What it does.
    pub words: String,
}

/// Endpoints that belong together.
#[derive(Clone, Debug, Default)]
pub struct EndpointGroup {
    /// Two or three words: they stand in the margin.
    pub title: String,
    /// The endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// A scope and its sentence.
#[derive(Clone, Debug, Default)]
pub struct ScopeWords {
    /// As sent.
    pub name: String,
    /// As read.
    pub words: String,
}

/// `GET /docs`: about this server.
#[derive(Template)]
#[template(path = "pages/docs.html")]
pub struct DocsPage {
    /// Which server.
    pub site: Site,
    /// Its endpoints.
    pub groups: Vec<EndpointGroup>,
    /// What may be asked for.
    pub scopes: Vec<ScopeWords>,
}
