//! The authorization server's metadata (RFC 8414 section 2). A member stands here only while what it promises works: clients
//! decide by it how they go on.

use serde::Serialize;

use super::{
    authorize::ResponseMode,
    dpop,
    openid::{self, Discovery},
    sent_jwt::ALGORITHMS,
    token::{exchange, id_jag},
};
use crate::base::{
    client::{AuthMethod, GrantType},
    issuer::Issuer,
    policy::Policy,
    register::ResourceBook,
    registration::RegistrationPolicy,
    scope::ScopeSet,
};

const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

/// Pages of the administrator's that the document may point to.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// For developers.
    pub service_documentation: Option<String>,
    /// How data is used.
    pub policy: Option<String>,
    /// Terms of service.
    pub terms: Option<String>,
}

/// The document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    device_authorization_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_endpoint: Option<String>,
    jwks_uri: String,
    scopes_supported: Vec<String>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 2],
    grant_types_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_grant_profiles_supported: Option<[&'static str; 1]>,
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    token_endpoint_auth_signing_alg_values_supported: [&'static str; 5],
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_signing_alg_values_supported: [&'static str; 5],
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_signing_alg_values_supported: [&'static str; 5],
    code_challenge_methods_supported: [&'static str; 1],
    authorization_response_iss_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    pushed_authorization_request_endpoint: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    require_pushed_authorization_requests: bool,
    dpop_signing_alg_values_supported: [&'static str; 3],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    client_id_metadata_document_supported: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_documentation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    op_policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    op_tos_uri: Option<String>,
    #[serde(flatten)]
    openid: Option<Discovery>,
}

/// Writes it.
pub fn document(
    issuer: &Issuer,
    policy: &Policy,
    rules: &RegistrationPolicy,
    book: &ResourceBook,
    pages: &Pages,
) -> Document {
    let grants = GrantType::ALL.iter().filter(|grant| policy.serves(**grant)).map(|grant| grant.as_str());
    let methods: Vec<_> = AuthMethod::ALL.iter().map(|m| m.as_str()).collect();
    let proofs = AuthMethod::ALL.iter().filter(|m| **m != AuthMethod::None).map(|m| m.as_str()).collect();
    Document {
        issuer: issuer.as_str().to_owned(),
        authorization_endpoint: issuer.url("/authorize"),
        token_endpoint: issuer.url("/token"),
        device_authorization_endpoint: issuer.url("/device_authorization"),
        registration_endpoint: rules.takes_registrations().then(|| issuer.url("/register")),
        jwks_uri: issuer.url("/jwks"),
        scopes_supported: names(&policy.scopes),
        response_types_supported: ["code"],
        response_modes_supported: ResponseMode::ALL,
        grant_types_supported: grants.chain(book.has_calls().then_some(exchange::GRANT_TYPE)).collect(),
        authorization_grant_profiles_supported: policy.identity_assertions.then_some([id_jag::PROFILE]),
        token_endpoint_auth_methods_supported: methods.clone(),
        token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
        revocation_endpoint: issuer.url("/revoke"),
        revocation_endpoint_auth_methods_supported: methods,
        revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
        introspection_endpoint: issuer.url("/introspect"),
        introspection_endpoint_auth_methods_supported: proofs,
        introspection_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
        request_uri_parameter_supported: false,
        pushed_authorization_request_endpoint: issuer.url("/par"),
        require_pushed_authorization_requests: policy.require_pushed,
        dpop_signing_alg_values_supported: dpop::ALGORITHMS,
        client_id_metadata_document_supported: rules.takes_documents(),
        service_documentation: pages.service_documentation.clone(),
        op_policy_uri: pages.policy.clone(),
        op_tos_uri: pages.terms.clone(),
        openid: openid::discovery(issuer, policy),
    }
}

fn names(scopes: &ScopeSet) -> Vec<String> {
    scopes.iter().map(str::to_owned).collect()
}

/// Whether the document of this issuer belongs at that path: with the issuer's own path inserted behind the well-known one
/// (RFC 8414 section 3.1) or standing before it, as old clients ask. Anything else is another issuer's.
pub fn belongs_at(issuer: &Issuer, path: &str) -> bool {
    path.strip_prefix(WELL_KNOWN) == Some(issuer.path()) || path.strip_suffix(WELL_KNOWN) == Some(issuer.path())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, to_value};

    use super::*;
    use crate::{
        base::{
            policy::Lifetimes,
            register::Call,
            registration::{RegistrationMode, Trust},
            resource::ResourceUri,
        },
        oauth::authorize::tests::book,
    };

    fn policy() -> Policy {
        Policy {
            require_pushed: false,
            scopes: ScopeSet::parse("mcp offline_access"),
            default_scope: ScopeSet::parse("mcp"),
            identity_assertions: false,
            lifetimes: Lifetimes::default(),
        }
    }

    #[test]
    fn rfc8414_2_exactly_what_works_is_promised() {
        let issuer = Issuer::parse("https://door.example/auth").unwrap();
        let all = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
        let rules = RegistrationPolicy { client_documents: Some(Trust::Closed), ..RegistrationPolicy::default() };
        let written = to_value(document(&issuer, &policy(), &rules, &book(&[]), &Pages::default())).unwrap();
        assert_eq!(
            written,
            json!({
                "issuer": "https://door.example/auth",
                "authorization_endpoint": "https://door.example/auth/authorize",
                "token_endpoint": "https://door.example/auth/token",
                "device_authorization_endpoint": "https://door.example/auth/device_authorization",
                "registration_endpoint": "https://door.example/auth/register",
                "jwks_uri": "https://door.example/auth/jwks",
                "scopes_supported": ["mcp", "offline_access"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "form_post"],
                "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"],
                "token_endpoint_auth_methods_supported": all,
                "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"],
                "revocation_endpoint": "https://door.example/auth/revoke",
                "revocation_endpoint_auth_methods_supported": all,
                "revocation_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"],
                "introspection_endpoint": "https://door.example/auth/introspect",
                "introspection_endpoint_auth_methods_supported": all[1..],
                "introspection_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": true,
                "request_uri_parameter_supported": false,
                "pushed_authorization_request_endpoint": "https://door.example/auth/par",
                "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519"]
            })
        );
    }

    #[test]
    fn oidc_discovery_3_what_openid_adds_while_it_is_on() {
        let issuer = Issuer::parse("https://door.example/auth").unwrap();
        let with = |scopes: &str| {
            let policy = Policy { scopes: ScopeSet::parse(scopes), ..policy() };
            to_value(document(&issuer, &policy, &RegistrationPolicy::default(), &book(&[]), &Pages::default())).unwrap()
        };
        let (off, on) = (with("mcp profile email"), with("mcp openid profile email"));
        for (member, value) in [
            ("userinfo_endpoint", json!("https://door.example/auth/userinfo")),
            ("subject_types_supported", json!(["public"])),
            ("id_token_signing_alg_values_supported", json!(["RS256"])),
            ("claims_parameter_supported", json!(false)),
            ("request_parameter_supported", json!(false)),
        ] {
            assert_eq!((off.get(member), &on[member]), (None, &value), "{member}");
        }
        let claims = |scopes: &str| with(scopes)["claims_supported"].as_array().unwrap().len();
        assert_eq!((claims("openid"), claims("openid profile"), claims("openid profile email")), (8, 10, 12));
    }

    #[test]
    fn rfc8414_2_closed_registration_and_pages() {
        let issuer = Issuer::parse("https://door.example").unwrap();
        let pages = Pages { terms: Some("https://a.example/terms".into()), ..Pages::default() };
        let closed = RegistrationPolicy { mode: RegistrationMode::Closed, ..RegistrationPolicy::default() };
        let written = to_value(document(&issuer, &policy(), &closed, &book(&[]), &pages)).unwrap();
        assert_eq!(written.get("registration_endpoint"), None);
        assert_eq!(written.get("client_id_metadata_document_supported"), None);
        let listed = RegistrationPolicy { client_document_hosts: vec!["claude.ai".into()], ..closed };
        let trusting = Policy { identity_assertions: true, ..policy() };
        let (a, b) = ("https://a.example", "https://b.example");
        let uri = |text| ResourceUri::parse(text).unwrap();
        let calls = vec![Call { caller: uri(a), target: uri(b) }];
        let calling = book(&[(a, "", ""), (b, "", "")]).with_calls(calls);
        let some = to_value(document(&issuer, &trusting, &listed, &calling, &pages)).unwrap();
        let grants = some["grant_types_supported"].as_array().unwrap();
        assert!(grants.contains(&json!(exchange::GRANT_TYPE)));
        assert_eq!(some["client_id_metadata_document_supported"], true);
        assert_eq!(some["authorization_grant_profiles_supported"], json!([id_jag::PROFILE]));
        assert!(grants.contains(&json!(GrantType::JwtBearer.as_str())));
        assert_eq!(written["op_tos_uri"], "https://a.example/terms");
        assert!(written.as_object().unwrap().values().all(|v| *v != Value::Null));
    }

    #[test]
    fn rfc8414_3_1_inserted_and_appended_and_nowhere_else() {
        for (issuer, path, ours) in [
            ("https://d.example", "/.well-known/oauth-authorization-server", true),
            ("https://d.example", "/.well-known/oauth-authorization-server/", false),
            ("https://d.example", "/.well-known/oauth-authorization-server/auth", false),
            ("https://d.example", "/auth/.well-known/oauth-authorization-server", false),
            ("https://d.example/auth", "/.well-known/oauth-authorization-server/auth", true),
            ("https://d.example/auth", "/auth/.well-known/oauth-authorization-server", true),
            ("https://d.example/auth", "/.well-known/oauth-authorization-server", false),
            ("https://d.example/auth", "/.well-known/oauth-authorization-server/authx", false),
        ] {
            assert_eq!(belongs_at(&Issuer::parse(issuer).unwrap(), path), ours, "{issuer} {path}");
        }
    }
}
