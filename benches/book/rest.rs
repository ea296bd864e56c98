//! What there is little of: protected servers with what comes to their gate, tokens of administrators, approved hosts, and the
//! last clients that tried to come in.

use doorbook::{
    base::{
        api_token::{ApiRole, ApiToken},
        attempt::{Attempt, Tried, Way},
        id::{ApiTokenId, InitialTokenId},
        initial_token::InitialToken,
        register::{Call, Resource},
        resource::ResourceUri,
        scope::ScopeSet,
        secret::Digest,
        time::Span,
    },
    oauth::why::Why,
    store::{
        StoreResult, api_tokens, attempts, calls, documents, initial_tokens, resources, tallies,
        traffic::{self, Counts},
    },
};

use super::{Book, names};

/// For so many hours traffic at the gate is known.
const HOURS: i64 = 24 * 30;
/// Tokens of either kind.
const TOKENS: usize = 40;
/// Hosts that may describe clients.
const HOSTS: usize = 30;

impl Book<'_> {
    pub(super) async fn write_rest(&mut self) -> StoreResult<()> {
        self.write_servers().await?;
        self.write_tokens().await?;
        self.write_hosts().await?;
        self.write_attempts().await
    }

    async fn write_servers(&mut self) -> StoreResult<()> {
        let now = self.now;
        let server = |(uri, name, scopes): &(&str, &str, &[(&str, &str)])| Resource {
            name: (*name).into(),
            scopes: scopes.iter().map(|(scope, words)| ((*scope).into(), (*words).into())).collect(),
            ..Resource::new(ResourceUri::stored((*uri).into()))
        };
        let servers: Vec<Resource> = names::SERVERS.iter().map(server).collect();
        let mut traffic = Vec::new();
        for (place, server) in (1..).zip(&servers) {
            for ago in 0..HOURS {
                let busy = 40 + 30 * ((tallies::hour(now) - ago) % 24 - 12).abs().max(1).rem_euclid(7);
                let passed = busy * 60 / place + i64::try_from(self.dice.below(90)).unwrap_or(0);
                let counts = Counts { passed, challenged: passed / 40, refused: passed / 300 };
                traffic.push((server.uri.clone(), tallies::hour(now) - ago, counts));
            }
        }
        self.write(servers, move |tx, server| resources::put(tx, server, false, now).map(drop)).await?;
        let pairs = names::SERVERS.iter().zip(names::SERVERS.iter().skip(1)).take(4);
        let stored = |uri: &str| ResourceUri::stored(uri.into());
        let pairs: Vec<Call> =
            pairs.map(|(one, other)| Call { caller: stored(one.0), target: stored(other.0) }).collect();
        self.write(pairs, move |tx, call| calls::put(tx, call, false, now).map(drop)).await?;
        self.write(traffic, |tx, (uri, hour, counts)| traffic::add(tx, uri, *hour, *counts)).await
    }

    async fn write_tokens(&mut self) -> StoreResult<()> {
        let (mut initial, mut api) = (Vec::new(), Vec::new());
        for n in 0..TOKENS {
            let created_at = self.moment(200);
            let last_used_at = (!self.dice.one_in(3)).then(|| self.between(created_at, self.now));
            let revoked_at = self.dice.one_in(5).then_some(self.now - Span::days(1));
            let Some((owner, login)) = self.people.get(self.dice.early_place(self.people.len())).cloned() else {
                break;
            };
            let token = InitialToken {
                id: InitialTokenId::new(self.dice.name("dbo_", 12)),
                label: format!("Team {n}, asked for by {login}"),
                scopes: ScopeSet::empty(),
                redirect_hosts: Vec::new(),
                grant_types: Vec::new(),
                most_uses: (!self.dice.one_in(2)).then_some(20),
                uses: i64::from(last_used_at.is_some()) * 7,
                expires_at: self.dice.one_in(3).then(|| created_at + Span::days(90)),
                created_at,
                created_by: Some(owner.clone()),
                last_used_at,
                revoked_at,
            };
            initial.push((token, Digest::from_hex(self.dice.digest())));
            api.push(ApiToken {
                id: ApiTokenId::new(self.dice.name("dbp_", 12)),
                digest: Digest::from_hex(self.dice.digest()),
                label: format!("Script {n} of {login}"),
                role: if n % 3 == 0 { ApiRole::Write } else { ApiRole::Read },
                user: owner,
                created_at,
                expires_at: created_at + Span::days(365),
                last_used_at,
                last_used_ip: last_used_at.map(|_| self.address()),
                revoked_at,
            });
        }
        self.write(initial, |tx, (token, digest)| initial_tokens::insert(tx, token, digest)).await?;
        self.write(api, api_tokens::insert).await
    }

    async fn write_hosts(&mut self) -> StoreResult<()> {
        let host = |n: usize| documents::Host {
            host: format!("app-{n}.example.org"),
            approved_at: self.now - Span::days(n as i64),
            approved_by: None,
        };
        let hosts: Vec<documents::Host> = (0..HOSTS).map(host).collect();
        self.write(hosts, |tx, host| documents::approve(tx, host).map(drop)).await
    }

    async fn write_attempts(&mut self) -> StoreResult<()> {
        let attempt = |n: usize| {
            let (name, host) = names::tool(n);
            let refused = match n % 9 {
                0 => Some(Why::RedirectUnknownScheme),
                4 => Some(Why::NameRefused),
                _ => None,
            };
            let to =
                if n.is_multiple_of(9) { "fancy-editor://callback".into() } else { format!("https://{host}/callback") };
            Tried {
                attempt: Attempt { way: Way::Stranger, names: vec![name], redirect_uris: vec![to] },
                at: self.now - Span::minutes((attempts::KEPT - n as i64) * 5),
                refused: refused.map(|why| why.code().to_owned()),
            }
        };
        let tried: Vec<Tried> = (0..attempts::KEPT as usize).map(attempt).collect();
        self.store.record(move |tx| attempts::add(tx, &tried)).await
    }
}
