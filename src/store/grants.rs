//! What people allowed clients.

use std::collections::HashMap;

use diesel::{dsl::exists, prelude::*};

use super::{
    Reader, Tx, access,
    connection::Backend,
    error::StoreResult,
    page::{Page, Seek, Sort},
    schema::{access_tokens, clients, grants as table, users},
    standing::Change,
    walk::Walk,
};
use crate::base::{
    event::Ended,
    grant::{Grant, GrantEnd},
    id::{ClientId, GrantId, UserId},
    redirect::RedirectUri,
    resource::ResourceUri,
    scope::ScopeSet,
    time::Time,
};

/// How many registrations and grants are looked at for who uses clients that are alike.
const MOST_ALIKE: i64 = 500;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: String,
    client_id: String,
    user_id: String,
    scope: String,
    audience: String,
    redirect_uri: String,
    auth_time: i64,
    created_at: i64,
    expires_at: Option<i64>,
    ended_at: Option<i64>,
    ended_why: Option<String>,
    last_used_at: Option<i64>,
    active_at: i64,
}

impl From<Row> for Grant {
    fn from(row: Row) -> Self {
        Self {
            id: GrantId::new(row.id),
            client: ClientId::new(row.client_id),
            user: UserId::new(row.user_id),
            scope: ScopeSet::parse(&row.scope),
            audience: ResourceUri::stored(row.audience),
            redirect_uri: Some(row.redirect_uri).filter(|uri| !uri.is_empty()).map(RedirectUri::stored),
            auth_time: Time::from_unix(row.auth_time),
            created_at: Time::from_unix(row.created_at),
            expires_at: row.expires_at.map(Time::from_unix),
            ended_at: row.ended_at.map(Time::from_unix),
            last_used_at: row.last_used_at.map(Time::from_unix),
        }
    }
}

/// Whose grants are meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Of {
    /// One client's.
    Client(ClientId),
    /// One person's.
    User(UserId),
    /// Those of these people, no more of them than a statement takes parameters.
    People(Vec<UserId>),
    /// Those of one client that it uses in its own name.
    Itself(ClientId),
    /// This one.
    Grant(GrantId),
    /// Those for one resource.
    Audience(ResourceUri),
    /// Those of one client that go beyond what it may have.
    Beyond(ClientId, Beyond),
}

/// Which grants of a client go beyond what it may have.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Beyond {
    /// Those with one of these scopes.
    pub scopes: Vec<ScopeSet>,
    /// Those that it uses in its own name.
    pub itself: bool,
}

/// Writes down what was allowed.
pub fn insert(tx: &mut Tx<'_>, grant: &Grant) -> StoreResult<()> {
    let row = Row {
        id: grant.id.to_string(),
        client_id: grant.client.to_string(),
        user_id: grant.user.to_string(),
        scope: grant.scope.to_string(),
        audience: grant.audience.to_string(),
        redirect_uri: grant.redirect_uri.as_ref().map(RedirectUri::to_string).unwrap_or_default(),
        auth_time: grant.auth_time.unix(),
        created_at: grant.created_at.unix(),
        expires_at: grant.expires_at.map(Time::unix),
        ended_at: None,
        ended_why: None,
        last_used_at: None,
        active_at: grant.created_at.unix(),
    };
    diesel::insert_into(table::table).values(row).execute(tx.db())?;
    Ok(())
}

/// Whether anybody ever allowed anything.
pub fn any(reader: &mut Reader<'_>) -> StoreResult<bool> {
    let found: Option<String> = table::table.select(table::id).first(reader.db()).optional()?;
    Ok(found.is_some())
}

/// The grant of that id, ended or not.
pub fn find(reader: &mut Reader<'_>, id: &GrantId) -> StoreResult<Option<Grant>> {
    let row = table::table.find(id.as_str()).select(Row::as_select()).get_result(reader.db()).optional()?;
    Ok(row.map(Grant::from))
}

/// The live grant by which a client acts in its own name, for that audience and scope.
pub fn of_itself(
    reader: &mut Reader<'_>,
    client: &ClientId,
    audience: &ResourceUri,
    scope: &ScopeSet,
    now: Time,
) -> StoreResult<Option<Grant>> {
    let row = table::table
        .filter(table::client_id.eq(client.as_str()).and(table::user_id.eq(client.as_str())))
        .filter(table::audience.eq(audience.as_str()).and(table::scope.eq(scope.to_string())))
        .filter(table::ended_at.is_null())
        .filter(table::expires_at.is_null().or(table::expires_at.gt(now.unix())))
        .select(Row::as_select())
        .get_result(reader.db())
        .optional()?;
    Ok(row.map(Grant::from))
}

