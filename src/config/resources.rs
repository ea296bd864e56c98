//! The tables of the file: protected servers and the sentences for scopes.

use std::collections::BTreeMap;

use super::{
    load::{Noted, Values},
    nearest::nearest,
    parse,
};
use crate::base::{
    register::{Call, Flaw, Resource, sentence_flaw},
    resource::ResourceUri,
    scope::ScopeSet,
    time::Span,
    user::Who,
};

/// The members of a `[[resources]]` table.
pub const MEMBERS: [&str; 9] = [
    "url",
    "name",
    "scopes",
    "required_scopes",
    "people",
    "token_lifetime",
    "allow_preflight",
    "require_dpop",
    "calls",
];

/// Reads every `[[resources]]` table.
pub fn resources(values: &mut Values) -> Result<Vec<Resource>, Noted> {
    let tables = match values.tables.get("resources").cloned() {
        None => return Ok(Vec::new()),
        Some(toml::Value::Array(tables)) => tables,
        Some(_) => return Err(wrong(values, "resources", "write each resource as a [[resources]] table")),
    };
    let mut entries: Vec<Resource> = Vec::new();
    let mut all = Ok(());
    for (at, table) in tables.iter().enumerate() {
        let name = format!("resources[{at}]");
        match entry(values, &name, table) {
            Ok(entry) if entries.iter().any(|other| other.uri.names_same_as(&entry.uri)) => {
                all = Err(wrong(values, &name, "this URL stands in the file twice; keep one"));
            }
            Ok(entry) => entries.push(entry),
            Err(noted) => all = Err(noted),
        }
    }
    all.map(|()| entries)
}

/// Which servers of the tables may call which others.
pub fn calls(values: &mut Values) -> Result<Vec<Call>, Noted> {
    let tables = values.tables.get("resources").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let uri = |value: &toml::Value| value.as_str().and_then(ResourceUri::parse);
    let listed: Vec<ResourceUri> = tables.iter().filter_map(|table| table.get("url").and_then(uri)).collect();
    let mut calls = Vec::new();
    let mut all = Ok(());
    for (at, table) in tables.iter().enumerate() {
        let (Some(named), name) = (table.get("calls"), format!("resources[{at}].calls")) else { continue };
        let Some(targets) = named.as_array().and_then(|named| named.iter().map(uri).collect::<Option<Vec<_>>>()) else {
            let problem = "write a list of the URLs of other resources, as in [\"https://files.example.com/mcp\"]";
            all = Err(wrong(values, &name, problem));
            continue;
        };
        let Some(caller) = table.get("url").and_then(uri) else { continue };
        for target in targets {
            if target.names_same_as(&caller) {
                all = Err(wrong(values, &name, "this is its own URL; name other resources only"));
            } else if listed.contains(&target) {
                calls.push(Call { caller: caller.clone(), target });
            } else {
                let problem = format!(
                    "no [[resources]] table has the url {target}; write it as it stands there, or add a table for it \
                     (calls of resources that the dashboard added are allowed in the dashboard)"
                );
                all = Err(wrong(values, &name, &problem));
            }
        }
    }
    all.map(|()| calls)
}

fn entry(values: &mut Values, name: &str, table: &toml::Value) -> Result<Resource, Noted> {
    let Some(table) = table.as_table() else {
        return Err(wrong(values, name, "write each resource as a [[resources]] table"));
    };
    let mut all = Ok(());
    for key in table.keys().filter(|key| !MEMBERS.contains(&key.as_str())) {
        let among = MEMBERS.join(", ");
        let hint = nearest(key, MEMBERS).unwrap_or(&among);
        all = Err(wrong(values, &format!("{name}.{key}"), &format!("no member has this name; write {hint}")));
    }
    let mut wrong_member = |key: &str, problem: &str| wrong(values, &format!("{name}.{key}"), problem);
    let uri = table.get("url").and_then(toml::Value::as_str).and_then(ResourceUri::parse).ok_or_else(|| {
        wrong_member("url", "write the https URL of the server (http on loopback only), without a fragment")
    });
    let title = match table.get("name") {
        None => Ok(None),
        Some(toml::Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong_member("name", NAME)),
    };
    let scopes = table.get("scopes").map_or(Some(Vec::new()), own_scopes);
    let scopes = scopes.ok_or_else(|| wrong_member("scopes", SCOPES));
    let people = table.get("people").map_or(Some(Vec::new()), people);
    let people = people.ok_or_else(|| wrong_member("people", "write a list of logins, as in [\"octavia\", \"id:1\"]"));
    let life = match table.get("token_lifetime") {
        None => Ok(None),
        Some(value) => life(value).map(Some).ok_or_else(|| wrong_member("token_lifetime", LIFE)),
    };
    let mut switch = |key| match table.get(key) {
        None => Ok(false),
        Some(toml::Value::Boolean(on)) => Ok(*on),
        Some(_) => Err(wrong_member(key, "write true or false")),
    };
    let (preflight, dpop) = (switch("allow_preflight"), switch("require_dpop"));
    let required = scope_list(values, name, table, "required_scopes");
    all?;
    let resource = Resource::new(uri?);
    let resource = Resource {
        name: title?.unwrap_or_else(|| resource.name.clone()),
        scopes: scopes?,
        required_scopes: required?,
        people: people?,
        allow_preflight: preflight?,
        require_dpop: dpop?,
        token_life: life?,
        ..resource
    };
    let (key, problem) = match resource.flaw() {
        None => return Ok(resource),
        Some(Flaw::Name) => ("name", NAME),
        Some(Flaw::Scope | Flaw::Sentence) => ("scopes", SCOPES),
        Some(Flaw::Life) => ("token_lifetime", LIFE),
    };
    Err(wrong(values, &format!("{name}.{key}"), problem))
}

