//! `doorbook tokens`: initial access tokens, which let their holders register clients.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::{
    output::{say, say_json},
    table,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::{client::GrantType, id::InitialTokenId, scope::ScopeSet, time::Span},
    config::{Overrides, parse},
    facts::{
        Stamp,
        initial_token::{self as facts, InitialToken, Invited, UsedToken},
    },
    flows::initial_tokens::{self as flow, LONGEST_LIFE, Made, Wanted},
};

/// What can be done with initial access tokens.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Make one, and print it this once
    Create(Create),
    /// List them, newest first
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one, and the clients that were registered by it
    Show(One),
    /// End one. The clients that were registered by it stay
    Revoke(One),
}

/// What the token is for.
#[derive(Args)]
pub(super) struct Create {
    /// Its name for people
    #[arg(long, value_name = "TEXT")]
    label: String,
    /// How long it works, as in 7d [default: for ever]
    #[arg(long, value_name = "TIME", value_parser = life)]
    expires: Option<Span>,
    /// How many clients may be registered by it [default: any number]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(i64).range(1..=flow::MOST_USES))]
    uses: Option<i64>,
    /// The most that its clients may ask for, with spaces between the scopes [default: everything on offer]
    #[arg(id = "most_scopes", long = "scope", value_name = "SCOPES", value_parser = parse::scopes)]
    scopes: Option<ScopeSet>,
    /// The only sites that codes may be sent to, as in claude.ai,*.vscode.dev [default: those of the policy]
    #[arg(long = "redirect-hosts", value_name = "LIST", value_parser = parse::hosts)]
    redirect_hosts: Option<std::vec::Vec<String>>,
    /// A grant that its clients may use; may be given several times. client_credentials lets them act in their own name
    #[arg(long = "grant-type", value_name = "GRANT", value_parser = grant)]
    grant_types: Vec<GrantType>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The token that is meant.
#[derive(Args)]
pub(super) struct One {
    /// Its id, as 'doorbook tokens list' shows it; not the token itself
    id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is printed of a new token: this once with itself.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    facts: InitialToken,
    token: &'a str,
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::Create(arguments) => create(work, arguments).await,
        Command::List { json } => list(work, json).await,
        Command::Show(one) => show(work, &one).await,
        Command::Revoke(one) => revoke(work, &one).await,
    })
}

async fn create(work: &Work, arguments: Create) -> Result<(), Trouble> {
    let wanted = Wanted {
        label: arguments.label,
        scopes: arguments.scopes.unwrap_or_default(),
        redirect_hosts: arguments.redirect_hosts.unwrap_or_default(),
        grant_types: arguments.grant_types,
        most_uses: arguments.uses,
        life: arguments.expires,
    };
    let made = flow::create(&work.desk, &work.call, &ACTOR, wanted).await;
    let Made { token, secret } = work.heard(made, WORDS)?;
    // In force already: the server looks a token up when it is shown to it.
    if arguments.json {
        say_json(&Shown { facts: InitialToken::of(token, work.call.now), token: secret.expose() });
        return Ok(());
    }
    say(format!("The initial access token {}, shown this once:\n\n    {}\n", token.id, secret.expose()));
    say("Clients send it as Authorization: Bearer when they register.");
    Ok(())
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let now = work.call.now;
    let all = work.desk.store.read(move |reader| facts::all(reader, now)).await?;
    if json {
        say_json(&all);
        return Ok(());
    }
    let rows = all.into_iter().map(|token| {
        [
            token.token_id.to_string(),
            token.label.clone(),
            token.state.as_str().to_owned(),
            uses(&token),
            expires(&token),
            table::moment_or_nothing(token.last_used.map(Stamp::at)),
        ]
    });
    table::print(
        ["token_id", "label", "state", "uses", "expires", "last used"],
        rows,
        "There are no initial access tokens.",
    );
    Ok(())
}

async fn show(work: &Work, one: &One) -> Result<(), Trouble> {
    let (id, now) = (InitialTokenId::new(&*one.id), work.call.now);
    let found = work.desk.store.read(move |reader| facts::find(reader, &id, now)).await?;
    let found = found.ok_or_else(|| super::work::missing(WORDS))?;
    if one.json {
        say_json(&found);
        return Ok(());
    }
    let UsedToken { token, clients } = found;
    table::facts([
        ("Id", token.token_id.to_string()),
        ("Label", token.label.clone()),
        ("State", token.state.as_str().to_owned()),
        ("Uses", uses(&token)),
        ("Expires", expires(&token)),
        ("Scopes", or_else(token.scopes.join(" "), "everything on offer")),
        ("Sites", or_else(token.redirect_hosts.join(" "), "those of the policy")),
        ("Grants", or_else(token.grant_types.join(" "), "the usual ones")),
        ("Made", table::moment(token.made.at())),
    ]);
    let row = |client: Invited| [client.client_id.to_string(), client.name, table::moment(client.registered.at())];
    table::print(
        ["client_id", "name", "registered"],
        clients.into_iter().map(row),
        "No client in the book came with it.",
    );
    Ok(())
}

async fn revoke(work: &Work, one: &One) -> Result<(), Trouble> {
    let id = InitialTokenId::new(&*one.id);
    work.heard(flow::revoke(&work.desk, &work.call, &ACTOR, &id).await, WORDS)?;
    let what = format!("{} is revoked: nobody registers by it any more.", table::plain(&one.id));
    done(one.json, &what, json!({ "token_id": one.id, "state": "revoked" }), work.in_force().await);
    Ok(())
}

const WORDS: &str = "initial access token with this id; 'doorbook tokens list' shows all of them";

fn uses(token: &InitialToken) -> String {
    match token.most_uses {
        Some(most) => format!("{} of {most}", token.uses),
        None => token.uses.to_string(),
    }
}

fn expires(token: &InitialToken) -> String {
    token.until.map_or_else(|| "never".to_owned(), |until| table::moment(until.at()))
}

fn or_else(text: String, words: &str) -> String {
    if text.is_empty() { words.to_owned() } else { text }
}

fn life(text: &str) -> Result<Span, String> {
    parse::span(text, Span::minutes(1), LONGEST_LIFE)
}

fn grant(text: &str) -> Result<GrantType, String> {
    GrantType::parse(text).ok_or_else(|| format!("write one of {}", GrantType::ALL.map(GrantType::as_str).join(", ")))
}
