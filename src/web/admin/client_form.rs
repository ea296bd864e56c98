//! The fields of a client as an administrator writes them: of a new one, and of one that changes. They have the names of RFC 7591
//! section 2, and go to the rules of registration.

use serde_json::{Map, Value, json};

use super::guard::Admin;
use crate::{
    base::{
        client::{AuthMethod, GrantType, Metadata},
        scope::ScopeSet,
    },
    oauth::{error::OAuthError, why::Why},
    web::view::{Field, Link, Pick},
};

/// The fields that are sent, but for those that are sent more than once.
pub(super) const FIELDS: [&str; 11] = [
    "client_name",
    "redirect_uris",
    "token_endpoint_auth_method",
    "jwks",
    "jwks_uri",
    "scope",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "contacts",
];

const METHODS: [(AuthMethod, &str); 4] = [
    (AuthMethod::None, "Nothing: PKCE alone, for programs on people's own computers"),
    (AuthMethod::ClientSecretBasic, "A secret in the header, for servers"),
    (AuthMethod::ClientSecretPost, "A secret in the form, for servers that cannot send headers"),
    (AuthMethod::PrivateKeyJwt, "A signature of its own key, for servers that keep one"),
];
const GRANTS: [(GrantType, &str); 5] = [
    (GrantType::AuthorizationCode, "Ask people to let it in"),
    (GrantType::RefreshToken, "Go on while they are away"),
    (GrantType::DeviceCode, "Sign in on devices without a browser, by a code"),
    (GrantType::ClientCredentials, "Act in its own name, with no person behind it"),
    (GrantType::JwtBearer, "Bring people whom a trusted identity provider vouches for"),
];

/// The fields, with what stands in them and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct ClientForm {
    /// Links to the wrong fields.
    pub problems: Vec<Link>,
    /// `client_name`
    pub name: Field,
    /// `redirect_uris`, one a line.
    pub redirect_uris: Field,
    /// `token_endpoint_auth_method`
    pub methods: Vec<Pick>,
    /// What is wrong with the method.
    pub method_error: Option<String>,
    /// `jwks`, as JSON.
    pub jwks: Field,
    /// `jwks_uri`
    pub jwks_uri: Field,
    /// `grant_types`: one box a grant.
    pub grants: Vec<Pick>,
    /// What is wrong with the grants.
    pub grants_error: Option<String>,
    /// `scope`
    pub scope: Field,
    /// `client_uri`
    pub home: Field,
    /// `logo_uri`
    pub logo: Field,
    /// `tos_uri`
    pub terms: Field,
    /// `policy_uri`
    pub privacy: Field,
    /// `contacts`, one a line.
    pub contacts: Field,
}

impl ClientForm {
    /// A form about a client that says this of itself.
    pub(super) fn of(admin: &Admin, metadata: &Metadata) -> Self {
        let field = |value: String| Field { value, error: None };
        let text = |value: &Option<String>| field(value.clone().unwrap_or_default());
        let lines = |lines: Vec<&str>| field(lines.join("\n"));
        let jwks = metadata.jwks.as_ref().and_then(|jwks| serde_json::to_string_pretty(jwks).ok());
        let grants: Vec<&str> = metadata.grant_types.iter().map(|grant| grant.as_str()).collect();
        Self {
            problems: Vec::new(),
            name: text(&metadata.client_name),
            redirect_uris: lines(metadata.redirect_uris.iter().map(|uri| uri.as_str()).collect()),
            methods: methods(metadata.token_endpoint_auth_method.as_str()),
            method_error: None,
            jwks: text(&jwks),
            jwks_uri: text(&metadata.jwks_uri),
            grants: picked(admin, &grants),
            grants_error: None,
            scope: field(metadata.scope.to_string()),
            home: text(&metadata.client_uri),
            logo: text(&metadata.logo_uri),
            terms: text(&metadata.tos_uri),
            privacy: text(&metadata.policy_uri),
            contacts: lines(metadata.contacts.iter().map(String::as_str).collect()),
        }
    }

    /// The form again, with what was typed and what is wrong with it.
    pub(super) fn again(admin: &Admin, Problem { place, words }: Problem) -> Self {
        let field = |name: &str| Field { value: admin.sent.text(name).into(), error: None };
        let mut form = Self {
            problems: vec![Link::new(&*words, format!("#{place}"))],
            name: field("client_name"),
            redirect_uris: field("redirect_uris"),
            methods: methods(admin.one("token_endpoint_auth_method")),
            method_error: None,
            jwks: field("jwks"),
            jwks_uri: field("jwks_uri"),
            grants: picked(admin, &admin.sent.many("grant_types")),
            grants_error: None,
            scope: field("scope"),
            home: field("client_uri"),
            logo: field("logo_uri"),
            terms: field("tos_uri"),
            privacy: field("policy_uri"),
            contacts: field("contacts"),
        };
        let error = match place {
            "uris" => &mut form.redirect_uris.error,
            "method" => &mut form.method_error,
            "jwks" => &mut form.jwks.error,
            "jwks-uri" => &mut form.jwks_uri.error,
            "grants" => &mut form.grants_error,
            "scope" => &mut form.scope.error,
            "home" => &mut form.home.error,
            "logo" => &mut form.logo.error,
            "terms" => &mut form.terms.error,
            "privacy" => &mut form.privacy.error,
            "contacts" => &mut form.contacts.error,
            _ => &mut form.name.error,
        };
        *error = Some(words);
        form
    }
}

