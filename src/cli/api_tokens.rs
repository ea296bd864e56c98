//! `doorbook api-tokens`: what programs show that do an administrator's work at the API.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::{
    output::{say, say_json},
    table, users,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::{api_token::ApiRole, id::ApiTokenId, time::Span},
    config::{Overrides, parse},
    facts::{Stamp, api_token::ApiToken, every},
    flows::api_tokens::{self as flow, LONGEST, SHORTEST, Wanted},
    store::api_tokens,
};

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

/// What is printed of a new token: this once with itself.
#[derive(Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    facts: ApiToken,
    token: &'a str,
    in_force: &'static str,
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
        let facts = ApiToken::of(made.token, work.call.now);
        say_json(&Made { facts, token: made.secret.expose(), in_force: in_force.as_str() });
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
    let now = work.call.now;
    let all = work.desk.store.read(|reader| every(usize::MAX, |seek, size| api_tokens::page(reader, seek, size)));
    let all: Vec<ApiToken> = all.await?.into_iter().map(|token| ApiToken::of(token, now)).collect();
    if json {
        say_json(&all);
        return Ok(());
    }
    let rows = all.into_iter().map(|token| {
        [
            token.token_id.to_string(),
            token.label,
            token.role.as_str().to_owned(),
            token.state.as_str().to_owned(),
            token.user.to_string(),
            table::moment_or_nothing(token.last_used.map(Stamp::at)),
            table::moment(token.until.at()),
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
