//! People, who of them is on the access list, and where they are signed in.

use doorbook::{
    base::{
        id::UserId,
        secret::Digest,
        time::{Span, Time},
        user::{Email, Identity, Provider, Role, Who},
    },
    store::{StoreResult, allowlist, sessions, users},
};

use super::{Book, names};

/// The number of the first person at GitHub: whoever looks at the book signs in with it.
const KEEPER: u64 = 583_231;

/// One person as they go in.
struct New {
    identity: Identity,
    first: Time,
    last: Time,
    suspended: Option<Time>,
    listed: bool,
    session: Option<sessions::Session>,
}

impl Book<'_> {
    pub(super) async fn write_people(&mut self) -> StoreResult<()> {
        let people: Vec<New> = (0..self.size.people).map(|n| self.person(n)).collect();
        self.people =
            people.iter().map(|new| (new.identity.user_id(), new.identity.login.clone())).collect::<Vec<(UserId, _)>>();
        self.write(people, |tx, new| {
            users::signed_in(tx, &new.identity, new.first)?;
            users::seen(tx, &new.identity.user_id(), new.last)?;
            if let Some(at) = new.suspended {
                users::set_suspended(tx, &new.identity.user_id(), true, at)?;
            }
            if new.listed {
                let login = &new.identity.login;
                allowlist::add(tx, &Who::Login(login.clone()), Role::Member, None, new.first)?;
                allowlist::bind(tx, login, &new.identity.user_id(), new.first)?;
            }
            new.session.iter().try_for_each(|session| sessions::insert(tx, session))
        })
        .await
    }

    fn person(&mut self, n: usize) -> New {
        let (login, name) = names::person(n);
        let number = if n == 0 { KEEPER } else { 600_000 + self.dice.below(90_000_000) };
        let identity =
            Identity { provider: Provider::GitHub, stable_id: number.to_string(), login, name, email: Email::NotAsked };
        let last = self.moment(30);
        let days = i64::try_from(self.dice.below(700)).unwrap_or(0);
        let session = self.dice.one_in(2).then(|| sessions::Session {
            digest: Digest::from_hex(self.dice.digest()),
            user: Some(identity.user_id()),
            state: "{}".into(),
            ip: self.address(),
            user_agent: "Mozilla/5.0".into(),
            created_at: last,
            last_seen_at: last,
            expires_at: self.now + Span::hours(8),
        });
        New {
            first: last - Span::days(days),
            last,
            suspended: (n > 0 && self.dice.one_in(60)).then_some(last),
            listed: !self.dice.one_in(7),
            session,
            identity,
        }
    }
}
