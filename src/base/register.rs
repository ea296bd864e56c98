//! The register of protected resources as the rules see it: which audience a request means (RFC 8707 section 2), and which
//! resource a forwarded request falls under.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::{
    id::UserId,
    issuer::Issuer,
    resource::ResourceUri,
    scope::{ScopeSet, is_scope_token},
    time::Span,
    user::{Provider, Who, company_of},
};

/// The longest name of a resource, in characters.
const LONGEST_NAME: usize = 100;
/// The longest sentence for a scope, in characters.
const LONGEST_SENTENCE: usize = 300;
/// How many scopes of its own a resource may have.
const MOST_SCOPES: usize = 50;
/// The shortest life of an access token.
const SHORTEST_LIFE: Span = Span::minutes(1);
/// The longest.
const LONGEST_LIFE: Span = Span::days(30);

/// A protected MCP server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource {
    /// Its URL, byte for byte as registered.
    pub uri: ResourceUri,
    /// Its name for people.
    pub name: String,
    /// Its own scopes, each with a sentence for consent; empty: what the server offers anyway.
    pub scopes: Vec<(String, String)>,
    /// What a token must have to pass the gate.
    pub required_scopes: ScopeSet,
    /// Who may use it; empty: everybody whom the access list lets in.
    pub people: Vec<Who>,
    /// Whether `OPTIONS` passes the gate without a token.
    pub allow_preflight: bool,
    /// Whether it takes only tokens that are bound to a key of their client (RFC 9449).
    pub require_dpop: bool,
    /// How long access tokens for it work at most; `None`: as long as the server's.
    pub token_life: Option<Span>,
}

/// Why a resource, or a sentence, cannot stand in the register as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flaw {
    /// Its name.
    Name,
    /// A scope, or how many there are.
    Scope,
    /// A sentence for a scope.
    Sentence,
    /// How long its tokens work.
    Life,
}

impl Resource {
    /// A resource for everybody, under the name of its host.
    pub fn new(uri: ResourceUri) -> Self {
        Self {
            name: uri.host(),
            uri,
            scopes: Vec::new(),
            required_scopes: ScopeSet::empty(),
            people: Vec::new(),
            allow_preflight: false,
            require_dpop: false,
            token_life: None,
        }
    }

    /// What is wrong with it, when something is.
    pub fn flaw(&self) -> Option<Flaw> {
        let sound = |(name, sentence): &(String, String)| match is_scope_token(name) {
            true if sentence.is_empty() || is_line(sentence, LONGEST_SENTENCE) => None,
            true => Some(Flaw::Sentence),
            false => Some(Flaw::Scope),
        };
        if !is_line(&self.name, LONGEST_NAME) {
            return Some(Flaw::Name);
        }
        if self.scopes.len() > MOST_SCOPES || self.own_scopes().iter().count() != self.scopes.len() {
            return Some(Flaw::Scope);
        }
        if self.token_life.is_some_and(|life| life < SHORTEST_LIFE || life > LONGEST_LIFE) {
            return Some(Flaw::Life);
        }
        self.scopes.iter().find_map(sound)
    }

    /// The same as JSON, for people's programs and the audit log.
    pub fn facts(&self) -> Value {
        let scopes = self.scopes.iter().map(|(name, sentence)| json!({ "scope": name, "sentence": sentence }));
        json!({
            "url": self.uri,
            "name": self.name,
            "scopes": scopes.collect::<Vec<_>>(),
            "required_scopes": self.required_scopes.iter().collect::<Vec<_>>(),
            "people": self.people.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "allow_preflight": self.allow_preflight,
            "require_dpop": self.require_dpop,
            "token_life": self.token_life,
        })
    }

