//! The audit log: who did what to what, and every refusal with its reason. Actions are written in the transaction that does
//! them, so that none is without its line.

use diesel::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Reader, Tx,
    connection::Backend,
    error::{StoreError, StoreResult},
    page::{Page, Seek, Toward},
    schema::audit as table,
};
use crate::base::{
    call::Call,
    event::{Actor, Event, Refused},
    id::{ClientId, GrantId, UserId},
    time::Time,
};

/// A line of the log.
#[derive(Queryable, Selectable, Insertable, Serialize, Clone, Debug)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
pub(super) struct Row {
    seq: i64,
    at: i64,
    event: String,
    reason: Option<String>,
    actor_kind: String,
    actor: String,
    client_id: Option<String>,
    user_id: Option<String>,
    grant_id: Option<String>,
    ip: String,
    request_id: String,
    detail: String,
}

/// A line of the log.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// Its number; later lines have higher ones.
    pub seq: i64,
    /// When.
    pub at: Time,
    /// What happened, as in `client_revoked`; `refused` for a refusal.
    pub event: String,
    /// Why it was refused, as in `DB-501`.
    pub reason: Option<String>,
    /// What kind of actor did it.
    pub actor_kind: String,
    /// Who did it.
    pub actor: String,
    /// To which client.
    pub client: Option<ClientId>,
    /// To whom.
    pub user: Option<UserId>,
    /// To which grant.
    pub grant: Option<GrantId>,
    /// From which address.
    pub ip: String,
    /// In which request.
    pub request_id: String,
    /// Everything else about it.
    pub detail: Map<String, Value>,
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            at: Time::from_unix(row.at),
            event: row.event,
            reason: row.reason,
            actor_kind: row.actor_kind,
            actor: row.actor,
            client: row.client_id.map(ClientId::new),
            user: row.user_id.map(UserId::new),
            grant: row.grant_id.map(GrantId::new),
            ip: row.ip,
            request_id: row.request_id,
            detail: serde_json::from_str(&row.detail).unwrap_or_default(),
        }
    }
}

/// A line as it is written: every column of it, letter by letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: Time,
    /// The whole of it, as one text that no other line has.
    pub text: String,
}

impl Written {
    fn of(row: Row) -> StoreResult<Self> {
        let text = serde_json::to_string(&row).map_err(|e| StoreError::Other(e.to_string()))?;
        Ok(Self { seq: row.seq, at: Time::from_unix(row.at), text })
    }
}

/// Writes down what happens in this transaction.
pub fn record(tx: &mut Tx<'_>, call: &Call, actor: &Actor, event: &Event) -> StoreResult<()> {
    let Value::Object(mut detail) = serde_json::to_value(event).map_err(|e| StoreError::Other(e.to_string()))? else {
        return Err(StoreError::Other("an event is not an object".into()));
    };
    let mut take = |name: &str| match detail.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let event = take("event").unwrap_or_default();
    let (client_id, user_id, grant_id) = (take("client"), take("user"), take("grant"));
    detail.retain(|_, value| !value.is_null());
    let row = Row {
        seq: next(tx)?,
        at: call.now.unix(),
        event,
        reason: None,
        actor_kind: actor.kind().to_owned(),
        actor: actor.name(),
        client_id,
        user_id,
        grant_id,
        ip: call.ip.clone(),
        request_id: call.request_id.clone(),
        detail: Value::Object(detail).to_string(),
    };
    tx.batch.lines.push(row);
    Ok(())
}

/// Writes down a refusal.
pub fn refused(tx: &mut Tx<'_>, call: &Call, refused: &Refused) -> StoreResult<()> {
    let actor = match (&refused.user, &refused.client) {
        (Some(user), _) => Actor::User(user.clone()),
        (None, Some(client)) => Actor::Client(client.clone()),
        (None, None) => Actor::Anonymous,
    };
    let mut detail = Map::new();
    detail.insert("endpoint".into(), refused.endpoint.into());
    detail.insert("error".into(), refused.error.into());
    if let Some(name) = &refused.name {
        detail.insert("name".into(), name.as_str().into());
    }
    if let Some(value) = &refused.value {
        detail.insert("value".into(), value.chars().take(300).collect::<String>().into());
    }
    let row = Row {
        seq: next(tx)?,
        at: call.now.unix(),
        event: "refused".into(),
        reason: Some(refused.reason.into()),
        actor_kind: actor.kind().to_owned(),
        actor: actor.name(),
        client_id: refused.client.as_ref().map(ToString::to_string),
        user_id: refused.user.as_ref().map(ToString::to_string),
        grant_id: None,
        ip: call.ip.clone(),
        request_id: call.request_id.clone(),
        detail: Value::Object(detail).to_string(),
    };
    tx.batch.lines.push(row);
    Ok(())
}

