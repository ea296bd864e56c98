//! The token endpoint (RFC 6749 section 3.2): reads the request into its grant. The flow authenticates the client first:
//! a client that is no longer known must hear `invalid_client` and nothing else, or it never registers again.

pub mod client_credentials;
pub mod code;
pub mod device;
pub mod exchange;
pub mod id_jag;
pub mod issue;
pub mod refresh;

use self::{id_jag::IdJag, issue::Act};
use super::{
    client_auth::Proven,
    dpop::Proof,
    error::{OAuthError, invalid_dpop_proof, invalid_grant, invalid_request, invalid_target, unsupported_grant_type},
    params::Params,
    pkce::Verifier,
    why::Why,
};
use crate::base::{
    client::GrantType,
    grant::{Grant, is_itself},
    id::{ClientId, GrantId, UserId},
    resource::ResourceUri,
    scope::ScopeSet,
    secret::Plain,
    time::Time,
    token::TokenKind,
};

/// A token request by its grant.
pub enum TokenRequest {
    /// `authorization_code` (RFC 6749 section 4.1.3).
    Code(CodeExchange),
    /// `refresh_token` (RFC 6749 section 6).
    Refresh(RefreshRequest),
    /// `client_credentials` (RFC 6749 section 4.4.2).
    Client(ClientRequest),
    /// `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 section 3.4).
    Device(DeviceRequest),
    /// `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 section 2.1).
    IdJag(Box<IdJagRequest>),
}

/// A code to be spent.
pub struct CodeExchange {
    /// The code.
    pub code: Plain,
    /// Where the client says it was sent; OAuth 2.1 leaves it out.
    pub redirect_uri: Option<String>,
    /// The proof (RFC 7636).
    pub verifier: Verifier,
    /// For which resource, when named again (RFC 8707 section 2.2).
    pub resource: Option<ResourceUri>,
    /// The thumbprint of the key that the client proved to hold (RFC 9449 section 5).
    pub key: Option<String>,
}

/// A refresh token to be spent.
pub struct RefreshRequest {
    /// The token.
    pub token: Plain,
    /// Less than was granted, when named.
    pub scope: Option<ScopeSet>,
    /// For which resource, when named again.
    pub resource: Option<ResourceUri>,
    /// The thumbprint of the key that the client proved to hold.
    pub key: Option<String>,
}

/// A device that asks whether its person has answered.
pub struct DeviceRequest {
    /// Its device code.
    pub code: Plain,
    /// For which resource, when named again.
    pub resource: Option<ResourceUri>,
    /// The thumbprint of the key that the client proved to hold (RFC 9449 section 5).
    pub key: Option<String>,
}

/// A client that asks in its own name.
pub struct ClientRequest {
    /// What it asks for, with spaces between; may be empty.
    pub scope: String,
    /// For which resources (RFC 8707 section 2): one can be served.
    pub resources: Vec<String>,
    /// The thumbprint of the key that the client proved to hold (RFC 9449 section 5).
    pub key: Option<String>,
}

/// A client that comes with what an identity provider says of a person.
pub struct IdJagRequest {
    /// What it says.
    pub assertion: IdJag,
    /// Less than it says, when named.
    pub scope: Option<ScopeSet>,
    /// For which resource, when named again.
    pub resource: Option<ResourceUri>,
    /// The thumbprint of the key that the client proved to hold (RFC 9449 section 5).
    pub key: Option<String>,
}

impl TokenRequest {
    /// Reads the form. What is not of the right kind is refused by its prefix, before anything is looked up.
    pub fn parse(params: &Params) -> Result<Self, OAuthError> {
        params.repeats_only(&["resource"])?;
        match params.one("grant_type")? {
            Some("authorization_code") => CodeExchange::parse(params).map(Self::Code),
            Some("refresh_token") => RefreshRequest::parse(params).map(Self::Refresh),
            Some("client_credentials") => ClientRequest::parse(params).map(Self::Client),
            Some(name) if name == GrantType::DeviceCode.as_str() => DeviceRequest::parse(params).map(Self::Device),
            Some(name) if name == GrantType::JwtBearer.as_str() => {
                IdJagRequest::parse(params).map(Box::new).map(Self::IdJag)
            }
            Some(other) => Err(unsupported_grant_type(Why::GrantTypeUnsupported).about(other)),
            None => Err(invalid_request(Why::GrantTypeMissing)),
        }
    }
}