    /// The names of its own scopes.
    pub fn own_scopes(&self) -> ScopeSet {
        self.scopes.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// What is wrong with a sentence for a scope of the server, when something is.
pub fn sentence_flaw(scope: &str, sentence: &str) -> Option<Flaw> {
    match is_scope_token(scope) {
        true if is_line(sentence, LONGEST_SENTENCE) => None,
        true => Some(Flaw::Sentence),
        false => Some(Flaw::Scope),
    }
}

/// One line of so many characters at most, and not an empty one.
fn is_line(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(is_unseen)
}

/// Characters that a line for people has no use for: control characters, and those that turn the reading around.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// That the server of one resource may call that of another one in the name of whoever called it (RFC 8693).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The one that calls.
    pub caller: ResourceUri,
    /// The one that is called.
    pub target: ResourceUri,
}

/// Everything the rules must know of the register. Made anew when the register changes, and asked at every request of the
/// gate: so the URLs are taken apart when it is made.
#[derive(Clone, Debug)]
pub struct ResourceBook {
    entries: Vec<Resource>,
    places: Vec<Place>,
    calls: Vec<Call>,
    /// To whom a login was bound when they first came with it.
    bound: HashMap<String, UserId>,
    ever_held: bool,
    issuer: Issuer,
    sentences: BTreeMap<String, String>,
}

/// Where a resource is: its origin, and its path without a slash at the end.
#[derive(Clone, Debug)]
struct Place {
    origin: String,
    path: String,
}

impl Place {
    fn covers(&self, origin: &str, path: &str) -> bool {
        let under = path.strip_prefix(self.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.origin == origin && (self.path.is_empty() || under)
    }
}

/// What a request's `resource` parameters mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Audience {
    /// What becomes `aud`.
    pub uri: ResourceUri,
    /// Whether the request named it.
    pub named: bool,
}

/// Why `resource` parameters cannot be served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AudienceProblem {
    /// Not an absolute `https` (or loopback) URL without fragment.
    Malformed,
    /// Not in the register.
    Unknown,
    /// More than one.
    Several,
}

impl ResourceBook {
    /// The register with these resources. `ever_held`: taking the last one out does not make it open again.
    pub fn new(entries: Vec<Resource>, ever_held: bool, issuer: Issuer) -> Self {
        let places = entries.iter().map(|r| Place { origin: r.uri.origin(), path: r.uri.path() }).collect();
        let (calls, bound) = (Vec::new(), HashMap::new());
        Self { entries, places, calls, bound, ever_held, issuer, sentences: BTreeMap::new() }
    }

    /// The scopes of all servers in it.
    pub fn scopes(&self) -> ScopeSet {
        let all = self.entries.iter().flat_map(|r| [r.own_scopes(), r.required_scopes.clone()]);
        all.fold(ScopeSet::default(), |sum, scopes| sum.union(&scopes))
    }

    /// The same, with sentences for scopes of the server.
    pub fn saying(self, sentences: BTreeMap<String, String>) -> Self {
        Self { sentences, ..self }
    }

    /// The same, with pairs of servers of which one may call the other.
    pub fn with_calls(self, calls: Vec<Call>) -> Self {
        Self { calls, ..self }
    }

    /// The resources whose servers that one may call.
    pub fn called_by(&self, caller: &ResourceUri) -> impl Iterator<Item = &Resource> {
        let listed = self.calls.iter().filter(move |call| call.caller.names_same_as(caller));
        listed.filter_map(|call| self.find(&call.target))
    }

    /// Whether any server may call another one.
    pub fn has_calls(&self) -> bool {
        self.calls.iter().any(|call| self.find(&call.caller).is_some() && self.find(&call.target).is_some())
    }

    /// The sentence that somebody wrote for a scope: of the resource, else of the server.
    pub fn sentence<'a>(&'a self, scope: &str, resource: Option<&'a Resource>) -> Option<&'a str> {
        let own = resource.and_then(|r| r.scopes.iter().find(|(name, sentence)| name == scope && !sentence.is_empty()));
        own.map(|(_, sentence)| sentence).or_else(|| self.sentences.get(scope)).map(String::as_str)
    }

    /// How long an access token for that audience works, where the server's own work so long at most.
    pub fn token_life(&self, audience: &ResourceUri, most: Span) -> Span {
        self.find(audience).and_then(|resource| resource.token_life).map_or(most, |life| life.min(most))
    }

    /// The same, with the person to whom each login was bound.
    pub fn with_bound(self, bound: HashMap<String, UserId>) -> Self {
        Self { bound, ..self }
    }

