//! The register of protected resources as the rules see it: which audience a request means (RFC 8707 section 2), and which
//! resource a forwarded request falls under.

use super::{issuer::Issuer, resource::ResourceUri, scope::ScopeSet, user::Who};

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
}

impl Resource {
    /// The names of its own scopes.
    pub fn own_scopes(&self) -> ScopeSet {
        self.scopes.iter().map(|(name, _)| name.as_str()).collect()
    }
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
    ever_held: bool,
    issuer: Issuer,
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
        Self { entries, places, calls: Vec::new(), ever_held, issuer }
    }

    /// The same with pairs of servers of which one may call the other.
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
        let entry = |uri: &&str| Resource {
            uri: ResourceUri::parse(uri).unwrap(),
            name: String::new(),
            scopes: Vec::new(),
            required_scopes: ScopeSet::empty(),
            people: Vec::new(),
            allow_preflight: false,
        };
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
