//! `doorbook resources`: the register of protected servers. What the configuration lists is changed there.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    calls,
    output::say_json,
    table,
    work::{ACTOR, Trouble, Work, at_desk, done, missing},
};
use crate::{
    base::{
        event::Ended, register::Resource, resource::ResourceUri, scope::ScopeSet, secret::Plain, time::Span, user::Who,
    },
    config::{Overrides, parse},
    facts::{access::Source, resource as facts},
    flows::resources as flow,
    store::resources::{self, Entry},
};

/// What can be done with resources.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List them
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show all that is known of one
    Show {
        /// Its URL
        #[arg(value_parser = url)]
        url: ResourceUri,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add one, or write over the one of the same URL; of a new one, print the credential this once
    Add(Add),
    /// Change one: what is not named stays as it is
    Edit(Edit),
    /// Give one a new credential, and print it this once: with it its server asks about tokens (RFC 7662)
    Credential {
        /// Its URL
        #[arg(value_parser = url)]
        url: ResourceUri,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Look at which server may call which other one, let one, forbid one
    #[command(subcommand)]
    Calls(calls::Command),
    /// Take one out, and end what people allowed for it
    Remove {
        /// Its URL
        #[arg(value_parser = url)]
        url: ResourceUri,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// What the resource is.
#[derive(Args)]
pub(super) struct Add {
    /// Its URL, as clients name it
    #[arg(value_parser = url)]
    url: ResourceUri,
    /// Its name for people [default: its host]
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// A scope it knows, with its sentence for consent: 'notes=Read your notes'; may be given several times
    #[arg(id = "own_scopes", long = "scope", value_name = "SCOPE[=SENTENCE]", value_parser = parse::scope_in_words)]
    scopes: Vec<(String, String)>,
    /// The scopes that every request needs, with spaces between them
    #[arg(long, value_name = "SCOPES", value_parser = parse::scopes)]
    required_scopes: Option<ScopeSet>,
    /// Who may use it, as on the access list; may be given several times [default: everybody on the access list]
    #[arg(long = "person", value_name = "LOGIN", value_parser = person)]
    people: Vec<Who>,
    /// How long its access tokens work, as in 15m [default: as long as the server's]
    #[arg(long, value_name = "TIME", value_parser = parse::token_life)]
    token_lifetime: Option<Span>,
    /// Let OPTIONS pass the gate without a token
    #[arg(long)]
    allow_preflight: bool,
    /// Take only tokens that are bound to a key of their client (RFC 9449)
    #[arg(long)]
    require_dpop: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What changes of the resource.
#[derive(Args)]
pub(super) struct Edit {
    /// Its URL
    #[arg(value_parser = url)]
    url: ResourceUri,
    /// Its name for people
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// A scope it knows, as with 'add'; those that are named here take the place of all
    #[arg(id = "own_scopes", long = "scope", value_name = "SCOPE[=SENTENCE]", value_parser = parse::scope_in_words)]
    scopes: Vec<(String, String)>,
    /// It knows what the server offers, and no scope of its own
    #[arg(long, conflicts_with = "own_scopes")]
    no_scopes: bool,
    /// The scopes that every request needs, with spaces between them, or 'none'
    #[arg(long, value_name = "SCOPES", value_parser = scopes_or_none)]
    required_scopes: Option<ScopeSet>,
    /// Who may use it; those that are named here take the place of all
    #[arg(long = "person", value_name = "LOGIN", value_parser = person)]
    people: Vec<Who>,
    /// Everybody on the access list may use it
    #[arg(long, conflicts_with = "people")]
    everybody: bool,
    /// How long its access tokens work, as in 15m, or 'server': as long as the server's
    #[arg(long, value_name = "TIME", value_parser = life)]
    token_lifetime: Option<Life>,
    /// Whether OPTIONS passes the gate without a token
    #[arg(long, value_name = "on|off", value_parser = parse::switch)]
    allow_preflight: Option<bool>,
    /// Whether only tokens pass that are bound to a key of their client (RFC 9449)
    #[arg(long, value_name = "on|off", value_parser = parse::switch)]
    require_dpop: Option<bool>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How long access tokens work: `None`: as long as the server's.
#[derive(Clone, Copy)]
struct Life(Option<Span>);

impl Edit {
    /// The resource as it is to be from now on.
    fn of(&self, before: Resource) -> Resource {
        Resource {
            name: self.name.clone().unwrap_or(before.name),
            scopes: if self.no_scopes || !self.scopes.is_empty() { self.scopes.clone() } else { before.scopes },
            required_scopes: self.required_scopes.clone().unwrap_or(before.required_scopes),
            people: if self.everybody || !self.people.is_empty() { self.people.clone() } else { before.people },
            token_life: self.token_lifetime.map_or(before.token_life, |Life(life)| life),
            allow_preflight: self.allow_preflight.unwrap_or(before.allow_preflight),
            require_dpop: self.require_dpop.unwrap_or(before.require_dpop),
            uri: before.uri,
        }
    }
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List { json } => list(work, json).await,
        Command::Show { url, json } => show(work, &url, json).await,
        Command::Add(arguments) => add(work, arguments).await,
        Command::Edit(arguments) => edit(work, arguments).await,
        Command::Credential { url, json } => credential(work, &url, json).await,
        Command::Calls(command) => calls::run(work, command).await,
        Command::Remove { url, json } => remove(work, &url, json).await,
    })
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let all = work.desk.store.read(resources::all).await?;
    if json {
        say_json(&all.into_iter().map(facts::Resource::from).collect::<Vec<_>>());
        return Ok(());
    }
    let rows = all.iter().map(|Entry { resource, configured, .. }| {
        [
            resource.uri.to_string(),
            resource.name.clone(),
            or_nothing(resource.own_scopes().to_string()),
            or_nothing(resource.required_scopes.to_string()),
            people(resource),
            or_nothing(resource.token_life.map(parse::in_words).unwrap_or_default()),
            or_nothing(at_the_gate(resource).join(", ")),
            Source::of(*configured).as_str().to_owned(),
        ]
    });
    let empty = "No resource is in the register: tokens are for any server that asks for them.";
    let header = ["url", "name", "scopes", "required", "people", "tokens", "at the gate", "from"];
    table::print(header, rows, empty);
    Ok(())
}

async fn show(work: &Work, uri: &ResourceUri, json: bool) -> Result<(), Trouble> {
    let entry = find(work, uri).await?;
    if json {
        say_json(&facts::Resource::from(entry));
        return Ok(());
    }
    let Entry { resource, configured, created_at, .. } = entry;
    let server = parse::in_words(work.desk.config.policy.lifetimes.access_token);
    let life = resource.token_life.map(parse::in_words);
    let worded = |(scope, sentence): &(String, String)| match sentence.is_empty() {
        true => scope.clone(),
        false => format!("{scope} ({sentence})"),
    };
    let scopes: Vec<_> = resource.scopes.iter().map(worded).collect();
    table::facts([
        ("url", resource.uri.to_string()),
        ("name", resource.name.clone()),
        ("scopes", scopes.join(", ")),
        ("required", resource.required_scopes.to_string()),
        ("people", people(&resource)),
        ("tokens work", life.unwrap_or_else(|| format!("{server}, as long as the server's"))),
        ("at the gate", at_the_gate(&resource).join(", ")),
        ("from", Source::of(configured).as_str().to_owned()),
        ("added", table::moment(created_at)),
    ]);
    Ok(())
}

/// Who may use it.
fn people(resource: &Resource) -> String {
    let named: Vec<_> = resource.people.iter().map(ToString::to_string).collect();
    if named.is_empty() { "everybody".to_owned() } else { named.join(" ") }
}

/// What the gate does otherwise than usual.
fn at_the_gate(resource: &Resource) -> Vec<&'static str> {
    let preflight = resource.allow_preflight.then_some("preflight passes");
    preflight.into_iter().chain(resource.require_dpop.then_some("DPoP only")).collect()
}

async fn find(work: &Work, uri: &ResourceUri) -> Result<Entry, Trouble> {
    let named = uri.clone();
    let found = work.desk.store.read(move |reader| resources::find(reader, &named)).await?;
    found.ok_or_else(|| missing(&words(uri)))
}

async fn add(work: &Work, arguments: Add) -> Result<(), Trouble> {
    let resource = Resource {
        name: arguments.name.unwrap_or_else(|| arguments.url.host()),
        uri: arguments.url.clone(),
        scopes: arguments.scopes,
        required_scopes: arguments.required_scopes.unwrap_or_default(),
        people: arguments.people,
        allow_preflight: arguments.allow_preflight,
        require_dpop: arguments.require_dpop,
        token_life: arguments.token_lifetime,
    };
    let uri = arguments.url;
    let new = work.heard(flow::add(&work.desk, &work.call, &ACTOR, resource).await, &words(&uri))?;
    if !new {
        let facts = json!({ "url": uri, "new": false });
        done(arguments.json, &format!("{uri} is in the register as given now."), facts, work.in_force().await);
        return Ok(());
    }
    let credential = issued(work, &uri).await?;
    let what = format!("{uri} is in the register.\n{}", shown(&credential));
    let facts = json!({ "url": uri, "new": true, "credential": credential.expose() });
    done(arguments.json, &what, facts, work.in_force().await);
    Ok(())
}

async fn edit(work: &Work, arguments: Edit) -> Result<(), Trouble> {
    let uri = arguments.url.clone();
    let after = arguments.of(find(work, &uri).await?.resource);
    let changed = work.heard(flow::edit(&work.desk, &work.call, &ACTOR, after).await, &words(&uri))?;
    let what = if changed { format!("{uri} is changed.") } else { format!("{uri} is like that already.") };
    done(arguments.json, &what, json!({ "url": uri, "changed": changed }), work.in_force().await);
    Ok(())
}

async fn credential(work: &Work, uri: &ResourceUri, json: bool) -> Result<(), Trouble> {
    let credential = issued(work, uri).await?;
    let what = format!("{uri} has a new credential; an older one is good for nothing.\n{}", shown(&credential));
    done(json, &what, json!({ "url": uri, "credential": credential.expose() }), work.in_force().await);
    Ok(())
}

async fn issued(work: &Work, uri: &ResourceUri) -> Result<Plain, Trouble> {
    work.heard(flow::credential(&work.desk, &work.call, &ACTOR, uri).await, &words(uri))
}

/// A credential as it is shown, once.
fn shown(credential: &Plain) -> String {
    format!("Its server may ask about tokens with this credential, shown this once:\n\n    {}\n", credential.expose())
}

async fn remove(work: &Work, uri: &ResourceUri, json: bool) -> Result<(), Trouble> {
    let ended = work.heard(flow::remove(&work.desk, &work.call, &ACTOR, uri).await, &words(uri))?;
    let Ended { people, grants, tokens } = ended;
    let what = format!(
        "{uri} is out of the register, and its tokens pass the gate no longer. Ended: {grants} grants of {people} people, \
         {tokens} tokens."
    );
    done(json, &what, json!({ "url": uri, "removed": true, "ended": ended }), work.in_force().await);
    Ok(())
}

fn or_nothing(text: String) -> String {
    if text.is_empty() { table::NOTHING.to_owned() } else { text }
}

fn words(uri: &ResourceUri) -> String {
    format!("resource {uri} in the register; 'doorbook resources list' shows all of them")
}

pub(super) fn url(text: &str) -> Result<ResourceUri, String> {
    let advice = "write an absolute https URL (http for this computer only) without fragment and password";
    ResourceUri::parse(text).ok_or_else(|| advice.into())
}

fn scopes_or_none(text: &str) -> Result<ScopeSet, String> {
    if text == "none" { Ok(ScopeSet::empty()) } else { parse::scopes(text) }
}

fn life(text: &str) -> Result<Life, String> {
    if text == "server" { Ok(Life(None)) } else { parse::token_life(text).map(|life| Life(Some(life))) }
}

fn person(text: &str) -> Result<Who, String> {
    Who::parse(text).ok_or_else(|| "write a login, or id: and a GitHub number, or *".into())
}
