//! `doorbook users`: the people who signed in. They are named by their login, or by their id when a login changed hands.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    output::say_json,
    table,
    work::{ACTOR, Trouble, Work, at_desk, done, missing},
};
use crate::{
    base::{id::UserId, user::User},
    config::Overrides,
    facts::{every, person},
    flows::users as flow,
    store::users,
};

/// What can be done with people.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List them, last seen first
    List {
        /// Only those with this in their login, name or id
        #[arg(long, value_name = "WORDS", default_value = "")]
        search: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Refuse somebody, and every client in their name, until they are restored
    Suspend(One),
    /// Let a suspended person go on where they were
    Restore(One),
    /// End everything that somebody allowed, and sign their browsers out
    RevokeAll(One),
}

/// The person who is meant.
#[derive(Args)]
pub(super) struct One {
    /// Their login, or their id as in github:583231
    user: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List { search, json } => list(work, search, json).await,
        Command::Suspend(one) => suspend(work, &one).await,
        Command::Restore(one) => restore(work, &one).await,
        Command::RevokeAll(one) => revoke_all(work, &one).await,
    })
}

async fn list(work: &Work, search: String, json: bool) -> Result<(), Trouble> {
    let (access, now) = (work.desk.store.standing().access(), work.call.now);
    let filter = users::Filter { search, ..users::Filter::default() };
    let all = work
        .desk
        .store
        .read(move |reader| every(usize::MAX, |seek, size| person::page(reader, &access, &filter, seek, size, now)));
    let all = all.await?;
    if json {
        say_json(&all);
        return Ok(());
    }
    let rows = all.into_iter().map(|person| {
        [
            person.login,
            person.id.to_string(),
            person.role.unwrap_or(table::NOTHING).to_owned(),
            person.state.words().to_owned(),
            table::moment(person.last_seen.at()),
            person.name.unwrap_or_default(),
        ]
    });
    table::print(["login", "id", "role", "state", "last seen", "name"], rows, "Nobody has signed in who fits.");
    Ok(())
}

async fn suspend(work: &Work, one: &One) -> Result<(), Trouble> {
    let user = meant(work, &one.user).await?;
    let still = flow::suspend(&work.desk, &work.call, &ACTOR, &user.id).await;
    let still = work.heard(still, &words(&one.user))?;
    let what = format!("{} is suspended. Refused from now on: {}.", named(&user), table::ended(&still));
    let facts = json!({ "id": user.id, "login": user.login, "state": "suspended", "refused": still });
    done(one.json, &what, facts, work.in_force().await);
    Ok(())
}

async fn restore(work: &Work, one: &One) -> Result<(), Trouble> {
    let user = meant(work, &one.user).await?;
    work.heard(flow::restore(&work.desk, &work.call, &ACTOR, &user.id).await, &words(&one.user))?;
    let on_list = work.desk.store.standing().access().role(&user.id).is_some();
    let rest = if on_list { "" } else { " They are not on the access list, so they stay outside." };
    let what = format!("{} may go on where they were.{rest}", named(&user));
    let facts = json!({ "id": user.id, "login": user.login, "state": "restored", "on_access_list": on_list });
    done(one.json, &what, facts, work.in_force().await);
    Ok(())
}

async fn revoke_all(work: &Work, one: &One) -> Result<(), Trouble> {
    let user = meant(work, &one.user).await?;
    let ended = flow::revoke_all(&work.desk, &work.call, &ACTOR, &user.id).await;
    let ended = work.heard(ended, &words(&one.user))?;
    let what = format!("Everything that {} allowed has ended: {}.", named(&user), table::ended(&ended));
    done(one.json, &what, json!({ "id": user.id, "login": user.login, "ended": ended }), work.in_force().await);
    Ok(())
}

/// The person of that id, or the only one who last came with that login.
pub(super) async fn meant(work: &Work, text: &str) -> Result<User, Trouble> {
    let wanted = text.to_owned();
    let found = work.desk.store.read(move |reader| match users::find(reader, &UserId::new(wanted.as_str()))? {
        Some(user) => Ok(vec![user]),
        None => users::by_login(reader, &wanted),
    });
    let mut found = found.await?;
    match found.len() {
        0 | 1 => found.pop().ok_or_else(|| missing(&words(text))),
        _ => {
            let last = |user: &User| format!("  {}, last seen {}", user.id, table::moment(user.last_seen_at));
            let ids: Vec<_> = found.iter().map(last).collect();
            let login = table::plain(text);
            Err(Trouble::Refused(format!("several people came as {login}; name one by id:\n{}", ids.join("\n"))))
        }
    }
}

fn named(user: &User) -> String {
    format!("{} ({})", table::plain(&user.login), user.id)
}

fn words(user: &str) -> String {
    format!("person {} who signed in here; 'doorbook users list' shows all of them", table::plain(user))
}
