//! `GET /me`: what a person allowed, to whom, until when; and where they are signed in.

use askama::Template;

use super::{Answer, Person};
use crate::{
    base::{client::Client, grant::is_itself, register::ResourceBook, user::Role},
    oauth::authorize::consent::sentence,
    store::{
        clients,
        grants::{self, Line},
        sessions,
    },
    web::{
        admin::{
            clients::proof,
            links::{counted, segment},
        },
        pages::authorize::{html, site, through},
        session,
        view::{Ago, Face, Flash, Phrase, Site, State, Tone, agent_words, cut},
    },
};

/// How many grants are shown.
pub(super) const SHOWN: usize = 200;

/// Something that the person allowed.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// Last used.
    pub used: Ago,
    /// Name of the client.
    pub client: String,
    /// Initials.
    pub face: Face,
    /// Who vouches for it.
    pub proof: State,
    /// "may use **files.example.net** as you, until 20 Dec".
    pub may: Phrase,
    /// What it may do there, as sentences.
    pub scopes: Vec<String>,
    /// When it was let in, and how many tokens are alive.
    pub since: Phrase,
    /// Where it is taken back.
    pub revoke: String,
}

/// A browser in which the person is signed in.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    /// Its id, for the form.
    pub id: String,
    /// Last seen.
    pub seen: Ago,
    /// "Firefox on Linux".
    pub agent: String,
    /// From where and since when.
    pub about: Phrase,
    /// It is this one.
    pub this: Option<State>,
}

/// `GET /me`. Posts to `/me/sign-out` with `session`, and to `/me/sign-out-everywhere`.
#[derive(Template)]
#[template(path = "pages/me.html")]
pub struct MePage {
    /// Which server.
    pub site: Site,
    /// Token of the forms.
    pub csrf: String,
    /// Notice of the last action.
    pub flash: Option<Flash>,
    /// Their login.
    pub who: String,
    /// How they sign in.
    pub through: String,
    /// Their initials.
    pub face: Face,
    /// "3 clients may act as you."
    pub lede: String,
    /// What they allowed, last used first.
    pub allowed: Vec<Allowed>,
    /// Where everything is taken back.
    pub revoke_all: String,
    /// Their browsers.
    pub browsers: Vec<Browser>,
    /// They keep the book: there is a way to the dashboard.
    pub administrator: bool,
}

/// `GET /me`.
pub async fn get(person: Person) -> Answer {
    let (user, now) = (person.user.clone(), person.call.now);
    let (lines, known, browsers) = person
        .read(move |reader| {
            let own = grants::Filter { user: Some(user.clone()), ..grants::Filter::default() };
            let lines = grants::page(reader, &own, None, SHOWN, now)?.rows;
            let mut ids: Vec<_> = lines.iter().map(|line| line.grant.client.clone()).collect();
            ids.sort();
            ids.dedup();
            let mut known = Vec::new();
            for id in ids {
                known.extend(clients::find(reader, &id)?);
            }
            Ok((lines, known, sessions::of_user(reader, &user, now)?))
        })
        .await?;
    let register = person.desk.store.standing().register();
    let allowed: Vec<Allowed> = lines
        .iter()
        .filter(|line| !is_itself(&line.grant.user, &line.grant.client))
        .map(|line| allowed(&person, &register, &known, line))
        .collect();
    let page = MePage {
        site: site(&person.desk),
        csrf: person.csrf.clone(),
        flash: person.flash(),
        who: person.login.clone(),
        through: through(&person.desk),
        face: Face::of(person.user.as_str(), &person.login).large(),
        lede: match known.len() {
            0 => "No client may act as you.".into(),
            1 => "One client may act as you.".into(),
            n => format!("{n} clients may act as you."),
        },
        allowed,
        revoke_all: person.at("/revoke-all"),
        browsers: browsers.iter().map(|session| browser(&person, session)).collect(),
        administrator: person.role == Role::Administrator,
    };
    Ok(html(actix_web::http::StatusCode::OK, &page, None))
}

fn allowed(person: &Person, register: &ResourceBook, known: &[Client], line: &Line) -> Allowed {
    let (grant, now) = (&line.grant, person.call.now);
    let resource = register.find(&grant.audience);
    let client = known.iter().find(|client| client.id == grant.client);
    let name = line.client_name.clone().unwrap_or_else(|| cut(grant.client.as_str()));
    let may = Phrase::from("may use ").strong(resource.map_or_else(|| grant.audience.host(), |r| r.name.clone()));
    let since = Phrase::from("Let in ").time(Ago::of(grant.created_at.unix(), now.unix()));
    Allowed {
        used: grant.last_used_at.map_or_else(|| Ago::never("never used"), |at| Ago::of(at.unix(), now.unix())),
        face: Face::of(grant.client.as_str(), &name),
        proof: client.map_or_else(State::nobody, |client| proof(client, None)),
        may: match grant.expires_at {
            Some(end) => may.text(" as you, until ").time(Ago::exact(end.unix())),
            None => may.text(" as you, until you take it back"),
        },
        scopes: grant.scope.iter().map(|name| sentence(name, resource, register)).collect(),
        since: since.text(format!("; {} alive.", counted(line.tokens, "token", "tokens"))),
        revoke: format!("{}?grant_id={}", person.at("/revoke"), segment(grant.id.as_str())),
        client: name,
    }
}

fn browser(person: &Person, session: &sessions::Session) -> Browser {
    let now = person.call.now;
    let is_this = session::is_this(&person.session, &session.state);
    Browser {
        id: session.digest.hex().to_owned(),
        seen: Ago::of(session.last_seen_at.unix(), now.unix()),
        agent: agent_words(&session.user_agent),
        about: Phrase::from("Signed in ")
            .time(Ago::of(session.created_at.unix(), now.unix()))
            .text(" from ")
            .code(&*session.ip),
        this: is_this.then(|| State { tone: Tone::Accent, shape: None, words: "this one".into() }),
    }
}
