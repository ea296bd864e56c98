//! A client, and what is left of one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Ended, Stamp};
use crate::{
    base::{
        client::{self as base, Departure, Metadata, StoredSecret, Tombstone},
        id::{ClientId, UserId},
        time::Time,
    },
    flows::client_edit as flow,
    store::{
        Reader, StoreResult,
        clients::{self, Filter, StateFilter},
        grants,
        page::{Page, Seek},
    },
};

/// A registered client.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Client {
    /// Its id.
    #[schema(value_type = String)]
    pub client_id: ClientId,
    /// Its name for people.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Who put it into the book.
    pub origin: Origin,
    /// What speaks for it.
    pub proof: Proof,
    /// Whether an administrator vouches for it.
    pub trusted: bool,
    /// Whose software statement says what it is and where it sends people; null: nobody's.
    pub stated_by: Option<String>,
    /// How many people have let it in.
    pub people: i64,
    /// How many live grants it has.
    pub grants: i64,
    /// When it came into the book.
    pub registered: Stamp,
    /// From which address; empty for the command line and the configuration.
    pub registered_from: String,
    /// Which administrator made it, if one did.
    #[schema(value_type = Option<String>)]
    pub registered_by: Option<UserId>,
    /// When its metadata last changed.
    pub changed: Stamp,
    /// The last authentication, authorization or use of a token.
    pub last_used: Option<Stamp>,
    /// Since when it is disabled.
    pub disabled_since: Option<Stamp>,
    /// Its secret, when it has one that works.
    pub secret: Option<Secret>,
    /// The secret before the last rotation, while it still works.
    pub old_secret: Option<Secret>,
    /// When its registration access token was made, if it has one.
    pub registration_token_made: Option<Stamp>,
    /// What it registered, under the names of RFC 7591 section 2.
    #[schema(value_type = Object, additional_properties)]
    pub metadata: Metadata,
}

/// What is known of a secret.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = ClientSecret)]
pub struct Secret {
    /// When it was made.
    pub made: Stamp,
    /// Until when it works; null: for ever.
    pub until: Option<Stamp>,
}

/// The state of a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClientState)]
pub enum State {
    /// Enabled, and used at least once.
    Live,
    /// Enabled, and never used.
    Unused,
    /// Kept out by an administrator.
    Disabled,
}

impl From<State> for StateFilter {
    fn from(state: State) -> Self {
        match state {
            State::Live => Self::Live,
            State::Unused => Self::Unused,
            State::Disabled => Self::Disabled,
        }
    }
}

impl State {
    /// The state of a client.
    pub const fn of(client: &base::Client) -> Self {
        match (client.disabled_at, client.last_used_at) {
            (Some(_), _) => Self::Disabled,
            (None, Some(_)) => Self::Live,
            (None, None) => Self::Unused,
        }
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Unused => "unused",
            Self::Disabled => "disabled",
        }
    }
}

/// Who put a client into the book.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClientOrigin)]
pub enum Origin {
    /// It registered by itself (RFC 7591).
    Dynamic,
    /// An administrator made it.
    Administrator,
    /// The configuration lists it.
    Configured,
    /// Its id leads to a document that describes it.
    Document,
}

impl From<base::Origin> for Origin {
    fn from(origin: base::Origin) -> Self {
        match origin {
            base::Origin::Dynamic => Self::Dynamic,
            base::Origin::Administrator => Self::Administrator,
            base::Origin::Configured => Self::Configured,
            base::Origin::Document => Self::Document,
        }
    }
}

impl From<Origin> for base::Origin {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Dynamic => Self::Dynamic,
            Origin::Administrator => Self::Administrator,
            Origin::Configured => Self::Configured,
            Origin::Document => Self::Document,
        }
    }
}

/// What speaks for a client: who says that it is what it says it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClientProof)]
pub enum Proof {
    /// Nobody does.
    Nobody,
    /// The document at its id, and so the site where that is.
    Document,
    /// The software statement that it came with.
    Statement,
    /// An administrator, who made it or vouches for it.
    Administrator,
    /// The configuration, which lists it.
    Configuration,
}

impl From<base::Proof> for Proof {
    fn from(proof: base::Proof) -> Self {
        match proof {
            base::Proof::Nobody => Self::Nobody,
            base::Proof::Document => Self::Document,
            base::Proof::Statement => Self::Statement,
            base::Proof::Administrator => Self::Administrator,
            base::Proof::Configuration => Self::Configuration,
        }
    }
}

impl From<Proof> for base::Proof {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::Nobody => Self::Nobody,
            Proof::Document => Self::Document,
            Proof::Statement => Self::Statement,
            Proof::Administrator => Self::Administrator,
            Proof::Configuration => Self::Configuration,
        }
    }
}

