//! `doorbook clients edit`: changes what a client registered, as far as it is changed here.

use clap::Args;
use serde_json::{Value, json};

use super::{One, meant::heard, members::Members};
use crate::{
    cli::{
        output::{say, say_json},
        table,
        work::{ACTOR, Trouble, Work},
    },
    facts::client as facts,
    flows::client_edit::{self as flow, Edited},
};

/// What changes of the client.
#[derive(Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    one: One,
    #[command(flatten)]
    members: Members,
    /// A member of its metadata to take out, as logo_uri; may be given several times
    #[arg(long = "without", value_name = "MEMBER")]
    without: Vec<String>,
    /// Only say what it would do
    #[arg(long)]
    preview: bool,
}

pub(super) async fn edit(work: &Work, arguments: Arguments) -> Result<(), Trouble> {
    let Arguments { one, members, without, preview } = arguments;
    let mut changes = members.read()?;
    changes.extend(without.into_iter().map(|name| (name, Value::Null)));
    if changes.is_empty() {
        return Err(Trouble::Unusable("say what is to change, as with --name or --redirect-uri".into()));
    }
    let (desk, call, id) = (&work.desk, &work.call, one.client());
    if preview {
        let effect = facts::Effect::from(heard(work, flow::effect(desk, call, &id, changes).await, &one.id).await?);
        if one.json {
            say_json(&effect);
        } else {
            say(format!("{} would be changed.\n{}", table::plain(&one.id), words(&effect)));
        }
        return Ok(());
    }
    let edited = flow::edit(desk, call, &ACTOR, &id, changes, None).await;
    let Edited { client, secret, effect } = heard(work, edited, &one.id).await?;
    let (effect, in_force) = (facts::Effect::from(effect), work.in_force().await);
    let secret = secret.as_ref().map(|secret| secret.expose());
    if one.json {
        say_json(&json!({
            "client_id": client.id,
            "client_secret": secret,
            "metadata": client.metadata,
            "effect": effect,
            "in_force": in_force.as_str(),
        }));
        return Ok(());
    }
    let what = if effect.changes { "is changed." } else { "is like that already." };
    say(format!("{} {what}\n{}", table::plain(&one.id), words(&effect)));
    if let Some(secret) = secret {
        say(format!("Its new secret, shown this once:\n\n    {secret}\n"));
    }
    say(in_force.words());
    Ok(())
}

/// What a change does beyond what was written, a line each.
fn words(effect: &facts::Effect) -> String {
    let mut lines = Vec::new();
    lines.extend(effect.redirect_uris_lost.iter().map(|uri| format!("Codes no longer go to {}.\n", table::plain(uri))));
    lines.extend(effect.grant_types_lost.iter().map(|grant| format!("It may no longer use {grant}.\n")));
    if effect.ended.grants > 0 {
        let facts::Effect { ended, .. } = effect;
        lines.push(format!("Beyond what it may have: {} grants of {} people.\n", ended.grants, ended.people));
    }
    match effect.secret {
        facts::SecretChange::Kept => (),
        facts::SecretChange::Issued => lines.push("It gets a secret, and is out until it has it.\n".into()),
        facts::SecretChange::Withdrawn => lines.push("Its secret ends.\n".into()),
    }
    if effect.asked_again > 0 {
        lines.push(format!("People who are asked again: {}.\n", effect.asked_again));
    }
    if let Some(issuer) = &effect.statement_lost {
        lines.push(format!("The software statement of {} no longer speaks for it.\n", table::plain(issuer)));
    }
    if effect.needs_approval {
        lines.push("An administrator has to approve it anew.\n".into());
    }
    lines.concat()
}