/// What is wrong with the form, and where.
pub(super) struct Problem {
    pub(super) place: &'static str,
    pub(super) words: String,
}

impl Problem {
    /// What a rule refused.
    pub(super) fn of(error: &OAuthError) -> Self {
        let member = match error.value() {
            Some("client_uri") => Some("home"),
            Some("logo_uri") => Some("logo"),
            Some("tos_uri") => Some("terms"),
            Some("policy_uri") => Some("privacy"),
            Some("jwks_uri") => Some("jwks-uri"),
            Some("contacts") => Some("contacts"),
            Some("client_name") => Some("name"),
            _ => None,
        };
        let place = match error.why() {
            Why::AuthMethodUnsupported | Why::GrantNeedsSecret => "method",
            Why::GrantTypesUnsupported | Why::GrantResponseDiffer | Why::ClientNotVouchedFor => "grants",
            Why::JwksMissing | Why::JwksTwice | Why::JwksShape => "jwks",
            why if why.slug().starts_with("redirect_") => "uris",
            _ => member.unwrap_or("name"),
        };
        let words = match (error.why(), error.value()) {
            // A client is told what to send; here it is the administrator who writes it.
            (why @ (Why::MetadataUri | Why::RedirectMissing | Why::JwksMissing | Why::JwksShape), _) => {
                why.fix_by_hand().to_owned()
            }
            (Why::ClientNotVouchedFor, _) => "Vouch for it on its page first: nobody stands behind it here.".to_owned(),
            (_, Some(value)) if member.is_none() => format!("{}: {value}", error.description()),
            _ => error.description().to_owned(),
        };
        Self { place, words }
    }
}

/// The form as members of a registration: what is empty is `null`. What registration would drop without a word is told to an
/// administrator; `kept` is a scope that may stand there although this server does not offer it (any more).
pub(super) fn read(admin: &Admin, kept: &ScopeSet) -> Result<Map<String, Value>, Problem> {
    let wrong = |place, words: String| Err(Problem { place, words });
    let text = |name: &str| Some(admin.one(name).trim()).filter(|text| !text.is_empty());
    if text("client_name").is_none() {
        return wrong("name", "Give it a name: people read it when they are asked.".into());
    }
    let scope = ScopeSet::parse(admin.one("scope"));
    let unknown = scope.difference(&admin.desk.offers().scopes);
    if !unknown.is_empty() && scope != *kept {
        return wrong("scope", format!("This server does not offer {unknown}."));
    }
    let grants = admin.sent.many("grant_types");
    if grants.is_empty() {
        return wrong("grants", "It must be able to ask people, or nobody can let it in.".into());
    }
    let Ok(jwks) = text("jwks").map(serde_json::from_str::<Value>).transpose() else {
        return wrong("jwks", "This is no JSON: paste the whole set, from { to }.".into());
    };
    let mut members: Map<_, _> = FIELDS.iter().map(|name| ((*name).to_owned(), json!(text(name)))).collect();
    let words = |name: &str| json!(admin.one(name).split_whitespace().collect::<Vec<_>>());
    members.insert("redirect_uris".into(), words("redirect_uris"));
    let contacts = admin.one("contacts").split(['\n', ',']).map(str::trim).filter(|contact| !contact.is_empty());
    members.insert("contacts".into(), json!(contacts.collect::<Vec<_>>()));
    members.insert("grant_types".into(), json!(grants));
    members.insert("jwks".into(), json!(jwks));
    if !kept.is_empty() && scope == *kept {
        members.remove("scope");
    }
    Ok(members)
}

/// What a grant lets a client do, in words.
pub(super) fn granted(grant: GrantType) -> &'static str {
    GRANTS.iter().find(|(known, _)| *known == grant).map_or(grant.as_str(), |(_, words)| words)
}

fn methods(chosen: &str) -> Vec<Pick> {
    METHODS.iter().map(|(method, label)| Pick::new(method.as_str(), label, chosen)).collect()
}

/// The boxes of the grants that this server serves.
fn picked(admin: &Admin, chosen: &[&str]) -> Vec<Pick> {
    let served = GRANTS.iter().filter(|(grant, _)| admin.desk.config.policy.serves(*grant));
    let pick = |(grant, label): &(GrantType, &str)| Pick {
        value: grant.as_str().into(),
        label: (*label).into(),
        chosen: chosen.contains(&grant.as_str()),
    };
    served.map(pick).collect()
}
