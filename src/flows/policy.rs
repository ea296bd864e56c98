//! The policy of registration, changed while the server runs: every change is a version that can be looked at, rehearsed before
//! it is made, and undone.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::{
    base::{
        attempt::Tried,
        call::Call,
        event::{Actor, Event},
        registration::{RegistrationPolicy, lists},
    },
    config::parse,
    flows::{Desk, FlowResult},
    oauth::{
        error::{OAuthError, invalid_request, not_found},
        registration::policy::{self as rule, Admission},
        why::Why,
    },
    store::{
        Reader, StoreResult, Tx, attempts, audit, documents,
        policies::{self, Version},
    },
};

/// How much of a note is kept.
const LONGEST_NOTE: usize = 300;
/// How many entries a list of the policy may have.
const MOST_ENTRIES: usize = 500;

/// What a change is to be.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The members that are otherwise from then on.
    pub set: Map<String, Value>,
    /// The members that are as the configuration has them from then on.
    pub reset: Vec<String>,
    /// The version that was looked at when this was written; `None`: whichever is in force.
    pub seen: Option<i64>,
    /// What the administrator says about it.
    pub note: String,
}

/// One value that was refused and is let in from then on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Allow {
    /// A private-use scheme of redirect URIs.
    Scheme(String),
    /// A site that codes may be sent to.
    RedirectHost(String),
    /// A host whose documents may describe clients.
    DocumentHost(String),
}

/// What another policy would have made of the last attempts.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rehearsal {
    /// How many attempts it was tried on.
    pub tried: usize,
    /// Those that came in and would be refused.
    pub refuses: Vec<Effect>,
    /// Those that were refused or had to wait, and would come in.
    pub admits: Vec<Effect>,
    /// Those that came in or were refused, and would wait until an administrator approves them.
    pub waits: Vec<Effect>,
}

/// Attempts that are alike, for which a policy makes a difference.
#[derive(Clone, PartialEq, Debug)]
pub struct Effect {
    /// The last of them.
    pub last: Tried,
    /// How many there are.
    pub times: usize,
    /// Why the one policy refuses them, if one of the two does.
    pub error: Option<OAuthError>,
}

impl Effect {
    /// Why the one policy refuses them, if one of the two does.
    pub fn why(&self) -> Option<Why> {
        self.error.as_ref().map(OAuthError::why)
    }

    /// The same for programs, as in `redirect_host`.
    pub fn reason(&self) -> Option<&'static str> {
        self.why().map(Why::slug)
    }
}

/// A change that can be made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The version that it changes.
    pub version: i64,
    /// What is in force before.
    pub before: RegistrationPolicy,
    /// And after.
    pub after: RegistrationPolicy,
    changes: Map<String, Value>,
    is_new: bool,
}

impl Plan {
    /// What a draft makes of what is in force, if it can.
    fn of(base: &RegistrationPolicy, last: Option<Version>, draft: &Draft) -> Result<Self, OAuthError> {
        let (version, now) = last.map(|last| (last.version, last.changes)).unwrap_or_default();
        if draft.seen.is_some_and(|seen| seen != version) {
            return Err(invalid_request(Why::PolicyOutdated).with_status(409));
        }
        let known = base.members();
        if let Some(unknown) = draft.set.keys().chain(&draft.reset).find(|name| !known.contains_key(*name)) {
            return Err(invalid_request(Why::PolicyMember).about(unknown));
        }
        let unreadable = |name: &str| invalid_request(Why::PolicyMember).about(name);
        if let Some((name, _)) = draft.set.iter().find(|(name, value)| base.with(&only(name, value)).is_none()) {
            return Err(unreadable(name));
        }
        let before = base.with(&now).ok_or_else(|| unreadable("the policy in force"))?;
        let mut changes = now.clone();
        changes.retain(|name, _| !draft.reset.contains(name));
        changes.extend(draft.set.clone());
        let after = sound(base.with(&changes).ok_or_else(|| unreadable("the change"))?)?;
        // Written as they are kept; what is set to what it was anyway goes on following the configuration.
        let (was, is) = (before.members(), after.members());
        changes.retain(|name, _| now.contains_key(name) || was.get(name) != is.get(name));
        changes.iter_mut().for_each(|(name, value)| value.clone_from(is.get(name).unwrap_or(&Value::Null)));
        Ok(Self { version, is_new: changes != now, before, after, changes })
    }

