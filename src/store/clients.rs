//! Registrations.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{
    Reader, Tx,
    connection::{Backend, columns},
    error::{StoreError, StoreResult},
    page::{Page, Seek, Sort},
    schema::{client_counts as counts, client_terms as terms, clients as table, grants},
    standing::Change,
    walk::Walk,
};
use crate::base::{
    client::{Client, Metadata, Origin, Proof, Statement, StoredSecret, Terms, site_of},
    id::{ClientId, InitialTokenId, UserId},
    scope::ScopeSet,
    secret::Digest,
    time::Time,
};

/// How many clients that are alike are compared.
const TWINS: i64 = 50;
/// A word that more clients have than this is looked for from the list's side, not from the word's.
const COMMON: i64 = 1_000;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = table, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: String,
    name: String,
    metadata: String,
    likeness: String,
    origin: String,
    trusted: bool,
    secret: Option<String>,
    secret_at: Option<i64>,
    secret_expires_at: Option<i64>,
    old_secret: Option<String>,
    old_secret_at: Option<i64>,
    old_secret_expires_at: Option<i64>,
    registration_token: Option<String>,
    registration_token_at: Option<i64>,
    created_at: i64,
    created_ip: String,
    created_by: Option<String>,
    updated_at: i64,
    authorized_at: Option<i64>,
    last_used_at: Option<i64>,
    active_at: i64,
    disabled_at: Option<i64>,
    initial_token: Option<String>,
    most_scope: Option<String>,
    waits: bool,
    statement: Option<String>,
    stated_by: Option<String>,
    proof: String,
}

impl Row {
    fn of(client: &Client) -> StoreResult<Self> {
        let split = |secret: &Option<StoredSecret>| match secret {
            Some(s) => (Some(s.hash.clone()), Some(s.issued_at.unix()), s.expires_at.map(Time::unix)),
            None => (None, None, None),
        };
        let (secret, secret_at, secret_expires_at) = split(&client.secret);
        let (old_secret, old_secret_at, old_secret_expires_at) = split(&client.old_secret);
        Ok(Self {
            id: client.id.to_string(),
            name: client.name().to_owned(),
            metadata: to_json(&client.metadata)?,
            likeness: client.metadata.likeness(),
            origin: client.origin.as_str().to_owned(),
            trusted: client.trusted,
            secret,
            secret_at,
            secret_expires_at,
            old_secret,
            old_secret_at,
            old_secret_expires_at,
            registration_token: client.registration_token.as_ref().map(|d| d.hex().to_owned()),
            registration_token_at: client.registration_token_at.map(Time::unix),
            created_at: client.created_at.unix(),
            created_ip: client.created_ip.clone(),
            created_by: client.created_by.as_ref().map(ToString::to_string),
            updated_at: client.updated_at.unix(),
            authorized_at: client.authorized_at.map(Time::unix),
            last_used_at: client.last_used_at.map(Time::unix),
            active_at: client.last_used_at.unwrap_or(client.created_at).unix(),
            disabled_at: client.disabled_at.map(Time::unix),
            initial_token: client.terms.initial_token.as_ref().map(ToString::to_string),
            most_scope: client.terms.most_scope.as_ref().map(ToString::to_string),
            waits: client.terms.waits,
            statement: client.terms.statement.as_ref().map(|statement| statement.text.clone()),
            stated_by: client.stated_by().map(str::to_owned),
            proof: client.proof().as_str().to_owned(),
        })
    }

    fn client(self) -> StoreResult<Client> {
        let secret = |hash: Option<String>, at: Option<i64>, expires: Option<i64>| {
            hash.map(|hash| StoredSecret {
                hash,
                issued_at: Time::from_unix(at.unwrap_or_default()),
                expires_at: expires.map(Time::from_unix),
            })
        };
        Ok(Client {
            id: ClientId::new(self.id),
            metadata: from_json(&self.metadata)?,
            origin: Origin::parse(&self.origin).ok_or_else(|| unreadable("origin"))?,
            terms: Terms {
                initial_token: self.initial_token.map(InitialTokenId::new),
                most_scope: self.most_scope.as_deref().map(ScopeSet::parse),
                waits: self.waits,
                statement: self.statement.map(|text| Statement { text, vouches: self.stated_by }),
            },
            secret: secret(self.secret, self.secret_at, self.secret_expires_at),
            old_secret: secret(self.old_secret, self.old_secret_at, self.old_secret_expires_at),
            registration_token: self.registration_token.map(Digest::from_hex),
            registration_token_at: self.registration_token_at.map(Time::from_unix),
            created_at: Time::from_unix(self.created_at),
            created_ip: self.created_ip,
            created_by: self.created_by.map(UserId::new),
            updated_at: Time::from_unix(self.updated_at),
            authorized_at: self.authorized_at.map(Time::from_unix),
            last_used_at: self.last_used_at.map(Time::from_unix),
            disabled_at: self.disabled_at.map(Time::from_unix),
            trusted: self.trusted,
        })
    }
}

