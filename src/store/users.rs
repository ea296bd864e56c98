//! People who signed in.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{
    Reader, Tx,
    connection::Backend,
    error::StoreResult,
    page::{Page, Seek, Sort},
    schema::{grants, users as table},
    standing::Change,
    walk::{Walk, lettered},
};
use crate::base::{
    id::UserId,
    time::Time,
    user::{Email, Identity, User},
};

diesel::define_sql_function! {
    /// Logins keep the case that their owners gave them, and mean the same in any.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

diesel::define_sql_function! {
    /// The same for names, which not everybody has.
    #[sql_name = "lower"]
    fn lower_name(text: diesel::sql_types::Nullable<diesel::sql_types::Text>)
        -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

pub(super) type Row = (String, String, Option<String>, Option<i64>, i64, i64, Option<String>, Option<i64>);

pub(super) fn user((id, login, name, suspended_at, created_at, last_seen_at, email, email_asked_at): Row) -> User {
    User {
        id: UserId::new(id),
        login,
        name,
        suspended_at: suspended_at.map(Time::from_unix),
        created_at: Time::from_unix(created_at),
        last_seen_at: Time::from_unix(last_seen_at),
        email,
        email_asked_at: email_asked_at.map(Time::from_unix),
    }
}

/// Writes down who just signed in: a new person, or new names of a known one.
pub fn signed_in(tx: &mut Tx<'_>, identity: &Identity, now: Time) -> StoreResult<()> {
    let id = identity.user_id();
    let updated = diesel::update(table::table.find(id.as_str()))
        .set((table::login.eq(&identity.login), table::name.eq(&identity.name), table::last_seen_at.eq(now.unix())))
        .execute(tx.db())?;
    if updated == 0 {
        diesel::insert_into(table::table)
            .values((
                table::id.eq(id.as_str()),
                table::login.eq(&identity.login),
                table::name.eq(&identity.name),
                table::created_at.eq(now.unix()),
                table::last_seen_at.eq(now.unix()),
            ))
            .execute(tx.db())?;
    }
    match &identity.email {
        Email::NotAsked => Ok(()),
        Email::None => keep_email(tx, &id, None, Some(now)),
        Email::Verified(email) => keep_email(tx, &id, Some(email), Some(now)),
    }
}

fn keep_email(tx: &mut Tx<'_>, id: &UserId, email: Option<&str>, asked_at: Option<Time>) -> StoreResult<()> {
    diesel::update(table::table.find(id.as_str()))
        .set((table::email.eq(email), table::email_asked_at.eq(asked_at.map(Time::unix))))
        .execute(tx.db())?;
    Ok(())
}

/// Forgets the addresses that were asked for before that moment and that no client may know any more.
pub fn forget_emails(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let scopes = " ".into_sql::<diesel::sql_types::Text>().concat(grants::scope).concat(" ");
    let known = grants::table
        .filter(grants::user_id.eq(table::id))
        .filter(grants::ended_at.is_null())
        .filter(scopes.like("% email %"));
    let forgotten = table::table
        .filter(table::email_asked_at.lt(before.unix()))
        .filter(diesel::dsl::not(diesel::dsl::exists(known)))
        .select(table::id)
        .limit(at_most);
    let forgotten: Vec<String> = forgotten.load(tx.db())?;
    forgotten.iter().try_for_each(|id| keep_email(tx, &UserId::new(id.as_str()), None, None))?;
    Ok(forgotten.len())
}

/// The person of that id.
pub fn find(reader: &mut Reader<'_>, id: &UserId) -> StoreResult<Option<User>> {
    Ok(table::table.find(id.as_str()).get_result::<Row>(reader.db()).optional()?.map(user))
}

/// The people who last signed in with that login; more than one when it changed hands.
pub fn by_login(reader: &mut Reader<'_>, login: &str) -> StoreResult<Vec<User>> {
    let rows: Vec<Row> = table::table
        .filter(lower(table::login).eq(login.to_lowercase()))
        .order(table::last_seen_at.desc())
        .limit(10)
        .load(reader.db())?;
    Ok(rows.into_iter().map(user).collect())
}

/// The logins of these people.
pub fn logins(reader: &mut Reader<'_>, ids: &[UserId]) -> StoreResult<HashMap<UserId, String>> {
    let known = table::table.filter(table::id.eq_any(ids.iter().map(UserId::as_str)));
    let rows: Vec<(String, String)> = known.select((table::id, table::login)).load(reader.db())?;
    Ok(rows.into_iter().map(|(id, login)| (UserId::new(id), login)).collect())
}

/// Notes that a person was seen.
pub fn seen(tx: &mut Tx<'_>, id: &UserId, now: Time) -> StoreResult<()> {
    diesel::update(table::table.find(id.as_str())).set(table::last_seen_at.eq(now.unix())).execute(tx.db())?;
    Ok(())
}

/// Suspends a person, or lets them go on; `false` if that was so already.
pub fn set_suspended(tx: &mut Tx<'_>, id: &UserId, suspended: bool, now: Time) -> StoreResult<bool> {
    let changed = if suspended {
        diesel::update(table::table.find(id.as_str()).filter(table::suspended_at.is_null()))
            .set(table::suspended_at.eq(Some(now.unix())))
            .execute(tx.db())?
    } else {
        diesel::update(table::table.find(id.as_str()).filter(table::suspended_at.is_not_null()))
            .set(table::suspended_at.eq(None::<i64>))
            .execute(tx.db())?
    };
    if changed == 1 {
        tx.announce(Change::UserRefused(id.clone(), suspended), now)?;
    }
    Ok(changed == 1)
}

/// How many there are.
pub fn count(reader: &mut Reader<'_>) -> StoreResult<i64> {
    Ok(table::table.count().get_result(reader.db())?)
}

/// Which people a list shows, and in which order.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A part of a login or name, in any case, or of an id.
    pub search: String,
    /// What they are sorted by.
    pub sort: Sort<By>,
}

/// What a list of people is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum By {
    /// Last seen first.
    #[default]
    Seen,
    /// Their logins, from A on.
    Login,
}

