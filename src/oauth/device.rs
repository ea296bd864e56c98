//! Device authorization (RFC 8628 section 3.1): what a device without a browser may ask for, and what it is told.

use serde::Serialize;

use super::{
    authorize::checks::{left_open, meant_audience, meant_scope},
    client_auth::Proven,
    error::{OAuthError, unauthorized_client},
    params::Params,
    token::device::INTERVAL,
    why::Why,
};
use crate::base::{
    client::{Client, GrantType},
    grant::Device,
    issuer::Issuer,
    policy::Policy,
    register::{Resource, ResourceBook},
    resource::ResourceUri,
    scope::ScopeSet,
    secret::Plain,
    time::Span,
    user_code::UserCode,
};

/// What may be asked of a person: only [`check`] makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    scope: ScopeSet,
    audience: ResourceUri,
    open: Option<String>,
}

impl Asked {
    /// What it would do.
    pub const fn scope(&self) -> &ScopeSet {
        &self.scope
    }

    /// At which resource.
    pub const fn audience(&self) -> &ResourceUri {
        &self.audience
    }

    /// The scope as it was asked for, while its person has yet to say for which resource.
    pub fn open(&self) -> Option<&str> {
        self.open.as_deref()
    }
}

/// Checks the request of a proven client. Scope and resource follow the rules of authorization.
pub fn check(by: &Proven, params: &Params, book: &ResourceBook, policy: &Policy) -> Result<Asked, OAuthError> {
    params.repeats_only(&["resource"])?;
    if !by.may_use(GrantType::DeviceCode) {
        return Err(unauthorized_client(Why::GrantNotRegistered));
    }
    let audience = meant_audience(&params.many("resource"), book)?;
    let asked = params.one("scope")?.unwrap_or_default();
    let open = left_open(asked, &audience, book);
    let scope = meant_scope(asked, by, &audience.uri, book, policy);
    Ok(Asked { scope, audience: audience.uri, open })
}

/// The same device for the resource that its person chose; its scope is judged against that one.
pub fn meant_for(device: Device, chosen: &Resource, client: &Client, book: &ResourceBook, policy: &Policy) -> Device {
    let Some(asked) = &device.open else { return device };
    let scope = meant_scope(asked, client, &chosen.uri, book, policy);
    Device { scope, audience: chosen.uri.clone(), open: None, ..device }
}

/// The answer (RFC 8628 section 3.2). It holds the device code and so has no `Debug`.
#[derive(Serialize)]
pub struct Reply {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: i64,
    interval: i64,
}

impl Reply {
    /// The answer for a device that just began to wait.
    pub fn new(issuer: &Issuer, device_code: &Plain, user_code: &UserCode, life: Span) -> Self {
        Self {
            device_code: device_code.expose().to_owned(),
            user_code: user_code.to_string(),
            verification_uri: issuer.url("/device"),
            verification_uri_complete: issuer.url(&format!("/device?user_code={user_code}")),
            expires_in: life.as_seconds(),
            interval: INTERVAL.as_seconds(),
        }
    }
}
