//! `doorbook keys`: the signing keys through their life.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::{
    output::say_json,
    table,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::{
        id::KeyId,
        key::{KeyPurpose, KeyState},
    },
    config::Overrides,
    facts::{Stamp, key},
    flows::keys::{self as flow, Revoked},
};

/// What can be done with signing keys.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List them, oldest first
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a new key: published at once, it signs after 24 hours, when everybody knows it
    Rotate {
        /// The key of id_tokens (OpenID Connect) instead of that of access tokens
        #[arg(long)]
        id_tokens: bool,
        /// Let it sign at once; whoever keeps the old key set for a while refuses its tokens until they look again
        #[arg(long)]
        now: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take one out of the key set that nothing needs: it has not signed yet, or its last token has ended
    Retire {
        /// Its kid
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take one out of force at once, because it leaked: what it signed is refused from now on, and another signs
    Revoke {
        /// Its kid
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// For the audit log
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List { json } => list(work, json).await,
        Command::Rotate { id_tokens, now, json } => {
            let purpose = if id_tokens { KeyPurpose::IdTokens } else { KeyPurpose::AccessTokens };
            rotate(work, purpose, now, json).await
        }
        Command::Retire { kid, json } => retire(work, &KeyId::new(kid), json).await,
        Command::Revoke { kid, reason, json } => revoke(work, &KeyId::new(kid), &reason, json).await,
    })
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let now = work.call.now;
    let all = work.desk.store.read(move |reader| key::all(reader, now)).await?;
    if json {
        say_json(&all);
        return Ok(());
    }
    let rows = all.into_iter().map(|key| {
        [
            key.kid.to_string(),
            key.algorithm.to_owned(),
            KeyPurpose::from(key.signs).as_str().replace('_', " "),
            key.state.as_str().to_owned(),
            table::moment(key.made.at()),
            table::moment(key.signs_from.at()),
            table::moment_or_nothing(key.retires.map(Stamp::at)),
            key.tokens.to_string(),
        ]
    });
    table::print(
        ["kid", "algorithm", "signs", "state", "made", "signs from", "retires", "live tokens"],
        rows,
        "There is no signing key.",
    );
    Ok(())
}

async fn rotate(work: &Work, purpose: KeyPurpose, now: bool, json: bool) -> Result<(), Trouble> {
    let made = work.heard(flow::rotate(&work.desk, &work.call, ACTOR, purpose, now).await, "signing key")?;
    let what = match now {
        true => {
            format!("The key {} signs from now on; the one before verifies until its last token has ended.", made.id)
        }
        false => format!("The key {} is published and signs from {}.", made.id, table::moment(made.signs_at)),
    };
    let state = if now { KeyState::Signing } else { made.state };
    let facts = json!({ "kid": made.id, "algorithm": made.algorithm.as_str(), "signs": made.purpose.as_str(), "state": state.as_str(),
                        "signs_from": table::stamp(made.signs_at) });
    done(json, &what, facts, work.in_force().await);
    Ok(())
}

async fn retire(work: &Work, kid: &KeyId, json: bool) -> Result<(), Trouble> {
    work.heard(flow::retire(&work.desk, &work.call, ACTOR, kid).await, &called(kid))?;
    let what = format!("The key {kid} is out of the key set.");
    done(json, &what, json!({ "kid": kid, "state": KeyState::Retired.as_str() }), work.in_force().await);
    Ok(())
}

async fn revoke(work: &Work, kid: &KeyId, reason: &str, json: bool) -> Result<(), Trouble> {
    let revoked = flow::revoke(&work.desk, &work.call, ACTOR, kid, reason).await;
    let Revoked { ended, successor } = work.heard(revoked, &called(kid))?;
    let after = successor.as_ref().map_or_else(String::new, |next| format!(" The key {next} signs in its place."));
    let what =
        format!("The key {kid} is out of force, and what it signed is refused: {}.{after}", table::ended(&ended));
    let facts = json!({ "kid": kid, "state": KeyState::Revoked.as_str(), "ended": ended, "successor": successor });
    done(json, &what, facts, work.in_force().await);
    Ok(())
}

fn called(kid: &KeyId) -> String {
    format!("signing key {}; 'doorbook keys list' shows all of them", table::plain(kid.as_str()))
}
