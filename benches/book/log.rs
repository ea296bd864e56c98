//! The audit log: what happened to everything that was written before, and who was refused. With it the counts by the hour, and
//! how many were active in each.

use std::collections::{BTreeMap, BTreeSet};

use doorbook::{
    base::{
        call::Call,
        event::{Actor, Ended, Event, Refused},
        id::AccessId,
        resource::ResourceUri,
        scope::ScopeSet,
        time::{Span, Time},
        user::Role,
    },
    flows::activity::HOURS,
    oauth::why::Why,
    store::{
        StoreResult,
        activity::{self, Active},
        audit, tallies,
    },
};

use super::{Book, names};

/// For so many days it is known who was refused.
const REFUSED: u64 = 30;
/// One line in so many is a refusal, an action of an administrator, a sign-in.
const REFUSALS: usize = 9;
const ACTIONS: usize = 400;
const SIGN_INS: usize = 12;

/// What a refusal is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// A client that is in the book.
    Client,
    /// What a client that wanted to come in called itself.
    Name,
    /// A person and a client.
    Person,
    /// Somebody who was never here.
    Stranger,
}

/// Weight, reason, where it happened, what the client heard, what it is about, what was sent.
type Met = (u64, Why, &'static str, &'static str, About, Option<&'static str>);

const REASONS: [Met; 18] = [
    (22, Why::RefreshExpired, "token", "invalid_grant", About::Client, None),
    (16, Why::RedirectUnknownScheme, "register", "invalid_redirect_uri", About::Name, Some("fancy-editor://callback")),
    (12, Why::ClientUnknown, "authorize", "invalid_client", About::Stranger, None),
    (9, Why::GrantOver, "token", "invalid_grant", About::Client, None),
    (8, Why::RedirectNotRegistered, "authorize", "invalid_request", About::Client, Some("http://127.0.0.1:49152/")),
    (6, Why::ResourceUnknown, "authorize", "invalid_target", About::Client, Some("https://old.example.com/mcp")),
    (6, Why::NotOnAccessList, "callback", "access_denied", About::Stranger, Some("octavia-friend")),
    (5, Why::VerifierWrong, "token", "invalid_grant", About::Client, None),
    (4, Why::CodeExpired, "token", "invalid_grant", About::Client, None),
    (4, Why::PersonDenied, "consent", "access_denied", About::Person, None),
    (
        4,
        Why::RedirectPlainHttp,
        "register",
        "invalid_redirect_uri",
        About::Name,
        Some("http://intranet.example.com/cb"),
    ),
    (3, Why::SecretWrong, "token", "invalid_client", About::Client, None),
    (3, Why::ChallengeMissing, "authorize", "invalid_request", About::Client, None),
    (2, Why::ClientDisabled, "authorize", "unauthorized_client", About::Client, None),
    (2, Why::NameLookAlike, "register", "invalid_client_metadata", About::Name, None),
    (1, Why::RefreshReused, "token", "invalid_grant", About::Person, None),
    (1, Why::DocumentHost, "authorize", "invalid_client", About::Stranger, Some("tools.example.edu")),
    (1, Why::NotAdministrator, "admin", "access_denied", About::Person, Some("grace-kern")),
];

/// One line, by places in the lists of the book.
#[derive(Clone, Copy)]
enum What {
    Registered(usize),
    LetIn(usize),
    Issued(usize),
    Refreshed(usize),
    Ended(usize),
    SignedIn(usize),
    Refused(usize),
    Action(usize),
}

/// A line as it goes in.
enum New {
    Happened(Call, Actor, Event),
    Refused(Call, Refused),
}

impl Book<'_> {
    pub(super) async fn write_log(&mut self) -> StoreResult<()> {
        let mut lines = self.lines();
        lines.sort_by_key(|(at, _)| *at);
        let mut counts: BTreeMap<(i64, String), i64> = BTreeMap::new();
        let mut count = |name: &str, at: Time| *counts.entry((tallies::hour(at), name.to_owned())).or_default() += 1;
        // Made piece by piece: a million lines are larger as rows than as places.
        for piece in lines.chunks(super::TOGETHER) {
            let mut rows = Vec::with_capacity(piece.len());
            for (at, what) in piece {
                let Some(new) = self.line(*at, *what) else { continue };
                match (&new, what) {
                    (New::Refused(_, refused), _) => count(&format!("refused {}", refused.reason), *at),
                    (_, What::Registered(_)) => count("registered", *at),
                    (_, What::Issued(_) | What::Refreshed(_)) => count("tokens", *at),
                    (_, What::SignedIn(_)) => count("sign-ins", *at),
                    _ => (),
                }
                rows.push(new);
            }
            self.write(rows, |tx, new| match new {
                New::Happened(call, actor, event) => audit::record(tx, call, actor, event),
                New::Refused(call, refused) => audit::refused(tx, call, refused),
            })
            .await?;
        }
        self.write_activity(&lines).await?;
        count("gate", self.now);
        let counts: Vec<_> = counts.into_iter().collect();
        self.write(counts, |tx, ((hour, name), n)| tallies::add_in(tx, name, *n, *hour)).await
    }

    /// How many were active up to each hour of the days of which the overview tells.
    async fn write_activity(&self, lines: &[(Time, What)]) -> StoreResult<()> {
        let mut seen: BTreeMap<i64, Vec<(usize, Option<usize>)>> = BTreeMap::new();
        for (at, what) in lines {
            let who = match what {
                What::SignedIn(person) => Some((*person, None)),
                What::LetIn(n) | What::Issued(n) | What::Refreshed(n) => {
                    self.grants.get(*n).map(|given| (given.person, Some(given.client)))
                }
                What::Registered(_) | What::Ended(_) | What::Refused(_) | What::Action(_) => None,
            };
            seen.entry(tallies::hour(*at)).or_default().extend(who);
        }
        let (hour, mut rows) = (Span::hours(1), Vec::new());
        for ago in 0..i64::try_from(REFUSED).unwrap_or(0) * 24 {
            let at = self.now - Span::hours(ago);
            for hours in HOURS {
                let of_it = || seen.range(tallies::hour(at - Span::hours(hours) + hour)..=tallies::hour(at));
                let people: BTreeSet<usize> = of_it().flat_map(|(_, who)| who).map(|(person, _)| *person).collect();
                let clients: BTreeSet<usize> = of_it().flat_map(|(_, who)| who).filter_map(|(_, n)| *n).collect();
                rows.push((at, hours, Active { people: people.len() as i64, clients: clients.len() as i64 }));
            }
        }
        self.write(rows, |tx, (at, hours, active)| activity::put(tx, *hours, *active, *at)).await
    }

    /// What happened, in no order; as many lines as were asked for, unless so many things alone have more.
    fn lines(&mut self) -> Vec<(Time, What)> {
        let wanted = self.size.lines;
        let mut lines = Vec::with_capacity(wanted);
        lines.extend(self.clients.iter().enumerate().map(|(n, client)| (client.created, What::Registered(n))));
        for (n, given) in self.grants.iter().enumerate() {
            lines.push((given.created, What::LetIn(n)));
            lines.push((given.created + Span::seconds(2), What::Issued(n)));
            lines.extend(given.ended.map(|at| (at, What::Ended(n))));
        }
        for n in 0..wanted / REFUSALS {
            lines.push((self.moment(REFUSED), What::Refused(n)));
        }
        for n in 0..wanted / ACTIONS {
            lines.push((self.moment(REFUSED * 4), What::Action(n)));
        }
        for _ in 0..wanted / SIGN_INS {
            let person = self.dice.early_place(self.people.len());
            lines.push((self.moment(REFUSED * 4), What::SignedIn(person)));
        }
        while lines.len() < wanted && !self.grants.is_empty() {
            let n = self.dice.place(self.grants.len());
            let Some((from, to)) = self.grants.get(n).map(|given| (given.created, given.used)) else { break };
            lines.push((self.between(from, to) + Span::seconds(3), What::Refreshed(n)));
        }
        lines
    }

    fn line(&mut self, at: Time, what: What) -> Option<New> {
        let call = Call { ip: self.address(), ..Call::inside(at.min(self.now), self.dice.name("", 16)) };
        let happened = |call, actor, event| Some(New::Happened(call, actor, event));
        match what {
            What::Registered(n) => {
                let client = self.clients.get(n)?;
                let event = Event::ClientRegistered {
                    client: client.id.clone(),
                    name: client.name.clone(),
                    initial_token: None,
                };
                happened(call, Actor::Client(client.id.clone()), event)
            }
            What::SignedIn(n) => {
                let (user, login) = self.people.get(n)?.clone();
                happened(call, Actor::User(user.clone()), Event::SignedIn { user, login })
            }
            What::Refused(n) => self.refusal(call, n),
            What::Action(n) => {
                let (user, _) = self.people.first()?.clone();
                let event = self.action(n)?;
                happened(call, Actor::User(user), event)
            }
            What::LetIn(n) | What::Issued(n) | What::Refreshed(n) | What::Ended(n) => {
                let given = self.grants.get(n)?.clone();
                let (client, grant) = (self.clients.get(given.client)?.id.clone(), given.id);
                let (user, _) = self.people.get(given.person)?.clone();
                let token = AccessId::new(self.dice.name("dba_", 22));
                let (actor, event) = match what {
                    What::LetIn(_) => (
                        Actor::User(user.clone()),
                        Event::ConsentGiven {
                            client,
                            user,
                            grant,
                            scope: ScopeSet::parse("mcp offline_access"),
                            audience: ResourceUri::stored(given.audience.into()),
                            remembered: false,
                        },
                    ),
                    What::Issued(_) => {
                        (Actor::Client(client.clone()), Event::TokenIssued { client, user, grant, token })
                    }
                    What::Refreshed(_) => {
                        (Actor::Client(client.clone()), Event::TokenRefreshed { client, user, grant, token })
                    }
                    _ => {
                        let ended = Ended { people: 1, grants: 1, tokens: 1 };
                        (Actor::User(user.clone()), Event::GrantRevoked { client, user, grant, ended })
                    }
                };
                happened(call, actor, event)
            }
        }
    }

    fn refusal(&mut self, call: Call, n: usize) -> Option<New> {
        let place = self.dice.weighted(&REASONS.map(|(weight, ..)| weight));
        let (_, why, endpoint, error, about, value) = REASONS.get(place).copied()?;
        let mut client = self.clients.get(self.dice.early_place(self.clients.len()))?;
        if why == Why::SecretWrong {
            client = self.clients.iter().filter(|client| client.has_secret).nth(n % 40)?;
        }
        let (person, _) = self.people.get(self.dice.early_place(self.people.len()))?;
        let name = (about == About::Name).then(|| match n % 4 {
            0 => names::tool(n % 5_000).0,
            1 => self.dice.of(&names::STRANGE).to_owned(),
            _ => "Fancy Editor".to_owned(),
        });
        let refused = Refused {
            endpoint,
            reason: why.code(),
            error,
            client: matches!(about, About::Client | About::Person).then(|| client.id.clone()),
            name,
            user: (about == About::Person).then(|| person.clone()),
            value: value.map(str::to_owned),
        };
        Some(New::Refused(call, refused))
    }

    /// What an administrator did to one of the things that are there.
    fn action(&mut self, n: usize) -> Option<Event> {
        let client = self.clients.get(self.dice.place(self.clients.len()))?.id.clone();
        let (user, login) = self.people.get(self.dice.place(self.people.len()))?.clone();
        Some(match n % 8 {
            0 => Event::ClientDisabled { client, reason: None },
            1 => Event::ClientEnabled { client },
            2 => Event::SecretRotated { client, old_works_until: Some(self.now) },
            3 => Event::AccessAdded { who: login, role: Role::Member.as_str() },
            4 => Event::AccessRemoved { who: login, role: Role::Member.as_str() },
            5 => Event::UserSuspended { user, reason: None },
            6 => Event::UserRestored { user },
            _ => Event::ClientUpdated {
                client,
                before: serde_json::json!({"client_name": "Before", "scope": "mcp"}),
                after: serde_json::json!({"client_name": "After", "scope": "mcp offline_access"}),
                ended: Ended::default(),
            },
        })
    }
}