pub(super) fn to_json(metadata: &Metadata) -> StoreResult<String> {
    serde_json::to_string(metadata).map_err(|e| StoreError::Other(e.to_string()))
}

pub(super) fn from_json(text: &str) -> StoreResult<Metadata> {
    serde_json::from_str(text).map_err(|_| unreadable("metadata"))
}

fn unreadable(column: &str) -> StoreError {
    StoreError::Corrupt(format!("a client's {column} cannot be read"))
}

/// The client of that id, enabled or not.
pub fn find(reader: &mut Reader<'_>, id: &ClientId) -> StoreResult<Option<Client>> {
    let row = table::table.find(id.as_str()).select(columns(Row::as_select())).get_result(reader.db()).optional()?;
    row.map(Row::client).transpose()
}

/// Puts a client into the book.
pub fn insert(tx: &mut Tx<'_>, client: &Client) -> StoreResult<()> {
    diesel::insert_into(table::table).values(Row::of(client)?).execute(tx.db())?;
    tx.batch.clients(client.origin).added += 1;
    insert_terms(tx, client)
}

/// Writes a client over what stood there under its id.
pub fn update(tx: &mut Tx<'_>, client: &Client, now: Time) -> StoreResult<()> {
    let Some(before) = find(tx, &client.id)? else { return Ok(()) };
    delete_terms(tx, &before.id, &before.metadata)?;
    diesel::update(table::table.find(client.id.as_str())).set(Row::of(client)?).execute(tx.db())?;
    if before.origin != client.origin {
        tx.batch.clients(before.origin).added -= 1;
        tx.batch.clients(client.origin).added += 1;
    }
    tx.announce(Change::ClientChanged(client.id.clone()), now)?;
    insert_terms(tx, client)
}

/// Strikes a client out. `true` for the one caller who did it.
pub fn remove(tx: &mut Tx<'_>, client: &Client, now: Time) -> StoreResult<bool> {
    delete_terms(tx, &client.id, &client.metadata)?;
    let gone = diesel::delete(table::table.find(client.id.as_str())).execute(tx.db())?;
    if gone == 1 {
        tx.batch.clients(client.origin).added -= 1;
        tx.announce(Change::ClientChanged(client.id.clone()), now)?;
    }
    Ok(gone == 1)
}

/// Adds to how many came in that way. A commit does so once, at its end.
pub(super) fn add_to_count(tx: &mut Tx<'_>, origin: Origin, n: i64) -> StoreResult<()> {
    if n == 0 {
        return Ok(());
    }
    let count = counts::table.find(origin.as_str());
    let updated = diesel::update(count).set(counts::n.eq(counts::n + n)).execute(tx.db())?;
    if updated == 0 {
        let first = (counts::origin.eq(origin.as_str()), counts::n.eq(n));
        diesel::insert_into(counts::table).values(first).execute(tx.db())?;
    }
    Ok(())
}

/// Keeps a client out, or lets it in again; `false` if that was so already.
pub fn set_disabled(tx: &mut Tx<'_>, id: &ClientId, disabled: bool, now: Time) -> StoreResult<bool> {
    let changed = if disabled {
        diesel::update(table::table.find(id.as_str()).filter(table::disabled_at.is_null()))
            .set(table::disabled_at.eq(Some(now.unix())))
            .execute(tx.db())?
    } else {
        diesel::update(table::table.find(id.as_str()).filter(table::disabled_at.is_not_null()))
            .set(table::disabled_at.eq(None::<i64>))
            .execute(tx.db())?
    };
    if changed == 1 {
        tx.announce(Change::ClientRefused(id.clone(), disabled), now)?;
    }
    Ok(changed == 1)
}

/// Whether the client is in the book and enabled at this moment.
pub fn is_active(reader: &mut Reader<'_>, id: &ClientId) -> StoreResult<bool> {
    let row =
        table::table.find(id.as_str()).select(table::disabled_at).get_result::<Option<i64>>(reader.db()).optional()?;
    Ok(matches!(row, Some(None)))
}

