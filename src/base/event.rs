//! Every audited fact, one variant each.

use serde::Serialize;

use super::{
    api_token::ApiRole,
    approval::Reach,
    id::{AccessId, ApiTokenId, ClientId, GrantId, InitialTokenId, KeyId, UserId},
    resource::ResourceUri,
    scope::ScopeSet,
    time::Time,
};

/// Who did it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// A person at the dashboard or at a page.
    User(UserId),
    /// A client at a protocol endpoint.
    Client(ClientId),
    /// A program with a token of the dashboard's API, for the administrator whose token it is.
    ApiToken(ApiTokenId, UserId),
    /// Somebody at this machine's command line.
    CommandLine,
    /// Doorbook itself.
    System,
    /// Nobody known yet.
    Anonymous,
}

impl Actor {
    /// Its name in the audit log.
    pub fn name(&self) -> String {
        match self {
            Self::User(id) => id.to_string(),
            Self::Client(id) => id.to_string(),
            Self::ApiToken(id, _) => id.to_string(),
            Self::CommandLine => "command line".into(),
            Self::System => "doorbook".into(),
            Self::Anonymous => String::new(),
        }
    }

    /// Its kind in the audit log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Client(_) => "client",
            Self::ApiToken(..) => "api_token",
            Self::CommandLine => "command_line",
            Self::System => "system",
            Self::Anonymous => "anonymous",
        }
    }
}

/// What ended together with a registration, a grant or a person's access.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Ended {
    /// How many people lost something.
    pub people: i64,
    /// How many live grants ended.
    pub grants: i64,
    /// How many live access tokens ended.
    pub tokens: i64,
}

/// A fact worth keeping. Serialised, `event` is its code; `client`, `user` and `grant` are what it is about; the rest is detail.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant is its own sentence, and its fields are named after what they hold")]
pub enum Event {
    ClientRegistered {
        client: ClientId,
        name: String,
        initial_token: Option<InitialTokenId>,
    },
    ClientCreated {
        client: ClientId,
        name: String,
    },
    ClientUpdated {
        client: ClientId,
        before: serde_json::Value,
        after: serde_json::Value,
        ended: Ended,
    },
    ClientDeleted {
        client: ClientId,
        ended: Ended,
    },
    ClientRevoked {
        client: ClientId,
        reason: Option<String>,
        ended: Ended,
    },
    ClientRetired {
        client: ClientId,
        ended: Ended,
    },
    ClientDisabled {
        client: ClientId,
        reason: Option<String>,
    },
    ClientEnabled {
        client: ClientId,
    },
    ClientTrusted {
        client: ClientId,
        trusted: bool,
    },
    SecretRotated {
        client: ClientId,
        old_works_until: Option<Time>,
    },
    OldSecretEnded {
        client: ClientId,
    },
    ClientRevived {
        client: ClientId,
    },
    RegistrationTokenRotated {
        client: ClientId,
    },
    RegistrationTokenRevoked {
        client: ClientId,
    },
    TokensRevoked {
        client: Option<ClientId>,
        user: Option<UserId>,
        ended: Ended,
    },
    SignedIn {
        user: UserId,
        login: String,
    },
    SignedOut {
        user: UserId,
    },
    SessionsEnded {
        user: UserId,
        sessions: i64,
    },
    AdministratorClaimed {
        user: UserId,
    },
    AccessAdded {
        who: String,
        role: &'static str,
    },
    AccessRemoved {
        who: String,
        role: &'static str,
    },
    LoginBound {
        user: UserId,
        login: String,
    },
    UserSuspended {
        user: UserId,
        reason: Option<String>,
    },
    UserRestored {
        user: UserId,
    },
    ConsentGiven {
        client: ClientId,
        user: UserId,
        grant: GrantId,
        scope: ScopeSet,
        audience: ResourceUri,
        remembered: bool,
    },
    ConsentDenied {
        client: ClientId,
        user: UserId,
    },
    PersonVouchedFor {
        client: ClientId,
        user: UserId,
        grant: GrantId,
        issuer: String,
        scope: ScopeSet,
        audience: ResourceUri,
    },
    CodeReplayed {
        client: ClientId,
        user: UserId,
        grant: GrantId,
    },
    RefreshReused {
        client: ClientId,
        user: UserId,
        grant: GrantId,
    },
    TokenIssued {
        client: ClientId,
        user: UserId,
        grant: GrantId,
        token: AccessId,
    },
    TokenRefreshed {
        client: ClientId,
        user: UserId,
        grant: GrantId,
        token: AccessId,
    },
    TokenExchanged {
        client: ClientId,
        user: UserId,
        grant: GrantId,
        token: AccessId,
        caller: ResourceUri,
        target: ResourceUri,
    },
    TokenRevoked {
        client: ClientId,
        user: UserId,
        grant: GrantId,
        token: Option<AccessId>,
    },
    GrantRevoked {
        client: ClientId,
        user: UserId,
        grant: GrantId,
        ended: Ended,
    },
    DocumentHostApproved {
        host: String,
    },
    DocumentHostRemoved {
        host: String,
    },
    ApprovalAsked {
        client: ClientId,
        user: UserId,
    },
    ApprovalDecided {
        client: ClientId,
        user: Option<UserId>,
        allowed: bool,
        reach: Reach,
        until: Option<Time>,
    },
    ApprovalTakenBack {
        name: String,
        user: Option<UserId>,
        allowed: bool,
    },
    InitialTokenMade {
        token: InitialTokenId,
        label: String,
    },
    InitialTokenRevoked {
        token: InitialTokenId,
        label: String,
    },
    PolicyChanged {
        version: i64,
        before: serde_json::Value,
        after: serde_json::Value,
        note: Option<String>,
    },
    ResourceAdded {
        resource: ResourceUri,
        name: String,
    },
    ResourceChanged {
        resource: ResourceUri,
        name: String,
        before: serde_json::Value,
        after: serde_json::Value,
    },
    ResourceRemoved {
        resource: ResourceUri,
        ended: Ended,
    },
    ResourceSecretIssued {
        resource: ResourceUri,
    },
    CallAllowed {
        caller: ResourceUri,
        target: ResourceUri,
    },
    CallForbidden {
        caller: ResourceUri,
        target: ResourceUri,
    },
    TokenTried {
        resource: ResourceUri,
        token: Option<AccessId>,
        said: Option<&'static str>,
    },
    ScopeWorded {
        scope: String,
        before: String,
        after: String,
    },
    KeyMade {
        key: KeyId,
        algorithm: String,
    },
    KeySigns {
        key: KeyId,
    },
    KeyRetired {
        key: KeyId,
    },
    KeyRevoked {
        key: KeyId,
        reason: Option<String>,
        ended: Ended,
    },
    BackupTaken {
        bytes: u64,
    },
    ApiTokenMade {
        token: ApiTokenId,
        label: String,
        role: ApiRole,
        user: UserId,
        expires_at: Time,
    },
    ApiTokenRevoked {
        token: ApiTokenId,
        label: String,
        user: UserId,
    },
    GithubApplicationKept {
        application: String,
    },
    AuditChecked {
        lines: i64,
        sound: bool,
    },
    BackupChecked {
        file: String,
        sound: bool,
    },
    SelfChecked {
        wrong: Vec<&'static str>,
    },
}