impl Client {
    /// What is told of a client that so many people let in, with so many grants.
    pub fn of(client: base::Client, (people, grants): (i64, i64), now: Time) -> Self {
        let secret = |secret: &Option<StoredSecret>| {
            let live = secret.as_ref().filter(|secret| secret.is_live(now))?;
            Some(Secret { made: live.issued_at.into(), until: live.expires_at.map(Stamp::from) })
        };
        Self {
            name: client.name().to_owned(),
            state: State::of(&client),
            origin: client.origin.into(),
            proof: client.proof().into(),
            trusted: client.trusted,
            stated_by: client.stated_by().map(str::to_owned),
            people,
            grants,
            registered: client.created_at.into(),
            changed: client.updated_at.into(),
            last_used: client.last_used_at.map(Stamp::from),
            disabled_since: client.disabled_at.map(Stamp::from),
            secret: secret(&client.secret),
            old_secret: secret(&client.old_secret),
            registration_token_made: client.registration_token_at.map(Stamp::from),
            client_id: client.id,
            registered_from: client.created_ip,
            registered_by: client.created_by,
            metadata: client.metadata,
        }
    }
}

/// One page of clients, in the order of the filter.
pub fn page(
    reader: &mut Reader<'_>,
    filter: &Filter,
    seek: Option<&Seek>,
    size: usize,
    now: Time,
) -> StoreResult<Page<Client>> {
    let page = clients::page(reader, filter, seek, size)?;
    let ids: Vec<ClientId> = page.rows.iter().map(|client| client.id.clone()).collect();
    let mut counts = grants::count_by_client(reader, &ids, now)?.into_iter();
    Ok(page.map(|client| {
        let (people, grants) = counts.next().map_or((0, 0), |(_, people, grants)| (people, grants));
        Client::of(client, (people, grants), now)
    }))
}

/// The client of that id.
pub fn find(reader: &mut Reader<'_>, id: &ClientId, now: Time) -> StoreResult<Option<Client>> {
    let Some(client) = clients::find(reader, id)? else { return Ok(None) };
    let counts = grants::count_by_client(reader, std::slice::from_ref(id), now)?.into_iter().next();
    let counts = counts.map_or((0, 0), |(_, people, grants)| (people, grants));
    Ok(Some(Client::of(client, counts, now)))
}

/// What a change of a client does beyond what was written.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ClientEffect)]
pub struct Effect {
    /// Whether anything is otherwise at all.
    pub changes: bool,
    /// What goes beyond what the client may have then, and ends.
    pub ended: Ended,
    /// Where codes go no longer.
    pub redirect_uris_lost: Vec<String>,
    /// Which grants it may no longer use.
    pub grant_types_lost: Vec<&'static str>,
    /// What becomes of its secret.
    pub secret: SecretChange,
    /// How many people are asked again, who need not have been.
    pub asked_again: i64,
    /// Whose software statement no longer speaks for it.
    pub statement_lost: Option<String>,
    /// Whether an administrator has to approve it anew.
    pub needs_approval: bool,
}

/// What becomes of a client's secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClientSecretChange)]
pub enum SecretChange {
    /// It stays as it is, or the client goes on having none.
    Kept,
    /// The client gets one.
    Issued,
    /// The client has none any more.
    Withdrawn,
}

impl From<flow::Effect> for Effect {
    fn from(flow::Effect { changes, ended, lost, secret, asked_again, needs_approval }: flow::Effect) -> Self {
        Self {
            changes,
            ended: ended.into(),
            redirect_uris_lost: lost.redirect_uris,
            grant_types_lost: lost.grant_types.iter().map(|grant| grant.as_str()).collect(),
            secret: match secret {
                flow::SecretChange::Keep => SecretChange::Kept,
                flow::SecretChange::Issue => SecretChange::Issued,
                flow::SecretChange::Withdraw => SecretChange::Withdrawn,
            },
            asked_again,
            statement_lost: lost.statement,
            needs_approval,
        }
    }
}

/// What a registration leaves when it leaves the book.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Tombstone)]
pub struct Remains {
    /// The id that is not given again.
    #[schema(value_type = String)]
    pub client_id: ClientId,
    /// Its name for people.
    pub name: Option<String>,
    /// Why it left.
    pub state: Left,
    /// When it had registered.
    pub registered: Stamp,
    /// When it left.
    pub left: Stamp,
    /// Who took it out; null for a job or the client itself.
    #[schema(value_type = Option<String>)]
    pub left_by: Option<UserId>,
    /// What it had registered.
    #[schema(value_type = Object, additional_properties)]
    pub metadata: Metadata,
}

/// Why a registration left the book.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClientLeft)]
pub enum Left {
    /// An administrator revoked it; it does not come back.
    Revoked,
    /// The client deleted itself.
    Deleted,
    /// Nobody used it; it can be put back.
    Unused,
}

impl From<Tombstone> for Remains {
    fn from(stone: Tombstone) -> Self {
        Self {
            client_id: stone.id,
            name: stone.metadata.client_name.clone(),
            state: match stone.why {
                Departure::Revoked => Left::Revoked,
                Departure::Deleted => Left::Deleted,
                Departure::Unused => Left::Unused,
            },
            registered: stone.created_at.into(),
            left: stone.left_at.into(),
            left_by: stone.by,
            metadata: stone.metadata,
        }
    }
}
