//! What people do on their page: take back what they allowed, sign browsers out.

use actix_web::http::StatusCode;
use askama::Template;

use super::{Answer, Person};
use crate::{
    base::{id::GrantId, time::Time},
    flows::{grants as flow, own},
    oauth::error::not_found,
    store::{Stop, grants},
    web::{
        admin::links::counted,
        pages::authorize::{html, see, site},
        session,
        view::{Ago, Hidden, Phrase, Site, cut},
    },
};

/// How many of those that lose something are listed.
const LISTED: usize = 20;

/// Asks before something is taken back. Its form sends the hidden fields.
#[derive(Template)]
#[template(path = "pages/me_ask.html")]
pub struct MeAskPage {
    /// Which server.
    pub site: Site,
    /// Token of the form.
    pub csrf: String,
    /// The title is the question.
    pub question: String,
    /// What becomes of it.
    pub lede: String,
    /// What is taken back: last used, and what.
    pub rows: Vec<(Ago, Phrase)>,
    /// How many more.
    pub more: String,
    /// When it takes effect elsewhere.
    pub until: Ago,
    /// Where the form goes.
    pub action: String,
    /// Its fields.
    pub hidden: Vec<Hidden>,
    /// Words of its button.
    pub submit: String,
    /// Where "Keep it" leads.
    pub keep: String,
}

/// `GET /me/revoke?grant_id=...`: asks.
pub async fn ask(person: Person) -> Answer {
    let line = own_grant(&person).await?;
    let name = line.client_name.clone().unwrap_or_else(|| cut(line.grant.client.as_str()));
    let page = MeAskPage {
        question: format!("Take back what {name} may do as you?"),
        lede: "It is out at once. If you use it again, it asks you again.".into(),
        hidden: vec![Hidden::new("grant_id", line.grant.id.as_str())],
        submit: "Take it back".into(),
        ..asks(&person, "/revoke", std::slice::from_ref(&line))
    };
    Ok(html(StatusCode::OK, &page, None))
}

/// `POST /me/revoke`: `grant_id`.
pub async fn revoke(person: Person) -> Answer {
    let line = own_grant(&person).await?;
    let name = line.client_name.clone().unwrap_or_else(|| cut(line.grant.client.as_str()));
    let done = flow::revoke(&person.desk, &person.call, &person.actor(), vec![line.grant.id]).await;
    person.take(done)?;
    person.done(&format!("Taken back. {name} no longer acts as you."))
}

/// `GET /me/revoke-all`: asks.
pub async fn ask_all(person: Person) -> Answer {
    let (user, now) = (person.user.clone(), person.call.now);
    let lines = person
        .read(move |reader| {
            let own = grants::Filter { user: Some(user), ..grants::Filter::default() };
            Ok(grants::page(reader, &own, None, super::page::SHOWN, now)?.rows)
        })
        .await?;
    let page = MeAskPage {
        question: "Take back everything that you allowed?".into(),
        lede: "Every client is out at once, and asks you again when you use it next. You stay signed in here.".into(),
        submit: "Take everything back".into(),
        ..asks(&person, "/revoke-all", &lines)
    };
    Ok(html(StatusCode::OK, &page, None))
}

/// `POST /me/revoke-all`
pub async fn revoke_all(person: Person) -> Answer {
    let ended = person.take(own::revoke_all(&person.desk, &person.call, &person.user).await)?;
    let (grants, tokens) = (counted(ended.grants, "grant", "grants"), counted(ended.tokens, "token", "tokens"));
    person.done(&format!("Taken back: {grants}, {tokens}. Nobody acts as you any more."))
}

/// `POST /me/sign-out`: `session`, one of theirs.
pub async fn sign_out(person: Person) -> Answer {
    let done = own::end_session(&person.desk, &person.call, &person.user, person.one("session")).await;
    person.take(done)?;
    person.done("That browser is signed out.")
}

/// `POST /me/sign-out-everywhere`: this browser too.
pub async fn sign_out_everywhere(person: Person) -> Answer {
    let done = own::sign_out_everywhere(&person.desk, &person.call, &person.user).await;
    person.take(done)?;
    session::end(&person.session);
    Ok(see(&person.desk.config.issuer.url("/sign-in?next=/me")))
}

/// The live grant that is meant, if it is theirs.
async fn own_grant(person: &Person) -> Result<grants::Line, actix_web::Error> {
    let (id, now) = (GrantId::new(person.one("grant_id")), person.call.now);
    let found = person.read(move |reader| grants::named(reader, &[id], now)).await?;
    let own = found.into_iter().find(|line| line.grant.user == person.user);
    own.ok_or_else(|| person.refused(Stop::Refuse(not_found())))
}

fn asks(person: &Person, path: &str, lines: &[grants::Line]) -> MeAskPage {
    let (register, now) = (person.desk.store.standing().register(), person.call.now);
    let ago = |at: Time| Ago::of(at.unix(), now.unix());
    let row = |line: &grants::Line| {
        let grant = &line.grant;
        let resource = register.find(&grant.audience).map_or_else(|| grant.audience.host(), |r| r.name.clone());
        let name = line.client_name.clone().unwrap_or_else(|| cut(grant.client.as_str()));
        let used = grant.last_used_at.map_or_else(|| Ago::never("never used"), ago);
        (used, Phrase::default().client(name, "").text(" at ").strong(resource))
    };
    let more = lines.len().saturating_sub(LISTED);
    MeAskPage {
        site: site(&person.desk),
        csrf: person.csrf.clone(),
        question: String::new(),
        lede: String::new(),
        rows: lines.iter().take(LISTED).map(row).collect(),
        more: if more == 0 { String::new() } else { format!("and {more} more") },
        until: Ago::exact((now + person.desk.config.policy.lifetimes.access_token).unix()),
        action: person.at(path),
        hidden: Vec::new(),
        submit: String::new(),
        keep: person.at(""),
    }
}
