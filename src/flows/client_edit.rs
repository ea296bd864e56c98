//! An administrator changes what a client registered: judged, weighed, written. What goes beyond what it may have from now on ends in
//! the same write.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    base::{
        call::Call,
        client::Client,
        event::{Actor, Ended},
        id::ClientId,
        secret::Plain,
    },
    crypto::digest,
    flows::{
        Desk, FlowResult,
        approvals::{self, Stand},
        manage,
    },
    oauth::{
        error::{invalid_request, not_found},
        registration::{edit as rule, manage::Update},
        why::Why,
    },
    store::{clients, consents, grants},
};

pub use crate::oauth::registration::{
    edit::{Lost, changes_here},
    manage::SecretChange,
};

/// A client that was changed.
pub struct Edited {
    /// The client as it is now.
    pub client: Client,
    /// Its new secret, when it needed one: shown once.
    pub secret: Option<Plain>,
    /// What it changed.
    pub effect: Effect,
}

/// What a change does beyond what was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    /// Whether anything is otherwise at all.
    pub changes: bool,
    /// What goes beyond what the client may have then, and ends.
    pub ended: Ended,
    /// What the client loses.
    pub lost: Lost,
    /// What becomes of its secret.
    pub secret: SecretChange,
    /// How many people are asked again, who need not have been.
    pub asked_again: i64,
    /// Whether an administrator has to approve it, who need not have done before.
    pub needs_approval: bool,
}

impl Effect {
    /// Whether nobody loses anything by it.
    pub fn is_mild(&self) -> bool {
        let keeps_secret = self.secret == SecretChange::Keep;
        let keeps_all = self.lost == Lost { most_scope: self.lost.most_scope.clone(), ..Lost::default() };
        keeps_secret && keeps_all && self.ended.grants == 0 && self.asked_again == 0 && !self.needs_approval
    }
}

/// Changes the members that are named. `seen`: the [`mark`] of the client that the administrator had before them.
pub async fn edit(
    desk: &Arc<Desk>,
    call: &Call,
    actor: &Actor,
    id: &ClientId,
    changes: Map<String, Value>,
    seen: Option<&str>,
) -> FlowResult<Edited> {
    let Judged { client, update, effect } = judged(desk, call, id, changes).await?;
    if seen.is_some_and(|seen| seen != mark(&client)) {
        return Err(invalid_request(Why::ClientChanged).with_status(409).into());
    }
    if !effect.changes {
        return Ok(Edited { client, secret: None, effect });
    }
    let (secret, stored) = manage::secret_for(desk, call, &client, update.secret).await?;
    let (call, actor) = (call.clone(), actor.clone());
    let (client, ended) = desk
        .store
        .write(move |tx| {
            let now = clients::find(tx, &client.id)?.ok_or_else(not_found)?;
            manage::as_judged(&now, &client)?;
            manage::rewrite(tx, &call, &actor, now, update, stored)
        })
        .await?;
    desk.secrets.forget();
    Ok(Edited { client, secret, effect: Effect { ended, ..effect } })
}

/// What that would do, before it is done.
pub async fn effect(desk: &Arc<Desk>, call: &Call, id: &ClientId, changes: Map<String, Value>) -> FlowResult<Effect> {
    Ok(judged(desk, call, id, changes).await?.effect)
}

/// What a client says of itself now, as a short text: what was written with another one before one's eyes is not written over it.
pub fn mark(client: &Client) -> String {
    digest::sha256_base64url(serde_json::to_string(&client.metadata).unwrap_or_default().as_bytes())
}

/// A change that may be made.
struct Judged {
    client: Client,
    update: Update,
    effect: Effect,
}

async fn judged(desk: &Arc<Desk>, call: &Call, id: &ClientId, changes: Map<String, Value>) -> FlowResult<Judged> {
    let wanted = id.clone();
    let client = desk.store.read(move |reader| clients::find(reader, &wanted)).await?.ok_or_else(not_found)?;
    let rules = desk.store.standing().registration();
    let update = rule::edit(&client, changes, &desk.offers(), &rules)?;
    let call = call.clone();
    let judged = desk.store.read(move |reader| {
        let after = update.onto(&client);
        let lost = rule::lost(&client, &after);
        let beyond = manage::beyond(reader, &call, &client, &lost)?;
        let before = approvals::stand_with(reader, &rules, &client, None, call.now)?;
        let stand = approvals::stand_with(reader, &rules, &after, None, call.now)?;
        let needs_approval = matches!(before, Stand::Allowed(_)) && stand == Stand::Open;
        let asked_again = if update.is_another { consents::people(reader, &client.id)? } else { 0 };
        let ended = grants::weigh(reader, &beyond, call.now)?;
        let changes = client.metadata != after.metadata;
        let effect = Effect { changes, ended, lost, secret: update.secret, asked_again, needs_approval };
        Ok(Judged { client, update, effect })
    });
    Ok(judged.await?)
}
