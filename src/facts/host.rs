//! A host whose documents may describe clients.

use serde::Serialize;
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    base::registration::RegistrationPolicy,
    store::{Reader, StoreResult, documents},
};

/// A host whose documents may describe clients.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DocumentHost)]
pub struct Host {
    /// Its name.
    pub host: String,
    /// Why its documents count.
    pub from: Source,
    /// When it was approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<Stamp>,
}

/// Why the documents of a host count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DocumentHostSource)]
pub enum Source {
    /// The registration policy lists it.
    Policy,
    /// An administrator approved it.
    Approval,
}

/// All of them: what the policy lists, then what was approved.
pub fn all(reader: &mut Reader<'_>, rules: &RegistrationPolicy) -> StoreResult<Vec<Host>> {
    let listed = rules.client_document_hosts.iter();
    let listed = listed.map(|host| Host { host: host.clone(), from: Source::Policy, approved_at: None });
    let approved = documents::hosts(reader)?.into_iter().map(|row| Host {
        host: row.host,
        from: Source::Approval,
        approved_at: Some(row.approved_at.into()),
    });
    Ok(listed.chain(approved).collect())
}
