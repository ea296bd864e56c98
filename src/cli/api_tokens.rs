//! `doorbook api-tokens`: what programs show that do an administrator's work at the API.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    output::{say, say_json},
    table, users,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::{
        api_token::{ApiRole, ApiToken},
        id::ApiTokenId,
        time::{Span, Time},
    },
    config::{Overrides, parse},
    flows::api_tokens::{self as flow, LONGEST, SHORTEST, Wanted},
    store::{Reader, StoreResult, api_tokens},
};

/// How many rows are read in one go.
const BATCH: usize = 500;

/// What can be done with API tokens.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Make one; it is shown once
    Create(Create),
    /// List them, newest first
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// End one for good
    Revoke {
        /// What it is called, as in api_...; not the token itself
        token_id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// What the token is to be.
#[derive(Args)]
pub(super) struct Create {
    /// What it is for, in a few words
    #[arg(long, value_name = "TEXT")]
    label: String,
    /// The administrator whose work it does: their login, or their id as in github:583231
    #[arg(long = "for", value_name = "LOGIN")]
    person: String,
    /// read: look at everything; write: do everything that the administrator may
    #[arg(long, value_parser = role, default_value = "read")]
    role: ApiRole,
    /// How long it lives, as in 30d
    #[arg(long, value_name = "SPAN", value_parser = life, default_value = "90d")]
    life: Span,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::Create(create) => make(work, create).await,
        Command::List { json } => list(work, json).await,
        Command::Revoke { token_id, json } => revoke(work, &token_id, json).await,
    })
}

async fn make(work: &Work, create: Create) -> Result<(), Trouble> {
    let user = users::meant(work, &create.person).await?;
    let wanted = Wanted { label: create.label, role: create.role, life: create.life, user: user.id };
    let made = flow::create(&work.desk, &work.call, &ACTOR, wanted).await;
    let made = work.heard(made, "way to make it")?;
    let in_force = work.in_force().await;
    if create.json {
        let mut facts = facts(&made.token, work.call.now);
        if let Some(members) = facts.as_object_mut() {
            members.insert("token".into(), made.secret.expose().into());
            members.insert("in_force".into(), in_force.as_str().into());
        }
        say_json(&facts);
        return Ok(());
    }
    say("What follows is shown this once:\n");
    table::facts([
        ("token", made.secret.expose().to_owned()),
        ("token_id", made.token.id.to_string()),
        ("label", made.token.label),
        ("role", made.token.role.as_str().to_owned()),
        ("does the work of", user.login),
        ("works until", table::moment(made.token.expires_at)),
    ]);
    say(format!("\n{}", in_force.words()));
    Ok(())
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let (all, now) = (work.desk.store.read(all).await?, work.call.now);
    if json {
        say_json(&all.iter().map(|token| facts(token, now)).collect::<Vec<_>>());
        return Ok(());
    }
    let rows = all.iter().map(|token| {
        [
            token.id.to_string(),
            token.label.clone(),
            token.role.as_str().to_owned(),
            state(token, now).to_owned(),
            token.user.to_string(),
            table::moment_or_nothing(token.last_used_at),
            table::moment(token.expires_at),
        ]
    });
    let header = ["token_id", "label", "role", "state", "for", "last used", "until"];
    table::print(header, rows, "There is no API token.");
    Ok(())
}

async fn revoke(work: &Work, id: &str, json: bool) -> Result<(), Trouble> {
    let revoked = flow::revoke(&work.desk, &work.call, &ACTOR, &ApiTokenId::new(id)).await;
    let what = format!("API token {}; 'doorbook api-tokens list' shows all of them", table::plain(id));
    work.heard(revoked, &what)?;
    let what = format!("{} is revoked.", table::plain(id));
    done(json, &what, json!({ "token_id": id, "state": "revoked" }), work.in_force().await);
    Ok(())
}

fn all(reader: &mut Reader<'_>) -> StoreResult<Vec<ApiToken>> {
    let (mut all, mut seek) = (Vec::new(), None);
    loop {
        let page = api_tokens::page(reader, seek.as_ref(), BATCH)?;
        all.extend(page.rows);
        seek = page.older;
        if seek.is_none() {
            return Ok(all);
        }
    }
}

fn state(token: &ApiToken, now: Time) -> &'static str {
    match (token.revoked_at, token.is_live(now)) {
        (Some(_), _) => "revoked",
        (None, false) => "over",
        (None, true) => "live",
    }
}

fn facts(token: &ApiToken, now: Time) -> Value {
    json!({
        "token_id": token.id,
        "label": token.label,
        "role": token.role,
        "state": state(token, now),
        "user": token.user,
        "made": table::stamp(token.created_at),
        "until": table::stamp(token.expires_at),
        "last_used": token.last_used_at.map(table::stamp),
        "last_used_from": token.last_used_ip,
        "revoked": token.revoked_at.map(table::stamp),
    })
}

fn role(text: &str) -> Result<ApiRole, String> {
    ApiRole::parse(text).ok_or_else(|| "write read or write".into())
}

fn life(text: &str) -> Result<Span, String> {
    parse::span(text, SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::api_tokens::USUAL;

    #[test]
    fn the_usual_life_is_the_one_that_the_help_names() {
        assert_eq!(life("90d"), Ok(USUAL));
    }
}
