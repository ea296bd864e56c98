//! One protected server: its entry, what came to the gate for it, ready configuration for its proxy, and a place to try a token.
use actix_web::web::Path;
use askama::Template;

use super::{
    guard::{Admin, Answer, Numbers},
    links::counted,
    resource_calls::{self, Calls},
    resources::{page_of, passed, state},
};
use crate::{
    base::{register::Resource, resource::ResourceUri, time::Time},
    config::{ProxyHeaders, parse::in_words},
    flows::{
        recipes::{self, Places, Proxy},
        verify::Tried,
    },
    oauth::{authorize::consent::sentence, resource_metadata},
    store::{
        grants::{self, Of},
        resources::{self, Entry},
        tallies,
        traffic::{self, Counts},
    },
    web::view::{Ago, Bit, Code, Field, Figure, Ident, Line, Link, Phrase, SecretOnce, Section, Shell, State, grouped},
};

/// Where a server is taken to be until somebody says otherwise.
const BEHIND: &str = "127.0.0.1:9000";

/// A scope of the resource.
#[derive(Clone, Debug, Default)]
pub struct OwnScope {
    /// The scope.
    pub scope: String,
    /// What consent says.
    pub words: String,
    /// Every request needs it.
    pub needed: bool,
}

/// The configuration of one proxy.
#[derive(Clone, Debug, Default)]
pub struct Recipe {
    /// `traefik`
    pub id: &'static str,
    /// "Traefik"
    pub name: &'static str,
    /// Its blocks.
    pub blocks: Vec<Code>,
    /// What Doorbook must be told for it; empty when that is so.
    pub note: Phrase,
    /// Shown first.
    pub first: bool,
}

/// What the gate would say of a token.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// "Would pass", or the reason code.
    pub state: State,
    /// What that means, and what to do about it.
    pub words: Phrase,
    /// What stands in the token, and the answer as it would be.
    pub lines: Vec<Line>,
}

/// `GET /admin/resources/{uri}`. Its forms post to `/admin/resources/try` with `uri` and `token`, and to
/// `/admin/resources/credential` with `uri`.
#[derive(Template)]
#[template(path = "admin/resource.html")]
pub struct ResourcePage {
    /// The frame.
    pub shell: Shell,
    /// Its URL.
    pub uri: String,
    /// Its own page.
    pub here: String,
    /// Its name.
    pub name: String,
    /// Whether the gate was asked about it.
    pub state: State,
    /// Who uses it, and when somebody last did.
    pub lede: Phrase,
    /// Comes from the configuration: is changed there.
    pub fixed: bool,
    /// Its credential, in the one answer that shows it.
    pub secret_once: Option<SecretOnce>,
    /// The entry.
    pub lines: Vec<Line>,
    /// Its URL, to copy.
    pub address: Ident,
    /// The address of its document, to copy.
    pub document: Ident,
    /// Whether it has a credential of its own.
    pub has_credential: bool,
    /// Its scopes.
    pub scopes: Vec<OwnScope>,
    /// Which other servers it may call, and who may call it.
    pub calls: Calls,
    /// What came to the gate.
    pub figures: Vec<Figure>,
    /// The last that the gate said.
    pub last: Vec<Line>,
    /// The proxies.
    pub recipes: Vec<Recipe>,
    /// Where the server behind it is.
    pub behind: Field,
    /// What the gate would say of the token that was tried.
    pub verdict: Option<Verdict>,
    /// What was wrong with what was tried.
    pub token_error: Option<String>,
}

/// What the page is made from.
pub(super) struct Facts {
    pub(super) entry: Entry,
    /// How many people and live grants use it.
    reach: (i64, i64),
    traffic: Vec<Counts>,
    calls: resource_calls::Known,
}

/// What the page shows beyond its facts.
#[derive(Default)]
pub(super) struct Extra {
    pub(super) verdict: Option<Verdict>,
    pub(super) token_error: Option<String>,
}

/// `GET /admin/resources/{uri}`
pub async fn get(admin: Admin, uri: Path<String>) -> Answer {
    show(&admin, &ResourceUri::stored(uri.into_inner()), Extra::default()).await
}

/// The page of a resource, with what else is to be shown.
pub(super) async fn show(admin: &Admin, uri: &ResourceUri, extra: Extra) -> Answer {
    let (facts, numbers) = read(admin, uri).await?;
    admin.page(&page(admin, &numbers, facts, extra))
}

