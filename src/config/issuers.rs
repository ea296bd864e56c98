//! Others whose signed word counts, as the configuration names them: the identity providers of companies, and whom of their people
//! it lets in; the issuers of software statements.

use url::Url;

use super::{
    load::{Noted, Values},
    nearest::nearest,
    resources::wrong,
};
use crate::base::{
    resource::is_loopback,
    trusted::{IssuerKeys, TrustedIssuer},
    user::{Role, Who, company_id, is_company_name},
};

/// A table of the file that names such issuers, and the members of each.
#[derive(Clone, Copy)]
struct Kind {
    table: &'static str,
    members: &'static [&'static str],
}

/// Identity providers.
const PROVIDERS: Kind = Kind { table: "trusted_issuers", members: &["name", "issuer", "jwks_uri", "keys", "people"] };
/// Issuers of software statements (RFC 7591 section 2.3).
const STATEMENTS: Kind = Kind { table: "statement_issuers", members: &["name", "issuer", "jwks_uri", "keys"] };

/// An identity provider, and its people on the access list.
type Entry = (TrustedIssuer, Vec<(Who, Role)>);

/// Reads every `[[trusted_issuers]]` table.
pub fn trusted(values: &mut Values) -> Result<Vec<Entry>, Noted> {
    entries(values, PROVIDERS)
}

/// Reads every `[[statement_issuers]]` table.
pub fn of_statements(values: &mut Values) -> Result<Vec<TrustedIssuer>, Noted> {
    Ok(entries(values, STATEMENTS)?.into_iter().map(|(issuer, _)| issuer).collect())
}

fn entries(values: &mut Values, kind: Kind) -> Result<Vec<Entry>, Noted> {
    let shape = format!("write each issuer as a [[{}]] table", kind.table);
    let tables = match values.tables.get(kind.table).cloned() {
        None => return Ok(Vec::new()),
        Some(toml::Value::Array(tables)) => tables,
        Some(_) => return Err(wrong(values, kind.table, &shape)),
    };
    let mut entries: Vec<Entry> = Vec::new();
    let mut all = Ok(());
    for (at, table) in tables.iter().enumerate() {
        let place = format!("{}[{at}]", kind.table);
        let read = match table.as_table() {
            Some(table) => entry(values, kind, &place, table),
            None => Err(wrong(values, &place, &shape)),
        };
        match read {
            Ok((new, _)) if entries.iter().any(|(old, _)| old.name == new.name || old.issuer == new.issuer) => {
                all = Err(wrong(values, &place, "this name or issuer stands in the file twice; keep one"));
            }
            Ok(entry) => entries.push(entry),
            Err(noted) => all = Err(noted),
        }
    }
    all.map(|()| entries)
}

fn entry(values: &mut Values, kind: Kind, place: &str, table: &toml::Table) -> Result<Entry, Noted> {
    let mut all = Ok(());
    for key in table.keys().filter(|key| !kind.members.contains(&key.as_str())) {
        let one_of = format!("one of {}", kind.members.join(", "));
        let hint = nearest(key, kind.members.iter().copied()).unwrap_or(&one_of);
        all = Err(wrong(values, &format!("{place}.{key}"), &format!("no member has this name; write {hint}")));
    }
    let text = |key: &str| table.get(key).and_then(toml::Value::as_str);
    let name = text("name").filter(|name| is_company_name(name)).ok_or_else(|| {
        let problem =
            "write a short name of lower-case letters, digits and -; the ids of a company's people begin with it";
        wrong(values, &format!("{place}.name"), problem)
    });
    let issuer = text("issuer").filter(|url| is_address(url)).ok_or_else(|| {
        wrong(values, &format!("{place}.issuer"), "write the https URL that it calls itself, byte for byte")
    });
    let keys = keys(values, place, table);
    let people = match name {
        Ok(name) => people(values, place, table, name),
        Err(noted) => Err(noted),
    };
    all?;
    Ok((TrustedIssuer { name: name?.to_owned(), issuer: issuer?.to_owned(), keys: keys? }, people?))
}

/// Where its keys are, or the keys themselves.
fn keys(values: &mut Values, place: &str, table: &toml::Table) -> Result<IssuerKeys, Noted> {
    match (table.get("jwks_uri"), table.get("keys")) {
        (Some(toml::Value::String(uri)), None) if is_address(uri) => Ok(IssuerKeys::At(uri.clone())),
        (Some(_), None) => Err(wrong(values, &format!("{place}.jwks_uri"), "write the https URL of its key set")),
        (None, Some(toml::Value::Array(keys))) if !keys.is_empty() && keys.iter().all(is_public_key) => {
            let keys = serde_json::to_value(keys).unwrap_or_default();
            Ok(IssuerKeys::Given(serde_json::json!({ "keys": keys })))
        }
        (None, Some(_)) => {
            let problem = "write its public keys as JSON Web Keys, as in [{ kty = \"EC\", crv = \"P-256\", x = \"...\", y = \"...\" }]";
            Err(wrong(values, &format!("{place}.keys"), problem))
        }
        _ => Err(wrong(values, place, "say where its public keys are: jwks_uri, or keys, and one of them only")),
    }
}

/// Whom of its people the access list names, by what it calls them.
fn people(values: &mut Values, place: &str, table: &toml::Table, name: &str) -> Result<Vec<(Who, Role)>, Noted> {
    let listed = match table.get("people") {
        None => return Ok(Vec::new()),
        Some(toml::Value::Array(listed)) => listed.iter().map(toml::Value::as_str).collect::<Option<Vec<_>>>(),
        Some(_) => None,
    };
    let who = |subject: &&str| match *subject {
        "*" => Who::WholeCompany(name.to_owned()),
        subject => Who::Company(company_id(name, subject)),
    };
    match listed.filter(|listed| listed.iter().all(|subject| (1..=255).contains(&subject.len()))) {
        Some(listed) => Ok(listed.iter().map(|subject| (who(subject), Role::Member)).collect()),
        None => {
            let problem = "write a list of what it calls them (sub), as in [\"00u1abcd\"], or [\"*\"] for all of them";
            Err(wrong(values, &format!("{place}.people"), problem))
        }
    }
}

fn is_address(text: &str) -> bool {
    let plain = |url: &Url| url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    Url::parse(text)
        .is_ok_and(|url| plain(&url) && (url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url)))
}

/// A key that may stand in a file: half a key pair, and the public half.
fn is_public_key(key: &toml::Value) -> bool {
    let kty = key.get("kty").and_then(toml::Value::as_str);
    kty.is_some_and(|kty| kty != "oct") && key.get("d").is_none()
}
