//! The body of a registration (RFC 7591 section 2) as it was sent: types are checked, values are not yet. Unknown members
//! are ignored; `null` and `""` mean that a member is absent; of a repeated member the last one counts.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    base::{
        attempt::{Attempt, Way},
        client::Statement,
    },
    oauth::{
        error::{OAuthError, invalid_client_metadata},
        why::Why,
    },
};

/// The members that may come in several languages (RFC 7591 section 2.2).
const LOCALIZABLE: [&str; 5] = ["client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri"];

/// How much of an attempt is kept: so many values, of so many characters each.
const MOST_KEPT: usize = 20;
const LONGEST_KEPT: usize = 300;

/// What was sent.
#[derive(Default)]
#[expect(missing_docs, reason = "the members have their names and meaning from RFC 7591 section 2")]
pub struct Request {
    pub redirect_uris: Vec<String>,
    pub token_endpoint_auth_method: Option<String>,
    pub token_endpoint_auth_signing_alg: Option<String>,
    pub grant_types: Vec<String>,
    pub response_types: Vec<String>,
    pub client_name: Option<String>,
    pub client_uri: Option<String>,
    pub logo_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub jwks_uri: Option<String>,
    pub jwks: Option<Value>,
    pub scope: Option<String>,
    pub contacts: Vec<String>,
    pub software_id: Option<String>,
    pub software_version: Option<String>,
    pub statement: Option<Statement>,
    pub application_type: Option<String>,
    pub require_pushed_authorization_requests: bool,
    pub dpop_bound_access_tokens: bool,
    pub mcp_version: Option<String>,
    pub mcp_capabilities: Option<Vec<String>>,
    /// `client_name#de` and its kin.
    pub localized: BTreeMap<String, String>,
    /// What only this server sets; an update may repeat it (RFC 7592 section 2.2).
    pub server_set: ServerSet,
}

/// The members that a client cannot choose.
#[derive(Default)]
#[expect(
    missing_docs,
    reason = "the members have their names and meaning from RFC 7591 section 3.2.1 and RFC 7592 section 3"
)]
pub struct ServerSet {
    pub client_id: Option<Value>,
    pub client_secret: Option<Value>,
    pub client_secret_expires_at: Option<Value>,
    pub client_id_issued_at: Option<Value>,
    pub registration_access_token: Option<Value>,
    pub registration_client_uri: Option<Value>,
}

impl ServerSet {
    /// The secret that an update repeats, for the flow to compare.
    pub fn secret(&self) -> Option<&str> {
        self.client_secret.as_ref().and_then(Value::as_str)
    }
}

impl Request {
    /// The members of a body.
    pub fn members(body: &[u8]) -> Result<Map<String, Value>, OAuthError> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) | Err(_) => Err(invalid_client_metadata(Why::MetadataNotJson)),
        }
    }

    /// Reads them.
    pub fn of(members: Map<String, Value>) -> Result<Self, OAuthError> {
        let mut members = Members(members);
        let localized = members.localized()?;
        Ok(Self {
            redirect_uris: members.list("redirect_uris")?.unwrap_or_default(),
            token_endpoint_auth_method: members.text("token_endpoint_auth_method")?,
            token_endpoint_auth_signing_alg: members.text("token_endpoint_auth_signing_alg")?,
            grant_types: members.list("grant_types")?.unwrap_or_default(),
            response_types: members.list("response_types")?.unwrap_or_default(),
            client_name: members.text("client_name")?,
            client_uri: members.text("client_uri")?,
            logo_uri: members.text("logo_uri")?,
            tos_uri: members.text("tos_uri")?,
            policy_uri: members.text("policy_uri")?,
            jwks_uri: members.text("jwks_uri")?,
            jwks: members.any("jwks"),
            scope: members.text("scope")?,
            contacts: members.list("contacts")?.unwrap_or_default(),
            software_id: members.text("software_id")?,
            software_version: members.text("software_version")?,
            // Read before everything else, because its claims win: see `statement`.
            statement: None,
            application_type: members.text("application_type")?,
            require_pushed_authorization_requests: members.flag("require_pushed_authorization_requests")?,
            dpop_bound_access_tokens: members.flag("dpop_bound_access_tokens")?,
            mcp_version: members.text("mcp_version")?,
            mcp_capabilities: members.list("mcp_capabilities")?,
            localized,
            server_set: ServerSet {
                client_id: members.any("client_id"),
                client_secret: members.any("client_secret"),
                client_secret_expires_at: members.any("client_secret_expires_at"),
                client_id_issued_at: members.any("client_id_issued_at"),
                registration_access_token: members.any("registration_access_token"),
                registration_client_uri: members.any("registration_client_uri"),
            },
        })
    }

    /// Whether somebody who is trusted says where it sends people.
    pub fn is_stated(&self) -> bool {
        self.statement.as_ref().is_some_and(|statement| statement.vouches.is_some())
    }

    /// The names that it gives itself: `client_name` first, then its variants in other languages.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let variants = self.localized.iter().filter(|(member, _)| member.starts_with("client_name#"));
        self.client_name.as_deref().into_iter().chain(variants.map(|(_, name)| name.as_str()))
    }

    /// What is kept of it as an attempt: bounded, because nothing was judged yet.
    pub fn attempt(&self, way: Way) -> Attempt {
        let short = |text: &str| text.chars().take(LONGEST_KEPT).collect();
        Attempt {
            way,
            names: self.names().map(short).take(MOST_KEPT).collect(),
            redirect_uris: self.redirect_uris.iter().map(|uri| short(uri)).take(MOST_KEPT).collect(),
        }
    }
}

/// The members that are left to be read.
struct Members(Map<String, Value>);

impl Members {
    fn any(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, OAuthError> {
        let text = self.any(name).map(|value| string(value).ok_or_else(|| wrong(name, "a text"))).transpose();
        Ok(text?.filter(|text| !text.trim().is_empty()))
    }

    /// RFC 7591 and its kin write booleans as such; some clients write them as text.
    fn flag(&mut self, name: &str) -> Result<bool, OAuthError> {
        match self.any(name) {
            None => Ok(false),
            Some(Value::Bool(on)) => Ok(on),
            Some(Value::String(text)) if text == "true" || text == "false" => Ok(text == "true"),
            Some(_) => Err(wrong(name, "true or false")),
        }
    }

    fn list(&mut self, name: &str) -> Result<Option<Vec<String>>, OAuthError> {
        let Some(value) = self.any(name) else { return Ok(None) };
        let texts = match value {
            Value::Array(items) => items.into_iter().map(string).collect(),
            _ => None,
        };
        texts.map(Some).ok_or_else(|| wrong(name, "a list of texts"))
    }

    fn localized(&mut self) -> Result<BTreeMap<String, String>, OAuthError> {
        let names: Vec<_> = self.0.keys().filter(|name| is_localized(name)).cloned().collect();
        let mut found = BTreeMap::new();
        for name in names {
            if let Some(text) = self.text(&name)? {
                found.insert(name, text);
            }
        }
        Ok(found)
    }
}

fn string(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn wrong(name: &str, wanted: &str) -> OAuthError {
    invalid_client_metadata(Why::MetadataType).describe(format!("{name} must be {wanted}"))
}

/// `client_name#de-CH`: a name that may have languages and a tag as in BCP 47.
pub(super) fn is_localized(name: &str) -> bool {
    name.split_once('#').is_some_and(|(base, tag)| {
        LOCALIZABLE.contains(&base)
            && (2..=35).contains(&tag.len())
            && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
}
