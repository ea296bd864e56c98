//! Which protected server may call which other one.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Stamp, access::Source};
use crate::{base::resource::ResourceUri, store::calls::Entry};

/// A protected server that may call another one in the name of whoever called it (RFC 8693).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ResourceCall)]
pub struct Call {
    /// The URL of the one that calls.
    #[schema(value_type = String)]
    pub caller: ResourceUri,
    /// The URL of the one that is called.
    #[schema(value_type = String)]
    pub target: ResourceUri,
    /// Where it comes from; a pair of the configuration changes there.
    pub from: Source,
    /// When it was added.
    pub added: Stamp,
}

impl From<Entry> for Call {
    fn from(entry: Entry) -> Self {
        Self {
            caller: entry.call.caller,
            target: entry.call.target,
            from: Source::of(entry.configured),
            added: entry.created_at.into(),
        }
    }
}
