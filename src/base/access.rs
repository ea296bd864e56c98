//! The access list: who may get tokens, who may open the dashboard. Asked at sign-in, at refresh and at the gate.

use std::collections::HashMap;

use super::{
    id::UserId,
    user::{Identity, Provider, Role, Who, company_of},
};

/// All entries in force, from configuration and from the dashboard, with the logins bound so far.
#[derive(Clone, Debug)]
pub struct AccessList {
    provider: Provider,
    entries: HashMap<Who, Role>,
    /// Which person a login was bound to when they first signed in with it.
    bindings: HashMap<String, UserId>,
    /// Who holds which role by their id: what the gate asks.
    people: HashMap<UserId, Role>,
}

/// What the access list says of somebody who signs in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admission {
    /// They are let in.
    As(Role),
    /// Their login is on the list, but it was bound to somebody else's number before.
    LoginTaken,
    /// They are not on the list.
    Unknown,
}

impl AccessList {
    /// The list of a server whose people come from `provider`. In local mode every name is a member.
    pub fn new(
        provider: Provider,
        entries: impl IntoIterator<Item = (Who, Role)>,
        bindings: HashMap<String, UserId>,
    ) -> Self {
        let mut list = Self { provider, entries: HashMap::new(), bindings, people: HashMap::new() };
        if provider == Provider::Local {
            list.entries.insert(Who::Everybody, Role::Member);
        }
        for (who, role) in entries {
            let held = list.entries.entry(who).or_insert(role);
            *held = (*held).max(role);
        }
        for (who, role) in &list.entries {
            let id = match who {
                Who::Everybody | Who::WholeCompany(_) => None,
                Who::Company(known) => Some(Provider::Company.user_id(known)),
                Who::Login(login) => list.bindings.get(login).cloned(),
                Who::Number(number) => Some(Provider::GitHub.user_id(number)),
                Who::Local(name) => Some(Provider::Local.user_id(name)),
            };
            if let Some(id) = id {
                let held = list.people.entry(id).or_insert(*role);
                *held = (*held).max(*role);
            }
        }
        list
    }

    /// Whether somebody who just signed in is let in. A login counts only for the first person who came with it.
    pub fn admit(&self, identity: &Identity) -> Admission {
        let (id, login) = (identity.user_id(), identity.login.to_ascii_lowercase());
        let taken = self.entries.contains_key(&Who::Login(login.clone())) && self.by_login(&id, &login).is_none();
        match self.allows(&id, &login) {
            Some(role) if identity.provider == self.provider => Admission::As(role),
            _ if taken => Admission::LoginTaken,
            _ => Admission::Unknown,
        }
    }

    /// What somebody may do who comes with that login.
    pub fn allows(&self, id: &UserId, login: &str) -> Option<Role> {
        self.role(id).into_iter().chain(self.by_login(id, login)).max()
    }

    /// What the entry of a login lets that person do: nothing, once it was bound to somebody else.
    fn by_login(&self, id: &UserId, login: &str) -> Option<Role> {
        let login = login.to_ascii_lowercase();
        let free = self.bindings.get(&login).is_none_or(|bound| bound == id);
        let ours = self.provider == Provider::GitHub && Provider::GitHub.knows(id);
        (ours && free).then(|| self.entries.get(&Who::Login(login)).copied()).flatten()
    }

    /// What an entry lets those do whom it means.
    pub fn holds(&self, who: &Who) -> Option<Role> {
        self.entries.get(who).copied()
    }

    /// What a person who signed in before may do now; `None`: nothing.
    pub fn role(&self, id: &UserId) -> Option<Role> {
        if let Some(company) = company_of(id) {
            let whole = || self.entries.contains_key(&Who::WholeCompany(company.to_owned()));
            // Nobody signs in here with it, so nobody can open the dashboard.
            return (self.people.contains_key(id) || whole()).then_some(Role::Member);
        }
        let ours = id.as_str().strip_prefix(self.provider.prefix()).is_some_and(|rest| rest.starts_with(':'));
        let everybody = || self.entries.contains_key(&Who::Everybody).then_some(Role::Member);
        ours.then(|| self.people.get(id).copied().or_else(everybody)).flatten()
    }

    /// Whether a login that is on the list still waits for its person.
    pub fn binds(&self, login: &str) -> bool {
        let login = login.to_ascii_lowercase();
        self.provider == Provider::GitHub
            && !self.bindings.contains_key(&login)
            && self.entries.contains_key(&Who::Login(login))
    }

    /// Whether anybody can ever open the dashboard; if not, a claim link is due.
    pub fn has_administrator(&self) -> bool {
        self.entries
            .iter()
            .any(|(who, role)| *role == Role::Administrator && !who.is_for_tokens_only() && self.is_ours(who))
    }