/// Whether it goes on: neither ended nor out of time.
pub fn is_live(reader: &mut Reader<'_>, id: &GrantId, now: Time) -> StoreResult<bool> {
    let ends = table::table.find(id.as_str()).select((table::ended_at, table::expires_at));
    let ends: Option<(Option<i64>, Option<i64>)> = ends.get_result(reader.db()).optional()?;
    Ok(ends.is_some_and(|(ended_at, expires_at)| ended_at.is_none() && expires_at.is_none_or(|at| at > now.unix())))
}

/// Notes that it gave or showed a token.
pub fn used(tx: &mut Tx<'_>, id: &GrantId, now: Time) -> StoreResult<()> {
    diesel::update(table::table.find(id.as_str()))
        .set((table::last_used_at.eq(Some(now.unix())), table::active_at.eq(now.unix())))
        .execute(tx.db())?;
    Ok(())
}

/// Ends a grant and with it its codes, refresh and access tokens. `true` for the one caller who did it.
pub fn end(tx: &mut Tx<'_>, id: &GrantId, why: GrantEnd, now: Time) -> StoreResult<bool> {
    let ended = diesel::update(table::table.find(id.as_str()).filter(table::ended_at.is_null()))
        .set((table::ended_at.eq(Some(now.unix())), table::ended_why.eq(Some(why.as_str()))))
        .execute(tx.db())?;
    // What ends because its time is over left no token that somebody could still show.
    if ended == 1 && why != GrantEnd::Expired {
        // Until nobody's token is left: asking for this grant's own would be a look at all of them.
        if let Some(until) = access::last_end(tx)?.filter(|until| *until > now) {
            tx.announce(Change::GrantEnded(id.clone(), until), now)?;
        }
    }
    Ok(ended == 1)
}

/// Ends all live grants of a client, a person or one alone, and says what that cost.
pub fn end_all(tx: &mut Tx<'_>, of: &Of, why: GrantEnd, now: Time) -> StoreResult<Ended> {
    let ended = weigh(tx, of, now)?;
    let ids: Vec<String> = live(of, now).select(table::id).load(tx.db())?;
    for id in ids {
        end(tx, &GrantId::new(id), why, now)?;
    }
    Ok(ended)
}

/// What ending them would cost: people, live grants, live tokens.
pub fn weigh(reader: &mut Reader<'_>, of: &Of, now: Time) -> StoreResult<Ended> {
    let (people, grants) = reach(reader, of, now)?;
    let its = table::table.filter(table::id.eq(access_tokens::grant_id));
    let goes_on =
        its.filter(table::ended_at.is_null()).filter(table::expires_at.is_null().or(table::expires_at.gt(now.unix())));
    // SQLite looks into another table last: what the row itself says comes before.
    let tokens = access_tokens::table
        .filter(access_tokens::expires_at.gt(now.unix()).and(access_tokens::revoked_at.is_null()))
        .filter(exists(goes_on))
        .into_boxed::<Backend>();
    let (client, user) = (access_tokens::client_id, access_tokens::user_id);
    let tokens = match of {
        Of::Client(id) => tokens.filter(client.eq(id.to_string())),
        Of::User(id) => tokens.filter(user.eq(id.to_string())),
        Of::People(ids) => tokens.filter(user.eq_any(names(ids))),
        Of::Itself(id) => tokens.filter(client.eq(id.to_string()).and(user.eq(id.to_string()))),
        Of::Grant(id) => tokens.filter(access_tokens::grant_id.eq(id.to_string())),
        Of::Audience(uri) => tokens.filter(exists(its.filter(table::audience.eq(uri.to_string())))),
        Of::Beyond(id, beyond) => {
            let is_beyond = table::scope.eq_any(beyond.scopes()).or(table::user_id.eq(beyond.itself(id)));
            tokens.filter(client.eq(id.to_string())).filter(exists(its.filter(is_beyond)))
        }
    };
    Ok(Ended { people, grants, tokens: tokens.count().get_result(reader.db())? })
}

