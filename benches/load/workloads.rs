//! The rows of docs/PERFORMANCE.md: what is asked, of which servers, and which ratio counts.

use clap::ValueEnum;

use crate::{
    drive::{FORM, JSON, Line, Turn},
    guest::{Guest, Kind, registration, service},
    server::{Server, Which},
    table::By,
};

/// A row.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workload {
    /// RFC 8414 metadata.
    Metadata,
    /// The keys.
    Jwks,
    /// The gate, a valid token that it has seen before.
    Gate,
    /// RFC 7591, a public client.
    Register,
    /// RFC 7591, a client with a secret.
    RegisterConfidential,
    /// RFC 7592 GET.
    Read,
    /// RFC 7662, by the client that the token was issued to.
    Introspect,
    /// A refresh token is rotated.
    Refresh,
    /// A client with a secret, in its own name.
    ClientCredentials,
    /// The gate while registrations run flat out.
    GateUnderWrites,
    /// Registrations on 64 connections, against one row a commit.
    RegisterFlatOut,
    /// The gate, a token that this process has never seen.
    GateFirstSight,
}

/// Who takes part in a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A server.
    Served(Which),
    /// Doorbook's gate while nobody registers.
    GateAlone,
    /// Doorbook with a thousand clients.
    FewClients,
    /// One run of argon2id after the other, at the cost of a drawn secret.
    Argon2id,
    /// One ES256 verification after the other.
    Es256,
    /// One row a commit.
    SingleCommits,
}

impl Part {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Served(which) => which.name(),
            Self::GateAlone => "gate alone",
            Self::FewClients => "1,000 clients",
            Self::Argon2id => "argon2id alone",
            Self::Es256 => "ES256 alone",
            Self::SingleCommits => "one row a commit",
        }
    }
}

/// What a figure is held against, and what has to be reached.
pub(crate) struct Goal {
    pub(crate) against: Part,
    pub(crate) by: By,
    pub(crate) must: f64,
    pub(crate) aim: f64,
}

const METADATA: &str = "/.well-known/oauth-authorization-server";

impl Workload {
    /// What has to be reached.
    pub(crate) const fn goal(self) -> Goal {
        let (bare, mini) = (Part::Served(Which::Bare), Part::Served(Which::Mini));
        let (against, by, must, aim) = match self {
            Self::Metadata | Self::Jwks => (bare, By::CpuTime, 0.90, 0.97),
            Self::Gate => (bare, By::CpuTime, 0.70, 0.85),
            Self::GateFirstSight => (bare, By::CpuTime, 0.20, 0.30),
            Self::Register | Self::Refresh => (mini, By::CpuTime, 0.45, 0.70),
            // 2,000 and 2,500 a second where argon2id alone reaches 3,000.
            Self::RegisterConfidential => (Part::Argon2id, By::CpuTime, 0.67, 0.83),
            Self::ClientCredentials => (mini, By::CpuTime, 0.35, 0.60),
            Self::Read => (mini, By::CpuTime, 0.60, 0.90),
            Self::Introspect => (mini, By::CpuTime, 0.60, 0.85),
            Self::GateUnderWrites => (Part::GateAlone, By::P99, 3.0, 1.5),
            Self::RegisterFlatOut => (Part::SingleCommits, By::WallClock, 1.0, 2.0),
        };
        Goal { against, by, must, aim }
    }

    /// Who takes part beside Doorbook: what it is held against, and what says why it is not better.
    pub(crate) fn others(self) -> Vec<Part> {
        let limit = (self == Self::GateFirstSight).then_some(Part::Es256);
        [self.goal().against].into_iter().chain(limit).collect()
    }

    /// Over how many connections.
    pub(crate) const fn connections(self, usual: usize) -> usize {
        match self {
            Self::RegisterFlatOut => 64,
            _ => usual,
        }
    }

