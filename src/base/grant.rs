//! What one person allowed one client, and everything that hangs on it.

use super::{
    id::{AccessId, ClientId, GrantId, UserId},
    redirect::RedirectUri,
    resource::ResourceUri,
    scope::ScopeSet,
    secret::Digest,
    time::{Span, Time},
};

/// What one person allowed one client. Its refresh tokens are one family: they live and end with it.
#[derive(Clone, PartialEq, Debug)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Who may.
    pub client: ClientId,
    /// In whose name: a person's, or that of [`itself`].
    pub user: UserId,
    /// What.
    pub scope: ScopeSet,
    /// Where: a registered resource, or the issuer when none was meant. Becomes `aud`.
    pub audience: ResourceUri,
    /// Where the code was sent, when there was one.
    pub redirect_uri: Option<RedirectUri>,
    /// When the person had last signed in; when it was given, for a client that acts in its own name.
    pub auth_time: Time,
    /// When they allowed it.
    pub created_at: Time,
    /// Until when; `None`: until it is taken back.
    pub expires_at: Option<Time>,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// When it last gave or showed a token.
    pub last_used_at: Option<Time>,
}

impl Grant {
    /// Whether it is still good.
    pub fn is_live(&self, now: Time) -> bool {
        self.ended_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether the time that the person set is over, and nothing ended it before.
    pub fn ran_out(&self, now: Time) -> bool {
        self.expires_at.is_some_and(|end| now >= end && self.ended_at.is_none_or(|ended| ended >= end))
    }
}

/// For how long a person lets a client in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    /// One hour.
    Hour,
    /// Until the day ends.
    Today,
    /// 30 days.
    Month,
    /// Until they take it back.
    Open,
}

impl Life {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Today, Self::Month, Self::Open];

    /// Its name in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Today => "today",
            Self::Month => "month",
            Self::Open => "open",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|life| life.as_str() == text)
    }

    /// When it ends, should it begin now. Days end at midnight UTC, for nobody knows where the person is; one that is nearly
    /// over is not worth an answer, and the next one is meant.
    pub fn until(self, now: Time) -> Option<Time> {
        let day = Span::days(1).as_seconds();
        match self {
            Self::Hour => Some(now + Span::hours(1)),
            Self::Today => {
                let soon = now + Span::hours(1);
                Some(Time::from_unix((soon.unix().div_euclid(day) + 1) * day))
            }
            Self::Month => Some(now + Span::days(30)),
            Self::Open => None,
        }
    }
}

/// Whom a client acts for when there is no person (RFC 6749 section 4.4): it bears its own id, which no person's id looks like
/// (RFC 9068 section 2.2).
pub fn itself(client: &ClientId) -> UserId {
    UserId::new(client.as_str())
}

/// Whether a client acts for nobody but itself.
pub fn is_itself(user: &UserId, client: &ClientId) -> bool {
    user.as_str() == client.as_str()
}

/// Why a grant ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GrantEnd {
    /// The client revoked its refresh token (RFC 7009).
    RevokedByClient,
    /// An administrator, or the person, took it back.
    TakenBack,
    /// Its client left the book.
    ClientLeft,
    /// A spent code was shown again.
    CodeReplayed,
    /// A spent refresh token was shown again, too late.
    RefreshReused,
    /// It ran out.
    Expired,
    /// Nobody vouches for the client any more, so it cannot act in its own name.
    TrustEnded,
    /// Its resource left the register.
    ResourceLeft,
    /// Its client was changed, and may have less than this from now on.
    ClientChanged,
}

impl GrantEnd {
    /// Its name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RevokedByClient => "revoked_by_client",
            Self::TakenBack => "taken_back",
            Self::ClientLeft => "client_left",
            Self::CodeReplayed => "code_replayed",
            Self::RefreshReused => "refresh_reused",
            Self::Expired => "expired",
            Self::TrustEnded => "trust_ended",
            Self::ResourceLeft => "resource_left",
            Self::ClientChanged => "client_changed",
        }
    }
}

/// An authorization code (RFC 6749 section 4.1.2).
#[derive(Clone, PartialEq, Debug)]
pub struct Code {
    /// What is kept of it.
    pub digest: Digest,
    /// What it gives.
    pub grant: GrantId,
    /// To whom.
    pub client: ClientId,
    /// Where it was sent.
    pub redirect_uri: RedirectUri,
    /// The PKCE challenge, S256 (RFC 7636).
    pub challenge: String,
    /// The thumbprint of the only key that may spend it, when it was asked for with one (RFC 9449 section 10).
    pub key: Option<String>,
    /// What the client wants to find in the `id_token` that it gives (OpenID Connect Core section 3.1.2.1).
    pub nonce: Option<String>,
    /// Until when it may be spent.
    pub expires_at: Time,
    /// When it was spent.
    pub spent_at: Option<Time>,
}

