//! The access list: who is added, who is taken off it, and whom that cuts off. What a person allowed is not ended when they
//! are cut off; it is refused until they are on the list again.

use crate::{
    base::{
        access::AccessList,
        call::Call,
        event::{Actor, Ended, Event},
        id::UserId,
        time::Time,
        user::{Provider, Role, User, Who},
    },
    flows::{Desk, FlowResult, clients::person, users as people},
    oauth::{
        error::{invalid_request, not_found},
        why::Why,
    },
    store::{
        Reader, StoreResult, allowlist, audit,
        grants::{self, Of},
        page::Toward,
        users,
    },
};

/// No more entries are added in one go.
const MOST: usize = 200;
/// How many people are looked at in one go.
const BATCH: usize = 500;

mod addition;

pub use addition::{Addition, Comer, Entering, effect_of_addition};

/// What was named to be put on the list, or what is wrong with it, in a sentence.
pub fn read<'t>(desk: &Desk, named: impl Iterator<Item = &'t str>, role: Role) -> Result<Vec<Who>, String> {
    let local = desk.config.sign_in.is_local();
    let mut all = Vec::new();
    for word in named.filter(|word| !word.is_empty()) {
        let who = match Who::parse(word) {
            Some(Who::Login(name)) if local => Who::Local(name),
            Some(Who::Local(_)) if !local => {
                return Err(format!("{word} is a name of local mode; people come from GitHub here."));
            }
            Some(Who::Number(_)) if local => {
                return Err(format!("{word} is a number of GitHub; in local mode people have names."));
            }
            Some(Who::Everybody) if role == Role::Administrator => {
                return Err("Not everybody may administer. Name them one by one.".into());
            }
            Some(Who::Company(_) | Who::WholeCompany(_)) if role == Role::Administrator => {
                return Err(format!("{word} cannot sign in here, and so cannot administer."));
            }
            Some(who) => who,
            None => return Err(format!("{word} is neither a login nor id: with a number.")),
        };
        if !all.contains(&who) {
            all.push(who);
        }
    }
    match all.len() {
        0 => Err("Name somebody.".into()),
        n if n > MOST => Err(format!("These are {n}; add {MOST} at a time.")),
        _ => Ok(all),
    }
}

/// Puts people on the list. Gives how many entries were new.
pub async fn add(desk: &Desk, call: &Call, actor: &Actor, who: Vec<Who>, role: Role) -> FlowResult<usize> {
    if let Some(who) = who.iter().find(|who| role == Role::Administrator && who.is_for_tokens_only()) {
        let why = if *who == Who::Everybody { Why::EverybodyAdministrator } else { Why::CompanyAdministrator };
        return Err(invalid_request(why).into());
    }
    let configured = desk.store.standing().configured_entries().to_vec();
    let (call, actor) = (call.clone(), actor.clone());
    let new = desk.store.record(move |tx| {
        let mut new = 0;
        for who in who.into_iter().filter(|who| !configured.contains(&(who.clone(), role))) {
            if allowlist::add(tx, &who, role, person(&actor).as_ref(), call.now)? {
                let event = Event::AccessAdded { who: who.to_string(), role: role.as_str() };
                audit::record(tx, &call, &actor, &event)?;
                new += 1;
            }
        }
        Ok(new)
    });
    Ok(new.await?)
}

/// Takes an entry off the list. Whom that cuts off is signed out at once; gives what is refused from now on.
pub async fn remove(desk: &Desk, call: &Call, actor: &Actor, who: Who, role: Role) -> FlowResult<Ended> {
    let rest = Remaining::of(desk);
    let (call, actor) = (call.clone(), actor.clone());
    desk.store
        .write(move |tx| {
            if !allowlist::entries(tx)?.iter().any(|entry| entry.who == who && entry.role == role) {
                return Err(match rest.configured.contains(&(who, role)) {
                    true => invalid_request(Why::EntryConfigured).with_status(409).into(),
                    false => not_found().into(),
                });
            }
            rest.must_open_the_dashboard(tx, Some((&who, role)), None)?;
            let cut_off = rest.cut_off(tx, &who, role)?;
            let ended = weigh(tx, &cut_off, call.now)?;
            let bound = allowlist::bound(tx)?;
            allowlist::remove(tx, &who, role, call.now)?;
            if let Who::Login(login) = &who
                && let Some(id) = bound.get(login).filter(|_| rest.configures(&who))
            {
                allowlist::bind(tx, login, id, call.now)?;
            }
            let event = Event::AccessRemoved { who: who.to_string(), role: role.as_str() };
            audit::record(tx, &call, &actor, &event)?;
            for id in &cut_off {
                people::sign_out(tx, &call, &actor, id)?;
            }
            Ok(ended)
        })
        .await
}

