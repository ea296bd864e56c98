//! What is left of a client that was revoked, deleted or retired.
use actix_web::http::StatusCode;
use askama::Template;

use super::{
    client::EventRow,
    guard::{Admin, Answer, Numbers},
    lines::Names,
};
use crate::{
    base::client::{Departure, Tombstone},
    oauth::why::Why,
    store::{audit, page::Page},
    web::{
        pages::authorize::html,
        view::{Ago, Ident, Line, Phrase, Section, Shape, Shell, State, Tone},
    },
};

/// What is left of a revoked or retired client, at its old address.
#[derive(Template)]
#[template(path = "admin/tombstone.html")]
pub struct TombstonePage {
    /// The frame.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// "Revoked" (final) or "Retired" (past).
    pub state: State,
    /// "Revoked by octavia-k on 21 Nov 2026, 00:31 UTC. It does not come back."
    pub lede: Phrase,
    /// Only a retired one may be put back, and only if it had no secret.
    pub can_revive: bool,
    /// Its id to copy.
    pub ident: Ident,
    /// Why, when, what it sent people to.
    pub lines: Vec<Line>,
    /// What it tried, newest first.
    pub events: Vec<EventRow>,
}

/// What the page of a client that left is made from.
pub(super) struct Left {
    pub(super) stone: Tombstone,
    pub(super) by: Option<String>,
    pub(super) tried: Page<audit::Line>,
    pub(super) names: Names,
}

/// The page, which says with its status too that the client is gone.
pub(super) fn page(admin: &Admin, left: Left, numbers: &Numbers) -> Answer {
    let Left { stone, by, tried, names } = left;
    let left = Ago::exact(stone.left_at.unix());
    let by = by.unwrap_or_else(|| "an administrator".into());
    let (state, lede) = match stone.why {
        Departure::Revoked => (
            State::new(Tone::Final, Shape::Cross, "Revoked"),
            Phrase::from("Revoked by ").strong(by).text(" on ").time(left).text(". It does not come back."),
        ),
        Departure::Deleted => (
            State::new(Tone::Past, Shape::Cross, "Deleted"),
            Phrase::from("It took itself out of the book on ").time(left).text("."),
        ),
        Departure::Unused => (
            State::new(Tone::Past, Shape::Clock, "Retired"),
            Phrase::from("Taken out of the book on ").time(left).text(" because nobody used it."),
        ),
    };
    let uris: Vec<&str> = stone.metadata.redirect_uris.iter().map(|uri| uri.as_str()).collect();
    let page = TombstonePage {
        shell: admin.shell(Section::Clients, numbers),
        id: stone.id.to_string(),
        name: stone.metadata.client_name.clone().unwrap_or_else(|| "Unnamed client".into()),
        state,
        lede,
        can_revive: stone.why == Departure::Unused && !stone.metadata.token_endpoint_auth_method.has_secret(),
        ident: Ident::new("client id", stone.id.as_str()),
        lines: vec![
            Line::new("Signed", Phrase::default().time(Ago::exact(stone.created_at.unix()))),
            Line::new("Sent people to", Phrase::default().code(uris.join(" "))),
        ],
        events: tried.rows.iter().map(|line| names.event(line, admin.call.now)).collect(),
    };
    Ok(html(StatusCode::GONE, &page, Some(Why::ClientGone)))
}
