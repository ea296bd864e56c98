//! A registered client as Doorbook knows it: not as it was sent, not as it is stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    id::{ClientId, InitialTokenId, UserId},
    redirect::RedirectUri,
    scope::ScopeSet,
    secret::Digest,
    time::Time,
};

/// How a client authenticates (RFC 7591 section 2, `token_endpoint_auth_method`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client: it has no secret.
    None,
    /// A secret in the `Authorization` header.
    #[default]
    ClientSecretBasic,
    /// A secret in the request body.
    ClientSecretPost,
    /// An assertion signed with a key of its own (RFC 7523).
    PrivateKeyJwt,
}

impl AuthMethod {
    /// All of them, in the order in which metadata lists them.
    pub const ALL: [Self; 4] = [Self::None, Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt];

    /// Its registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// Reads a registered name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.as_str() == text)
    }

    /// Whether a client of this method has a secret.
    pub const fn has_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

/// The grants that are served (RFC 7591 section 2, `grant_types`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 section 4.1.
    AuthorizationCode,
    /// RFC 6749 section 6.
    RefreshToken,
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// RFC 7523 section 2.1, with what an identity provider says of a person.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:jwt-bearer")]
    JwtBearer,
}

impl GrantType {
    /// All of them, in the order in which metadata lists them.
    pub const ALL: [Self; 5] =
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::DeviceCode, Self::JwtBearer];
    /// What a registration that names none means.
    pub const DEFAULT: [Self; 2] = [Self::AuthorizationCode, Self::RefreshToken];

    /// Its registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
        }
    }

    /// Reads a registered name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|g| g.as_str() == text)
    }
}

/// The effective metadata of a registration, defaults included, under the names of RFC 7591 section 2.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Metadata {
    /// Where codes may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// How the client authenticates.
    pub token_endpoint_auth_method: AuthMethod,
    /// All ways in which it may authenticate, where a document lists several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_methods_supported: Vec<AuthMethod>,
    /// What it signs assertions with; any that is offered, unless it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// Which grants it may use.
    pub grant_types: Vec<GrantType>,
    /// `code`, or nothing for a client without the code grant.
    pub response_types: Vec<String>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Its home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its logo; kept, never fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Its privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Where its keys are; fetched only to check its assertions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Its keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<serde_json::Value>,
    /// The scopes it registered, as far as policy offers them.
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    pub scope: ScopeSet,
    /// Whom to write to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Names the software, the same for all its installations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// The version of the software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// `native` or `web`: taken as advice only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
    /// Whether only pushed authorization requests are taken from it (RFC 9126 section 6).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_pushed_authorization_requests: bool,
    /// Whether all its access tokens are bound to a key (RFC 9449 section 5.2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dpop_bound_access_tokens: bool,
    /// The MCP version that the client names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mcp_version: Option<String>,
    /// The MCP capabilities that the client names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mcp_capabilities: Option<Vec<String>>,
    /// Language-tagged variants, as `client_name#de` (RFC 7591 section 2.2).
    #[serde(flatten)]
    pub localized: BTreeMap<String, String>,
}

impl Metadata {
    /// What registrations that are alike have in common: name, method, software and the redirect URIs without loopback ports.
    pub fn likeness(&self) -> String {
        let mut shapes: Vec<_> = self.redirect_uris.iter().map(RedirectUri::shape).collect();
        shapes.sort();
        let name = self.client_name.as_deref().unwrap_or_default();
        let software = self.software_id.as_deref().unwrap_or_default();
        [name, software, self.token_endpoint_auth_method.as_str(), &shapes.join(" ")].join("\n")
    }
}

/// Who put a client into the book.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Origin {
    /// It signed by itself (RFC 7591).
    Dynamic,
    /// An administrator made it.
    Administrator,
    /// The configuration lists it; no door changes it.
    Configured,
    /// Its id leads to a document that describes it.
    Document,
}

impl Origin {
    /// Its name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dynamic => "dynamic",
            Self::Administrator => "administrator",
            Self::Configured => "configured",
            Self::Document => "document",
        }
    }

    /// Whether an administrator vouches for whoever came in so.
    pub const fn is_vouched(self) -> bool {
        matches!(self, Self::Administrator | Self::Configured)
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Dynamic, Self::Administrator, Self::Configured, Self::Document].into_iter().find(|o| o.as_str() == text)
    }
}

