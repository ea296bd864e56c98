//! A protected server.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Stamp, access::Source};
use crate::{
    base::{resource::ResourceUri, time::Span},
    store::resources::Entry,
};

/// A protected server of the register.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Resource {
    /// Its URL, as clients name it.
    #[schema(value_type = String)]
    pub url: ResourceUri,
    /// Its name for people.
    pub name: String,
    /// Its own scopes; empty: what the server offers anyway.
    pub scopes: Vec<Scope>,
    /// The scopes that every request needs.
    pub required_scopes: Vec<String>,
    /// Who may use it, as on the access list; empty: everybody whom the access list lets in.
    pub people: Vec<String>,
    /// Whether `OPTIONS` passes the gate without a token.
    pub allow_preflight: bool,
    /// Whether only tokens pass that are bound to a key (RFC 9449).
    pub require_dpop: bool,
    /// How many seconds its access tokens work; null: as long as the server's.
    pub token_life: Option<i64>,
    /// Where it comes from; an entry of the configuration changes there.
    pub from: Source,
    /// When it was added.
    pub added: Stamp,
}

/// A scope of a resource.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// The scope.
    pub scope: String,
    /// What it means, in a sentence for the consent page.
    #[serde(default)]
    pub sentence: String,
}

impl From<Entry> for Resource {
    fn from(entry: Entry) -> Self {
        let resource = entry.resource;
        let scope = |(scope, sentence)| Scope { scope, sentence };
        Self {
            url: resource.uri,
            name: resource.name,
            scopes: resource.scopes.into_iter().map(scope).collect(),
            required_scopes: resource.required_scopes.iter().map(ToString::to_string).collect(),
            people: resource.people.iter().map(ToString::to_string).collect(),
            allow_preflight: resource.allow_preflight,
            require_dpop: resource.require_dpop,
            token_life: resource.token_life.map(Span::as_seconds),
            from: Source::of(entry.configured),
            added: entry.created_at.into(),
        }
    }
}