/// How many people and live grants there are.
pub fn reach(reader: &mut Reader<'_>, of: &Of, now: Time) -> StoreResult<(i64, i64)> {
    let people: Vec<String> = live(of, now)
        .filter(table::user_id.ne(table::client_id))
        .select(table::user_id)
        .distinct()
        .load(reader.db())?;
    Ok((people.len() as i64, live(of, now).count().get_result(reader.db())?))
}

/// How many live grants there are for each resource.
pub fn count_by_audience(reader: &mut Reader<'_>, now: Time) -> StoreResult<HashMap<ResourceUri, i64>> {
    let rows: Vec<(String, i64)> = table::table
        .filter(table::ended_at.is_null())
        .filter(table::expires_at.is_null().or(table::expires_at.gt(now.unix())))
        .group_by(table::audience)
        .select((table::audience, diesel::dsl::count_star()))
        .load(reader.db())?;
    Ok(rows.into_iter().map(|(uri, n)| (ResourceUri::stored(uri), n)).collect())
}

/// How many live grants and people each of these clients has.
pub fn count_by_client(
    reader: &mut Reader<'_>,
    clients: &[ClientId],
    now: Time,
) -> StoreResult<Vec<(ClientId, i64, i64)>> {
    let ids: Vec<&str> = clients.iter().map(ClientId::as_str).collect();
    let rows: Vec<(String, String)> = table::table
        .filter(table::client_id.eq_any(ids))
        .filter(table::ended_at.is_null())
        .filter(table::expires_at.is_null().or(table::expires_at.gt(now.unix())))
        .select((table::client_id, table::user_id))
        .load(reader.db())?;
    let count = |client: &ClientId| {
        let mut people: Vec<&str> =
            rows.iter().filter(|(c, _)| c == client.as_str()).map(|(_, user)| user.as_str()).collect();
        let grants = people.len() as i64;
        people.retain(|user| *user != client.as_str());
        people.sort_unstable();
        people.dedup();
        (client.clone(), people.len() as i64, grants)
    };
    Ok(clients.iter().map(count).collect())
}

/// The people with live grants of clients that are alike, as far as these were let in since that moment; those who used one last
/// come first. Not for counting thousands.
pub fn people_alike(reader: &mut Reader<'_>, likeness: &str, since: Time, now: Time) -> StoreResult<Vec<UserId>> {
    let kin: Vec<String> = clients::table
        .filter(clients::likeness.eq(likeness).and(clients::authorized_at.ge(since.unix())))
        .order(clients::authorized_at.desc())
        .limit(MOST_ALIKE)
        .select(clients::id)
        .load(reader.db())?;
    let users: Vec<String> = table::table
        .filter(table::client_id.eq_any(kin).and(table::user_id.ne(table::client_id)))
        .filter(table::ended_at.is_null())
        .filter(table::expires_at.is_null().or(table::expires_at.gt(now.unix())))
        .order(table::active_at.desc())
        .limit(MOST_ALIKE)
        .select(table::user_id)
        .load(reader.db())?;
    let mut people: Vec<UserId> = Vec::new();
    for user in users.into_iter().map(UserId::new) {
        if !people.contains(&user) {
            people.push(user);
        }
    }
    Ok(people)
}

/// How many clients and live grants each of these people has.
pub fn count_by_user(reader: &mut Reader<'_>, users: &[UserId], now: Time) -> StoreResult<Vec<(UserId, i64, i64)>> {
    let ids: Vec<&str> = users.iter().map(UserId::as_str).collect();
    let rows: Vec<(String, String)> = table::table
        .filter(table::user_id.eq_any(ids))
        .filter(table::ended_at.is_null())
        .filter(table::expires_at.is_null().or(table::expires_at.gt(now.unix())))
        .select((table::user_id, table::client_id))
        .load(reader.db())?;
    let count = |user: &UserId| {
        let mut clients: Vec<&str> =
            rows.iter().filter(|(u, _)| u == user.as_str()).map(|(_, client)| client.as_str()).collect();
        let grants = clients.len() as i64;
        clients.sort_unstable();
        clients.dedup();
        (user.clone(), clients.len() as i64, grants)
    };
    Ok(users.iter().map(count).collect())
}

type Live<'a> = diesel::dsl::IntoBoxed<'a, table::table, Backend>;

