//! What an addition to the access list would do, told before it is done: who was refused lately and would come in, what of their
//! grants would work again, and what stands on the list already.

use std::collections::HashMap;

use super::{Remaining, everybody, weigh};
use crate::{
    base::{
        access::AccessList,
        call::Call,
        event::Ended,
        id::UserId,
        time::{Span, Time},
        user::{Provider, Role, User, Who, company_of},
    },
    flows::{Desk, FlowResult},
    oauth::why::Why,
    store::{
        Reader, StoreResult, allowlist,
        audit::{self, Line},
        users,
    },
};

/// How far back refusals are looked at.
const LATELY: Span = Span::days(30);
/// How many of the newest refusals of each reason are looked at.
const LOOKED_AT: usize = 200;
/// Why people are refused whom an entry can let in.
const CURED: [Why; 4] = [Why::NotOnAccessList, Why::LoginOtherPerson, Why::NotAdministrator, Why::IdJagPerson];

/// What an addition would do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Addition {
    /// What each entry would do, as they were named.
    pub entries: Vec<Entering>,
    /// Who would come in again, and what of theirs would work again.
    pub regained: Ended,
}

/// What an entry would do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entering {
    /// Whom it means.
    pub who: Who,
    /// What such an entry lets them do already.
    pub held: Option<Role>,
    /// The people who may do more by it, as far as anything is known of them; who came last is first.
    pub people: Vec<Comer>,
}

/// Somebody who may do more once an entry is on the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comer {
    /// Who it is.
    pub id: UserId,
    /// Their login when they last came.
    pub login: String,
    /// What they may do now.
    pub may: Option<Role>,
    /// They signed in once, and so have a page.
    pub known: bool,
    /// They are suspended, and stay out until they are restored.
    pub suspended: bool,
    /// When they last came.
    pub last: Time,
    /// How often they were refused lately.
    pub refused: i64,
}

/// Whom these entries would let in, or let do more, and what of theirs would work again.
pub async fn effect_of_addition(desk: &Desk, call: &Call, who: &[Who], role: Role) -> FlowResult<Addition> {
    let (rest, who, now) = (Remaining::of(desk), who.to_vec(), call.now);
    Ok(desk.store.read(move |reader| effect(reader, &rest, &who, role, now)).await?)
}

fn effect(reader: &mut Reader<'_>, rest: &Remaining, who: &[Who], role: Role, now: Time) -> StoreResult<Addition> {
    let before = rest.without(reader, None)?;
    let after = rest.with(reader, who, role)?;
    let more = |id: &UserId, login: &str| after.allows(id, login) > before.allows(id, login);
    let mut comers = refused_lately(reader, now)?;
    for one in who {
        for user in meant(reader, one, |user| more(&user.id, &user.login))? {
            let refused = comers.get(&user.id).map_or(0, |comer| comer.refused);
            comers.insert(user.id.clone(), Comer::known(user, refused));
        }
    }
    comers.retain(|id, comer| more(id, &comer.login));
    comers.values_mut().for_each(|comer| comer.may = before.allows(&comer.id, &comer.login));
    let again = |comer: &&Comer| comer.known && !comer.suspended && comer.may.is_none();
    let again: Vec<UserId> = comers.values().filter(again).map(|comer| comer.id.clone()).collect();
    let bound = allowlist::bound(reader)?;
    let mut comers: Vec<Comer> = comers.into_values().collect();
    comers.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.id.cmp(&b.id)));
    let mut entering = |one: &Who| Entering {
        people: comers.extract_if(.., |comer| means(one, comer, &bound)).collect(),
        held: before.holds(one),
        who: one.clone(),
    };
    Ok(Addition { entries: who.iter().map(&mut entering).collect(), regained: weigh(reader, &again, now)? })
}

impl Remaining {
    /// The list with these entries on it.
    fn with(&self, reader: &mut Reader<'_>, who: &[Who], role: Role) -> StoreResult<AccessList> {
        let added = allowlist::entries(reader)?.into_iter().map(|entry| (entry.who, entry.role));
        let new = who.iter().map(|who| (who.clone(), role));
        let all = self.configured.iter().cloned().chain(added).chain(new);
        Ok(AccessList::new(self.provider, all, allowlist::bound(reader)?))
    }
}

impl Comer {
    fn known(user: User, refused: i64) -> Self {
        Self {
            id: user.id,
            login: user.login,
            may: None,
            known: true,
            suspended: user.suspended_at.is_some(),
            last: user.last_seen_at,
            refused,
        }
    }

    fn refused(id: UserId, line: &Line) -> Self {
        let login = line.detail.get("value").and_then(|value| value.as_str()).unwrap_or_default();
        let login = login.to_owned();
        Self { id, login, may: None, known: false, suspended: false, last: line.at, refused: 0 }
    }
}

/// Who was refused lately for what an entry can cure, as far as the newest lines tell.
fn refused_lately(reader: &mut Reader<'_>, now: Time) -> StoreResult<HashMap<UserId, Comer>> {
    let first = audit::first_since(reader, now - LATELY)?;
    let mut found: HashMap<UserId, Comer> = HashMap::new();
    for why in CURED {
        let of_it =
            audit::Filter { reason: Some(why.code().to_owned()), first: Some(first), ..audit::Filter::default() };
        for line in audit::page(reader, &of_it, None, LOOKED_AT)?.rows {
            let named = || line.detail.get("value")?.as_str().map(UserId::new).filter(|id| company_of(id).is_some());
            if let Some(id) = line.user.clone().or_else(named) {
                found.entry(id.clone()).or_insert_with(|| Comer::refused(id, &line)).refused += 1;
            }
        }
    }
    Ok(found)
}

/// The people who signed in once and whom an entry means; of everybody those that are wanted.
fn meant(reader: &mut Reader<'_>, who: &Who, wanted: impl Fn(&User) -> bool) -> StoreResult<Vec<User>> {
    let one = |provider: Provider, known: &str| provider.user_id(known);
    let id = match who {
        Who::Everybody | Who::WholeCompany(_) => return everybody(reader, wanted),
        Who::Login(login) => match allowlist::bound(reader)?.remove(login) {
            Some(id) => id,
            None => return users::by_login(reader, login),
        },
        Who::Number(number) => one(Provider::GitHub, number),
        Who::Local(name) => one(Provider::Local, name),
        Who::Company(known) => one(Provider::Company, known),
    };
    Ok(users::find(reader, &id)?.into_iter().collect())
}

/// Whether an entry means somebody.
fn means(who: &Who, comer: &Comer, bound: &HashMap<String, UserId>) -> bool {
    match who {
        Who::Everybody => company_of(&comer.id).is_none(),
        Who::WholeCompany(name) => company_of(&comer.id) == Some(name),
        Who::Login(login) => match bound.get(login) {
            Some(id) => *id == comer.id,
            None => comer.login.eq_ignore_ascii_case(login),
        },
        Who::Number(number) => comer.id == Provider::GitHub.user_id(number),
        Who::Local(name) => comer.id == Provider::Local.user_id(name),
        Who::Company(known) => comer.id == Provider::Company.user_id(known),
    }
}