/// Notes that a person allowed it something.
pub fn authorized(tx: &mut Tx<'_>, id: &ClientId, now: Time) -> StoreResult<()> {
    diesel::update(table::table.find(id.as_str()).filter(table::authorized_at.is_null()))
        .set(table::authorized_at.eq(Some(now.unix())))
        .execute(tx.db())?;
    used(tx, id, now)
}

/// Notes that it was used.
pub fn used(tx: &mut Tx<'_>, id: &ClientId, now: Time) -> StoreResult<()> {
    diesel::update(table::table.find(id.as_str()))
        .set((table::last_used_at.eq(Some(now.unix())), table::active_at.eq(now.unix())))
        .execute(tx.db())?;
    Ok(())
}

/// How many there are. Kept, not counted: every page of the dashboard asks.
pub fn count(reader: &mut Reader<'_>) -> StoreResult<i64> {
    let kept: Vec<i64> = counts::table.select(counts::n).load(reader.db())?;
    Ok(kept.into_iter().sum())
}

/// How many came in that way. Kept, not counted: every registration asks.
pub fn kept_count(reader: &mut Reader<'_>, origin: Origin) -> StoreResult<i64> {
    let kept = counts::table.find(origin.as_str()).select(counts::n);
    Ok(kept.get_result(reader.db()).optional()?.unwrap_or(0))
}

/// The same, with those of this commit.
pub fn count_of(tx: &mut Tx<'_>, origin: Origin) -> StoreResult<i64> {
    let stored = match tx.batch.clients(origin).stored {
        Some(stored) => stored,
        None => kept_count(tx, origin)?,
    };
    let count = tx.batch.clients(origin);
    count.stored = Some(stored);
    Ok(stored + count.added)
}

/// The names of these, as far as they are in the book.
pub fn names(reader: &mut Reader<'_>, ids: &[ClientId]) -> StoreResult<HashMap<ClientId, String>> {
    let named = table::table.filter(table::id.eq_any(ids.iter().map(ClientId::as_str)));
    let rows: Vec<(String, String)> = named.select((table::id, table::name)).load(reader.db())?;
    Ok(rows.into_iter().map(|(id, name)| (ClientId::new(id), name)).collect())
}

/// Clients that came with that initial access token, newest first.
pub fn made_by(reader: &mut Reader<'_>, token: &InitialTokenId, at_most: i64) -> StoreResult<Vec<Client>> {
    let rows: Vec<Row> = table::table
        .filter(table::initial_token.eq(Some(token.as_str())))
        .order(table::created_at.desc())
        .limit(at_most)
        .select(Row::as_select())
        .load(reader.db())?;
    rows.into_iter().map(Row::client).collect()
}

/// A client that registered the same as this one by itself, on the same terms, and that may be used by others: it is enabled and
/// came without a token.
pub fn twin(reader: &mut Reader<'_>, like: &Client) -> StoreResult<Option<Client>> {
    let rows: Vec<Row> = table::table
        .filter(table::likeness.eq(like.metadata.likeness()))
        .filter(table::origin.eq(Origin::Dynamic.as_str()))
        .filter(table::disabled_at.is_null().and(table::initial_token.is_null()))
        .order(table::created_at)
        .limit(TWINS)
        .select(Row::as_select())
        .load(reader.db())?;
    let clients: Vec<Client> = rows.into_iter().map(Row::client).collect::<StoreResult<_>>()?;
    Ok(clients.into_iter().find(|client| client.metadata == like.metadata && client.terms == like.terms))
}

/// Clients that a document of that host describes, at whichever port, and for which nothing else speaks.
pub fn described_at(reader: &mut Reader<'_>, host: &str) -> StoreResult<Vec<ClientId>> {
    let described = table::table.filter(table::origin.eq(Origin::Document.as_str()).and(table::trusted.eq(false)));
    let ids: Vec<String> = described.select(table::id).load(reader.db())?;
    Ok(ids.into_iter().map(ClientId::new).filter(|id| site_of(id).as_deref() == Some(host)).collect())
}

/// All that the configuration listed.
pub fn configured(reader: &mut Reader<'_>) -> StoreResult<Vec<Client>> {
    let listed = table::table.filter(table::origin.eq(Origin::Configured.as_str()));
    let rows: Vec<Row> = listed.select(Row::as_select()).load(reader.db())?;
    rows.into_iter().map(Row::client).collect()
}