    /// How many entries give that role to people of this provider.
    pub fn count_of(&self, role: Role) -> usize {
        self.entries.iter().filter(|(who, given)| **given == role && self.is_ours(who)).count()
    }

    fn is_ours(&self, who: &Who) -> bool {
        match who {
            Who::Local(_) => self.provider == Provider::Local,
            Who::Login(_) | Who::Number(_) => self.provider == Provider::GitHub,
            Who::Everybody | Who::Company(_) | Who::WholeCompany(_) => true,
        }
    }

    /// The people who may open the dashboard, as far as the list names them by id or they have come with their login.
    pub fn administrators(&self) -> impl Iterator<Item = &UserId> {
        let ours = |id: &UserId| self.role(id) == Some(Role::Administrator);
        self.people.keys().filter(move |id| ours(id))
    }

    /// Whether it names an administrator by a login with which nobody has come yet.
    pub fn awaits_administrator(&self) -> bool {
        self.entries.iter().any(|(who, role)| match who {
            Who::Login(login) => *role == Role::Administrator && self.binds(login),
            _ => false,
        })
    }

    /// Who vouches for the people of this server.
    pub fn provider(&self) -> Provider {
        self.provider
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::user::Email;

    fn someone(number: &str, login: &str) -> Identity {
        Identity {
            provider: Provider::GitHub,
            stable_id: number.into(),
            login: login.into(),
            name: None,
            email: Email::NotAsked,
        }
    }

    fn list(entries: &[(&str, Role)], bindings: &[(&str, &str)]) -> AccessList {
        let entries = entries.iter().map(|(who, role)| (Who::parse(who).unwrap(), *role));
        let bindings = bindings.iter().map(|(login, id)| ((*login).to_owned(), UserId::new(*id))).collect();
        AccessList::new(Provider::GitHub, entries, bindings)
    }

    #[test]
    fn an_empty_list_lets_nobody_in() {
        assert_eq!(list(&[], &[]).admit(&someone("1", "ada")), Admission::Unknown);
        assert!(!list(&[("ada", Role::Member)], &[]).has_administrator());
    }

    #[test]
    fn a_login_is_bound_to_the_first_who_comes_with_it() {
        let before = list(&[("Ada", Role::Administrator)], &[]);
        assert_eq!(before.admit(&someone("1", "aDa")), Admission::As(Role::Administrator));
        assert!(before.binds("ada"));
        let after = list(&[("ada", Role::Administrator)], &[("ada", "github:1")]);
        assert_eq!(after.admit(&someone("2", "ada")), Admission::LoginTaken);
        assert_eq!(after.admit(&someone("1", "renamed")), Admission::As(Role::Administrator));
        assert_eq!(after.role(&UserId::new("github:1")), Some(Role::Administrator));
        assert_eq!(after.role(&UserId::new("github:2")), None);
    }

    #[test]
    fn everybody_means_tokens_and_numbers_are_stable() {
        let list = list(&[("*", Role::Member), ("id:7", Role::Administrator)], &[]);
        assert_eq!(list.admit(&someone("9", "eve")), Admission::As(Role::Member));
        assert_eq!(list.admit(&someone("7", "bob")), Admission::As(Role::Administrator));
        assert_eq!(list.role(&UserId::new("local:eve")), None);
    }

    #[test]
    fn people_of_a_company_are_named_by_their_subject_and_never_by_everybody() {
        let entries = [("*", Role::Member), ("idp:acme:1", Role::Administrator), ("idp:beta:*", Role::Member)];
        let list = list(&entries, &[]);
        for (id, role) in [
            ("idp:acme:1", Some(Role::Member)),
            ("idp:acme:2", None),
            ("idp:beta:2", Some(Role::Member)),
            ("idp:bet:2", None),
            ("idp:acme", None),
        ] {
            assert_eq!(list.role(&UserId::new(id)), role, "{id}");
        }
        assert!(!list.has_administrator());
        assert_eq!(list.administrators().count(), 0);
    }

    #[test]
    fn local_people_are_void_once_github_is_configured() {
        let entries = || [(Who::Local("ada".into()), Role::Administrator)];
        let local = AccessList::new(Provider::Local, entries(), HashMap::new());
        assert_eq!(local.role(&UserId::new("local:ada")), Some(Role::Administrator));
        assert_eq!(local.role(&UserId::new("local:eve")), Some(Role::Member));
        let github = AccessList::new(Provider::GitHub, entries(), HashMap::new());
        assert_eq!(github.role(&UserId::new("local:ada")), None);
        assert!(!github.has_administrator());
    }
}