/// Writes down a line.
pub(super) fn write_down(tx: &mut Tx<'_>, row: Row) -> StoreResult<()> {
    diesel::insert_into(table::table).values(row).execute(tx.db())?;
    Ok(())
}

fn next(tx: &mut Tx<'_>) -> StoreResult<i64> {
    let newest: Option<i64> = match tx.batch.newest_line {
        Some(newest) => Some(newest),
        None => table::table.select(diesel::dsl::max(table::seq)).get_result(tx.db())?,
    };
    let next = newest.unwrap_or(0) + 1;
    tx.batch.newest_line = Some(next);
    Ok(next)
}

/// Which lines a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only about this client.
    pub client: Option<ClientId>,
    /// Only about this person.
    pub user: Option<UserId>,
    /// Only of this event.
    pub event: Option<String>,
    /// Only refusals with this reason code.
    pub reason: Option<String>,
    /// Only of this request.
    pub request: Option<String>,
    /// Only refusals that came from this address.
    pub refused_from: Option<String>,
    /// Only lines from this number on.
    pub first: Option<i64>,
    /// The oldest comes first.
    pub oldest_first: bool,
}

impl Filter {
    fn is_of_somebody(&self) -> bool {
        self.client.is_some() || self.user.is_some()
    }
}

/// How many lines are a block: within one they are found by client and by person. The table knows it too.
const BLOCK: i64 = 256;
/// How many blocks are looked through at once, at first and at most.
const BLOCKS: (i64, i64) = (8, 512);

/// One page of the log, newest first unless the filter says otherwise.
pub fn page(reader: &mut Reader<'_>, filter: &Filter, seek: Option<&Seek>, size: usize) -> StoreResult<Page<Line>> {
    let descends = filter.oldest_first == seek.is_some_and(|seek| seek.toward == Toward::Newer);
    let most = size as i64 + 1;
    let rows = if filter.is_of_somebody() && filter.request.is_none() {
        block_by_block(reader, filter, seek, descends, most)?
    } else {
        select(filter, seek, descends).limit(most).load(reader.db())?
    };
    Ok(Page::assemble(rows.into_iter().map(Line::from).collect(), size, seek, |line| (line.seq, String::new())))
}

/// The lines of somebody, who may have some in every block or a few in a million lines.
fn block_by_block(
    reader: &mut Reader<'_>,
    filter: &Filter,
    seek: Option<&Seek>,
    descends: bool,
    most: i64,
) -> StoreResult<Vec<Row>> {
    let Some((oldest, newest)) = ends(reader)? else { return Ok(Vec::new()) };
    let (mut low, mut high) = (oldest.max(filter.first.unwrap_or(oldest)), newest);
    match seek {
        Some(seek) if descends => high = high.min(seek.at),
        Some(seek) => low = low.max(seek.at),
        None => {}
    }
    let (mut low, mut high) = (low / BLOCK, high / BLOCK);
    let mut rows: Vec<Row> = Vec::new();
    let (mut many, at_most) = BLOCKS;
    while low <= high && (rows.len() as i64) < most {
        let blocks = if descends { (high - many + 1).max(low)..=high } else { low..=(low + many - 1).min(high) };
        if descends {
            high -= many
        } else {
            low += many
        }
        let missing = most - rows.len() as i64;
        let found = select(filter, seek, descends).filter(table::block.eq_any(blocks)).limit(missing);
        rows.extend(found.load::<Row>(reader.db())?);
        many = (many * 2).min(at_most);
    }
    Ok(rows)
}

