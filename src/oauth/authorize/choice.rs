//! For which resource a request is. One that names it is for that one, if its person may use it; for one that names none they
//! choose among those that they may use.

use crate::{
    base::{
        id::UserId,
        register::{Resource, ResourceBook},
        resource::ResourceUri,
    },
    oauth::{
        error::{OAuthError, access_denied, invalid_request},
        why::Why,
    },
};

/// For which resource a request is that named none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Meant {
    /// For this one.
    One(Resource),
    /// The person has to say for which of these.
    Of(Vec<Resource>),
}

/// Whether that person may use what a request names, and whether it is there still.
pub fn may_use(audience: &ResourceUri, book: &ResourceBook, user: &UserId, login: &str) -> Result<(), OAuthError> {
    match book.find(audience) {
        Some(resource) if !book.lets_use(resource, user, login) => Err(access_denied(Why::ResourcePerson)),
        None if book.ever_held() && *audience != book.issuer_audience() => Err(invalid_request(Why::RequestOutdated)),
        _ => Ok(()),
    }
}

/// Which resource is meant by a request that names none, for that person and what they chose, if they did.
pub fn meant(
    book: &ResourceBook,
    user: &UserId,
    login: &str,
    chosen: Option<&ResourceUri>,
) -> Result<Meant, OAuthError> {
    if book.entries().is_empty() {
        return Err(invalid_request(Why::RequestOutdated));
    }
    let mut among: Vec<Resource> = book.entries().iter().filter(|r| book.lets_use(r, user, login)).cloned().collect();
    let at = match chosen {
        Some(chosen) => {
            let at = among.iter().position(|resource| resource.uri == *chosen);
            at.ok_or_else(|| invalid_request(Why::ChoiceUnknown))?
        }
        None if among.len() > 1 => return Ok(Meant::Of(among)),
        None if among.is_empty() => return Err(access_denied(Why::ResourcePerson)),
        None => 0,
    };
    Ok(Meant::One(among.swap_remove(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{issuer::Issuer, user::Who};

    const NOTES: &str = "https://notes.example";
    const FILES: &str = "https://files.example/mcp";
    const HERS: &str = "https://hers.example";

    fn uri(text: &str) -> ResourceUri {
        ResourceUri::parse(text).unwrap()
    }

    fn book(uris: &[&str], ever_held: bool) -> ResourceBook {
        let people = |uri: &str| if uri == HERS { vec![Who::Login("grace".into())] } else { Vec::new() };
        let entry = |text: &&str| Resource { people: people(text), ..Resource::new(uri(text)) };
        let issuer = Issuer::parse("https://door.example").unwrap();
        ResourceBook::new(uris.iter().map(entry).collect(), ever_held, issuer)
    }

    #[test]
    fn the_person_chooses_among_those_that_they_may_use() {
        let ada = UserId::new("github:1");
        for (uris, login, chosen, answer) in [
            (&[NOTES, FILES][..], "ada", None, Ok(vec![NOTES, FILES])),
            (&[NOTES, FILES], "ada", Some(FILES), Ok(vec![FILES])),
            (&[NOTES, FILES], "ada", Some("https://other.example"), Err(Why::ChoiceUnknown)),
            (&[NOTES, FILES, HERS], "ada", None, Ok(vec![NOTES, FILES])),
            (&[NOTES, FILES, HERS], "Grace", None, Ok(vec![NOTES, FILES, HERS])),
            (&[NOTES, HERS], "ada", None, Ok(vec![NOTES])),
            (&[NOTES, HERS], "ada", Some(HERS), Err(Why::ChoiceUnknown)),
            (&[HERS], "ada", None, Err(Why::ResourcePerson)),
            (&[], "ada", None, Err(Why::RequestOutdated)),
        ] {
            let found = meant(&book(uris, true), &ada, login, chosen.map(uri).as_ref());
            let found = found.map_err(|error| error.why()).map(|found| match found {
                Meant::One(resource) => vec![resource.uri.to_string()],
                Meant::Of(among) => among.iter().map(|resource| resource.uri.to_string()).collect(),
            });
            assert_eq!(found, answer.map(|uris| uris.iter().map(ToString::to_string).collect()), "{uris:?} {chosen:?}");
        }
    }

    #[test]
    fn what_is_named_is_for_some_people_only_and_must_be_there_still() {
        let ada = UserId::new("github:1");
        for (uris, ever_held, audience, login, answer) in [
            (&[HERS][..], true, HERS, "grace", Ok(())),
            (&[HERS], true, HERS, "ada", Err(Why::ResourcePerson)),
            (&[HERS], true, NOTES, "grace", Err(Why::RequestOutdated)),
            (&[], true, NOTES, "ada", Err(Why::RequestOutdated)),
            (&[], true, "https://door.example", "ada", Ok(())),
            (&[], false, NOTES, "ada", Ok(())),
        ] {
            let found = may_use(&uri(audience), &book(uris, ever_held), &ada, login);
            assert_eq!(found.map_err(|error| error.why()), answer, "{uris:?} {audience}");
        }
    }
}