/// Clients whose secret ends between two moments, the next one first.
pub fn secrets_ending(reader: &mut Reader<'_>, from: Time, to: Time, at_most: i64) -> StoreResult<Vec<Client>> {
    let rows: Vec<Row> = table::table
        .filter(table::secret_expires_at.gt(from.unix()).and(table::secret_expires_at.le(to.unix())))
        .filter(table::disabled_at.is_null())
        .order(table::secret_expires_at)
        .limit(at_most)
        .select(Row::as_select())
        .load(reader.db())?;
    rows.into_iter().map(Row::client).collect()
}

/// Clients that came in that way, that nobody ever allowed anything or used, and that are older than `before`; oldest first. One
/// that an administrator disabled stays, or its document would bring it back enabled.
pub fn never_used(reader: &mut Reader<'_>, origin: Origin, before: Time, at_most: i64) -> StoreResult<Vec<Client>> {
    let rows: Vec<Row> = table::table
        .filter(table::origin.eq(origin.as_str()))
        .filter(table::authorized_at.is_null().and(table::last_used_at.is_null()))
        .filter(table::created_at.lt(before.unix()).and(table::disabled_at.is_null()))
        .order(table::created_at)
        .limit(at_most)
        .select(Row::as_select())
        .load(reader.db())?;
    rows.into_iter().map(Row::client).collect()
}

/// Clients that came in that way, without a live grant, whose last use is older than `before`. One that an administrator disabled
/// stays.
pub fn idle(
    reader: &mut Reader<'_>,
    origin: Origin,
    before: Time,
    now: Time,
    at_most: i64,
) -> StoreResult<Vec<Client>> {
    let live = grants::table
        .filter(grants::client_id.eq(table::id))
        .filter(grants::ended_at.is_null())
        .filter(grants::expires_at.is_null().or(grants::expires_at.gt(now.unix())));
    let rows: Vec<Row> = table::table
        .filter(table::origin.eq(origin.as_str()))
        .filter(table::active_at.lt(before.unix()).and(table::disabled_at.is_null()))
        .filter(diesel::dsl::not(diesel::dsl::exists(live)))
        .order(table::active_at)
        .limit(at_most)
        .select(Row::as_select())
        .load(reader.db())?;
    rows.into_iter().map(Row::client).collect()
}

/// Which clients a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Words of its name, its id or its redirect hosts; each a prefix.
    pub search: String,
    /// Who put it into the book.
    pub origin: Option<Origin>,
    /// What speaks for it.
    pub proof: Option<Proof>,
    /// What state it is in.
    pub state: Option<StateFilter>,
    /// Only those that are alike: what [`Metadata::likeness`] says of them.
    pub alike: Option<String>,
    /// Only those that were used since.
    pub used_since: Option<Time>,
    /// What they are sorted by.
    pub sort: Sort<By>,
}

/// What a list of clients is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum By {
    /// Last used first; those never used by their registration.
    #[default]
    Used,
    /// Newest first.
    Created,
}

/// The states that a list of clients can be narrowed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StateFilter {
    /// Enabled, and used at least once.
    Live,
    /// Enabled, and never used.
    Unused,
    /// Disabled.
    Disabled,
}

impl StateFilter {
    /// Its name in links and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Unused => "unused",
            Self::Disabled => "disabled",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Live, Self::Unused, Self::Disabled].into_iter().find(|s| s.as_str() == text)
    }
}

/// So many that are alike are counted, and no more: a list says "many" then.
pub const MANY: i64 = 100;

/// How many clients are alike in each of these ways, at most [`MANY`].
pub fn count_alike(reader: &mut Reader<'_>, likenesses: &[String]) -> StoreResult<HashMap<String, i64>> {
    let mut counts = HashMap::new();
    for likeness in likenesses {
        if !counts.contains_key(likeness) {
            let alike = table::table.filter(table::likeness.eq(likeness)).select(table::likeness).limit(MANY);
            let found: Vec<String> = alike.load(reader.db())?;
            counts.insert(likeness.clone(), found.len() as i64);
        }
    }
    Ok(counts)
}