    /// Makes it so. Gives the number of the version in force then.
    fn write(self, tx: &mut Tx<'_>, call: &Call, actor: &Actor, note: &str) -> StoreResult<i64> {
        if !self.is_new {
            return Ok(self.version);
        }
        let note: String = note.trim().chars().take(LONGEST_NOTE).collect();
        let note = Some(note).filter(|note| !note.is_empty());
        let change = (&self.before, &self.after);
        let version = policies::insert(tx, change, &self.changes, note.as_deref(), actor, call.now)?;
        let (before, after) = (self.after.changes_to(&self.before), self.before.changes_to(&self.after));
        let event = Event::PolicyChanged { version, before: before.into(), after: after.into(), note };
        audit::record(tx, call, actor, &event)?;
        Ok(version)
    }
}

fn only(name: &str, value: &Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value.clone())])
}

/// The policy as it may be kept: its values written as the configuration reads them.
fn sound(policy: RegistrationPolicy) -> Result<RegistrationPolicy, OAuthError> {
    let list = |name: &str, values: Vec<String>, parse: fn(&str) -> parse::Parsed<Vec<String>>| {
        let mut kept: Vec<String> = Vec::new();
        for value in &values {
            match parse(value).as_deref() {
                Ok([one]) if kept.contains(one) => (),
                Ok([one]) if kept.len() < MOST_ENTRIES => kept.push(one.clone()),
                _ => return Err(invalid_request(Why::PolicyMember).about(&format!("{name}: {value}"))),
            }
        }
        Ok(kept)
    };
    let within = |name: &str, good: bool| match good {
        true => Ok(()),
        false => Err(invalid_request(Why::PolicyMember).about(name)),
    };
    within("most_clients", parse::clients(&policy.most_clients.to_string()).is_ok())?;
    within("unused_client_lifetime", parse::unused_client(&policy.unused.as_seconds().to_string()).is_ok())?;
    within("idle_client_lifetime", parse::idle_client(&policy.idle.as_seconds().to_string()).is_ok())?;
    let mut redirects = policy.redirects;
    redirects.schemes = list("redirect_schemes", redirects.schemes, parse::schemes)?;
    Ok(RegistrationPolicy {
        allowed_redirect_hosts: list("allowed_redirect_hosts", policy.allowed_redirect_hosts, parse::hosts)?,
        denied_redirect_hosts: list("denied_redirect_hosts", policy.denied_redirect_hosts, parse::hosts)?,
        refused_names: list("refused_names", policy.refused_names, parse::names)?,
        client_document_hosts: list("client_document_hosts", policy.client_document_hosts, parse::hosts)?,
        redirects,
        ..policy
    })
}

/// What a change would do, before it is made.
pub async fn plan(desk: &Desk, draft: &Draft) -> FlowResult<Plan> {
    let last = desk.store.read(policies::last).await?;
    Ok(Plan::of(desk.store.standing().configured_registration(), last, draft)?)
}

/// Changes the policy. Gives the number of the version in force then: a new one, unless there was nothing to change.
pub async fn change(desk: &Desk, call: &Call, actor: &Actor, draft: Draft) -> FlowResult<i64> {
    let base = desk.store.standing().configured_registration().clone();
    let (call, actor) = (call.clone(), actor.clone());
    desk.store
        .write(move |tx| {
            let last = policies::last(tx)?;
            Ok(Plan::of(&base, last, &draft)?.write(tx, &call, &actor, &draft.note)?)
        })
        .await
}

/// Goes back to what was in force with that version; 0: to what the configuration says. Gives the number of the new version.
pub async fn restore(desk: &Desk, call: &Call, actor: &Actor, version: i64) -> FlowResult<i64> {
    let base = desk.store.standing().configured_registration().clone();
    let (call, actor) = (call.clone(), actor.clone());
    desk.store
        .write(move |tx| {
            let (last, draft) = (policies::last(tx)?, going_back(tx, &base, version)?.ok_or_else(not_found)?);
            Ok(Plan::of(&base, last, &draft)?.write(tx, &call, &actor, &draft.note)?)
        })
        .await
}

/// What going back to a version would do, before it is done.
pub async fn plan_restore(desk: &Desk, version: i64) -> FlowResult<Plan> {
    let base = desk.store.standing().configured_registration().clone();
    let looked = desk.store.read(move |reader| Ok((policies::last(reader)?, going_back(reader, &base, version)?)));
    let (last, draft) = looked.await?;
    Ok(Plan::of(desk.store.standing().configured_registration(), last, &draft.ok_or_else(not_found)?)?)
}

