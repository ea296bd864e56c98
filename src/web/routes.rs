//! THE TABLE: every route with its door. The rooms behind the doors each give their part of it (`routes()` in `oauth`, `pages`,
//! `admin`); `app` mounts it line by line, and tests go through it, so that nothing is mounted that does not stand here.

use actix_web::{Route, http::Method, web};

use super::{
    admin, api,
    around::Manner,
    headers::Kind,
    health,
    limit::LimitName,
    me, oauth,
    pages::{self, about},
    state::{figures, ready},
    verify,
};
use crate::base::issuer::Issuer;

/// Who may use a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    /// Anybody; who must prove something does it in the body or the header of the request.
    Open,
    /// Anybody with a browser: it may have a session.
    Browser,
    /// Whoever brings an access token.
    Bearer,
    /// Whoever brings the registration access token of the client in the path.
    Management,
    /// Somebody who is signed in and may come in.
    Person,
    /// A signed-in administrator.
    Admin,
    /// Whoever brings a token of the dashboard's API.
    Api,
}

impl Door {
    /// Whether sessions are loaded behind it.
    pub const fn has_session(self) -> bool {
        matches!(self, Self::Browser | Self::Person | Self::Admin)
    }
}

/// A method that a route answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// `GET`, and `HEAD` with it.
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
    /// Every method there is.
    Any,
}

impl Verb {
    /// The methods, as `Allow` lists them.
    pub const fn methods(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Any => "",
        }
    }

    /// The method of a request that it takes.
    pub fn takes(self, method: &Method) -> bool {
        match self {
            Self::Get => *method == Method::GET || *method == Method::HEAD,
            Self::Post => *method == Method::POST,
            Self::Put => *method == Method::PUT,
            Self::Patch => *method == Method::PATCH,
            Self::Delete => *method == Method::DELETE,
            Self::Any => true,
        }
    }
}

/// Where a path begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Under {
    /// Under the public URL.
    PublicUrl,
    /// At the root of the host with the path of the public URL behind it (RFC 8414 section 3.1), and under the public URL too,
    /// as old clients ask.
    WellKnown,
    /// At the root of the host, whatever the public URL says: protected servers on other hosts send such paths here.
    Root,
}

/// Makes the handler of a route; called once in each worker.
pub type Handler = fn() -> Route;

/// One line of the table.
pub struct Entry {
    /// Its name in the figures.
    pub name: &'static str,
    /// Its path and the other spellings of it, as actix writes them.
    pub paths: Vec<&'static str>,
    /// Where they begin.
    pub under: Under,
    /// Whether the handler reads by itself what stands behind the last fixed part of the path ([`Tail`]). A pattern is a
    /// regular expression, which takes a quarter of such a request.
    ///
    /// [`Tail`]: super::extract::Tail
    pub has_tail: bool,
    /// Who may use it.
    pub door: Door,
    /// Its limit.
    pub limit: LimitName,
    /// What its answers are.
    pub kind: Kind,
    /// Whether programs of any origin may read its answers.
    pub cors: bool,
    /// What it answers, and how.
    pub verbs: Vec<(Verb, Handler)>,
}

impl Entry {
    /// A route of that kind behind that door, without limit; what it answers is added behind.
    pub fn new(name: &'static str, path: &'static str, door: Door, kind: Kind) -> Self {
        Self {
            name,
            paths: vec![path],
            under: Under::PublicUrl,
            has_tail: false,
            door,
            limit: LimitName::None,
            kind,
            cors: false,
            verbs: Vec::new(),
        }
    }

    /// Another spelling of the path.
    pub fn also(mut self, path: &'static str) -> Self {
        self.paths.push(path);
        self
    }

    /// Where its paths begin.
    pub fn under(self, under: Under) -> Self {
        Self { under, ..self }
    }

    /// Leaves what the path ends in to the handler.
    pub fn with_tail(self) -> Self {
        Self { has_tail: true, ..self }
    }

    /// Its limit.
    pub fn limited(self, limit: LimitName) -> Self {
        Self { limit, ..self }
    }

    /// Lets programs of any origin read its answers.
    pub fn shared(self) -> Self {
        Self { cors: true, ..self }
    }

    /// A method and its handler.
    pub fn on(mut self, verb: Verb, handler: Handler) -> Self {
        self.verbs.push((verb, handler));
        self
    }

    /// What is around its handlers.
    pub fn manner(&self) -> Manner {
        Manner { name: self.name, kind: self.kind, limit: self.limit, cors: self.cors }
    }