/// A device without a browser that waits for a person (RFC 8628).
#[derive(Clone, PartialEq, Debug)]
pub struct Device {
    /// What is kept of its device code.
    pub digest: Digest,
    /// Which client it is.
    pub client: ClientId,
    /// What it asks for.
    pub scope: ScopeSet,
    /// For which resource.
    pub audience: ResourceUri,
    /// The scope as it was asked for, while its person has yet to say for which resource.
    pub open: Option<String>,
    /// The address it began from.
    pub ip: String,
    /// When it began.
    pub created_at: Time,
    /// Until when a person may answer, and the device may hear it.
    pub expires_at: Time,
    /// How long it has to wait between two polls.
    pub interval: Span,
    /// When it last asked.
    pub polled_at: Option<Time>,
    /// When a person answered.
    pub decided_at: Option<Time>,
    /// What they allowed; decided without one: they did not.
    pub grant: Option<GrantId>,
    /// When its code was spent.
    pub spent_at: Option<Time>,
}

/// A refresh token: one link of the chain of its grant.
#[derive(Clone, PartialEq, Debug)]
pub struct Refresh {
    /// What is kept of it.
    pub digest: Digest,
    /// The grant whose family it belongs to.
    pub grant: GrantId,
    /// To whom it was given.
    pub client: ClientId,
    /// The thumbprint of the only key that may spend it: tokens of public clients are bound (RFC 9449 section 5).
    pub key: Option<String>,
    /// Until when it may be spent.
    pub expires_at: Time,
    /// When it was spent.
    pub spent_at: Option<Time>,
}

/// What is kept of an access token.
#[derive(Clone, PartialEq, Debug)]
pub struct Access {
    /// Its `jti`.
    pub id: AccessId,
    /// The digest of the token itself.
    pub digest: Option<Digest>,
    /// The grant that gave it.
    pub grant: GrantId,
    /// To whom.
    pub client: ClientId,
    /// In whose name.
    pub user: UserId,
    /// Its `aud`.
    pub audience: ResourceUri,
    /// Its scope.
    pub scope: ScopeSet,
    /// Its `iat`.
    pub issued_at: Time,
    /// Its `exp`.
    pub expires_at: Time,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
}

/// A consent that may stand in for the question the next time.
#[derive(Clone, PartialEq, Debug)]
pub struct Consent {
    /// Who consented.
    pub user: UserId,
    /// To which client.
    pub client: ClientId,
    /// Sending codes where.
    pub redirect_uri: RedirectUri,
    /// For which audience.
    pub audience: ResourceUri,
    /// To what.
    pub scope: ScopeSet,
}

/// An authorization request that was checked and waits for sign-in and consent. The browser carries only its id.
#[derive(Clone, PartialEq, Debug)]
pub struct Parked {
    /// What is kept of its id; the id is the `state` shown to GitHub.
    pub digest: Digest,
    /// The client that asks; `None` when an administrator just signs in.
    pub client: Option<ClientId>,
    /// The checked request as JSON, in the words of `oauth::authorize`; empty when an administrator just signs in.
    pub request: String,
    /// What is kept of the cookie that binds it to one browser.
    pub browser: Digest,
    /// Who signed in for it.
    pub user: Option<UserId>,
    /// When they signed in.
    pub auth_time: Option<Time>,
    /// When it came.
    pub created_at: Time,
    /// Until when it waits.
    pub expires_at: Time,
    /// When its sign-in answer came from GitHub; it is taken only once.
    pub returned_at: Option<Time>,
    /// When it was decided.
    pub decided_at: Option<Time>,
    /// Where the decision sent the browser, sealed: a form that is sent twice gets the same answer.
    pub answer: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_and_an_hour_is_the_least_of_it() {
        let midnight = 1_800_057_600;
        for (now, end) in [
            (midnight - 86_400, midnight),
            (midnight - 3_601, midnight),
            (midnight - 3_600, midnight + 86_400),
            (midnight - 1, midnight + 86_400),
            (midnight, midnight + 86_400),
        ] {
            assert_eq!(Life::Today.until(Time::from_unix(now)), Some(Time::from_unix(end)), "{now}");
        }
        let now = Time::from_unix(midnight);
        assert_eq!(Life::Hour.until(now), Some(now + Span::hours(1)));
        assert_eq!((Life::Month.until(now), Life::Open.until(now)), (Some(now + Span::days(30)), None));
    }

    #[test]
    fn a_life_is_known_by_its_name_only() {
        for life in Life::ALL {
            assert_eq!(Life::parse(life.as_str()), Some(life));
        }
        for other in ["", "3600", "Hour", "forever"] {
            assert_eq!(Life::parse(other), None, "{other}");
        }
    }
}