/// What speaks for a client: who says that it is what it says it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Proof {
    /// Nobody does.
    Nobody,
    /// The document at its id, and so the site where that is.
    Document,
    /// The software statement that it came with.
    Statement,
    /// An administrator, who made it or vouches for it.
    Administrator,
    /// The configuration, which lists it.
    Configuration,
}

impl Proof {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Nobody, Self::Document, Self::Statement, Self::Administrator, Self::Configuration];

    /// Its name in the database, in links and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Document => "document",
            Self::Statement => "statement",
            Self::Administrator => "administrator",
            Self::Configuration => "configuration",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.as_str() == text)
    }
}

/// On which terms a client that registered itself was let in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Terms {
    /// The initial access token that it came with.
    pub initial_token: Option<InitialTokenId>,
    /// The most that it may ever ask for, where that token or an administrator says so.
    pub most_scope: Option<ScopeSet>,
    /// Whether an administrator has to approve it before a person may let it in.
    pub waits: bool,
    /// The software statement that it came with.
    pub statement: Option<Statement>,
}

/// A software statement (RFC 7591 section 2.3) whose signature was found good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// As it was sent.
    pub text: String,
    /// Who signed it, if it says where the client sends people: of anything else it would vouch for whoever has a copy.
    pub vouches: Option<String>,
}

/// A client secret as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredSecret {
    /// argon2id in PHC form.
    pub hash: String,
    /// When it was made.
    pub issued_at: Time,
    /// Until when it works; `None`: for ever.
    pub expires_at: Option<Time>,
}

impl StoredSecret {
    /// Whether it still works.
    pub fn is_live(&self, now: Time) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// The host that an id leads to, at whichever port, if it is the address of a document.
pub fn site_of(id: &ClientId) -> Option<String> {
    url::Url::parse(id.as_str()).ok()?.host_str().map(str::to_owned)
}

/// What the group of a described client begins with.
const DESCRIBED_BY: &str = "described by ";

/// A registered client.
#[derive(Clone, PartialEq, Debug)]
pub struct Client {
    /// Its `client_id`.
    pub id: ClientId,
    /// What it registered.
    pub metadata: Metadata,
    /// Who put it into the book.
    pub origin: Origin,
    /// On which terms it was let in.
    pub terms: Terms,
    /// Its secret, when it has one.
    pub secret: Option<StoredSecret>,
    /// The secret before the last rotation, while it still works.
    pub old_secret: Option<StoredSecret>,
    /// The digest of its registration access token.
    pub registration_token: Option<Digest>,
    /// When that token was made.
    pub registration_token_at: Option<Time>,
    /// When it registered.
    pub created_at: Time,
    /// From which address.
    pub created_ip: String,
    /// Which administrator made it, if one did.
    pub created_by: Option<UserId>,
    /// When its metadata last changed.
    pub updated_at: Time,
    /// When a person first allowed it something.
    pub authorized_at: Option<Time>,
    /// The last authentication, authorization or use of a token.
    pub last_used_at: Option<Time>,
    /// Since when an administrator keeps it out.
    pub disabled_at: Option<Time>,
    /// Whether an administrator vouches for it: consent may then be remembered.
    pub trusted: bool,
}

impl Client {
    /// A client as it comes into the book, with nothing yet but what it says of itself.
    pub fn new(id: ClientId, metadata: Metadata, origin: Origin, now: Time) -> Self {
        Self {
            id,
            metadata,
            origin,
            terms: Terms::default(),
            secret: None,
            old_secret: None,
            registration_token: None,
            registration_token_at: None,
            created_at: now,
            created_ip: String::new(),
            created_by: None,
            updated_at: now,
            authorized_at: None,
            last_used_at: None,
            disabled_at: None,
            trusted: false,
        }
    }

    /// Its name for people; what it says of itself, or a stand-in.
    pub fn name(&self) -> &str {
        self.metadata.client_name.as_deref().unwrap_or("Unnamed client")
    }

    /// Whether it authenticates with something only it knows.
    pub fn is_confidential(&self) -> bool {
        !self.accepts(AuthMethod::None)
    }

    /// Whether it may authenticate in that way.
    pub fn accepts(&self, method: AuthMethod) -> bool {
        let metadata = &self.metadata;
        metadata.token_endpoint_auth_method == method
            || metadata.token_endpoint_auth_methods_supported.contains(&method)
    }