/// Whom the removal of an entry would cut off, and what would be refused then.
pub async fn effect_of_removal(desk: &Desk, call: &Call, who: &Who, role: Role) -> FlowResult<Ended> {
    let rest = Remaining::of(desk);
    let (who, now) = (who.clone(), call.now);
    let effect = desk.store.read(move |reader| {
        let cut_off = rest.cut_off(reader, &who, role)?;
        weigh(reader, &cut_off, now)
    });
    Ok(effect.await?)
}

/// What is left of the list when something is taken away from it.
pub(super) struct Remaining {
    provider: Provider,
    configured: Vec<(Who, Role)>,
}

impl Remaining {
    pub(super) fn of(desk: &Desk) -> Self {
        let standing = desk.store.standing();
        Self { provider: standing.access().provider(), configured: standing.configured_entries().to_vec() }
    }

    /// Whether the configuration names them, in whatever role: then their login stays theirs.
    fn configures(&self, who: &Who) -> bool {
        self.configured.iter().any(|(configured, _)| configured == who)
    }

    /// The list without an entry that was added here, and without the binding that would go with it.
    fn without(&self, reader: &mut Reader<'_>, gone: Option<(&Who, Role)>) -> StoreResult<AccessList> {
        let added = allowlist::entries(reader)?.into_iter().map(|entry| (entry.who, entry.role));
        let added: Vec<_> = added.filter(|(who, role)| gone != Some((who, *role))).collect();
        let mut bound = allowlist::bound(reader)?;
        if let Some((who @ Who::Login(login), _)) = gone
            && !self.configures(who)
            && !added.iter().any(|(other, _)| other == who)
        {
            bound.remove(login);
        }
        Ok(AccessList::new(self.provider, self.configured.iter().cloned().chain(added), bound))
    }

    /// The people who are let in now, and would not be without that entry.
    fn cut_off(&self, reader: &mut Reader<'_>, who: &Who, role: Role) -> StoreResult<Vec<UserId>> {
        let before = self.without(reader, None)?;
        let after = self.without(reader, Some((who, role)))?;
        let loses = |id: &UserId| before.role(id).is_some() && after.role(id).is_none();
        match who {
            Who::Everybody | Who::WholeCompany(_) => {
                let all = everybody(reader, |user| loses(&user.id))?;
                Ok(all.into_iter().map(|user| user.id).collect())
            }
            Who::Company(known) => Ok(Some(Provider::Company.user_id(known)).into_iter().filter(loses).collect()),
            Who::Login(login) => Ok(allowlist::bound(reader)?.remove(login).into_iter().filter(loses).collect()),
            Who::Number(number) => Ok(Some(Provider::GitHub.user_id(number)).into_iter().filter(loses).collect()),
            Who::Local(name) => Ok(Some(Provider::Local.user_id(name)).into_iter().filter(loses).collect()),
        }
    }

    /// Refuses what would leave nobody who can open the dashboard, wherever it is tried. Whoever has come once and is not
    /// suspended can; so can somebody whom the configuration names, which is the way out when nobody else is there.
    pub(super) fn must_open_the_dashboard(
        &self,
        reader: &mut Reader<'_>,
        gone: Option<(&Who, Role)>,
        suspended: Option<&UserId>,
    ) -> FlowResult<()> {
        let bound = allowlist::bound(reader)?;
        let configured = AccessList::new(self.provider, self.configured.iter().cloned(), bound);
        let mut opens = |gone, suspended| -> StoreResult<bool> {
            for id in self.without(reader, gone)?.administrators().filter(|id| Some(*id) != suspended) {
                let can = match users::find(reader, id)? {
                    Some(person) => person.suspended_at.is_none(),
                    None => configured.role(id) == Some(Role::Administrator),
                };
                if can {
                    return Ok(true);
                }
            }
            Ok(configured.awaits_administrator())
        };
        // Where nobody can, it takes nothing away.
        if opens(gone, suspended)? || !opens(None, None)? {
            return Ok(());
        }
        Err(invalid_request(Why::LastAdministrator).with_status(409).into())
    }
}

/// Of all who signed in once, those that are wanted.
fn everybody(reader: &mut Reader<'_>, wanted: impl Fn(&User) -> bool) -> StoreResult<Vec<User>> {
    let mut found = Vec::new();
    let mut seek = None;
    loop {
        let page = users::page(reader, &users::Filter::default(), seek.as_ref(), BATCH)?;
        found.extend(page.rows.into_iter().filter(&wanted));
        seek = page.older.filter(|seek| seek.toward == Toward::Older);
        if seek.is_none() {
            return Ok(found);
        }
    }
}

fn weigh(reader: &mut Reader<'_>, people: &[UserId], now: Time) -> StoreResult<Ended> {
    let mut all = Ended { people: people.len() as i64, ..Ended::default() };
    for some in people.chunks(BATCH) {
        let own = grants::weigh(reader, &Of::People(some.to_vec()), now)?;
        all.grants += own.grants;
        all.tokens += own.tokens;
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
