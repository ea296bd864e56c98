//! The metadata of protected resources (RFC 9728): one document for each resource in the register, found by the host and
//! path that the request was made for.

use serde::Serialize;
use url::Url;

use super::dpop;
use crate::base::{
    issuer::Issuer,
    policy::Policy,
    register::Resource,
    resource::ResourceUri,
    scope::{self, ScopeSet},
};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    resource: String,
    authorization_servers: [String; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<String>,
    bearer_methods_supported: [&'static str; 1],
    dpop_signing_alg_values_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dpop_bound_access_tokens_required: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    resource_name: String,
}

/// Writes it. `resource` and `authorization_servers` are the registered bytes: clients compare them so (RFC 9728 section 3.3).
pub fn document(resource: &Resource, issuer: &Issuer, policy: &Policy) -> Document {
    let own = resource.own_scopes().union(&resource.required_scopes);
    let scopes = if own.is_empty() {
        policy.scopes.difference(&ScopeSet::of_server())
    } else {
        own.difference(&ScopeSet::parse(scope::OFFLINE_ACCESS))
    };
    Document {
        resource: resource.uri.as_str().to_owned(),
        authorization_servers: [issuer.as_str().to_owned()],
        scopes_supported: scopes.iter().map(str::to_owned).collect(),
        bearer_methods_supported: ["header"],
        dpop_signing_alg_values_supported: &dpop::ALGORITHMS,
        dpop_bound_access_tokens_required: resource.require_dpop,
        resource_name: resource.name.clone(),
    }
}

/// The path of the resource that a path of the well-known kind asks about, for `ResourceBook::at`; `None` when it is of
/// another kind.
pub fn asked_about(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(WELL_KNOWN)?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_end_matches('/'))
}

/// The origin of that host in the spelling of `ResourceBook::at`; `None` when it is no host.
pub fn origin(scheme: &str, host: &str) -> Option<String> {
    Some(Url::parse(&format!("{scheme}://{host}")).ok()?.origin().ascii_serialization())
}

/// Where the document of a resource is (RFC 9728 section 3.1): the well-known path comes between host and path.
pub fn url_of(resource: &ResourceUri) -> String {
    let query = Url::parse(resource.as_str()).ok().and_then(|url| url.query().map(|q| format!("?{q}")));
    format!("{}{WELL_KNOWN}{}{}", resource.origin(), resource.path(), query.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;
    use crate::base::{policy::Lifetimes, register::ResourceBook};

    fn resource(uri: &str, scopes: &str, required: &str) -> Resource {
        Resource {
            name: "Files".into(),
            scopes: scopes.split_whitespace().map(|s| (s.to_owned(), String::new())).collect(),
            required_scopes: ScopeSet::parse(required),
            ..Resource::new(ResourceUri::parse(uri).unwrap())
        }
    }

    #[test]
    fn rfc9728_2_and_3_3_the_document_keeps_the_registered_bytes() {
        let issuer = Issuer::parse("https://door.example").unwrap();
        let policy = Policy {
            require_pushed: false,
            scopes: ScopeSet::parse("mcp offline_access"),
            default_scope: ScopeSet::parse("mcp"),
            identity_assertions: false,
            lifetimes: Lifetimes::default(),
        };
        for (uri, own, required, scopes) in [
            ("https://Files.example/", "", "", json!(["mcp"])),
            ("https://files.example/mcp", "files:read offline_access", "files:use", json!(["files:read", "files:use"])),
        ] {
            assert_eq!(
                to_value(document(&resource(uri, own, required), &issuer, &policy)).unwrap(),
                json!({
                    "resource": uri, "authorization_servers": ["https://door.example"], "scopes_supported": scopes,
                    "bearer_methods_supported": ["header"], "resource_name": "Files",
                    "dpop_signing_alg_values_supported": dpop::ALGORITHMS,
                })
            );
        }
    }

    #[test]
    fn rfc9728_3_1_each_resource_has_its_address() {
        let issuer = Issuer::parse("https://door.example").unwrap();
        let uris =
            ["https://a.example", "https://a.example/mcp", "https://b.example:8443/x/", "https://c.example/?t=1"];
        let entries = uris.iter().map(|uri| resource(uri, "", "")).collect();
        let book = ResourceBook::new(entries, true, issuer);
        for (uri, address) in uris.iter().zip([
            "https://a.example/.well-known/oauth-protected-resource",
            "https://a.example/.well-known/oauth-protected-resource/mcp",
            "https://b.example:8443/.well-known/oauth-protected-resource/x",
            "https://c.example/.well-known/oauth-protected-resource?t=1",
        ]) {
            assert_eq!(url_of(&ResourceUri::parse(uri).unwrap()), address);
            let url = Url::parse(address).unwrap();
            let path = asked_about(url.path()).unwrap();
            let found = book.at(&url.origin().ascii_serialization(), path);
            assert_eq!(found.map(|r| r.uri.as_str()), Some(*uri), "{address}");
        }
        for (path, asked) in [
            ("/.well-known/oauth-protected-resource/", Some("")),
            ("/.well-known/oauth-protected-resource/mcp/", Some("/mcp")),
            ("/.well-known/oauth-protected-resources", None),
            ("/mcp", None),
        ] {
            assert_eq!(asked_about(path), asked);
        }
        assert!(book.at("https://a.example", "/other").is_none());
    }
}
