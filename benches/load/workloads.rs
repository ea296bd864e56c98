//! The rows of docs/PERFORMANCE.md: what is asked, of which servers, and which ratio counts.

use clap::ValueEnum;

use crate::{
    drive::{FORM, JSON, Turn},
    guest::{Guest, Kind, registration},
    server::{Server, Which},
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
    /// The gate, a token that this process has never seen.
    GateFirstSight,
    /// The gate while registrations run flat out.
    GateUnderWrites,
    /// Registrations on 64 connections, against one row a commit.
    RegisterFlatOut,
}

/// What a figure is held against.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// Requests per CPU second, as a share of a yardstick's: must, aim.
    Share(Which, f64, f64),
    /// Requests per CPU second.
    PerCpuSecond(f64, f64),
    /// p99, as a multiple of that of the workload `Gate`.
    SlowerThanGate(f64, f64),
    /// Requests per second of wall clock, as a multiple of one row a commit.
    FasterThanSingleCommits(f64, f64),
}

const METADATA: &str = "/.well-known/oauth-authorization-server";

impl Workload {
    /// Who is asked, the yardsticks first.
    pub(crate) const fn servers(self) -> &'static [Which] {
        match self {
            Self::Metadata | Self::Gate => &[Which::Bare, Which::Mini, Which::Doorbook],
            Self::Jwks | Self::GateFirstSight => &[Which::Bare, Which::Doorbook],
            Self::Register | Self::Read | Self::Introspect | Self::Refresh | Self::RegisterFlatOut => {
                &[Which::Mini, Which::Doorbook]
            }
            Self::RegisterConfidential | Self::GateUnderWrites => &[Which::Doorbook],
        }
    }

    /// What has to be reached.
    pub(crate) const fn goal(self) -> Goal {
        match self {
            Self::Metadata | Self::Jwks => Goal::Share(Which::Bare, 0.90, 0.97),
            Self::Gate => Goal::Share(Which::Bare, 0.70, 0.85),
            Self::GateFirstSight => Goal::Share(Which::Bare, 0.20, 0.30),
            Self::Register | Self::Refresh => Goal::Share(Which::Mini, 0.45, 0.70),
            Self::RegisterConfidential => Goal::PerCpuSecond(2_000.0, 2_500.0),
            Self::Read => Goal::Share(Which::Mini, 0.60, 0.90),
            Self::Introspect => Goal::Share(Which::Mini, 0.60, 0.85),
            Self::GateUnderWrites => Goal::SlowerThanGate(3.0, 1.5),
            Self::RegisterFlatOut => Goal::FasterThanSingleCommits(1.0, 2.0),
        }
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
pub(crate) struct Guests {
    /// One for each connection: refresh tokens are spent once.
    pub(crate) public: Vec<Guest>,
    pub(crate) confidential: Option<Guest>,
    /// Access tokens that were not shown at the gate yet.
    pub(crate) unseen: Vec<String>,
}

impl Guests {
    /// Registers and lets in as many as there are connections.
    pub(crate) fn arrive_at(server: &Server, connections: usize) -> anyhow::Result<Self> {
        let public =
            (0..connections).map(|_| Guest::arrives_at(server, Kind::Public)).collect::<anyhow::Result<Vec<_>>>()?;
        let confidential = Some(Guest::arrives_at(server, Kind::Confidential)?);
        Ok(Self { public, confidential, unseen: Vec::new() })
    }

    /// Nobody: enough for workloads that need no token.
    pub(crate) const fn nobody() -> Self {
        Self { public: Vec::new(), confidential: None, unseen: Vec::new() }
    }

    /// What the turns of `Refresh` came back with: the next refresh tokens and all the access tokens.
    pub(crate) fn take_back(&mut self, turns: Vec<Turn>) {
        for turn in turns {
            let Turn::Refresh { client, token, access, .. } = turn else { continue };
            if let Some(guest) = self.public.iter_mut().find(|guest| guest.client_id == client) {
                guest.refresh = token;
            }
            self.unseen.extend(access);
        }
    }
}
