//! What is done to one client.

use serde_json::{Value, json};

use super::{
    One,
    meant::{heard, why_it_left},
};
use crate::{
    base::{client::Departure, id::ClientId, time::Span},
    cli::{
        output::{say, say_json},
        table,
        work::{ACTOR, Trouble, Work, done},
    },
    flows::{FlowResult, approvals, clients as flow, departures},
    store::tombstones,
};

/// Says what was done to a client, once the flow has done it; `facts` go with its id.
async fn did<T>(
    work: &Work,
    one: &One,
    answer: FlowResult<T>,
    tell: impl FnOnce(T) -> (String, Value),
) -> Result<(), Trouble> {
    let (what, facts) = tell(heard(work, answer, &one.id).await?);
    let mut members = json!({ "client_id": one.id });
    if let (Some(members), Value::Object(facts)) = (members.as_object_mut(), facts) {
        members.extend(facts);
    }
    done(one.json, &format!("{} {what}", table::plain(&one.id)), members, work.in_force().await);
    Ok(())
}

pub(super) async fn disable(work: &Work, one: &One) -> Result<(), Trouble> {
    let answer = flow::disable(&work.desk, &work.call, &ACTOR, &one.client()).await;
    let what = "is disabled: it is refused everywhere until it is enabled again.";
    did(work, one, answer, |()| (what.into(), json!({ "state": "disabled" }))).await
}

pub(super) async fn enable(work: &Work, one: &One) -> Result<(), Trouble> {
    let answer = flow::enable(&work.desk, &work.call, &ACTOR, &one.client()).await;
    did(work, one, answer, |()| ("is enabled.".into(), json!({ "state": "enabled" }))).await
}

pub(super) async fn trust(work: &Work, one: &One, trusted: bool) -> Result<(), Trouble> {
    let answer = flow::trust(&work.desk, &work.call, &ACTOR, &one.client(), trusted).await;
    let what = match trusted {
        true => "is vouched for: people need not be asked a second time.",
        false => "is no longer vouched for: people are asked each time.",
    };
    did(work, one, answer, |()| (what.into(), json!({ "trusted": trusted }))).await
}

pub(super) async fn approve(work: &Work, one: &One) -> Result<(), Trouble> {
    let answer = approvals::approve(&work.desk, &work.call, &ACTOR, &one.client()).await;
    did(work, one, answer, |reached| {
        let what = match reached {
            Some(n) => format!("is approved for everybody, with all clients like it; {n} who waited go on."),
            None => "needs no approval: nobody waits for you before they use it. Nothing was changed.".to_owned(),
        };
        (what, json!({ "reached": reached.unwrap_or_default(), "needed": reached.is_some() }))
    })
    .await
}

pub(super) async fn end_old_secret(work: &Work, one: &One) -> Result<(), Trouble> {
    let answer = flow::end_old_secret(&work.desk, &work.call, &ACTOR, &one.client()).await;
    did(work, one, answer, |()| ("has only its new secret now.".into(), json!({ "old_secret": null }))).await
}

pub(super) async fn revoke_registration_token(work: &Work, one: &One) -> Result<(), Trouble> {
    let answer = flow::revoke_registration_token(&work.desk, &work.call, &ACTOR, &one.client()).await;
    let what = "has no registration token any more: it cannot change or delete its registration.";
    did(work, one, answer, |()| (what.into(), json!({ "registration_token_made": null }))).await
}

pub(super) async fn revoke_tokens(work: &Work, one: &One) -> Result<(), Trouble> {
    let answer = flow::revoke_tokens(&work.desk, &work.call, &ACTOR, &one.client()).await;
    did(work, one, answer, |ended| {
        (format!("has no tokens any more. Ended: {}.", table::ended(&ended)), json!({ "ended": ended }))
    })
    .await
}

pub(super) async fn revive(work: &Work, one: &One) -> Result<(), Trouble> {
    let answer = departures::revive(&work.desk, &work.call, &ACTOR, &one.client()).await;
    did(work, one, answer, |_| ("is in the book.".into(), json!({ "state": "enabled" }))).await
}

pub(super) async fn revoke(work: &Work, one: &One, reason: &str) -> Result<(), Trouble> {
    let id = one.client();
    let stone = work.desk.store.read(move |reader| tombstones::find(reader, &id)).await?;
    let answer = flow::revoke(&work.desk, &work.call, &ACTOR, &one.client(), reason).await;
    did(work, one, answer, |ended| {
        let what = match &stone {
            Some(stone) => {
                format!("left the book on {} already: {}.", table::moment(stone.left_at), why_it_left(stone))
            }
            None => format!("is revoked. With it ended: {}.", table::ended(&ended)),
        };
        let state = stone.map_or(Departure::Revoked, |stone| stone.why).as_str();
        (what, json!({ "state": state, "ended": ended }))
    })
    .await
}

pub(super) async fn rotate_registration_token(work: &Work, one: &One) -> Result<(), Trouble> {
    let answer = flow::rotate_registration_token(&work.desk, &work.call, &ACTOR, &one.client()).await;
    did(work, one, answer, |token| {
        let what = format!("has a new registration token, shown this once:\n\n    {}\n", token.expose());
        (what, json!({ "registration_access_token": token.expose() }))
    })
    .await
}

pub(super) async fn rotate_secret(work: &Work, id: &str, overlap: Option<Span>, json: bool) -> Result<(), Trouble> {
    let client = ClientId::new(id);
    let overlap = overlap.unwrap_or(work.desk.config.policy.lifetimes.secret_overlap);
    let rotated = flow::rotate_secret(&work.desk, &work.call, &ACTOR, &client, overlap).await;
    let rotated = heard(work, rotated, id).await?;
    // In force already: the server reads a client's secrets when they are shown to it.
    let in_force = work.in_force().await;
    if json {
        say_json(&json!({
            "client_id": client,
            "client_secret": rotated.secret.expose(),
            "old_secret_until": rotated.old_until.map(table::stamp),
            "in_force": in_force.as_str(),
        }));
        return Ok(());
    }
    say(format!("The new secret of {}, shown this once:\n\n    {}\n", table::plain(id), rotated.secret.expose()));
    say(match rotated.old_until {
        Some(until) => format!("The old one works until {}.", table::moment(until)),
        None => "The old one has ended.".to_owned(),
    });
    say(in_force.words());
    Ok(())
}