type Selected = diesel::helper_types::IntoBoxed<
    'static,
    diesel::dsl::Select<table::table, diesel::dsl::AsSelect<Row, Backend>>,
    Backend,
>;

fn select(filter: &Filter, seek: Option<&Seek>, descends: bool) -> Selected {
    let mut query = table::table.select(Row::as_select()).into_boxed::<Backend>();
    if let Some(client) = &filter.client {
        query = query.filter(table::client_id.eq(Some(client.to_string())));
    }
    if let Some(user) = &filter.user {
        query = query.filter(table::user_id.eq(Some(user.to_string())));
    }
    // Somebody has few lines beside those of one event or reason: only theirs are looked through.
    let is_of_somebody = filter.is_of_somebody();
    if let Some(event) = &filter.event {
        query = if is_of_somebody {
            query.filter(table::event.concat("").eq(event.clone()))
        } else {
            query.filter(table::event.eq(event.clone()))
        };
    }
    if let Some(reason) = &filter.reason {
        query = if is_of_somebody {
            query.filter(table::reason.concat("").eq(Some(reason.clone())))
        } else {
            query.filter(table::reason.eq(Some(reason.clone())))
        };
    }
    if let Some(request) = &filter.request {
        query = query.filter(table::request_id.eq(request.clone()));
    }
    if let Some(ip) = &filter.refused_from {
        query = query.filter(table::reason.is_not_null()).filter(table::ip.eq(ip.clone()));
    }
    if let Some(first) = filter.first {
        query = query.filter(table::seq.ge(first));
    }
    match (seek, descends) {
        (Some(Seek { at, .. }), true) => query.filter(table::seq.lt(*at)).order(table::seq.desc()),
        (Some(Seek { at, .. }), false) => query.filter(table::seq.gt(*at)).order(table::seq.asc()),
        (None, true) => query.order(table::seq.desc()),
        (None, false) => query.order(table::seq.asc()),
    }
}

/// The oldest line there is.
pub fn oldest(reader: &mut Reader<'_>) -> StoreResult<Option<Line>> {
    let row: Option<Row> = table::table.select(Row::as_select()).order(table::seq).first(reader.db()).optional()?;
    Ok(row.map(Line::from))
}

/// The number of the first line that was written at that moment or later. Numbers and moments rise together, so a few looks
/// by number are enough.
pub fn first_since(reader: &mut Reader<'_>, from: Time) -> StoreResult<i64> {
    let Some((mut low, last)) = ends(reader)? else { return Ok(1) };
    let mut high = last + 1;
    while low < high {
        let middle = low + (high - low) / 2;
        let near: Option<(i64, i64)> = table::table
            .filter(table::seq.ge(middle).and(table::seq.lt(high)))
            .order(table::seq)
            .select((table::seq, table::at))
            .first(reader.db())
            .optional()?;
        match near {
            Some((seq, at)) if at < from.unix() => low = seq + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// Lines between these numbers, both included, as they are written and in their order.
pub fn written(reader: &mut Reader<'_>, first: i64, last: i64, at_most: i64) -> StoreResult<Vec<Written>> {
    let rows: Vec<Row> = table::table
        .select(Row::as_select())
        .filter(table::seq.between(first, last))
        .order(table::seq)
        .limit(at_most)
        .load(reader.db())?;
    rows.into_iter().map(Written::of).collect()
}

/// The numbers of the first and the last line.
pub fn ends(reader: &mut Reader<'_>) -> StoreResult<Option<(i64, i64)>> {
    // One at a time each is a look at one end of the index; both together are a walk from one end to the other.
    let first: Option<i64> = table::table.select(diesel::dsl::min(table::seq)).get_result(reader.db())?;
    let last: Option<i64> = table::table.select(diesel::dsl::max(table::seq)).get_result(reader.db())?;
    Ok(Option::zip(first, last))
}

/// Removes all lines up to that number. Gives how many there were.
pub fn delete_through(tx: &mut Tx<'_>, last: i64) -> StoreResult<usize> {
    Ok(diesel::delete(table::table.filter(table::seq.le(last))).execute(tx.db())?)
}
