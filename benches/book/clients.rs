//! Registrations, those that left, and the documents that describe some.

use doorbook::{
    base::{
        approval::Wait,
        client::{AuthMethod, Client, Departure, Described, GrantType, Metadata, Origin, StoredSecret, Tombstone},
        id::{ClientId, WaitId},
        redirect::RedirectUri,
        resource::ResourceUri,
        scope::ScopeSet,
        secret::Digest,
        time::Span,
    },
    store::{StoreResult, approvals, clients, documents, tombstones},
};

use super::{Book, Known, names};

/// As long as registrations without a use stay in the book.
const UNUSED: Span = Span::hours(22);
/// One in so many clients is described by a document, written by hand, named strangely, disabled, trusted.
const DESCRIBED: u64 = 40;
const BY_HAND: u64 = 50;
const STRANGE: u64 = 150;
const DISABLED: u64 = 120;
const TRUSTED: u64 = 300;
/// So many people wait for an approval.
const WAITING: usize = 7;
/// To so many registrations in the book there is one that left it.
const LEFT: usize = 20;

/// What a client calls itself, and where it sends people.
struct Calls {
    name: String,
    redirect_uri: String,
}

impl Book<'_> {
    pub(super) async fn write_clients(&mut self) -> StoreResult<()> {
        let all: Vec<(Client, Option<Described>)> = (0..self.size.clients).map(|n| self.client(n)).collect();
        self.clients = all.iter().map(|(client, _)| known(client)).collect();
        self.write(all, |tx, (client, described)| {
            clients::insert(tx, client)?;
            if client.disabled_at.is_some() {
                clients::set_disabled(tx, &client.id, false, client.updated_at)?;
                clients::set_disabled(tx, &client.id, true, client.updated_at)?;
            }
            described.iter().try_for_each(|described| documents::put(tx, &client.id, described))
        })
        .await?;
        let stones: Vec<Tombstone> = (0..self.size.clients / LEFT).map(|n| self.stone(n)).collect();
        self.write(stones, tombstones::put).await
    }

    /// A few people wait until somebody approves what they let in.
    pub(super) async fn write_waits(&mut self) -> StoreResult<()> {
        let unused = self.clients.iter().filter(|client| client.used.is_none()).take(WAITING);
        let unused: Vec<Known> = unused.cloned().collect();
        let mut waits = Vec::new();
        for client in unused {
            let created_at = self.between(client.created, self.now);
            let person = self.dice.early_place(self.people.len());
            let Some((user, _)) = self.people.get(person).cloned() else { break };
            let (audience, ..) = self.dice.of(&names::SERVERS);
            waits.push(Wait {
                id: WaitId::new(self.dice.name("dbw_", 22)),
                request: Digest::from_hex(self.dice.digest()),
                client: client.id,
                group: client.group,
                user,
                auth_time: created_at,
                scope: ScopeSet::parse("mcp offline_access"),
                audience: ResourceUri::stored(audience.into()),
                ends_at: None,
                created_at,
                expires_at: self.now + Span::days(1),
                decided: None,
            });
        }
        self.write(waits, |tx, wait| approvals::wait(tx, wait).map(drop)).await
    }

    fn client(&mut self, n: usize) -> (Client, Option<Described>) {
        let origin = match () {
            () if self.dice.one_in(DESCRIBED) => Origin::Document,
            () if self.dice.one_in(BY_HAND) => Origin::Administrator,
            () => Origin::Dynamic,
        };
        let calls = self.calls(n);
        let used = self.moment(88);
        let days = i64::try_from(self.dice.below(250)).unwrap_or(0);
        let never = self.dice.one_in(60);
        let (created_at, last_used_at) = match never {
            true => (self.between(self.now - UNUSED, self.now), None),
            false => (used - Span::days(days) - Span::minutes(3), Some(used)),
        };
        let disabled_at = self.dice.one_in(DISABLED).then(|| self.between(created_at, self.now));
        let has_secret = origin != Origin::Document && (origin == Origin::Administrator || self.dice.one_in(9));
        let registration_token = (origin == Origin::Dynamic).then(|| Digest::from_hex(self.dice.digest()));
        let id = match origin {
            Origin::Document => ClientId::new(format!("https://app-{}.example.org/oauth/{n}.json", n % 30)),
            _ => ClientId::new(self.dice.name(ClientId::DRAWN, 22)),
        };
        let described = (origin == Origin::Document).then(|| Described {
            fetched_at: used,
            fresh_until: self.now + Span::hours(6),
            stale_until: self.now + Span::days(1),
            trouble: n.is_multiple_of(7).then(|| "it answered 503".to_owned()),
        });
        let client = Client {
            secret: has_secret.then(|| StoredSecret {
                hash: "nobody holds a secret to this".into(),
                issued_at: created_at,
                expires_at: None,
            }),
            registration_token_at: registration_token.as_ref().map(|_| created_at),
            registration_token,
            created_ip: self.address(),
            created_by: (origin == Origin::Administrator)
                .then(|| self.people.first().map(|(id, _)| id.clone()))
                .flatten(),
            updated_at: disabled_at.unwrap_or(created_at),
            authorized_at: last_used_at.map(|_| created_at + Span::minutes(2)),
            last_used_at,
            disabled_at,
            trusted: origin == Origin::Dynamic && self.dice.one_in(TRUSTED),
            ..Client::new(id, metadata(&calls, has_secret), origin, created_at)
        };
        (client, described)
    }

    fn calls(&mut self, n: usize) -> Calls {
        if n == self.size.clients / 2 {
            return Calls { name: names::RARE.into(), redirect_uri: "https://zanzibar.example.net/callback".into() };
        }
        if self.dice.one_in(STRANGE) {
            let name = self.dice.of(&names::STRANGE).to_owned();
            return Calls { name, redirect_uri: format!("https://strange-{n}.example.net/callback") };
        }
        if self.dice.one_in(3) {
            let (name, host) = names::tool(n);
            return Calls { name, redirect_uri: format!("https://{host}/oauth/callback") };
        }
        let weights = names::EVERYBODYS.map(|(weight, ..)| weight);
        let place = self.dice.weighted(&weights);
        let (_, name, to) = names::EVERYBODYS.get(place).copied().unwrap_or_default();
        let number = 20_000 + self.dice.below(40_000);
        Calls { name: name.into(), redirect_uri: to.replace("{}", &number.to_string()) }
    }

    fn stone(&mut self, n: usize) -> Tombstone {
        let left_at = self.moment(300);
        let why = match self.dice.below(10) {
            0 => Departure::Revoked,
            1 => Departure::Deleted,
            _ => Departure::Unused,
        };
        Tombstone {
            id: ClientId::new(self.dice.name(ClientId::DRAWN, 22)),
            metadata: metadata(&self.calls(n + 1), false),
            why,
            by: (why == Departure::Revoked).then(|| self.people.first().map(|(id, _)| id.clone())).flatten(),
            created_at: left_at - Span::days(1),
            left_at,
        }
    }
}

fn metadata(calls: &Calls, has_secret: bool) -> Metadata {
    let method = if has_secret { AuthMethod::ClientSecretBasic } else { AuthMethod::None };
    Metadata {
        redirect_uris: vec![RedirectUri::stored(calls.redirect_uri.as_str())],
        token_endpoint_auth_method: method,
        grant_types: GrantType::DEFAULT.to_vec(),
        response_types: vec!["code".into()],
        client_name: Some(calls.name.clone()),
        scope: ScopeSet::parse("mcp offline_access"),
        ..Metadata::default()
    }
}

fn known(client: &Client) -> Known {
    Known {
        id: client.id.clone(),
        name: client.name().to_owned(),
        group: client.group(),
        redirect_uri: client.metadata.redirect_uris.first().map(ToString::to_string).unwrap_or_default(),
        created: client.created_at,
        used: client.last_used_at,
        has_secret: client.has_secret(),
    }
}