    /// What each connection asks of this server.
    pub(crate) fn turns(self, server: &Server, guests: &Guests, connections: usize) -> Vec<Turn> {
        let public = || guests.public.iter().cycle().take(connections);
        let same = |request, expect| Turn::Same { request, expect };
        match self {
            Self::Metadata => repeat(connections, || same(server.request("GET", METADATA, &[], ""), 200)),
            Self::Jwks => {
                let path = if server.which == Which::Doorbook { "/jwks" } else { METADATA };
                repeat(connections, || same(server.request("GET", path, &[], ""), 200))
            }
            Self::Gate | Self::GateUnderWrites if server.which == Which::Bare => {
                repeat(connections, || same(at_the_gate(server, "none"), 200))
            }
            Self::Gate | Self::GateUnderWrites => public().map(|g| same(at_the_gate(server, &g.access), 200)).collect(),
            Self::GateFirstSight if server.which == Which::Bare => {
                repeat(connections, || same(at_the_gate(server, "none"), 200))
            }
            Self::GateFirstSight => {
                let share = guests.unseen.len().div_ceil(connections).max(1);
                let once = |tokens: &[String]| {
                    let requests: Vec<_> = tokens.iter().map(|token| at_the_gate(server, token)).collect();
                    Turn::Each { requests: requests.into_iter(), expect: 200 }
                };
                guests.unseen.chunks(share).map(once).collect()
            }
            Self::Register | Self::RegisterFlatOut => {
                repeat(connections, || same(to_register(server, Kind::Public), 201))
            }
            Self::RegisterConfidential => repeat(connections, || same(to_register(server, Kind::Confidential), 201)),
            Self::Read => public()
                .map(|g| {
                    let bearer = format!("Authorization: Bearer {}", g.management_token);
                    same(server.request("GET", &g.management_path, &[&bearer], ""), 200)
                })
                .collect(),
            Self::Introspect => {
                let Some(guest) = &guests.confidential else { return Vec::new() };
                let body = format!("token={}", guest.access);
                let basic = guest.basic();
                let headers: Vec<&str> = [FORM].into_iter().chain(basic.as_deref()).collect();
                repeat(connections, || same(server.request("POST", "/introspect", &headers, &body), 200))
            }
            Self::ClientCredentials => {
                let Some(service) = &guests.service else { return Self::Refresh.turns(server, guests, connections) };
                let headers = [FORM, service];
                let body = "grant_type=client_credentials";
                repeat(connections, || same(server.request("POST", "/token", &headers, body), 200))
            }
            Self::Refresh => guests
                .public
                .iter()
                .take(connections)
                .map(|g| Turn::Refresh {
                    host: server.address.to_string(),
                    client: g.client_id.clone(),
                    token: g.refresh.clone(),
                    access: Vec::new(),
                })
                .collect(),
        }
    }
}

fn repeat(times: usize, turn: impl Fn() -> Turn) -> Vec<Turn> {
    (0..times).map(|_| turn()).collect()
}

fn at_the_gate(server: &Server, token: &str) -> Vec<u8> {
    server.request("GET", "/verify", &[&format!("Authorization: Bearer {token}")], "")
}

fn to_register(server: &Server, kind: Kind) -> Vec<u8> {
    server.request("POST", "/register", &[JSON], &registration(kind))
}

/// Who has been let in at one server.
#[derive(Default)]
pub(crate) struct Guests {
    /// One for each connection: refresh tokens are spent once.
    pub(crate) public: Vec<Guest>,
    pub(crate) confidential: Option<Guest>,
    /// The header with which a client acts in its own name.
    pub(crate) service: Option<String>,
    /// Access tokens that were not shown at the gate yet.
    pub(crate) unseen: Vec<String>,
}

impl Guests {
    /// Registers and lets in as many as there are connections.
    pub(crate) fn arrive_at(server: &Server, connections: usize) -> anyhow::Result<Self> {
        if server.which == Which::Bare {
            return Ok(Self::default());
        }
        let public =
            (0..connections).map(|_| Guest::arrives_at(server, Kind::Public)).collect::<anyhow::Result<Vec<_>>>()?;
        let confidential = Some(Guest::arrives_at(server, Kind::Confidential)?);
        let service = (server.which == Which::Doorbook).then(|| service(server)).transpose()?;
        Ok(Self { public, confidential, service, unseen: Vec::new() })
    }

    /// What the lines that refreshed came back with: the next refresh tokens and all the access tokens.
    pub(crate) fn take_back(&mut self, lines: Vec<Line>) {
        for line in lines {
            let Turn::Refresh { client, token, access, .. } = line.into_turn() else { continue };
            if let Some(guest) = self.public.iter_mut().find(|guest| guest.client_id == client) {
                guest.refresh = token;
            }
            self.unseen.extend(access);
        }
    }
}
