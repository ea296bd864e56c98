//! Hosts whose documents may describe clients.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    caller::{Answer, Caller, ok},
    list::List,
};
use crate::{
    config::parse,
    facts::host::{self as facts, Host},
    flows::documents as flow,
    oauth::{error::invalid_request, why::Why},
};

/// The hosts whose documents may describe clients: what the policy lists, then what was approved.
#[utoipa::path(get, path = "/admin/api/v1/document-hosts", tag = "document-hosts",
    responses((status = 200, description = "All of them", body = List<Host>)))]
pub async fn list(caller: Caller) -> Answer {
    let rules = caller.desk.store.standing().registration();
    ok(&List::whole(caller.read(move |reader| facts::all(reader, &rules)).await?))
}

/// Which host is approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDocumentHost {
    /// Its name, as in `claude.ai`.
    host: String,
}

/// What became of an approval.
#[derive(Serialize, ToSchema)]
pub struct DocumentHostApproval {
    /// The host.
    host: String,
    /// Whether its documents may describe clients by approval.
    approved: bool,
}

/// Lets the documents of a host describe clients.
#[utoipa::path(post, path = "/admin/api/v1/document-hosts", tag = "document-hosts", request_body = NewDocumentHost,
    responses((status = 200, description = "They may from now on", body = DocumentHostApproval)))]
pub async fn approve(caller: Caller) -> Answer {
    let NewDocumentHost { host } = caller.sent()?;
    let wrong = || invalid_request(Why::ApiBody).about(&host);
    let host = parse::host(&host).map_err(|_| wrong())?;
    caller.take(flow::approve_host(&caller.desk, &caller.call, &caller.actor(), &host).await)?;
    ok(&DocumentHostApproval { host, approved: true })
}

/// Takes the approval of a host back. Its clients stay in the book and are refused from now on where the policy asks.
#[utoipa::path(delete, path = "/admin/api/v1/document-hosts/{id}", tag = "document-hosts", params(("id" = String, Path, description = "Its name")),
    responses((status = 200, description = "They may no longer, unless the policy lists the host", body = DocumentHostApproval)))]
pub async fn remove(caller: Caller, id: Path<String>) -> Answer {
    let host = id.into_inner();
    caller.take(flow::remove_host(&caller.desk, &caller.call, &caller.actor(), &host).await)?;
    ok(&DocumentHostApproval { host, approved: false })
}