fn live(of: &Of, now: Time) -> Live<'static> {
    let live = table::table
        .into_boxed::<Backend>()
        .filter(table::ended_at.is_null())
        .filter(table::expires_at.is_null().or(table::expires_at.gt(now.unix())));
    match of {
        Of::Client(id) => live.filter(table::client_id.eq(id.to_string())),
        Of::User(id) => live.filter(table::user_id.eq(id.to_string())),
        Of::People(ids) => live.filter(table::user_id.eq_any(names(ids))),
        Of::Itself(id) => live.filter(table::client_id.eq(id.to_string()).and(table::user_id.eq(id.to_string()))),
        Of::Grant(id) => live.filter(table::id.eq(id.to_string())),
        Of::Audience(uri) => live.filter(table::audience.eq(uri.to_string())),
        Of::Beyond(id, beyond) => live.filter(
            table::client_id
                .eq(id.to_string())
                .and(table::scope.eq_any(beyond.scopes()).or(table::user_id.eq(beyond.itself(id)))),
        ),
    }
}

fn names(ids: &[UserId]) -> Vec<String> {
    ids.iter().map(UserId::to_string).collect()
}

impl Beyond {
    fn scopes(&self) -> Vec<String> {
        self.scopes.iter().map(ToString::to_string).collect()
    }

    /// Who those are by that it uses in its own name; nobody, where these are not meant.
    fn itself(&self, client: &ClientId) -> String {
        if self.itself { client.to_string() } else { String::new() }
    }
}

/// The different scopes of a client's live grants.
pub fn scopes(reader: &mut Reader<'_>, client: &ClientId, now: Time) -> StoreResult<Vec<ScopeSet>> {
    let all: Vec<String> = live(&Of::Client(client.clone()), now).select(table::scope).distinct().load(reader.db())?;
    Ok(all.iter().map(|scope| ScopeSet::parse(scope)).collect())
}

/// Which grants a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this client's.
    pub client: Option<ClientId>,
    /// Only this person's.
    pub user: Option<UserId>,
    /// Ended and expired ones too.
    pub ended_too: bool,
    /// What they are sorted by.
    pub sort: Sort<By>,
}

/// What a list of grants is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum By {
    /// Last used first; those never used by when they were given.
    #[default]
    Used,
    /// Last given first.
    Given,
}

/// A grant with the names that a list shows.
#[derive(Clone, Debug)]
pub struct Line {
    /// The grant.
    pub grant: Grant,
    /// The client's name; `None` when it has left the book.
    pub client_name: Option<String>,
    /// The person's login.
    pub login: Option<String>,
    /// How many live access tokens it has.
    pub tokens: i64,
}

/// One page of grants.
pub fn page(
    reader: &mut Reader<'_>,
    filter: &Filter,
    seek: Option<&Seek>,
    size: usize,
    now: Time,
) -> StoreResult<Page<Line>> {
    let mut query = table::table.select(Row::as_select()).into_boxed::<Backend>();
    if let Some(client) = &filter.client {
        query = query.filter(table::client_id.eq(client.to_string()));
    }
    if let Some(user) = &filter.user {
        query = query.filter(table::user_id.eq(user.to_string()));
    }
    if !filter.ended_too {
        query = query
            .filter(table::ended_at.is_null())
            .filter(table::expires_at.is_null().or(table::expires_at.gt(now.unix())));
    }
    let Sort { by, turned } = filter.sort;
    let column = match by {
        By::Used => "grants.active_at",
        By::Given => "grants.created_at",
    };
    let walk = Walk { column, is_text: false, id: "grants.id", falls: !turned, seek };
    let rows: Vec<Row> = query.filter(walk.beyond()).order(walk.order()).limit(size as i64 + 1).load(reader.db())?;
    let lines = lines(reader, rows.into_iter().map(Grant::from).collect(), now)?;
    Ok(Page::assemble(lines, size, seek, |Line { grant, .. }| {
        let at = match by {
            By::Used => grant.last_used_at.unwrap_or(grant.created_at),
            By::Given => grant.created_at,
        };
        (at.unix(), grant.id.to_string())
    }))
}

/// The grant of that id with its names, ended or not.
pub fn line(reader: &mut Reader<'_>, id: &GrantId, now: Time) -> StoreResult<Option<Line>> {
    let found = find(reader, id)?;
    Ok(lines(reader, found.into_iter().collect(), now)?.into_iter().next())
}

