//! People.

use super::{id::UserId, time::Time};

/// Who vouches for a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Provider {
    /// GitHub or a GitHub Enterprise server.
    GitHub,
    /// The marked sign-in of local mode.
    Local,
    /// A company's identity provider that the configuration trusts; its stable ids are those of [`company_id`].
    Company,
}

impl Provider {
    /// The first part of the ids of its people.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Local => "local",
            Self::Company => "idp",
        }
    }

    /// The id of the person whom it knows by `stable_id`.
    pub fn user_id(self, stable_id: &str) -> UserId {
        UserId::new(format!("{}:{stable_id}", self.prefix()))
    }

    /// Whether that person is one of its.
    pub fn knows(self, user: &UserId) -> bool {
        user.as_str().split_once(':').is_some_and(|(prefix, _)| prefix == self.prefix())
    }
}

/// The stable id of whom an identity provider knows as `subject`: the provider's name, a colon, and the subject with what lists
/// and addresses would take apart percent-encoded.
pub fn company_id(provider: &str, subject: &str) -> String {
    let mut id = format!("{provider}:");
    for byte in subject.bytes() {
        if is_plain(byte) {
            id.push(char::from(byte));
        } else {
            id.push_str(&format!("%{byte:02X}"));
        }
    }
    id
}

/// The name of the identity provider that knows this person, if one does.
pub fn company_of(id: &UserId) -> Option<&str> {
    let known = id.as_str().strip_prefix(Provider::Company.prefix())?.strip_prefix(':')?;
    known.split_once(':').map(|(name, _)| name)
}

/// Whether an identity provider may have that name here.
pub fn is_company_name(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@' | b'|' | b'+' | b'=' | b':')
}

/// What a provider says of somebody's e-mail address.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Email {
    /// It was not asked: no client wants to know.
    #[default]
    NotAsked,
    /// It vouches for none.
    None,
    /// Their primary one, which it verified.
    Verified(String),
}

/// What a provider says of the person who just signed in.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who says it.
    pub provider: Provider,
    /// The id that never changes (GitHub's number; the name in local mode).
    pub stable_id: String,
    /// The login, which may change hands.
    pub login: String,
    /// The display name, if any.
    pub name: Option<String>,
    /// The e-mail address, if asked.
    pub email: Email,
}

impl Identity {
    /// The person's id here.
    pub fn user_id(&self) -> UserId {
        self.provider.user_id(&self.stable_id)
    }
}

/// A person who signed in at least once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// `github:583231`
    pub id: UserId,
    /// The login at the last sign-in.
    pub login: String,
    /// The display name at the last sign-in.
    pub name: Option<String>,
    /// When an administrator suspended them.
    pub suspended_at: Option<Time>,
    /// First sign-in.
    pub created_at: Time,
    /// Last sign-in or use.
    pub last_seen_at: Time,
    /// The address that the provider verified, while a client may know it.
    pub email: Option<String>,
    /// When the provider was last asked for it.
    pub email_asked_at: Option<Time>,
}

/// What an entry of the access list lets a person do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// May let clients in, and so get tokens.
    Member,
    /// May open the dashboard too.
    Administrator,
}

impl Role {
    /// Its name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Administrator => "administrator",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Member, Self::Administrator].into_iter().find(|r| r.as_str() == text)
    }
}

/// Whom an entry of the access list means.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Who {
    /// Everybody the provider knows (`*`): for tokens only, never for the dashboard.
    Everybody,
    /// The first person who signs in with this login, in lower case.
    Login(String),
    /// The person with this GitHub number (`id:583231`).
    Number(String),
    /// The person of this name in local mode (`local:ada`).
    Local(String),
    /// The person whom an identity provider knows by this id of [`company_id`] (`idp:acme:00u1`): for tokens only.
    Company(String),
    /// Everybody whom that identity provider knows (`idp:acme:*`): for tokens only.
    WholeCompany(String),
}