/// The change that leads back to a version; `None` when there is no such version.
fn going_back(reader: &mut Reader<'_>, base: &RegistrationPolicy, version: i64) -> StoreResult<Option<Draft>> {
    let changes = match version {
        0 => Some(Map::new()),
        version => policies::find(reader, version)?.map(|version| version.changes),
    };
    Ok(changes.map(|set| Draft {
        set,
        reset: base.members().keys().cloned().collect(),
        seen: None,
        note: format!("back to version {version}"),
    }))
}

/// Takes the last change back. Gives the number of the new version.
pub async fn undo(desk: &Desk, call: &Call, actor: &Actor) -> FlowResult<i64> {
    match desk.store.read(policies::newest).await? {
        0 => Err(not_found().into()),
        newest => restore(desk, call, actor, newest - 1).await,
    }
}

/// Lets in what was refused for one value. Gives the number of the version in force then.
pub async fn allow(desk: &Desk, call: &Call, actor: &Actor, allow: &Allow) -> FlowResult<i64> {
    change(desk, call, actor, allowing(&desk.store.standing().registration(), allow)).await
}

/// The change that lets a value in.
pub fn allowing(rules: &RegistrationPolicy, allow: &Allow) -> Draft {
    let with = |list: &[String], value: &str| {
        let mut list = list.to_vec();
        if !list.iter().any(|one| one == value) {
            list.push(value.to_owned());
        }
        json!(list)
    };
    let (set, note) = match allow {
        Allow::Scheme(scheme) => {
            let schemes = with(&rules.redirects.schemes, scheme);
            (only("redirect_schemes", &schemes), format!("allowed {scheme}:"))
        }
        Allow::RedirectHost(host) => {
            let allowed = &rules.allowed_redirect_hosts;
            let denied: Vec<_> = rules.denied_redirect_hosts.iter().filter(|denied| *denied != host).collect();
            let mut set = only("denied_redirect_hosts", &json!(denied));
            if !allowed.is_empty() && !lists(allowed, host) {
                set.insert("allowed_redirect_hosts".into(), with(allowed, host));
            }
            (set, format!("allowed {host}"))
        }
        Allow::DocumentHost(host) => {
            let hosts = with(&rules.client_document_hosts, host);
            (only("client_document_hosts", &hosts), format!("allowed documents of {host}"))
        }
    };
    Draft { set, note, ..Draft::default() }
}

/// Tries another policy on the last attempts, against the one in force.
pub async fn rehearse(desk: &Desk, wanted: &RegistrationPolicy) -> FlowResult<Rehearsal> {
    desk.write_attempts().await?;
    let (tried, approved) = desk.store.read(|reader| Ok((attempts::all(reader)?, documents::hosts(reader)?))).await?;
    let approved: HashSet<String> = approved.into_iter().map(|host| host.host).collect();
    Ok(compare(&tried, &approved, &desk.store.standing().registration(), wanted))
}

fn compare(
    tried: &[Tried],
    approved: &HashSet<String>,
    now: &RegistrationPolicy,
    wanted: &RegistrationPolicy,
) -> Rehearsal {
    let mut rehearsal = Rehearsal { tried: tried.len(), ..Rehearsal::default() };
    for one in tried {
        let judged = |rules| rule::admit(&one.attempt, rules, |host| approved.contains(host));
        match (judged(now), judged(wanted)) {
            (Ok(_), Err(error)) => note(&mut rehearsal.refuses, one, Some(error)),
            (Err(error), Ok(Admission::Enters)) => note(&mut rehearsal.admits, one, Some(error)),
            (Err(error), Ok(Admission::Waits)) => note(&mut rehearsal.waits, one, Some(error)),
            (Ok(Admission::Waits), Ok(Admission::Enters)) => note(&mut rehearsal.admits, one, None),
            (Ok(Admission::Enters), Ok(Admission::Waits)) => note(&mut rehearsal.waits, one, None),
            (Ok(_), Ok(_)) | (Err(_), Err(_)) => (),
        }
    }
    rehearsal
}

/// Adds an attempt to those that are like it: the same name, for the same reason, with answers to the same places.
fn note(effects: &mut Vec<Effect>, one: &Tried, error: Option<OAuthError>) {
    let alike = |effect: &&mut Effect| {
        effect.last.attempt.names == one.attempt.names
            && effect.last.attempt.way == one.attempt.way
            && effect.why() == error.as_ref().map(OAuthError::why)
            && effect.last.attempt.destinations() == one.attempt.destinations()
    };
    match effects.iter_mut().find(alike) {
        Some(effect) => effect.times += 1,
        None => effects.push(Effect { last: one.clone(), times: 1, error }),
    }
}

#[cfg(test)]
mod tests;