/// What a line of the audit log may say that happened: a refusal, or one of the events.
pub const HAPPENINGS: [&str; 62] = [
    "refused",
    "client_registered",
    "client_created",
    "client_updated",
    "client_deleted",
    "client_revoked",
    "client_retired",
    "client_disabled",
    "client_enabled",
    "client_trusted",
    "secret_rotated",
    "old_secret_ended",
    "client_revived",
    "registration_token_rotated",
    "registration_token_revoked",
    "tokens_revoked",
    "signed_in",
    "signed_out",
    "sessions_ended",
    "administrator_claimed",
    "access_added",
    "access_removed",
    "login_bound",
    "user_suspended",
    "user_restored",
    "consent_given",
    "consent_denied",
    "person_vouched_for",
    "code_replayed",
    "refresh_reused",
    "token_issued",
    "token_refreshed",
    "token_exchanged",
    "token_revoked",
    "grant_revoked",
    "document_host_approved",
    "document_host_removed",
    "approval_asked",
    "approval_decided",
    "approval_taken_back",
    "initial_token_made",
    "initial_token_revoked",
    "policy_changed",
    "resource_added",
    "resource_changed",
    "resource_removed",
    "resource_secret_issued",
    "call_allowed",
    "call_forbidden",
    "token_tried",
    "scope_worded",
    "key_made",
    "key_signs",
    "key_retired",
    "key_revoked",
    "backup_taken",
    "api_token_made",
    "api_token_revoked",
    "github_application_kept",
    "audit_checked",
    "backup_checked",
    "self_checked",
];

/// A refusal worth keeping: who met it where, and why. Holds no secret.
#[derive(Clone, PartialEq, Debug)]
pub struct Refused {
    /// Which door it was: `token`, `authorize`, `verify` ...
    pub endpoint: &'static str,
    /// The stable reason code, as in `DB-501`.
    pub reason: &'static str,
    /// The wire code that the client was given.
    pub error: &'static str,
    /// The client that met it, as far as it was named.
    pub client: Option<ClientId>,
    /// What a client that has no id yet called itself.
    pub name: Option<String>,
    /// The person, when one was signed in.
    pub user: Option<UserId>,
    /// What was offending, when it may be kept.
    pub value: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_listed_by_its_name_in_the_log() {
        let source = include_str!("event.rs");
        let events = source.split("pub enum Event {\n").nth(1).unwrap().split("\n}\n").next().unwrap();
        let named =
            events.lines().filter_map(|line| line.strip_prefix("    ").filter(|line| !line.starts_with([' ', '}'])));
        let in_the_log = |name: &str| {
            let mut snake = String::new();
            for letter in name.chars().take_while(char::is_ascii_alphabetic) {
                snake.push_str(if letter.is_ascii_uppercase() && !snake.is_empty() { "_" } else { "" });
                snake.push(letter.to_ascii_lowercase());
            }
            snake
        };
        let all: Vec<_> = ["refused".to_owned()].into_iter().chain(named.map(in_the_log)).collect();
        assert_eq!(HAPPENINGS.to_vec(), all);
    }
}
