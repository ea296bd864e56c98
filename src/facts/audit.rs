//! A line of the audit log.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    base::id::{ClientId, GrantId, UserId},
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
