//! Which client is meant by what was typed: its id, or a name that no other client has. What is said when it is none.

use crate::{
    base::{
        client::{Client, Departure, Tombstone},
        id::ClientId,
    },
    cli::{
        table,
        work::{Trouble, Work, missing},
    },
    facts::every,
    flows::FlowResult,
    store::{
        Reader, Stop, StoreResult,
        clients::{self, Filter},
        tombstones,
    },
};

/// How many clients of one name are named.
const NAMED: usize = 20;

/// What was found.
pub(super) enum Meant {
    /// The client of that id, or the only one of that name.
    One(Box<Client>),
    /// What a client of that id left.
    Gone(Box<Tombstone>),
    /// Clients of that name.
    Several(Vec<ClientId>),
    /// Nothing.
    None,
}

/// The client of that id, or else the only one of that name.
pub(super) async fn meant(work: &Work, text: &str) -> StoreResult<Meant> {
    let text = text.to_owned();
    work.desk.store.read(move |reader| find(reader, &text)).await
}

fn find(reader: &mut Reader<'_>, text: &str) -> StoreResult<Meant> {
    let id = ClientId::new(text);
    if let Some(client) = clients::find(reader, &id)? {
        return Ok(Meant::One(Box::new(client)));
    }
    if let Some(stone) = tombstones::find(reader, &id)? {
        return Ok(Meant::Gone(Box::new(stone)));
    }
    let filter = Filter { search: text.to_owned(), ..Filter::default() };
    let mut named = every(usize::MAX, |seek, size| clients::page(reader, &filter, seek, size))?;
    named.retain(|client| client.name().to_lowercase() == text.to_lowercase());
    Ok(match named.len() {
        0 | 1 => named.pop().map_or(Meant::None, |client| Meant::One(Box::new(client))),
        _ => Meant::Several(named.into_iter().take(NAMED).map(|client| client.id).collect()),
    })
}

/// The id of a client that is shown or was here once: as it was typed, where it is no name.
pub(in crate::cli) async fn named(work: &Work, text: &str) -> Result<ClientId, Trouble> {
    match meant(work, text).await? {
        Meant::One(client) => Ok(client.id),
        Meant::Several(ids) => Err(several(text, &ids)),
        Meant::Gone(_) | Meant::None => Ok(ClientId::new(text)),
    }
}

/// Whether a client of that id is in the book, or left it.
pub(in crate::cli) async fn is_known(work: &Work, id: &ClientId) -> Result<(), Trouble> {
    match meant(work, id.as_str()).await? {
        Meant::None => Err(none(id.as_str())),
        Meant::One(_) | Meant::Gone(_) | Meant::Several(_) => Ok(()),
    }
}

/// What a flow answered about the client of that id. One that is not in the book may be meant by its name, or have left: that
/// says more than the refusal, since when and why.
pub(super) async fn heard<T>(work: &Work, answer: FlowResult<T>, id: &str) -> Result<T, Trouble> {
    let Err(Stop::Refuse(error)) = &answer else { return work.heard(answer, "") };
    match (error.status(), meant(work, id).await?) {
        (404, meant) => Err(missing(&absence(id, meant))),
        (_, gone @ Meant::Gone(_)) => Err(missing(&format!("{} ({})", absence(id, gone), error.why().code()))),
        _ => work.heard(answer, ""),
    }
}

fn absence(id: &str, meant: Meant) -> String {
    let text = table::plain(id);
    let named = |ids: &[ClientId]| {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        format!("client {text} in the book; {text} is the name of {}", ids.join(" and "))
    };
    match meant {
        Meant::One(client) => named(&[client.id]),
        Meant::Several(ids) => named(&ids),
        Meant::Gone(stone) => {
            format!("client {text} in the book since {}: {}", table::moment(stone.left_at), why_it_left(&stone))
        }
        Meant::None => words(id),
    }
}

/// That no such client is there.
pub(super) fn none(text: &str) -> Trouble {
    missing(&words(text))
}

fn words(text: &str) -> String {
    format!("client {} in the book; 'doorbook clients list' shows all of them", table::plain(text))
}

/// That several clients have the name.
pub(super) fn several(name: &str, ids: &[ClientId]) -> Trouble {
    let (name, ids): (_, Vec<_>) = (table::plain(name), ids.iter().map(|id| format!("  {id}")).collect());
    Trouble::Refused(format!("several clients are called {name}; name one by its id:\n{}", ids.join("\n")))
}

/// Why a registration is no longer in the book, and whether it comes back.
pub(super) fn why_it_left(stone: &Tombstone) -> String {
    let by = stone.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    match stone.why {
        Departure::Revoked => format!("revoked{by}; it does not come back"),
        Departure::Deleted => "deleted by the client itself; it does not come back".to_owned(),
        Departure::Unused if stone.metadata.token_endpoint_auth_method.has_secret() => {
            "taken out because nobody used it; its secret was not kept, so it registers anew".to_owned()
        }
        Departure::Unused => "taken out because nobody used it; 'doorbook clients revive' puts it back".to_owned(),
    }
}
