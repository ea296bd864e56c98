//! A person who signed in.

use serde::Serialize;
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    base::{
        access::AccessList,
        id::UserId,
        time::Time,
        user::{Role, User},
    },
    store::{
        Reader, StoreResult, grants,
        page::{Page, Seek},
        users,
    },
};

/// A person who signed in at least once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Person {
    /// Their id, as in `github:583231`.
    #[schema(value_type = String)]
    pub id: UserId,
    /// Their login at the last sign-in.
    pub login: String,
    /// Their display name at the last sign-in.
    pub name: Option<String>,
    /// Their e-mail address, where a client may know it.
    pub email: Option<String>,
    /// What the access list lets them do: `member` or `administrator`; null for nothing.
    pub role: Option<&'static str>,
    /// Where they stand.
    pub state: State,
    /// Since when they are suspended.
    pub suspended_since: Option<Stamp>,
    /// Their first sign-in.
    pub first_seen: Stamp,
    /// Their last sign-in or use.
    pub last_seen: Stamp,
    /// How many clients they have let in.
    pub clients: i64,
    /// How many live grants they gave.
    pub grants: i64,
}

/// Where a person stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PersonState)]
pub enum State {
    /// May let clients in.
    Allowed,
    /// Refused by an administrator, until they are restored.
    Suspended,
    /// Refused because no entry of the access list means them.
    NotOnTheAccessList,
}

impl State {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Suspended => "suspended",
            Self::NotOnTheAccessList => "not on the access list",
        }
    }
}

impl Person {
    /// What is told of a person who let in so many clients, by so many grants.
    pub fn of(user: User, access: &AccessList, (clients, grants): (i64, i64)) -> Self {
        let role = access.role(&user.id);
        Self {
            role: role.map(Role::as_str),
            state: match (user.suspended_at, role) {
                (Some(_), _) => State::Suspended,
                (None, Some(_)) => State::Allowed,
                (None, None) => State::NotOnTheAccessList,
            },
            suspended_since: user.suspended_at.map(Stamp::from),
            first_seen: user.created_at.into(),
            last_seen: user.last_seen_at.into(),
            clients,
            grants,
            id: user.id,
            login: user.login,
            name: user.name,
            email: user.email,
        }
    }
}

/// One page of people.
pub fn page(
    reader: &mut Reader<'_>,
    access: &AccessList,
    filter: &users::Filter,
    seek: Option<&Seek>,
    size: usize,
    now: Time,
) -> StoreResult<Page<Person>> {
    let page = users::page(reader, filter, seek, size)?;
    let ids: Vec<UserId> = page.rows.iter().map(|user| user.id.clone()).collect();
    let mut counts = grants::count_by_user(reader, &ids, now)?.into_iter();
    Ok(page.map(|user| {
        let counts = counts.next().map_or((0, 0), |(_, clients, grants)| (clients, grants));
        Person::of(user, access, counts)
    }))
}

/// The person of that id.
pub fn find(reader: &mut Reader<'_>, access: &AccessList, id: &UserId, now: Time) -> StoreResult<Option<Person>> {
    let Some(user) = users::find(reader, id)? else { return Ok(None) };
    let counts = grants::count_by_user(reader, std::slice::from_ref(id), now)?.into_iter().next();
    let counts = counts.map_or((0, 0), |(_, clients, grants)| (clients, grants));
    Ok(Some(Person::of(user, access, counts)))
}
