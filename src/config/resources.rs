//! The tables of the file: protected servers and the sentences for scopes.

use std::collections::BTreeMap;

use super::{
    ResourceEntry,
    load::{Noted, Values},
    nearest::nearest,
    parse,
};
use crate::base::{resource::ResourceUri, scope::ScopeSet};

/// The members of a `[[resources]]` table.
pub const MEMBERS: [&str; 6] = ["url", "name", "scopes", "required_scopes", "allow_preflight", "calls"];

/// Reads every `[[resources]]` table.
pub fn resources(values: &mut Values) -> Result<Vec<ResourceEntry>, Noted> {
    let tables = match values.tables.get("resources").cloned() {
        None => return Ok(Vec::new()),
        Some(toml::Value::Array(tables)) => tables,
        Some(_) => return Err(wrong(values, "resources", "write each resource as a [[resources]] table")),
    };
    let mut entries: Vec<ResourceEntry> = Vec::new();
    let mut all = Ok(());
    for (at, table) in tables.iter().enumerate() {
        let name = format!("resources[{at}]");
        match entry(values, &name, table) {
            Ok(entry) if entries.iter().any(|other| other.url.names_same_as(&entry.url)) => {
                all = Err(wrong(values, &name, "this URL stands in the file twice; keep one"));
            }
            Ok(entry) => entries.push(entry),
            Err(noted) => all = Err(noted),
        }
    }
    all.map(|()| entries)
}

fn entry(values: &mut Values, name: &str, table: &toml::Value) -> Result<ResourceEntry, Noted> {
    let Some(table) = table.as_table() else {
        return Err(wrong(values, name, "write each resource as a [[resources]] table"));
    };
    let mut all = Ok(());
    for key in table.keys().filter(|key| !MEMBERS.contains(&key.as_str())) {
        let hint = nearest(key, MEMBERS).unwrap_or("one of url, name, scopes, required_scopes, allow_preflight, calls");
        all = Err(wrong(values, &format!("{name}.{key}"), &format!("no member has this name; write {hint}")));
    }
    let url = table.get("url").and_then(toml::Value::as_str).and_then(ResourceUri::parse).ok_or_else(|| {
        wrong(
            values,
            &format!("{name}.url"),
            "write the https URL of the server (http on loopback only), without a fragment",
        )
    });
    let title = match table.get("name") {
        None => Ok(None),
        Some(toml::Value::String(text)) if is_short(text, 100) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(values, &format!("{name}.name"), "write a name of at most 100 characters in quotes")),
    };
    let scopes = scope_list(values, name, table, "scopes");
    let required = scope_list(values, name, table, "required_scopes");
    let preflight = match table.get("allow_preflight") {
        None => Ok(false),
        Some(toml::Value::Boolean(on)) => Ok(*on),
        Some(_) => Err(wrong(values, &format!("{name}.allow_preflight"), "write true or false")),
    };
    let calls = calls(values, name, table);
    all?;
    Ok(ResourceEntry {
        url: url?,
        name: title?,
        scopes: scopes?,
        required_scopes: required?,
        allow_preflight: preflight?,
        calls: calls?,
    })
}

/// The other servers that its server may call.
fn calls(values: &mut Values, name: &str, table: &toml::Table) -> Result<Vec<ResourceUri>, Noted> {
    let listed = match table.get("calls") {
        None => return Ok(Vec::new()),
        Some(listed) => listed.as_array(),
    };
    let uri = |listed: &toml::Value| listed.as_str().and_then(ResourceUri::parse);
    let uris = listed.and_then(|listed| listed.iter().map(uri).collect::<Option<Vec<_>>>());
    uris.ok_or_else(|| {
        let problem = "write a list of the URLs of other resources, as in [\"https://files.example.com/mcp\"]";
        wrong(values, &format!("{name}.calls"), problem)
    })
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

/// Reads the `[scope_sentences]` table over the sentences that Doorbook brings along.
pub fn scope_sentences(values: &mut Values) -> Result<BTreeMap<String, String>, Noted> {
    let mut sentences = BTreeMap::from([
        ("mcp".to_owned(), "Use the tools of this server in your name".to_owned()),
        ("offline_access".to_owned(), "Stay connected while you are away, until you take it back".to_owned()),
    ]);
    let table = match values.tables.get("scope_sentences").cloned() {
        None => return Ok(sentences),
        Some(toml::Value::Table(table)) => table,
        Some(_) => {
            return Err(wrong(values, "scope_sentences", "write a [scope_sentences] table of scope = \"sentence\""));
        }
    };
    let mut all = Ok(());
    for (scope, sentence) in table {
        match sentence.as_str().filter(|text| is_short(text, 300)) {
            Some(text) => drop(sentences.insert(scope, text.to_owned())),
            None => {
                let problem = "write a sentence of at most 300 characters in quotes";
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
