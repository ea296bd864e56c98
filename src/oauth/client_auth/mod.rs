//! Client authentication (RFC 6749 section 2.3): exactly one method a request. [`presented`] reads what was sent;
//! the flow looks the client up and compares secrets (that is slow on purpose); [`judge`] decides, and is the only maker of
//! a [`Proven`] client.

pub mod assertion;
mod basic;

use std::{ops::Deref, sync::Arc};

use self::assertion::Assertion;
use super::{
    error::{BASIC_CHALLENGE, OAuthError, invalid_client, invalid_request},
    params::Params,
    why::Why,
};
use crate::base::{
    client::{AuthMethod, Client, StoredSecret},
    id::ClientId,
    secret::Plain,
    time::Time,
};

/// What a caller says of itself.
pub struct Presented {
    client: ClientId,
    secrets: Vec<Plain>,
    basic: bool,
    assertion: Option<Box<Assertion>>,
}

impl Presented {
    /// Who it says it is.
    pub const fn client_id(&self) -> &ClientId {
        &self.client
    }

    /// The secret it sent, in each way that it may be read; empty for a public client.
    pub fn secrets(&self) -> &[Plain] {
        &self.secrets
    }

    /// The assertion it sent.
    pub fn assertion(&self) -> Option<&Assertion> {
        self.assertion.as_deref()
    }

    /// A refusal of who it says it is: one with 401 names the scheme where the `Authorization` header was used (RFC 6749 section
    /// 5.2).
    pub fn challenged(&self, error: OAuthError) -> OAuthError {
        if self.basic && error.status() == 401 { error.with_challenge(BASIC_CHALLENGE) } else { error }
    }
}

/// What comparing the presented secret with the live ones gave, or looking at the assertion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretVerdict {
    /// There was nothing to look at.
    NotAsked,
    /// It is one of them, or the assertion is good.
    Matches,
    /// It is none of them.
    Differs,
}

/// A client that proved who it is, as far as it can.
#[derive(Debug)]
pub struct Proven {
    client: Arc<Client>,
    authenticated: bool,
}

impl Proven {
    /// The client itself.
    pub fn into_client(self) -> Arc<Client> {
        self.client
    }

    /// Whether it showed something this time that only it knows: some clients may, and need not.
    pub const fn is_authenticated(&self) -> bool {
        self.authenticated
    }
}

impl Deref for Proven {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Reads the `Authorization` header and the form.
pub fn presented(authorization: Option<&str>, params: &Params) -> Result<Presented, OAuthError> {
    let id = params.one("client_id")?;
    let secret = params.one("client_secret")?;
    let (assertion, kind) = (params.one("client_assertion")?, params.one("client_assertion_type")?);
    let asserted = assertion.is_some() || kind.is_some();
    if usize::from(authorization.is_some()) + usize::from(secret.is_some()) + usize::from(asserted) > 1 {
        return Err(invalid_request(Why::TwoMethods));
    }
    if asserted {
        let text = assertion.filter(|_| kind == Some(assertion::TYPE));
        let assertion = Assertion::read(text.ok_or_else(|| invalid_client(Why::AssertionUnsupported))?)?;
        if id.is_some_and(|id| id != assertion.subject()) {
            return Err(invalid_request(Why::ClientIdDiffers));
        }
        let client = ClientId::new(assertion.subject());
        return Ok(Presented { client, secrets: Vec::new(), basic: false, assertion: Some(Box::new(assertion)) });
    }
    if let Some(header) = authorization {
        let credentials =
            basic::read(header).ok_or_else(|| invalid_client(Why::BasicMalformed).with_challenge(BASIC_CHALLENGE))?;
        if id.is_some_and(|id| id != credentials.client) {
            return Err(invalid_request(Why::ClientIdDiffers));
        }
        let client = ClientId::new(credentials.client);
        return Ok(Presented { client, secrets: credentials.secrets, basic: true, assertion: None });
    }
    let client = ClientId::new(id.ok_or_else(|| invalid_client(Why::CredentialsMissing))?);
    let secrets = secret.map(|s| Plain::new(s.to_owned())).into_iter().collect();
    Ok(Presented { client, secrets, basic: false, assertion: None })
}

/// The secrets of a client that work right now: the newest first.
pub fn live_secrets(client: &Client, now: Time) -> Vec<&StoredSecret> {
    [&client.secret, &client.old_secret].into_iter().flatten().filter(|secret| secret.is_live(now)).collect()
}

/// Decides whether the caller is who it says. A client with a secret may send it by header or body; one without must send
/// none, and one that signs must sign, unless its document says that it may do without.
///
/// Strangers hear the same words whatever was wrong.
pub fn judge(
    client: Option<Arc<Client>>,
    presented: &Presented,
    verdict: SecretVerdict,
    now: Time,
) -> Result<Proven, OAuthError> {
    let refuse = |why| presented.challenged(invalid_client(why));
    let client = client.filter(|c| c.id == presented.client).ok_or_else(|| refuse(Why::AuthClientUnknown))?;
    if client.disabled_at.is_some() {
        return Err(refuse(Why::AuthClientDisabled));
    }
    let proven = |client, authenticated| Ok(Proven { client, authenticated });
    let (secretive, good) = (client.has_secret(), verdict == SecretVerdict::Matches);
    match (&presented.assertion, presented.secrets.is_empty()) {
        (Some(_), _) if good && client.accepts(AuthMethod::PrivateKeyJwt) => proven(client, true),
        (Some(_), _) => Err(refuse(Why::AssertionUnregistered)),
        (None, true) if client.accepts(AuthMethod::None) => proven(client, false),
        (None, true) if secretive => Err(refuse(Why::SecretMissing)),
        (None, true) => Err(refuse(Why::AssertionMissing)),
        (None, false) if !secretive => Err(refuse(Why::SecretOfPublicClient)),
        (None, false) if good => proven(client, true),
        (None, false) if live_secrets(&client, now).is_empty() => Err(refuse(Why::SecretExpired)),
        (None, false) => Err(refuse(Why::SecretWrong)),
    }
}

#[cfg(test)]
pub(crate) mod tests;
