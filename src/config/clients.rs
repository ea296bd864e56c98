//! The clients that the configuration lists: public ones, in the book from the start. Clients with a secret are made in the
//! dashboard or at the command line, where the secret is drawn.

use super::{
    ClientEntry,
    load::{Noted, Values},
    nearest::nearest,
    options as o, parse,
    resources::{is_short, scope_list, wrong},
};
use crate::base::{
    id::ClientId,
    policy::Policy,
    redirect::{RedirectRules, RedirectUri},
    scope::ScopeSet,
};

/// The members of a `[[clients]]` table.
const MEMBERS: [&str; 4] = ["id", "name", "redirect_uris", "scope"];
/// Where programs on people's computers listen, whatever the port.
const LOOPBACK: [&str; 6] = [
    "http://localhost/",
    "http://localhost/callback",
    "http://localhost/oauth/callback",
    "http://127.0.0.1/",
    "http://127.0.0.1/callback",
    "http://127.0.0.1/oauth/callback",
];

/// Reads the list and every `[[clients]]` table.
pub fn clients(values: &mut Values, policy: &Policy, rules: &RedirectRules) -> Result<Vec<ClientEntry>, Noted> {
    let mut entries: Vec<ClientEntry> = Vec::new();
    for listed in values.find(&o::ALLOWED_CLIENTS)?.unwrap_or_default() {
        let uris = match listed.redirect_uri.as_deref().map(|uri| RedirectUri::judge(uri, rules)) {
            None => loopback(),
            Some(Ok(uri)) => vec![uri],
            Some(Err(problem)) => return Err(values.wrong(&o::ALLOWED_CLIENTS, problem.explain())),
        };
        match entries.iter_mut().find(|entry| entry.id == listed.id) {
            Some(entry) => entry.redirect_uris.extend(uris),
            None => {
                entries.push(ClientEntry { id: listed.id, name: None, redirect_uris: uris, scope: ScopeSet::empty() })
            }
        }
    }
    let tables = match values.tables.get("clients").cloned() {
        None => return Ok(entries),
        Some(toml::Value::Array(tables)) => tables,
        Some(_) => return Err(wrong(values, "clients", "write each client as a [[clients]] table")),
    };
    let mut all = Ok(());
    for (at, table) in tables.iter().enumerate() {
        let name = format!("clients[{at}]");
        match entry(values, &name, table, policy, rules) {
            Ok(entry) if entries.iter().any(|other| other.id == entry.id) => {
                all = Err(wrong(values, &name, "this id stands in the configuration twice; keep one"));
            }
            Ok(entry) => entries.push(entry),
            Err(noted) => all = Err(noted),
        }
    }
    all.map(|()| entries)
}

fn entry(
    values: &mut Values,
    name: &str,
    table: &toml::Value,
    policy: &Policy,
    rules: &RedirectRules,
) -> Result<ClientEntry, Noted> {
    let Some(table) = table.as_table() else {
        return Err(wrong(values, name, "write each client as a [[clients]] table"));
    };
    let mut all = Ok(());
    for key in table.keys().filter(|key| !MEMBERS.contains(&key.as_str())) {
        let hint = nearest(key, MEMBERS).unwrap_or("one of id, name, redirect_uris, scope");
        all = Err(wrong(values, &format!("{name}.{key}"), &format!("no member has this name; write {hint}")));
    }
    let id = table.get("id").and_then(toml::Value::as_str).and_then(parse::client_id);
    let id: Result<ClientId, Noted> = id.ok_or_else(|| {
        wrong(values, &format!("{name}.id"), "write an id of at most 100 letters, digits and . _ ~ - in quotes")
    });
    let title = match table.get("name") {
        None => Ok(None),
        Some(toml::Value::String(text)) if is_short(text, 100) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(values, &format!("{name}.name"), "write a name of at most 100 characters in quotes")),
    };
    let uris = redirect_uris(values, name, table, rules);
    let scope = scope_list(values, name, table, "scope");
    let scope = scope.and_then(|scope| match scope.is_subset_of(&policy.scopes) {
        true => Ok(scope),
        false => Err(wrong(values, &format!("{name}.scope"), "name scopes that are on offer; see DOORBOOK_SCOPES")),
    });
    all?;
    Ok(ClientEntry { id: id?, name: title?, redirect_uris: uris?, scope: scope? })
}

/// None: a program on people's computers.
fn redirect_uris(
    values: &mut Values,
    name: &str,
    table: &toml::Table,
    rules: &RedirectRules,
) -> Result<Vec<RedirectUri>, Noted> {
    let Some(listed) = table.get("redirect_uris") else { return Ok(loopback()) };
    let place = format!("{name}.redirect_uris");
    let texts = listed.as_array().filter(|texts| !texts.is_empty());
    let texts = texts.and_then(|texts| texts.iter().map(toml::Value::as_str).collect::<Option<Vec<_>>>());
    let Some(texts) = texts else {
        return Err(wrong(values, &place, "write a list, as in [\"https://phone.example/callback\"]"));
    };
    let judged: Result<Vec<_>, _> = texts.iter().map(|text| RedirectUri::judge(text, rules)).collect();
    judged.map_err(|problem| wrong(values, &place, &problem.explain()))
}

fn loopback() -> Vec<RedirectUri> {
    LOOPBACK.map(RedirectUri::stored).to_vec()
}
