//! What people allowed clients, and the tokens that came of it.

use doorbook::{
    base::{
        grant::{Access, Grant, GrantEnd, Refresh},
        id::{AccessId, GrantId},
        redirect::RedirectUri,
        resource::ResourceUri,
        scope::ScopeSet,
        secret::Digest,
        time::{Span, Time},
    },
    store::{StoreResult, access, grants, refresh},
};

use super::{Book, Given, names};

/// As long as a refresh token works.
const RENEWABLE: Span = Span::days(30);
/// So many refresh tokens hang on each grant.
const CHAIN: usize = 3;
/// As long as an access token works.
const LIFE: Span = Span::hours(1);

/// A grant as it goes in.
struct New {
    grant: Grant,
    used: Time,
    ended: Option<(Time, GrantEnd)>,
    /// The first is unspent when the grant is alive, the others were spent before it.
    refresh: Vec<Refresh>,
    access: Option<Access>,
}

impl Book<'_> {
    pub(super) async fn write_grants(&mut self) -> StoreResult<()> {
        // Only what was used was allowed anything, and a few clients have most of the people.
        let used: Vec<usize> =
            (0..self.clients.len()).filter(|n| self.clients.get(*n).is_some_and(|c| c.used.is_some())).collect();
        let mut rows = Vec::with_capacity(self.size.grants);
        for n in 0..self.size.grants {
            let place = if n % 10 == 0 { self.dice.early_place(used.len() / 50 + 1) } else { n % used.len().max(1) };
            let Some(client) = used.get(place).copied() else { break };
            let person = self.dice.early_place(self.people.len());
            rows.extend(self.grant(client, person));
        }
        self.write(rows, |tx, new| {
            grants::insert(tx, &new.grant)?;
            grants::used(tx, &new.grant.id, new.used)?;
            for (place, token) in new.refresh.iter().enumerate() {
                refresh::insert(tx, token)?;
                if place > 0 || new.ended.is_some() {
                    refresh::spend(tx, token, &spent(token), new.used)?;
                }
            }
            new.access.iter().try_for_each(|token| access::insert(tx, token))?;
            new.ended.map_or(Ok(()), |(at, why)| grants::end(tx, &new.grant.id, why, at).map(drop))
        })
        .await
    }

    fn grant(&mut self, client: usize, person: usize) -> Option<New> {
        let known = self.clients.get(client)?.clone();
        let (user, _) = self.people.get(person)?.clone();
        let last = known.used?;
        let created = self.between(known.created, last);
        let recent = if self.dice.one_in(2) { self.moment(25) } else { last };
        let used = if recent > created { recent } else { last };
        let ended = self.dice.one_in(4).then(|| self.between(used, self.now));
        let why = self.dice.below(10);
        let why = match why {
            0 | 1 => GrantEnd::RevokedByClient,
            2 | 3 => GrantEnd::TakenBack,
            4 => GrantEnd::RefreshReused,
            _ => GrantEnd::Expired,
        };
        let (audience, _, scopes) =
            names::SERVERS.get(self.dice.early_place(names::SERVERS.len())).copied().unwrap_or_default();
        let more = scopes.first().filter(|_| self.dice.one_in(2)).map_or("", |(scope, _)| scope);
        let scope = ScopeSet::parse(&format!("mcp {more} offline_access"));
        let id = GrantId::new(self.dice.name("dbg_", 22));
        let audience_uri = ResourceUri::stored(audience.into());
        let grant = Grant {
            id: id.clone(),
            client: known.id.clone(),
            user: user.clone(),
            scope: scope.clone(),
            audience: audience_uri.clone(),
            redirect_uri: Some(RedirectUri::stored(known.redirect_uri)),
            auth_time: created,
            created_at: created,
            expires_at: self.dice.one_in(20).then(|| self.now + Span::days(20)),
            ended_at: None,
            last_used_at: None,
        };
        let refresh = (0..CHAIN).map(|_| Refresh {
            digest: Digest::from_hex(self.dice.digest()),
            grant: id.clone(),
            client: known.id.clone(),
            key: None,
            expires_at: self.now + RENEWABLE,
            spent_at: None,
        });
        let refresh = refresh.collect();
        let access = (ended.is_none() && self.dice.one_in(3)).then(|| Access {
            digest: None,
            id: AccessId::new(self.dice.name("dba_", 22)),
            grant: id.clone(),
            client: known.id,
            user,
            audience: audience_uri,
            scope,
            issued_at: self.now,
            expires_at: self.now + LIFE,
            revoked_at: None,
        });
        self.grants.push(Given { id, client, person, audience, created, used, ended });
        Some(New { grant, used, ended: ended.map(|at| (at, why)), refresh, access })
    }
}

fn spent(token: &Refresh) -> refresh::Spent {
    refresh::Spent {
        successor: token.digest.clone(),
        spent_for: String::new(),
        reply: String::new(),
        reply_until: Time::from_unix(0),
    }
}