    /// Whether that person may use a resource, as far as the register says. A login means the person to whom it was bound, whatever
    /// they are called now and whoever has it now.
    pub fn lets_use(&self, resource: &Resource, user: &UserId, login: &str) -> bool {
        let is_meant = |who: &Who| match who {
            Who::Everybody => true,
            Who::Login(meant) => match self.bound.get(meant) {
                Some(bound) => bound == user,
                None => company_of(user).is_none() && login.eq_ignore_ascii_case(meant),
            },
            Who::Number(number) => *user == Provider::GitHub.user_id(number),
            Who::Local(name) => *user == Provider::Local.user_id(name),
            Who::Company(known) => *user == Provider::Company.user_id(known),
            Who::WholeCompany(name) => company_of(user) == Some(name),
        };
        resource.people.is_empty() || resource.people.iter().any(is_meant)
    }

    /// Whether a resource is for whoever has that login, and nobody was bound to it yet.
    pub fn binds(&self, login: &str) -> bool {
        let login = Who::Login(login.to_ascii_lowercase());
        let is_free = |who: &Who| matches!(who, Who::Login(name) if !self.bound.contains_key(name)) && *who == login;
        self.entries.iter().any(|resource| resource.people.iter().any(is_free))
    }

    /// The resources in it.
    pub fn entries(&self) -> &[Resource] {
        &self.entries
    }

    /// Whether it has ever held one.
    pub const fn ever_held(&self) -> bool {
        self.ever_held
    }

    /// Our own name, which tokens are for when no resource was meant.
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The audience for tokens that are for no resource in particular.
    pub fn issuer_audience(&self) -> ResourceUri {
        ResourceUri::stored(self.issuer.as_str().to_owned())
    }

    /// The resource with that URL, in either spelling of a bare origin.
    pub fn find(&self, uri: &ResourceUri) -> Option<&Resource> {
        self.entries.iter().find(|r| r.uri.names_same_as(uri))
    }

    /// What the `resource` parameters of a request mean. None of them: the only resource there is, else the issuer. While
    /// the register has never held a resource any URL will do; afterwards only those in it.
    pub fn audience_for(&self, requested: &[&str]) -> Result<Audience, AudienceProblem> {
        let Some((first, rest)) = requested.split_first() else {
            let uri = match self.entries.as_slice() {
                [only] => only.uri.clone(),
                _ => self.issuer_audience(),
            };
            return Ok(Audience { uri, named: false });
        };
        let uri = ResourceUri::parse(first).ok_or(AudienceProblem::Malformed)?;
        for other in rest {
            let other = ResourceUri::parse(other).ok_or(AudienceProblem::Malformed)?;
            if !other.names_same_as(&uri) {
                return Err(AudienceProblem::Several);
            }
        }
        if let Some(resource) = self.find(&uri) {
            return Ok(Audience { uri: resource.uri.clone(), named: true });
        }
        if self.ever_held {
            return Err(AudienceProblem::Unknown);
        }
        let issuer = self.issuer_audience();
        Ok(Audience { uri: if uri.names_same_as(&issuer) { issuer } else { uri }, named: true })
    }

    /// The resource that a request for `origin` and `path` falls under: the longest match on whole path segments.
    pub fn covering(&self, origin: &str, path: &str) -> Option<&Resource> {
        let candidates = self.entries.iter().zip(&self.places).filter(|(_, place)| place.covers(origin, path));
        candidates.max_by_key(|(_, place)| place.path.len()).map(|(resource, _)| resource)
    }