/// A resource with what hangs on it; or the page that says that it is not there.
pub(super) async fn read(admin: &Admin, uri: &ResourceUri) -> Result<(Facts, Numbers), actix_web::Error> {
    let (uri, now) = (uri.clone(), admin.call.now);
    let (facts, numbers) = admin
        .read(move |reader| {
            let Some(entry) = resources::find(reader, &uri)? else { return Ok(None) };
            let first = tallies::hour(now) - 23;
            let mut hours = vec![Counts::default(); 24];
            for (_, hour, counts) in traffic::since(reader, first)?.iter().filter(|(of, ..)| of == uri.as_str()) {
                let place = usize::try_from(hour - first).unwrap_or(0);
                hours.iter_mut().skip(place).take(1).for_each(|sum| *sum = sum.and(*counts));
            }
            let reach = grants::reach(reader, &Of::Audience(uri), now)?;
            Ok(Some(Facts { entry, reach, traffic: hours, calls: resource_calls::read(reader)? }))
        })
        .await?;
    let back = Link::new("All resources", admin.at("/resources"));
    let facts = facts
        .ok_or_else(|| admin.missing(Section::Resources, &numbers, "No resource with this address is here", back))?;
    Ok((facts, numbers))
}

fn page(admin: &Admin, numbers: &Numbers, facts: Facts, extra: Extra) -> ResourcePage {
    let Facts { entry, reach, traffic, calls } = facts;
    let resource = &entry.resource;
    let (recipes, behind) = proxies(admin, resource);
    ResourcePage {
        shell: admin.shell(Section::Resources, numbers),
        state: state(admin, &resource.uri),
        lede: lede(admin, resource, reach),
        fixed: entry.configured,
        secret_once: admin.revealed(),
        lines: lines(admin, &entry),
        address: Ident::new("address", resource.uri.as_str()),
        document: Ident::new("address of the document", resource_metadata::url_of(&resource.uri)),
        has_credential: entry.secret.is_some(),
        scopes: scopes(admin, resource),
        calls: calls.of(admin, &resource.uri),
        figures: figures(&traffic),
        last: last(admin, &resource.uri),
        recipes,
        behind,
        verdict: extra.verdict,
        token_error: extra.token_error,
        uri: resource.uri.to_string(),
        here: admin.at(&page_of(&resource.uri)),
        name: resource.name.clone(),
    }
}

fn lede(admin: &Admin, resource: &Resource, (people, grants): (i64, i64)) -> Phrase {
    let used = match grants {
        0 => "Nobody has let a client use it yet.".to_owned(),
        n => format!("Used by {} by {}.", counted(people, "person", "people"), counted(n, "grant", "grants")),
    };
    match admin.desk.traffic.last(&resource.uri).passed {
        Some(at) => {
            Phrase::from(used).text(" Last let through ").time(Ago::of(at.unix(), admin.call.now.unix())).text(".")
        }
        None => used.into(),
    }
}

fn lines(admin: &Admin, entry: &Entry) -> Vec<Line> {
    let resource = &entry.resource;
    let people: Vec<String> = resource.people.iter().map(ToString::to_string).collect();
    let server = admin.desk.config.policy.lifetimes.access_token;
    let life = match resource.token_life {
        Some(life) if life < server => format!("{}, shorter than the server’s {}", in_words(life), in_words(server)),
        Some(life) => format!("{}, as long as the server’s: {} is more", in_words(server), in_words(life)),
        None => format!("{}, as long as the server’s", in_words(server)),
    };
    let added = Phrase::default().time(Ago::exact(entry.created_at.unix()));
    vec![
        Line::new(
            "Who may",
            match people.is_empty() {
                true => "Everybody on the access list.".into(),
                false => Phrase::default().strong(people.join(", ")).text(", as far as the access list lets them in."),
            },
        ),
        Line::new("Tokens work", life),
        Line::new(
            "Copied tokens",
            match resource.require_dpop {
                true => "are worth nothing: each is bound to a key",
                false => "work like the original, unless the client binds its tokens to a key",
            },
        ),
        Line::new(
            "OPTIONS",
            match resource.allow_preflight {
                true => "pass the gate without a token",
                false => "need a token like everything else; the proxy answers preflights",
            },
        ),
        Line::new(
            "Added",
            match entry.configured {
                true => added.text(", by the configuration: it is changed there."),
                false => added,
            },
        ),
    ]
}

fn scopes(admin: &Admin, resource: &Resource) -> Vec<OwnScope> {
    let register = admin.desk.store.standing().register();
    let own = resource.own_scopes().union(&resource.required_scopes);
    own.iter()
        .map(|scope| OwnScope {
            scope: scope.to_owned(),
            words: sentence(scope, Some(resource), &register),
            needed: resource.required_scopes.contains(scope),
        })
        .collect()
}

fn figures(hours: &[Counts]) -> Vec<Figure> {
    let figure = |label: &str, note: &str, count: fn(&Counts) -> i64| {
        let strokes: Vec<u64> = hours.iter().map(|counts| count(counts).unsigned_abs()).collect();
        Figure::new(label, grouped(strokes.iter().sum()), "", strokes, note)
    };
    vec![
        figure("Let through", "with a good token", |counts| counts.passed),
        figure("Sent to sign in", "401: no token, or not a good one", |counts| counts.challenged),
        figure("Refused", "403 and the rest", |counts| counts.refused),
    ]
}