impl TokenRequest {
    /// The same from a client that proved to hold a key, or did not. Some clients always must (RFC 9449 section 5.2).
    pub fn with_proof(self, by: &Proven, proof: Option<&Proof>) -> Result<Self, OAuthError> {
        if proof.is_none() && by.metadata.dpop_bound_access_tokens {
            return Err(invalid_dpop_proof(Why::ProofMissing));
        }
        let key = proof.map(|proof| proof.key().to_owned());
        Ok(match self {
            Self::Code(request) => Self::Code(CodeExchange { key, ..request }),
            Self::Refresh(request) => Self::Refresh(RefreshRequest { key, ..request }),
            Self::Device(request) => Self::Device(DeviceRequest { key, ..request }),
            Self::Client(request) => Self::Client(ClientRequest { key, ..request }),
            Self::IdJag(request) => Self::IdJag(Box::new(IdJagRequest { key, ..*request })),
        })
    }
}

impl CodeExchange {
    fn parse(params: &Params) -> Result<Self, OAuthError> {
        let code = params.one("code")?.ok_or_else(|| invalid_request(Why::CodeMissing))?;
        Ok(Self {
            code: Plain::parse(TokenKind::Code, code).ok_or_else(|| invalid_grant(Why::CodeShape))?,
            redirect_uri: params.one("redirect_uri")?.map(str::to_owned),
            verifier: Verifier::parse(params.one("code_verifier")?)?,
            resource: resource(params)?,
            key: None,
        })
    }
}

impl RefreshRequest {
    fn parse(params: &Params) -> Result<Self, OAuthError> {
        let token = params.one("refresh_token")?.ok_or_else(|| invalid_request(Why::RefreshMissing))?;
        Ok(Self {
            token: Plain::parse(TokenKind::Refresh, token).ok_or_else(|| invalid_grant(Why::RefreshShape))?,
            scope: params.one("scope")?.map(ScopeSet::parse).filter(|scope| !scope.is_empty()),
            resource: resource(params)?,
            key: None,
        })
    }

    /// What shapes the reply: only a request with the same ones may be given the same reply again.
    pub fn spent_for(&self) -> String {
        let mut scope: Vec<_> = self.scope.iter().flat_map(ScopeSet::iter).collect();
        scope.sort_unstable();
        let resource = self.resource.as_ref().map(ResourceUri::as_str).unwrap_or_default();
        let key = self.key.iter().map(|key| format!("\n{key}")).collect::<String>();
        format!("{}\n{resource}{key}", scope.join(" "))
    }
}

impl DeviceRequest {
    fn parse(params: &Params) -> Result<Self, OAuthError> {
        let code = params.one("device_code")?.ok_or_else(|| invalid_request(Why::DeviceCodeMissing))?;
        Ok(Self {
            code: Plain::parse(TokenKind::Device, code).ok_or_else(|| invalid_grant(Why::DeviceCodeShape))?,
            resource: resource(params)?,
            key: None,
        })
    }
}

impl ClientRequest {
    fn parse(params: &Params) -> Result<Self, OAuthError> {
        Ok(Self {
            scope: params.one("scope")?.unwrap_or_default().to_owned(),
            resources: params.many("resource").into_iter().map(str::to_owned).collect(),
            key: None,
        })
    }
}

impl IdJagRequest {
    fn parse(params: &Params) -> Result<Self, OAuthError> {
        let assertion = params.one("assertion")?.ok_or_else(|| invalid_request(Why::IdJagMissing))?;
        Ok(Self {
            assertion: IdJag::read(assertion)?,
            scope: params.one("scope")?.map(ScopeSet::parse).filter(|scope| !scope.is_empty()),
            resource: resource(params)?,
            key: None,
        })
    }
}