/// One page of people.
pub fn page(reader: &mut Reader<'_>, filter: &Filter, seek: Option<&Seek>, size: usize) -> StoreResult<Page<User>> {
    let mut query = table::table.into_boxed::<Backend>();
    if !filter.search.is_empty() {
        // SQLite folds the letters of ASCII alone: others stay as they were typed.
        let typed = literally(&filter.search.to_ascii_lowercase());
        // An id begins with who vouches for its person, which nearly all of them share.
        let id = if typed.contains(':') { format!("%{typed}%") } else { format!("%:%{typed}%") };
        let part = format!("%{typed}%");
        query = query.filter(
            lower(table::login)
                .like(part.clone())
                .escape('!')
                .or(lower(table::id).like(id).escape('!'))
                .or(lower_name(table::name).like(part).escape('!')),
        );
    }
    let Sort { by, turned } = filter.sort;
    let walk = match by {
        By::Seen => Walk { column: "users.last_seen_at", is_text: false, id: "users.id", falls: !turned, seek },
        By::Login => Walk { column: "lower(users.login)", is_text: true, id: "users.id", falls: turned, seek },
    };
    let rows: Vec<Row> = query.filter(walk.beyond()).order(walk.order()).limit(size as i64 + 1).load(reader.db())?;
    let people: Vec<User> = rows.into_iter().map(user).collect();
    Ok(Page::assemble(people, size, seek, |user| match by {
        By::Seen => (user.last_seen_at.unix(), user.id.to_string()),
        By::Login => lettered(&user.login.to_ascii_lowercase(), user.id.as_str()),
    }))
}

/// A text as LIKE takes it at its word, with `!` before what would mean something.
fn literally(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c])).collect()
}