/// One page of clients.
pub fn page(reader: &mut Reader<'_>, filter: &Filter, seek: Option<&Seek>, size: usize) -> StoreResult<Page<Client>> {
    let mut query = table::table.select(Row::as_select()).into_boxed::<Backend>();
    for word in pieces(&filter.search).take(4) {
        let term = as_term(word);
        let end = after_prefix(&term);
        let found = || terms::table.filter(terms::term.ge(term.clone()).and(terms::term.lt(end.clone())));
        let ids = || found().select(terms::client_id);
        let last_rare: Option<String> = ids().offset(COMMON).first(reader.db()).optional()?;
        query = if word.starts_with(ClientId::DRAWN) {
            let named = table::id.ge(word.to_owned()).and(table::id.lt(after_prefix(word)));
            query.filter(named.or(table::id.eq_any(ids())))
        } else if last_rare.is_none() {
            query.filter(table::id.eq_any(ids()))
        } else {
            // Not by the index of ids: the list is walked in its own order, and soon has a page of what many have.
            query.filter(table::id.concat("").eq_any(ids()))
        };
    }
    if let Some(origin) = filter.origin {
        query = query.filter(table::origin.eq(origin.as_str()));
        if origin != Origin::Dynamic {
            // Word for word as in the index of those that did not sign by themselves.
            query = query.filter(diesel::dsl::sql::<diesel::sql_types::Bool>("origin <> 'dynamic'"));
        }
    }
    if let Some(proof) = filter.proof {
        query = query.filter(table::proof.eq(proof.as_str()));
        if proof != Proof::Nobody {
            // Word for word as in the index of those that somebody speaks for.
            query = query.filter(diesel::dsl::sql::<diesel::sql_types::Bool>("proof <> 'nobody'"));
        }
    }
    query = match filter.state {
        Some(StateFilter::Live) => query.filter(table::disabled_at.is_null().and(table::last_used_at.is_not_null())),
        Some(StateFilter::Unused) => query.filter(table::disabled_at.is_null().and(table::last_used_at.is_null())),
        Some(StateFilter::Disabled) => query.filter(table::disabled_at.is_not_null()),
        None => query,
    };
    if let Some(since) = filter.used_since {
        query = query.filter(table::active_at.ge(since.unix()).and(table::last_used_at.is_not_null()));
    }
    if let Some(likeness) = &filter.alike {
        query = query.filter(table::likeness.eq(likeness.clone()));
    }
    let Sort { by, turned } = filter.sort;
    let column = match by {
        By::Used => "clients.active_at",
        By::Created => "clients.created_at",
    };
    let walk = Walk { column, is_text: false, id: "clients.id", falls: !turned, seek };
    let query = query.filter(walk.beyond()).order(walk.order());
    let rows: Vec<Row> = query.limit(size as i64 + 1).load(reader.db())?;
    let clients: Vec<Client> = rows.into_iter().map(Row::client).collect::<StoreResult<_>>()?;
    Ok(Page::assemble(clients, size, seek, |client| place(client, by)))
}

/// Where a client stands in a list that is sorted so.
pub(super) fn place(client: &Client, by: By) -> (i64, String) {
    let at = match by {
        By::Used => client.last_used_at.unwrap_or(client.created_at),
        By::Created => client.created_at,
    };
    (at.unix(), client.id.to_string())
}

fn insert_terms(tx: &mut Tx<'_>, client: &Client) -> StoreResult<()> {
    for term in terms_of(&client.id, &client.metadata) {
        let row = (terms::term.eq(term), terms::client_id.eq(client.id.as_str()));
        diesel::insert_into(terms::table).values(row).execute(tx.db())?;
    }
    Ok(())
}

fn delete_terms(tx: &mut Tx<'_>, id: &ClientId, metadata: &Metadata) -> StoreResult<()> {
    for term in terms_of(id, metadata) {
        diesel::delete(terms::table.find((term, id.as_str()))).execute(tx.db())?;
    }
    Ok(())
}

/// The words a client is found by: its id, the words of its name, its redirect hosts and schemes. An id that was drawn is no
/// word: it is found as it stands, and a leaf of the index less is written for each registration.
fn terms_of(id: &ClientId, metadata: &Metadata) -> Vec<String> {
    let name = metadata.client_name.as_deref().unwrap_or_default();
    let mut all: Vec<String> = pieces(name).map(as_term).take(6).collect();
    if !id.as_str().starts_with(ClientId::DRAWN) {
        all.push(id.as_str().to_lowercase());
    }
    for uri in metadata.redirect_uris.iter().take(4) {
        if let Some((scheme, rest)) = uri.as_str().split_once(':') {
            let host = rest.trim_start_matches('/').split(['/', '?', ':']).next().unwrap_or_default();
            let term = if host.is_empty() || !scheme.starts_with("http") { scheme } else { host };
            all.push(term.to_lowercase().chars().take(60).collect());
        }
    }
    all.sort();
    all.dedup();
    all
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '/' | '"')).filter(|word| !word.is_empty())
}

fn as_term(word: &str) -> String {
    word.to_lowercase().chars().take(60).collect()
}

/// The first text behind all that begin with `prefix`.
fn after_prefix(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}