const NAME: &str = "write a name of at most 100 characters in quotes";
const SCOPES: &str =
    "write a list of scopes, each with its sentence if you like, as in [\"mcp\", \"notes=Read your notes\"]";
const LIFE: &str = "write a length of time from 1m to 30d, as in \"15m\"";

/// A list of scopes with their sentences, or one text of scopes.
fn own_scopes(value: &toml::Value) -> Option<Vec<(String, String)>> {
    match value {
        toml::Value::String(text) => {
            Some(parse::scopes(text).ok()?.iter().map(|name| (name.to_owned(), String::new())).collect())
        }
        toml::Value::Array(parts) => parts.iter().map(|part| parse::scope_in_words(part.as_str()?).ok()).collect(),
        _ => None,
    }
}

fn people(value: &toml::Value) -> Option<Vec<Who>> {
    match value {
        toml::Value::String(text) => parse::people(text).ok(),
        toml::Value::Array(parts) => parts.iter().map(|part| Who::parse(part.as_str()?)).collect(),
        _ => None,
    }
}

fn life(value: &toml::Value) -> Option<Span> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(seconds) => seconds.to_string(),
        _ => return None,
    };
    parse::token_life(&text).ok()
}

pub(super) fn scope_list(values: &mut Values, name: &str, table: &toml::Table, key: &str) -> Result<ScopeSet, Noted> {
    let text = match table.get(key) {
        None => return Ok(ScopeSet::empty()),
        Some(toml::Value::Array(parts)) if parts.is_empty() => return Ok(ScopeSet::empty()),
        Some(toml::Value::String(text)) => Some(text.clone()),
        Some(toml::Value::Array(parts)) => {
            parts.iter().map(toml::Value::as_str).collect::<Option<Vec<_>>>().map(|p| p.join(" "))
        }
        Some(_) => None,
    };
    let read = text.ok_or_else(String::new).and_then(|text| parse::scopes(&text));
    read.map_err(|_| wrong(values, &format!("{name}.{key}"), "write a list of scopes, as in [\"mcp\", \"notes:read\"]"))
}

/// Reads the `[scope_sentences]` table.
pub fn scope_sentences(values: &mut Values) -> Result<BTreeMap<String, String>, Noted> {
    let mut sentences = BTreeMap::new();
    let table = match values.tables.get("scope_sentences").cloned() {
        None => return Ok(sentences),
        Some(toml::Value::Table(table)) => table,
        Some(_) => {
            return Err(wrong(values, "scope_sentences", "write a [scope_sentences] table of scope = \"sentence\""));
        }
    };
    let mut all = Ok(());
    for (scope, sentence) in table {
        match sentence.as_str().filter(|text| sentence_flaw(&scope, text).is_none()) {
            Some(text) => drop(sentences.insert(scope, text.to_owned())),
            None => {
                let problem = "write a scope, and a sentence of at most 300 characters in quotes";
                all = Err(wrong(values, &format!("scope_sentences.{scope}"), problem));
            }
        }
    }
    all.map(|()| sentences)
}

pub(super) fn is_short(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}

pub(super) fn wrong(values: &mut Values, name: &str, problem: &str) -> Noted {
    let file = values.file.clone();
    values.error(name, file, problem);
    Noted
}
