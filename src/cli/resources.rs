//! `doorbook resources`: the register of protected servers. What the configuration lists is changed there.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    output::say_json,
    table,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::{
        register,
        resource::ResourceUri,
        scope::{ScopeSet, is_scope_token},
        secret::Plain,
        user::Who,
    },
    config::{Overrides, parse},
    facts::{access::Source, resource::Resource},
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
    /// Add one, or write over the one of the same URL; of a new one, print the credential this once
    Add(Add),
    /// Give one a new credential, and print it this once: with it its server asks about tokens (RFC 7662)
    Credential {
        /// Its URL
        #[arg(value_parser = url)]
        url: ResourceUri,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take one out: its tokens pass the gate no longer
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
    #[arg(id = "own_scopes", long = "scope", value_name = "SCOPE[=SENTENCE]", value_parser = scope)]
    scopes: Vec<(String, String)>,
    /// The scopes that every request needs, with spaces between them
    #[arg(long, value_name = "SCOPES", value_parser = parse::scopes)]
    required_scopes: Option<ScopeSet>,
    /// Who may use it, as on the access list; may be given several times [default: everybody on the access list]
    #[arg(long = "person", value_name = "LOGIN", value_parser = person)]
    people: Vec<Who>,
    /// Let OPTIONS pass the gate without a token
    #[arg(long)]
    allow_preflight: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List { json } => list(work, json).await,
        Command::Add(arguments) => add(work, arguments).await,
        Command::Credential { url, json } => credential(work, &url, json).await,
        Command::Remove { url, json } => remove(work, &url, json).await,
    })
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let all = work.desk.store.read(resources::all).await?;
    if json {
        say_json(&all.into_iter().map(Resource::from).collect::<Vec<_>>());
        return Ok(());
    }
    let rows = all.iter().map(|Entry { resource, configured, .. }| {
        [
            resource.uri.to_string(),
            resource.name.clone(),
            or_nothing(resource.own_scopes().to_string()),
            or_nothing(resource.required_scopes.to_string()),
            Source::of(*configured).as_str().to_owned(),
        ]
    });
    let empty = "No resource is in the register: tokens are for any server that asks for them.";
    table::print(["url", "name", "scopes", "required", "from"], rows, empty);
    Ok(())
}

async fn add(work: &Work, arguments: Add) -> Result<(), Trouble> {
    let resource = register::Resource {
        name: arguments.name.unwrap_or_else(|| arguments.url.host()),
        uri: arguments.url.clone(),
        scopes: arguments.scopes,
        required_scopes: arguments.required_scopes.unwrap_or_default(),
        people: arguments.people,
        allow_preflight: arguments.allow_preflight,
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
    work.heard(flow::remove(&work.desk, &work.call, &ACTOR, uri).await, &words(uri))?;
    let what = format!("{uri} is out of the register: its tokens pass the gate no longer.");
    done(json, &what, json!({ "url": uri, "removed": true }), work.in_force().await);
    Ok(())
}

fn or_nothing(text: String) -> String {
    if text.is_empty() { table::NOTHING.to_owned() } else { text }
}

fn words(uri: &ResourceUri) -> String {
    format!("resource {uri} in the register; 'doorbook resources list' shows all of them")
}

fn url(text: &str) -> Result<ResourceUri, String> {
    let advice = "write an absolute https URL (http for this computer only) without fragment and password";
    ResourceUri::parse(text).ok_or_else(|| advice.into())
}

fn scope(text: &str) -> Result<(String, String), String> {
    let (name, sentence) = text.split_once('=').unwrap_or((text, ""));
    if !is_scope_token(name) {
        return Err(
            "write a scope, or a scope, = and a sentence; no white space, quotes or backslashes in the scope".into()
        );
    }
    Ok((name.to_owned(), sentence.trim().to_owned()))
}

fn person(text: &str) -> Result<Who, String> {
    Who::parse(text).ok_or_else(|| "write a login, or id: and a GitHub number, or *".into())
}
