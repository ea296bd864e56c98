//! `doorbook clients create`: a client for a program that cannot register by itself, or may not.

use clap::Args;
use serde_json::Value;

use super::members::Members;
use crate::{
    cli::{
        output::{say, say_json},
        table,
        work::{ACTOR, Trouble, Work},
    },
    flows::clients as flow,
};

/// What the client is to be.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    members: Members,
    /// Print JSON: the answer that the client would have got had it registered by itself
    #[arg(long)]
    json: bool,
}

pub(super) async fn create(work: &Work, arguments: Arguments) -> Result<(), Trouble> {
    let body = Value::Object(arguments.members.read()?).to_string();
    let created = flow::create_from(&work.desk, &work.call, &ACTOR, body.as_bytes()).await;
    let created = work.heard(created, "way to make it")?;
    let in_force = work.in_force().await;
    if arguments.json {
        let mut reply = created.reply(&work.desk);
        if let Some(members) = reply.as_object_mut() {
            members.insert("in_force".into(), in_force.as_str().into());
        }
        say_json(&reply);
        return Ok(());
    }
    let shown = |secret: &Option<crate::base::secret::Plain>| {
        secret.as_ref().map(|secret| secret.expose().to_owned()).unwrap_or_default()
    };
    say(format!("{} is in the book. What follows is shown this once:\n", table::plain(created.client.name())));
    table::facts([
        ("client_id", created.client.id.to_string()),
        ("client_secret", shown(&created.secret)),
        ("registration_access_token", shown(&created.registration_token)),
        ("token_endpoint_auth_method", created.client.metadata.token_endpoint_auth_method.as_str().to_owned()),
        ("scope", created.client.metadata.scope.to_string()),
    ]);
    say(format!("\n{}", in_force.words()));
    Ok(())
}