impl Who {
    /// Reads `login`, `id:NUMBER`, `idp:NAME:SUBJECT` or `*`; white space around it does not count.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "*" {
            return Some(Self::Everybody);
        }
        if let Some(number) = text.strip_prefix("id:") {
            let digits = !number.is_empty() && number.len() <= 20 && number.bytes().all(|b| b.is_ascii_digit());
            return digits.then(|| Self::Number(number.to_owned()));
        }
        if let Some(known) = text.strip_prefix("idp:") {
            return Self::parse_company(known);
        }
        let lower = text.to_ascii_lowercase();
        match lower.strip_prefix("local:") {
            Some(name) => is_login(name).then(|| Self::Local(name.to_owned())),
            None => is_login(&lower).then_some(Self::Login(lower)),
        }
    }

    /// The subject is written as in the ids of people, or so that it is read as one.
    fn parse_company(known: &str) -> Option<Self> {
        let (name, subject) = known.split_once(':').filter(|(name, _)| is_company_name(name))?;
        if subject == "*" {
            return Some(Self::WholeCompany(name.to_owned()));
        }
        let good = (1..=LONGEST_SUBJECT).contains(&subject.len()) && subject.bytes().all(|b| is_plain(b) || b == b'%');
        good.then(|| Self::Company(known.to_owned()))
    }

    /// Whether it can only ever let people have tokens.
    pub const fn is_for_tokens_only(&self) -> bool {
        matches!(self, Self::Everybody | Self::Company(_) | Self::WholeCompany(_))
    }
}

/// The longest subject of an entry, percent-encoded.
const LONGEST_SUBJECT: usize = 765;

/// Whether a text in lower case has the shape of a login.
fn is_login(text: &str) -> bool {
    (1..=60).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everybody => f.write_str("*"),
            Self::Login(login) => f.write_str(login),
            Self::Number(number) => write!(f, "id:{number}"),
            Self::Local(name) => write!(f, "local:{name}"),
            Self::Company(known) => write!(f, "idp:{known}"),
            Self::WholeCompany(name) => write!(f, "idp:{name}:*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_access_list_as_people_type_it() {
        for (typed, meant) in [
            (" Octavia-K ", Some("octavia-k")),
            ("id:583231", Some("id:583231")),
            ("local:Ada", Some("local:ada")),
            ("*", Some("*")),
            (" idp:acme:00uA|x%2F1", Some("idp:acme:00uA|x%2F1")),
            ("idp:acme:*", Some("idp:acme:*")),
            ("idp:acme:", None),
            ("idp:acme", None),
            ("idp:Acme:1", None),
            ("idp::1", None),
            ("idp:acme:a/b", None),
            ("idp:acme:a*", None),
            ("", None),
            ("id:", None),
            ("id:1x", None),
            ("a b", None),
            ("a,b", None),
        ] {
            assert_eq!(Who::parse(typed).map(|w| w.to_string()), meant.map(str::to_owned), "{typed:?}");
        }
    }

    #[test]
    fn a_subject_of_a_company_is_one_word_and_keeps_its_provider() {
        for (subject, id) in [
            ("00u1", "idp:acme:00u1"),
            ("auth0|5f", "idp:acme:auth0|5f"),
            ("a b,c", "idp:acme:a%20b%2Cc"),
            ("*", "idp:acme:%2A"),
            ("x:y", "idp:acme:x:y"),
            ("\u{e9}/%", "idp:acme:%C3%A9%2F%25"),
        ] {
            let known = Provider::Company.user_id(&company_id("acme", subject));
            assert_eq!(known.as_str(), id);
            assert_eq!(company_of(&known), Some("acme"));
            assert_eq!(Who::parse(id).unwrap(), Who::Company(company_id("acme", subject)));
        }
        for other in ["github:1", "idp", "idp:acme", "idpx:acme:1", "client_a"] {
            assert_eq!(company_of(&UserId::new(other)), None, "{other}");
        }
    }
}
