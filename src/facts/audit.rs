//! A line of the audit log.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    base::id::{ClientId, GrantId, UserId},
    flows::audit::Checked,
    store::audit,
};

/// A line of the audit log: who did what to what, or what was refused and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AuditLine)]
pub struct Line {
    /// Its number; later lines have higher ones.
    pub line: i64,
    /// When.
    pub at: Stamp,
    /// What happened, as in `client_revoked`; `refused` for a refusal.
    pub event: String,
    /// Why it was refused, as in `DB-501`.
    pub reason: Option<String>,
    /// What kind of actor did it: `user`, `client`, `api_token`, `command_line`, `system` or `anonymous`.
    pub actor_kind: String,
    /// Who did it.
    pub actor: String,
    /// To which client.
    #[schema(value_type = Option<String>)]
    pub client: Option<ClientId>,
    /// To whom.
    #[schema(value_type = Option<String>)]
    pub user: Option<UserId>,
    /// To which grant.
    #[schema(value_type = Option<String>)]
    pub grant: Option<GrantId>,
    /// From which address.
    pub ip: String,
    /// In which request.
    pub request_id: String,
    /// Everything else about it.
    #[schema(value_type = Object, additional_properties)]
    pub detail: Map<String, Value>,
}

/// What a check of the audit log found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditCheck {
    /// Whether the log is as it was written.
    pub sound: bool,
    /// What is wrong, in words.
    pub trouble: Option<String>,
    /// How many lines are sealed and as they were written.
    pub sealed_lines: i64,
    /// How many lines wait for their seal.
    pub unsealed_lines: i64,
    /// The last line that is sealed.
    pub last_line: Option<i64>,
    /// When it was sealed.
    pub sealed_at: Option<Stamp>,
    /// The newest seal: kept elsewhere, it shows later that the log still goes on from it.
    pub seal: Option<String>,
}

impl From<Checked> for AuditCheck {
    fn from(Checked { lines, unsealed, newest, trouble }: Checked) -> Self {
        Self {
            sound: trouble.is_none(),
            trouble: trouble.map(|trouble| trouble.to_string()),
            sealed_lines: lines,
            unsealed_lines: unsealed,
            last_line: newest.as_ref().map(|seal| seal.last),
            sealed_at: newest.as_ref().map(|seal| seal.at.into()),
            seal: newest.map(|seal| seal.seal),
        }
    }
}

impl From<audit::Line> for Line {
    fn from(line: audit::Line) -> Self {
        Self {
            line: line.seq,
            at: line.at.into(),
            event: line.event,
            reason: line.reason,
            actor_kind: line.actor_kind,
            actor: line.actor,
            client: line.client,
            user: line.user,
            grant: line.grant,
            ip: line.ip,
            request_id: line.request_id,
            detail: line.detail,
        }
    }
}