    /// Whether it has a secret.
    pub const fn has_secret(&self) -> bool {
        self.metadata.token_endpoint_auth_method.has_secret()
    }

    /// What speaks for it: an administrator before anybody else.
    pub fn proof(&self) -> Proof {
        match self.origin {
            Origin::Configured => Proof::Configuration,
            _ if self.is_vouched_for() => Proof::Administrator,
            Origin::Document => Proof::Document,
            Origin::Dynamic if self.stated_by().is_some() => Proof::Statement,
            Origin::Dynamic | Origin::Administrator => Proof::Nobody,
        }
    }

    /// Whether an administrator made it or vouches for it.
    pub fn is_vouched_for(&self) -> bool {
        self.origin == Origin::Administrator || self.trusted
    }

    /// Whether an administrator let it act in its own name, with no person behind it: by making it, by vouching for it, or by the
    /// initial access token that it came with.
    pub fn may_act_for_itself(&self) -> bool {
        let told = self.terms.initial_token.is_some() && self.may_use(GrantType::ClientCredentials);
        self.is_vouched_for() || told
    }

    /// The most that it may ever ask for. For those that signed by themselves policy alone draws the line, or what the initial access
    /// token that they came with or an administrator said, not what their first request happened to name; for the others the
    /// administrator did.
    pub fn most_scope(&self) -> Option<&ScopeSet> {
        let written = || (self.origin.is_vouched() && !self.metadata.scope.is_empty()).then_some(&self.metadata.scope);
        self.terms.most_scope.as_ref().or_else(written)
    }

    /// Whether that is no more than it may have.
    pub fn may_have(&self, scope: &ScopeSet) -> bool {
        self.most_scope().is_none_or(|most| scope.is_subset_of(most))
    }

    /// What it has in common with clients that are alike, as far as an approval of one holds for the others: the site that
    /// describes it, or else its name, software, method, keys and redirect URIs, and whether it comes in at a device, where nobody
    /// is sent anywhere.
    pub fn group(&self) -> String {
        if let Some(host) = self.described_by() {
            return format!("{DESCRIBED_BY}{host}");
        }
        let keys = self.metadata.jwks.as_ref().map(ToString::to_string);
        let keys = self.metadata.jwks_uri.clone().or(keys).unwrap_or_default();
        let device = if self.may_use(GrantType::DeviceCode) { "\nat a device" } else { "" };
        format!("{}\n{keys}{device}", self.metadata.likeness())
    }

    /// The host whose document describes it, if one does: the one thing about it that was checked.
    pub fn described_by(&self) -> Option<String> {
        (self.origin == Origin::Document).then(|| site_of(&self.id)).flatten()
    }

    /// Whose software statement says what it is and where it sends people, if one does.
    pub fn stated_by(&self) -> Option<&str> {
        self.terms.statement.as_ref()?.vouches.as_deref()
    }

    /// Whether it may use that grant.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.metadata.grant_types.contains(&grant)
    }
}

/// What is known of the document that describes a client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Described {
    /// When it was last fetched and found good.
    pub fetched_at: Time,
    /// Until when it need not be fetched again.
    pub fresh_until: Time,
    /// Until when it stands in while it cannot be fetched.
    pub stale_until: Time,
    /// Why it could not be fetched the last time.
    pub trouble: Option<String>,
}

/// Why a registration left the book.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Departure {
    /// An administrator revoked it; it does not come back.
    Revoked,
    /// The client deleted itself (RFC 7592 section 2.3).
    Deleted,
    /// Nobody used it.
    Unused,
}

impl Departure {
    /// Its name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Deleted => "deleted",
            Self::Unused => "unused",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Revoked, Self::Deleted, Self::Unused].into_iter().find(|d| d.as_str() == text)
    }
}

/// The small record that a registration leaves.
#[derive(Clone, PartialEq, Debug)]
pub struct Tombstone {
    /// The id that is not given again.
    pub id: ClientId,
    /// What it had registered.
    pub metadata: Metadata,
    /// Why it left.
    pub why: Departure,
    /// Who took it out; `None` for a job or the client itself.
    pub by: Option<UserId>,
    /// When it had registered.
    pub created_at: Time,
    /// When it left.
    pub left_at: Time,
}
