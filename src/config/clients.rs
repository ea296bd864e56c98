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

/// What other options say about clients; where such an option is wrong itself, nothing is judged by it.
struct Rules {
    scopes: Option<ScopeSet>,
    redirects: Option<RedirectRules>,
}

impl Rules {
    fn of(values: &Values) -> Self {
        let (schemes, out_of_band) = (values.peek(&o::REDIRECT_SCHEMES), values.peek(&o::OUT_OF_BAND));
        let redirects = schemes.zip(out_of_band);
        Self {
            scopes: values.peek(&o::SCOPES),
            redirects: redirects.map(|(schemes, out_of_band)| RedirectRules { schemes, out_of_band }),
        }
    }

    /// The address, or what is wrong with it.
    fn redirect(&self, uri: &str) -> Result<RedirectUri, String> {
        match &self.redirects {
            Some(rules) => RedirectUri::judge(uri, rules).map_err(|problem| format!("{uri}: {}", problem.explain())),
            None => Ok(RedirectUri::stored(uri)),
        }
    }
}

/// Reads the list and every `[[clients]]` table.
pub fn clients(values: &mut Values) -> Result<Vec<ClientEntry>, Noted> {
    let rules = Rules::of(values);
    let (mut entries, mut all) = match listed(values, &rules) {
        Ok(entries) => (entries, Ok(())),
        Err(noted) => (Vec::new(), Err(noted)),
    };
    let tables = match values.tables.get("clients").cloned() {
        None => return all.map(|()| entries),
        Some(toml::Value::Array(tables)) => tables,
        Some(_) => return Err(wrong(values, "clients", "write each client as a [[clients]] table")),
    };
    for (at, table) in tables.iter().enumerate() {
        let name = format!("clients[{at}]");
        match entry(values, &name, table, &rules) {
            Ok(entry) if entries.iter().any(|other| other.id == entry.id) => {
                all = Err(wrong(values, &name, "this id stands in the configuration twice; keep one"));
            }
            Ok(entry) => entries.push(entry),
            Err(noted) => all = Err(noted),
        }
    }
    all.map(|()| entries)
}

/// Those of the option, each with the addresses that stand behind its id.
fn listed(values: &mut Values, rules: &Rules) -> Result<Vec<ClientEntry>, Noted> {
    let mut entries: Vec<ClientEntry> = Vec::new();
    let mut all = Ok(());
    for listed in values.find(&o::ALLOWED_CLIENTS)?.unwrap_or_default() {
        let uris = match listed.redirect_uri.as_deref().map(|uri| rules.redirect(uri)) {
            None => loopback(),
            Some(Ok(uri)) => vec![uri],
            Some(Err(problem)) => {
                all = Err(values.wrong(&o::ALLOWED_CLIENTS, problem));
                continue;
            }
        };
        match entries.iter_mut().find(|entry| entry.id == listed.id) {
            Some(entry) => entry.redirect_uris.extend(uris),
            None => {
                entries.push(ClientEntry { id: listed.id, name: None, redirect_uris: uris, scope: ScopeSet::empty() })
            }
        }
    }
    all.map(|()| entries)
}

fn entry(values: &mut Values, name: &str, table: &toml::Value, rules: &Rules) -> Result<ClientEntry, Noted> {
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
    let scope = scope.and_then(|scope| match &rules.scopes {
        Some(offered) if !scope.is_subset_of(offered) => {
            let missing = scope.difference(offered);
            let problem = format!("{missing} is not on offer; add it to DOORBOOK_SCOPES or take it out here");
            Err(wrong(values, &format!("{name}.scope"), &problem))
        }
        _ => Ok(scope),
    });
    all?;
    Ok(ClientEntry { id: id?, name: title?, redirect_uris: uris?, scope: scope? })
}

/// None: a program on people's computers.
fn redirect_uris(
    values: &mut Values,
    name: &str,
    table: &toml::Table,
    rules: &Rules,
) -> Result<Vec<RedirectUri>, Noted> {
    let Some(listed) = table.get("redirect_uris") else { return Ok(loopback()) };
    let place = format!("{name}.redirect_uris");
    let texts = listed.as_array().filter(|texts| !texts.is_empty());
    let texts = texts.and_then(|texts| texts.iter().map(toml::Value::as_str).collect::<Option<Vec<_>>>());
    let Some(texts) = texts else {
        return Err(wrong(values, &place, "write a list, as in [\"https://phone.example/callback\"]"));
    };
    let mut uris = Ok(Vec::new());
    for judged in texts.iter().map(|text| rules.redirect(text)) {
        match judged {
            Ok(uri) => drop(uris.as_mut().map(|uris| uris.push(uri))),
            Err(problem) => uris = Err(wrong(values, &place, &problem)),
        }
    }
    uris
}

fn loopback() -> Vec<RedirectUri> {
    LOOPBACK.map(RedirectUri::stored).to_vec()
}