    /// The resource at exactly that origin and path; a slash at the end of its path makes no difference.
    pub fn at(&self, origin: &str, path: &str) -> Option<&Resource> {
        let mut all = self.entries.iter().zip(&self.places);
        all.find(|(_, place)| place.origin == origin && place.path == path).map(|(resource, _)| resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(uris: &[&str], ever_held: bool) -> ResourceBook {
        let entry = |uri: &&str| Resource::new(ResourceUri::parse(uri).unwrap());
        let issuer = Issuer::parse("https://door.example").unwrap();
        ResourceBook::new(uris.iter().map(entry).collect(), ever_held, issuer)
    }

    #[test]
    fn rfc8693_who_may_call_whom_is_listed_and_registered() {
        let uri = |text: &str| ResourceUri::parse(text).unwrap();
        let call = |caller: &str, target: &str| Call { caller: uri(caller), target: uri(target) };
        let pairs = [("https://a.example", "https://b.example/mcp"), ("https://a.example", "https://gone.example")];
        let calls: Vec<_> = pairs.iter().map(|(caller, target)| call(caller, target)).collect();
        let book = book(&["https://a.example", "https://b.example/mcp"], true).with_calls(calls);
        let called = |by: &str| book.called_by(&uri(by)).map(|target| target.uri.to_string()).collect::<Vec<_>>();
        assert_eq!(called("https://a.example/"), ["https://b.example/mcp"]);
        assert!(called("https://b.example/mcp").is_empty());
        assert!(book.has_calls());
        let gone = super::tests::book(&["https://a.example"], true);
        assert!(!gone.with_calls(vec![call("https://a.example", "https://gone.example")]).has_calls());
    }

    #[test]
    fn rfc8707_2_which_audience_a_request_means() {
        use AudienceProblem::{Malformed, Several, Unknown};
        let open = book(&[], false);
        let emptied = book(&[], true);
        let one = book(&["https://a.example"], true);
        let two = book(&["https://a.example/", "https://b.example/mcp"], true);
        for (register, asked, meant) in [
            (&open, &[][..], Ok("https://door.example")),
            (&open, &["https://any.example/x"], Ok("https://any.example/x")),
            (&open, &["http://localhost:9/x"], Ok("http://localhost:9/x")),
            (&open, &["https://door.example/"], Ok("https://door.example")),
            (&open, &["http://any.example/x"], Err(Malformed)),
            (&open, &["https://any.example/#x"], Err(Malformed)),
            (&open, &["https://x.example", "https://y.example"], Err(Several)),
            (&open, &["https://x.example", "junk"], Err(Malformed)),
            (&emptied, &[], Ok("https://door.example")),
            (&emptied, &["https://any.example/x"], Err(Unknown)),
            (&one, &[], Ok("https://a.example")),
            (&one, &["https://a.example/"], Ok("https://a.example")),
            (&one, &["https://a.example/", "https://a.example"], Ok("https://a.example")),
            (&one, &["https://a.example/mcp"], Err(Unknown)),
            (&one, &["https://door.example"], Err(Unknown)),
            (&two, &[], Ok("https://door.example")),
            (&two, &["https://a.example"], Ok("https://a.example/")),
            (&two, &["https://b.example/mcp"], Ok("https://b.example/mcp")),
            (&two, &["https://b.example/mcp/"], Err(Unknown)),
            (&two, &["https://a.example", "https://b.example/mcp"], Err(Several)),
        ] {
            let answer = register.audience_for(asked).map(|a| (a.uri.to_string(), a.named));
            assert_eq!(answer, meant.map(|uri| (uri.to_owned(), !asked.is_empty())), "{asked:?}");
        }
    }

    #[test]
    fn the_longest_match_on_whole_segments_wins() {
        let register = book(&["https://a.example", "https://a.example/mcp", "https://a.example/mcp/deep/"], true);
        for (origin, path, found) in [
            ("https://a.example", "/", Some("https://a.example")),
            ("https://a.example", "/mcpx", Some("https://a.example")),
            ("https://a.example", "/mcp", Some("https://a.example/mcp")),
            ("https://a.example", "/mcp/x", Some("https://a.example/mcp")),
            ("https://a.example", "/mcp/deep", Some("https://a.example/mcp/deep/")),
            ("https://a.example", "/mcp/deep/x", Some("https://a.example/mcp/deep/")),
            ("http://a.example", "/mcp", None),
            ("https://b.example", "/mcp", None),
        ] {
            assert_eq!(register.covering(origin, path).map(|r| r.uri.as_str()), found, "{origin}{path}");
        }
    }
}