    /// Whether it answers browsers that ask before they send (CORS).
    pub fn has_preflight(&self) -> bool {
        self.cors && !self.verbs.iter().any(|(verb, _)| *verb == Verb::Any)
    }

    /// The methods that work here, as `Allow` lists them.
    pub fn allow(&self) -> String {
        let mut methods: Vec<_> = self.verbs.iter().map(|(verb, _)| verb.methods()).collect();
        if self.has_preflight() {
            methods.push("OPTIONS");
        }
        methods.join(", ")
    }

    /// Where one of its paths is mounted on a server of that name.
    pub fn places(&self, path: &str, issuer: &Issuer) -> Vec<String> {
        let own = issuer.path();
        let mut places = match self.under {
            Under::PublicUrl => vec![format!("{own}{path}")],
            Under::WellKnown => vec![format!("{path}{own}"), format!("{own}{path}")],
            Under::Root => vec![path.to_owned()],
        };
        places.dedup();
        places
    }
}

/// The whole table. The last line is for paths that nothing else is at. What programs ask most stands first: actix goes through
/// the table line by line.
pub fn table() -> Vec<Entry> {
    let mut table = vec![gate()];
    table.extend(oauth::routes());
    table.extend(own());
    table.extend(pages::routes());
    table.extend(me::routes());
    table.extend(admin::routes());
    table.extend(api::routes());
    table.push(
        Entry::new("nowhere", "/{path:.*}", Door::Open, Kind::Answer)
            .under(Under::Root)
            .shared()
            .on(Verb::Any, || web::to(about::nowhere)),
    );
    table
}

/// Every place of the table in the order in which they are mounted, each with its line: other spellings of a path, which hardly
/// anybody uses, stand behind the first ones of all, and what catches the rest behind those.
pub fn places<'t>(table: &'t [Entry], issuer: &Issuer) -> Vec<(String, &'t Entry)> {
    let spelled = |(entry, n): (&'t Entry, usize)| {
        let places = entry.paths.get(n).map(|path| entry.places(path, issuer)).unwrap_or_default();
        places.into_iter().map(move |place| (place, entry))
    };
    let (last, lines) = table.split_last().map_or((None, table), |(last, lines)| (Some(last), lines));
    let most = table.iter().map(|entry| entry.paths.len()).max().unwrap_or_default();
    let order = (0..most).flat_map(|n| lines.iter().map(move |entry| (entry, n)));
    order.chain(last.map(|last| (last, 0))).flat_map(spelled).collect()
}

fn gate() -> Entry {
    Entry::new("verify", "/verify", Door::Bearer, Kind::Gate)
        .also("/oauth/verify")
        .on(Verb::Any, || web::to(verify::verify))
}

/// Health and figures.
fn own() -> Vec<Entry> {
    vec![
        Entry::new("health", "/health", Door::Open, Kind::Health)
            .also("/healthz")
            .on(Verb::Get, || web::to(health::alive)),
        Entry::new("ready", "/readyz", Door::Open, Kind::Health).on(Verb::Get, || web::to(ready)),
        Entry::new("metrics", "/metrics", Door::Open, Kind::Answer).on(Verb::Get, || web::to(figures)),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_path_stands_twice_and_every_line_answers_something() {
        for issuer in ["https://door.example", "https://door.example/auth"] {
            let issuer = Issuer::parse(issuer).unwrap();
            let table = table();
            let places: Vec<_> = places(&table, &issuer).into_iter().map(|(place, _)| place).collect();
            let different: BTreeSet<_> = places.iter().collect();
            assert_eq!(places.len(), different.len(), "{places:?}");
            let spelled: usize = table.iter().map(|entry| entry.paths.len()).sum();
            assert!(places.len() >= spelled, "{} of {spelled} are mounted", places.len());
            assert_eq!(places.last().unwrap(), "/{path:.*}");
        }
        for entry in table() {
            assert!(!entry.verbs.is_empty(), "{}", entry.name);
        }
    }

    #[test]
    fn rfc8414_3_1_well_known_paths_come_in_both_forms() {
        let issuer = Issuer::parse("https://door.example/auth").unwrap();
        let table = table();
        let metadata = table.iter().find(|entry| entry.name == "metadata").unwrap();
        assert_eq!(
            metadata.places(metadata.paths[0], &issuer),
            ["/.well-known/oauth-authorization-server/auth", "/auth/.well-known/oauth-authorization-server"]
        );
        assert_eq!(metadata.allow(), "GET, HEAD, OPTIONS");
    }
}
