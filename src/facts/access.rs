//! An entry of the access list.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Ended, Stamp};
use crate::{
    base::{
        id::UserId,
        user::{self as base, Who},
    },
    flows::access as flow,
    store::{Reader, StoreResult, allowlist},
};

/// An entry of the access list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AccessEntry)]
pub struct Entry {
    /// Its id: role, a dot, and whom it means.
    pub entry_id: String,
    /// Whom it means: a login, `id:` and a number, `idp:NAME:SUBJECT`, `idp:NAME:*`, or `*` for everybody.
    pub who: String,
    /// What it lets them do.
    pub role: Role,
    /// Where it comes from; an entry of the configuration is removed there.
    pub from: Source,
    /// When it was added; null for the configuration.
    pub added: Option<Stamp>,
    /// By whom: by themselves with the claim link; null for the configuration and the command line.
    #[schema(value_type = Option<String>)]
    pub added_by: Option<UserId>,
    /// The one person it means, as far as that is known: a login is bound to the first who comes with it.
    #[schema(value_type = Option<String>)]
    pub person: Option<UserId>,
}

/// What an entry of the access list lets a person do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AccessRole)]
pub enum Role {
    /// Let clients in, and so get tokens.
    Member,
    /// Open the dashboard too.
    Administrator,
}

impl Role {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        base::Role::from(self).as_str()
    }
}

impl From<base::Role> for Role {
    fn from(role: base::Role) -> Self {
        match role {
            base::Role::Member => Self::Member,
            base::Role::Administrator => Self::Administrator,
        }
    }
}

impl From<Role> for base::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Administrator => Self::Administrator,
        }
    }
}

/// Where something comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The configuration names it, and it changes there.
    Configuration,
    /// The dashboard, the API or the command line added it.
    Dashboard,
}

impl Source {
    /// By whether the configuration names it.
    pub const fn of(configured: bool) -> Self {
        if configured { Self::Configuration } else { Self::Dashboard }
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Dashboard => "dashboard",
        }
    }
}

/// What an addition to the access list would do.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AccessEffect)]
pub struct Addition {
    /// What each entry would do, as they were named.
    pub entries: Vec<Entering>,
    /// Whom it lets in again, and what of theirs works again then.
    pub regained: Ended,
}

/// What an entry would do.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AccessEntering)]
pub struct Entering {
    /// Whom it means.
    pub who: String,
    /// What such an entry lets them do already; null for nothing.
    pub held: Option<Role>,
    /// The people who may do more by it, as far as anything is known of them; who came last is first.
    pub people: Vec<Comer>,
}

/// Somebody who may do more once an entry is on the list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AccessComer)]
pub struct Comer {
    /// Their id, as in `github:583231`.
    #[schema(value_type = String)]
    pub id: UserId,
    /// Their login when they last came.
    pub login: String,
    /// What they may do now; null for nothing.
    pub may: Option<Role>,
    /// Whether they signed in once.
    pub known: bool,
    /// Whether they are suspended, and stay out until they are restored.
    pub suspended: bool,
    /// When they last came.
    pub last_seen: Stamp,
    /// How often they were refused in the last 30 days.
    pub refused: i64,
}

impl From<flow::Addition> for Addition {
    fn from(addition: flow::Addition) -> Self {
        let entries = addition.entries.into_iter().map(Entering::from).collect();
        Self { entries, regained: addition.regained.into() }
    }
}

impl From<flow::Entering> for Entering {
    fn from(entering: flow::Entering) -> Self {
        let people = entering.people.into_iter().map(Comer::from).collect();
        Self { who: entering.who.to_string(), held: entering.held.map(Role::from), people }
    }
}

impl From<flow::Comer> for Comer {
    fn from(comer: flow::Comer) -> Self {
        let flow::Comer { id, login, may, known, suspended, last, refused } = comer;
        Self { id, login, may: may.map(Role::from), known, suspended, last_seen: last.into(), refused }
    }
}

/// The id of an entry: its role, and whom it means.
pub fn entry_id(who: &Who, role: base::Role) -> String {
    format!("{}.{who}", role.as_str())
}

/// Reads [`entry_id`].
pub fn read_entry(id: &str) -> Option<(Who, base::Role)> {
    let (role, who) = id.split_once('.')?;
    Some((Who::parse(who)?, base::Role::parse(role)?))
}

/// The one person whom an entry means, as far as that is known.
pub fn person_of(who: &Who, bound: &HashMap<String, UserId>) -> Option<UserId> {
    match who {
        Who::Everybody | Who::WholeCompany(_) => None,
        Who::Company(known) => Some(base::Provider::Company.user_id(known)),
        Who::Login(login) => bound.get(login).cloned(),
        Who::Number(number) => Some(base::Provider::GitHub.user_id(number)),
        Who::Local(name) => Some(base::Provider::Local.user_id(name)),
    }
}

/// The whole list: what the configuration names, then what was added.
pub fn all(reader: &mut Reader<'_>, configured: &[(Who, base::Role)]) -> StoreResult<Vec<Entry>> {
    let bound = allowlist::bound(reader)?;
    let entry = |who: &Who, role: base::Role, from: Source| Entry {
        entry_id: entry_id(who, role),
        who: who.to_string(),
        role: role.into(),
        from,
        added: None,
        added_by: None,
        person: person_of(who, &bound),
    };
    let fixed = configured.iter().map(|(who, role)| entry(who, *role, Source::Configuration));
    let added = allowlist::entries(reader)?.into_iter().map(|added| Entry {
        added: Some(added.created_at.into()),
        added_by: added.created_by.clone(),
        ..entry(&added.who, added.role, Source::Dashboard)
    });
    Ok(fixed.chain(added).collect())
}