/// RFC 8707 section 2.2: here one distinct value is served.
fn resource(params: &Params) -> Result<Option<ResourceUri>, OAuthError> {
    let mut named = None::<ResourceUri>;
    for text in params.many("resource") {
        let uri = ResourceUri::parse(text).ok_or_else(|| invalid_target(Why::ResourceMalformed))?;
        match &named {
            Some(first) if !first.names_same_as(&uri) => return Err(invalid_target(Why::ResourceSeveral)),
            Some(_) => {}
            None => named = Some(uri),
        }
    }
    Ok(named)
}

/// What a client may have that comes without a code: made by the rules of such grants, and by nothing else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allowed {
    scope: ScopeSet,
    audience: ResourceUri,
}

impl Allowed {
    /// What it may do.
    pub const fn scope(&self) -> &ScopeSet {
        &self.scope
    }

    /// For which resource.
    pub const fn audience(&self) -> &ResourceUri {
        &self.audience
    }
}

/// What may be issued now: made by the rules of each grant, and by nothing else.
#[derive(Clone, PartialEq, Debug)]
pub struct Grantable {
    grant: GrantId,
    client: ClientId,
    user: UserId,
    scope: ScopeSet,
    audience: ResourceUri,
    auth_time: Time,
    until: Option<Time>,
    refreshable: bool,
    key: Option<String>,
    refresh_key: Option<String>,
    act: Option<Act>,
    nonce: Option<String>,
}

impl Grantable {
    fn of(grant: &Grant, scope: ScopeSet, refreshable: bool, by: &Proven, key: Option<&str>) -> Self {
        let key = key.map(str::to_owned);
        Self {
            grant: grant.id.clone(),
            client: grant.client.clone(),
            user: grant.user.clone(),
            scope,
            audience: grant.audience.clone(),
            auth_time: grant.auth_time,
            until: grant.expires_at,
            refreshable,
            // A confidential client's refresh tokens are bound to its secret already (RFC 9449 section 5).
            refresh_key: key.clone().filter(|_| !by.is_confidential()),
            key,
            act: None,
            nonce: None,
        }
    }

    /// What a client may have that can ask again by itself, under a grant that the rule allowed; never a refresh token (RFC
    /// 6749 section 4.4.3, RFC 7521 section 4.1).
    pub fn without_refresh(allowed: Allowed, grant: &Grant, by: &Proven, key: Option<&str>) -> Self {
        Self::of(grant, allowed.scope, false, by, key)
    }

    /// The same for somebody who signed in at another time than when the grant was given.
    pub fn signed_in(self, auth_time: Time) -> Self {
        Self { auth_time, ..self }
    }

    /// Whether there is a person in whose name it is issued.
    pub fn has_person(&self) -> bool {
        !is_itself(&self.user, &self.client)
    }

    /// Under which grant.
    pub const fn grant(&self) -> &GrantId {
        &self.grant
    }

    /// To whom.
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// In whose name.
    pub const fn user(&self) -> &UserId {
        &self.user
    }

    /// What.
    pub const fn scope(&self) -> &ScopeSet {
        &self.scope
    }

    /// For which resource.
    pub const fn audience(&self) -> &ResourceUri {
        &self.audience
    }

    /// When the grant itself runs out; nothing issued under it may live longer.
    pub const fn until(&self) -> Option<Time> {
        self.until
    }

    /// The key that the access token is bound to.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The key that the refresh token is bound to.
    pub fn refresh_key(&self) -> Option<&str> {
        self.refresh_key.as_deref()
    }

    /// What the client wants to find in the `id_token`.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// Whether a refresh token belongs to the reply: the client registered the grant, whatever scopes it asked for.
    pub const fn refreshable(&self) -> bool {
        self.refreshable
    }
}

/// A `resource` at the token endpoint must be the one that the person allowed.
fn same_resource(grant: &Grant, named: Option<&ResourceUri>) -> Result<(), OAuthError> {
    match named {
        Some(other) if !other.names_same_as(&grant.audience) => {
            Err(invalid_target(Why::ResourceDiffers).about(other.as_str()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