fn last(admin: &Admin, uri: &ResourceUri) -> Vec<Line> {
    let last = admin.desk.traffic.last(uri);
    let ago = |at: Time| Ago::of(at.unix(), admin.call.now.unix());
    let refusal = match last.refusal {
        Some((at, why)) => Phrase::default()
            .time(ago(at))
            .text(": ")
            .text(why.words())
            .text(". ")
            .text(why.fix())
            .text(" ")
            .link(why.code(), admin.at(&format!("/audit?q={}", why.code()))),
        None => "None since this server started.".into(),
    };
    let through = Phrase::default().time(passed(last.passed, admin.call.now));
    vec![Line::new("Let through", through), Line::new("Last challenge", refusal)]
}

/// Ready configuration for each proxy; the one whose headers Doorbook reads comes first.
fn proxies(admin: &Admin, resource: &Resource) -> (Vec<Recipe>, Field) {
    let config = &admin.desk.config;
    let typed = admin.one("behind");
    let good = recipes::address(typed);
    let wrong =
        (!typed.is_empty() && good.is_none()).then(|| "Write an address and a port, as in 127.0.0.1:9000.".into());
    let behind = Field { value: if typed.is_empty() { BEHIND.into() } else { typed.into() }, error: wrong };
    let doorbook = match config.bind.ip().is_unspecified() {
        true => format!("127.0.0.1:{}", config.bind.port()),
        false => config.bind.to_string(),
    };
    let places =
        Places { issuer: &config.issuer, doorbook: &doorbook, resource: &resource.uri, behind: good.unwrap_or(BEHIND) };
    let first = if config.gate.headers == ProxyHeaders::Original { Proxy::Nginx } else { Proxy::Traefik };
    let recipe = |proxy: Proxy| Recipe {
        id: proxy.as_str(),
        name: proxy.name(),
        blocks: blocks(proxy, &places),
        note: note(config.gate.headers, proxy),
        first: proxy == first,
    };
    (Proxy::ALL.map(recipe).into(), behind)
}

fn blocks(proxy: Proxy, places: &Places<'_>) -> Vec<Code> {
    let titles: &[&str] = match proxy {
        Proxy::Traefik => &["Static configuration", "Dynamic configuration, for the file provider"],
        Proxy::Nginx => &["A file among nginx’s sites"],
        Proxy::Caddy => &["Caddyfile"],
    };
    let code = |(at, pieces): (usize, Vec<recipes::Piece>)| Code {
        title: titles.get(at).copied().unwrap_or_default().to_owned(),
        id: format!("{}-{at}", proxy.as_str()),
        bits: pieces.into_iter().map(|piece| Bit { text: piece.text, own: piece.own }).collect(),
    };
    recipes::recipe(proxy, places).into_iter().enumerate().map(code).collect()
}

fn note(read: ProxyHeaders, proxy: Proxy) -> Phrase {
    let fits = match proxy {
        Proxy::Nginx => read == ProxyHeaders::Original,
        Proxy::Traefik | Proxy::Caddy => read == ProxyHeaders::Forwarded,
    };
    if fits {
        return Phrase::default();
    }
    Phrase::from("Doorbook reads the headers of another kind of proxy now. Start it with ")
        .code(format!("DOORBOOK_PROXY_HEADERS={}", proxy.as_str()))
        .text(", or the gate refuses everything.")
}

/// What the gate would say, in words.
pub(super) fn verdict(admin: &Admin, tried: &Tried) -> Verdict {
    let (state, words) = match &tried.decided {
        Ok(_) => (State::live("Would pass"), "The gate would let a request with this token through.".into()),
        Err(error) => {
            (State::refused(error.why().code()), Phrase::from(error.why().words()).text(". ").text(error.why().fix()))
        }
    };
    let mut lines = Vec::new();
    if tried.bound {
        let words = "to a key: each request must prove with a signature that it comes from whoever holds that key. What stands here is about a request that does.";
        lines.push(Line::new("Bound", words));
    }
    if let Err(error) = &tried.decided {
        lines.push(Line::new("Answer", format!("{} {}", error.status(), error.code())));
        lines.extend(error.challenge().map(|text| Line::new("Challenge", Phrase::default().code(text))));
    }
    if let Some(claims) = &tried.claims {
        let now = admin.call.now.unix();
        let person = claims.has_person().then(|| format!("{} ({})", claims.username, claims.sub));
        lines.extend([
            Line::new("Person", person.unwrap_or_else(|| "none: the client acts in its own name".into())),
            Line::new(
                "Client",
                Phrase::default().link(
                    claims.client_id.as_str(),
                    admin.at(&format!("/clients/{}", super::links::segment(claims.client_id.as_str()))),
                ),
            ),
            Line::new("For", Phrase::default().code(claims.aud.as_str())),
            Line::new("Scopes", Phrase::default().code(claims.scope.to_string())),
            Line::new("Works until", Phrase::default().time(Ago::of(claims.exp.unix(), now))),
        ]);
    }
    Verdict { state, words, lines }
}