/// These grants, as far as they are live, last used first.
pub fn named(reader: &mut Reader<'_>, ids: &[GrantId], now: Time) -> StoreResult<Vec<Line>> {
    let rows: Vec<Row> = table::table
        .filter(table::id.eq_any(ids.iter().map(GrantId::as_str)))
        .filter(table::ended_at.is_null())
        .filter(table::expires_at.is_null().or(table::expires_at.gt(now.unix())))
        .order(table::active_at.desc())
        .select(Row::as_select())
        .load(reader.db())?;
    lines(reader, rows.into_iter().map(Grant::from).collect(), now)
}

/// Adds the names to a page of grants: three queries, however many rows.
fn lines(reader: &mut Reader<'_>, rows: Vec<Grant>, now: Time) -> StoreResult<Vec<Line>> {
    let clients: Vec<(String, String)> = clients::table
        .filter(clients::id.eq_any(rows.iter().map(|g| g.client.as_str())))
        .select((clients::id, clients::name))
        .load(reader.db())?;
    let users: Vec<(String, String)> = users::table
        .filter(users::id.eq_any(rows.iter().map(|g| g.user.as_str())))
        .select((users::id, users::login))
        .load(reader.db())?;
    let tokens: Vec<(String, i64)> = access_tokens::table
        .filter(access_tokens::grant_id.eq_any(rows.iter().map(|g| g.id.as_str())))
        .filter(access_tokens::expires_at.gt(now.unix()).and(access_tokens::revoked_at.is_null()))
        .group_by(access_tokens::grant_id)
        .select((access_tokens::grant_id, diesel::dsl::count_star()))
        .load(reader.db())?;
    let named = |names: &[(String, String)], id: &str| names.iter().find(|(i, _)| i == id).map(|(_, n)| n.clone());
    Ok(rows
        .into_iter()
        .map(|grant| Line {
            client_name: named(&clients, grant.client.as_str()),
            login: named(&users, grant.user.as_str()),
            tokens: tokens.iter().find(|(id, _)| id == grant.id.as_str()).map_or(0, |(_, n)| *n),
            grant,
        })
        .collect())
}

/// Live grants whose code was never redeemed and can no longer be: they end, so that nothing shows as allowed that is not.
pub fn never_collected(reader: &mut Reader<'_>, before: Time, at_most: i64) -> StoreResult<Vec<GrantId>> {
    use super::schema::codes;
    let ids: Vec<String> = table::table
        .inner_join(codes::table)
        .filter(codes::spent_at.is_null().and(codes::expires_at.lt(before.unix())))
        .filter(table::ended_at.is_null())
        .select(table::id)
        .limit(at_most)
        .load(reader.db())?;
    Ok(ids.into_iter().map(GrantId::new).collect())
}

/// Live grants that no token is left of, and that nothing was done with since that moment.
pub fn lapsed(reader: &mut Reader<'_>, before: Time, now: Time, at_most: i64) -> StoreResult<Vec<GrantId>> {
    use super::schema::refresh_tokens as refresh;
    let renewable = refresh::table
        .filter(refresh::grant_id.eq(table::id))
        .filter(refresh::spent_at.is_null().and(refresh::expires_at.gt(now.unix())));
    let usable = access_tokens::table.filter(access_tokens::expires_at.gt(now.unix())).select(access_tokens::grant_id);
    let ids: Vec<String> = table::table
        .filter(table::ended_at.is_null().and(table::active_at.lt(before.unix())))
        .filter(diesel::dsl::not(exists(renewable)))
        .filter(table::id.ne_all(usable))
        .select(table::id)
        .limit(at_most)
        .load(reader.db())?;
    Ok(ids.into_iter().map(GrantId::new).collect())
}

/// Removes grants that ended before that moment, with their codes and unspent tokens; other tokens go when they end.
pub fn delete_ended(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    use super::schema::{codes, refresh_tokens, vouched_grants};
    let old = table::table.filter(table::ended_at.lt(before.unix())).select(table::id).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    diesel::delete(codes::table.filter(codes::grant_id.eq_any(&old))).execute(tx.db())?;
    let unspent = refresh_tokens::table.filter(refresh_tokens::spent_at.is_null());
    diesel::delete(unspent.filter(refresh_tokens::grant_id.eq_any(&old))).execute(tx.db())?;
    diesel::delete(vouched_grants::table.filter(vouched_grants::grant_id.eq_any(&old))).execute(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::id.eq_any(&old))).execute(tx.db())?)
}
