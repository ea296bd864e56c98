//! An identity assertion JWT authorization grant, short ID-JAG (draft-ietf-oauth-identity-assertion-authz-grant, RFC 7523
//! section 2.1): a company's identity provider says that one of its people may use one of our resources through one of our
//! clients. Read here before anything is believed, then judged; whether its issuer is trusted and signed it, whether it was
//! shown before and whether its person is on the access list is for the flow to say.

use serde::Deserialize;

use super::{Allowed, IdJagRequest, issue::Confirmation};
use crate::{
    base::{
        client::GrantType,
        issuer::Issuer,
        policy::Policy,
        register::ResourceBook,
        scope::ScopeSet,
        time::{Span, Time},
        trusted::TrustedIssuer,
        user::{Email, Identity, Provider, company_id},
    },
    oauth::{
        authorize::checks::{meant_audience, meant_scope},
        client_auth::Proven,
        dpop,
        error::{OAuthError, invalid_grant, invalid_scope, invalid_target, unauthorized_client},
        sent_jwt::{ALGORITHMS, LEEWAY, Once, OneOrMore, Sent, Signature, moment, usable_id},
        why::Why,
    },
};

/// What the profile is called in metadata.
pub const PROFILE: &str = "urn:ietf:params:oauth:grant-profile:id-jag";
/// Its `typ`.
const TYPE: &str = "oauth-id-jag+jwt";
/// For how long it counts, whatever it says: until then it is kept in mind, so that it works once.
const LONGEST: Span = Span::hours(1);
/// The longest `sub` (OpenID Connect Core section 2).
const LONGEST_SUBJECT: usize = 255;
/// The longest name that is kept.
const LONGEST_NAME: usize = 200;

/// An ID-JAG as it was sent: nothing in it is proven.
pub struct IdJag(Sent<Claims>);

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: OneOrMore,
    client_id: String,
    jti: String,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    auth_time: Option<f64>,
    resource: Option<OneOrMore>,
    scope: Option<String>,
    cnf: Option<Confirmation>,
    name: Option<String>,
    email: Option<String>,
}

impl IdJag {
    /// Reads what was sent.
    pub(super) fn read(text: &str) -> Result<Self, OAuthError> {
        Sent::read(text).map(Self).ok_or_else(|| invalid_grant(Why::IdJagMalformed))
    }

    /// Who says it.
    pub fn issuer(&self) -> &str {
        &self.0.claims().iss
    }

    /// How it says it was signed.
    pub fn signature(&self) -> Signature<'_> {
        self.0.signature()
    }

    /// When its person had signed in; when it was made, if it does not say.
    pub fn auth_time(&self) -> Time {
        let claims = self.0.claims();
        moment(claims.auth_time.unwrap_or(claims.iat))
    }

    /// Its person: known by issuer and subject alone. An address is only shown, because it may change hands. A login of their
    /// own would be taken for one of somebody else's.
    pub fn person(&self, from: &TrustedIssuer) -> Identity {
        let claims = self.0.claims();
        let known = company_id(&from.name, &claims.sub);
        let name = claims.name.as_ref().or(claims.email.as_ref());
        let name = name.map(|name| name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect::<String>());
        Identity {
            provider: Provider::Company,
            login: known.clone(),
            stable_id: known,
            name: name.filter(|name| !name.trim().is_empty()),
            email: Email::NotAsked,
        }
    }
}

/// Whether this client may come with one at all.
pub fn client(by: &Proven) -> Result<(), OAuthError> {
    if !by.may_use(GrantType::JwtBearer) {
        return Err(unauthorized_client(Why::GrantNotRegistered));
    }
    // It names its client: whoever overhears one must not be able to pass for that client.
    if !by.is_authenticated() {
        return Err(unauthorized_client(Why::IdJagPublicClient));
    }
    Ok(())
}

/// Judges all but the signature (RFC 7523 section 3 and the profile's own rules).
pub fn check(request: &IdJagRequest, by: &Proven, issuer: &Issuer, now: Time) -> Result<Once, OAuthError> {
    let refuse = |why| Err(invalid_grant(why));
    let jag = &request.assertion.0;
    let claims = jag.claims();
    if !jag.is_of_type(TYPE) {
        return refuse(Why::IdJagType);
    }
    if !ALGORITHMS.contains(&jag.signature().algorithm) {
        return refuse(Why::IdJagAlgorithm);
    }
    if claims.aud.only() != Some(issuer.as_str()) {
        return Err(invalid_grant(Why::IdJagAudience).about(&claims.aud.all().join(" ")));
    }
    if claims.client_id != by.id.as_str() {
        return Err(invalid_grant(Why::IdJagClient).about(&claims.client_id));
    }
    let begun = |at: f64| moment(at) <= now + LEEWAY;
    let end = moment(claims.exp).min(moment(claims.iat) + LONGEST);
    if end + LEEWAY <= now || !begun(claims.iat) || !claims.nbf.is_none_or(begun) {
        return refuse(Why::IdJagTime);
    }
    if claims.sub.is_empty() || claims.sub.len() > LONGEST_SUBJECT {
        return refuse(Why::IdJagSubject);
    }
    dpop::may_spend(claims.cnf.as_ref().map(|cnf| cnf.jkt.as_str()), request.key.as_deref())?;
    match usable_id(Some(&claims.jti)) {
        Some(jti) => Ok(Once { key: format!("id-jag\n{}\n{jti}", claims.iss), until: end + LEEWAY }),
        None => refuse(Why::IdJagId),
    }
}

/// What it gives. Its `resource` becomes the audience, and its scope is the most there is; the request may ask for less.
pub fn allowed(
    request: &IdJagRequest,
    by: &Proven,
    book: &ResourceBook,
    policy: &Policy,
) -> Result<Allowed, OAuthError> {
    let claims = request.assertion.0.claims();
    let said: Vec<&str> = claims.resource.iter().flat_map(OneOrMore::all).map(String::as_str).collect();
    let audience = match (said.as_slice(), &request.resource) {
        ([], Some(named)) => meant_audience(&[named.as_str()], book)?,
        (said, _) => meant_audience(said, book)?,
    };
    let audience = audience.uri;
    if let Some(other) = request.resource.as_ref().filter(|named| !named.names_same_as(&audience)) {
        return Err(invalid_target(Why::ResourceDiffers).about(other.as_str()));
    }
    let most = claims.scope.as_deref().map(ScopeSet::parse).filter(|most| !most.is_empty());
    let asked = match (&request.scope, &most) {
        (Some(asked), Some(most)) => asked.intersection(most),
        (Some(asked), None) => asked.clone(),
        (None, most) => most.clone().unwrap_or_default(),
    };
    let meant = meant_scope(&asked.to_string(), by, &audience, book, policy);
    // Its provider is asked again instead (the profile, section 4.4.3), and has said who it is.
    let meant = meant.difference(&ScopeSet::of_server());
    match most {
        None => Ok(Allowed { scope: meant, audience }),
        Some(most) => match meant.intersection(&most) {
            none if none.is_empty() => Err(invalid_scope(Why::IdJagScope).about(&most.to_string())),
            scope => Ok(Allowed { scope, audience }),
        },
    }
}

#[cfg(test)]
mod tests;
