//! Which other servers a protected server may call, as its page shows and changes it.

use super::{
    guard::{Admin, Answer},
    resources::page_of,
};
use crate::{
    base::{register::Call, resource::ResourceUri},
    flows::calls as flow,
    store::{Reader, StoreResult, calls, resources},
    web::view::{Link, Pick},
};

/// A server that the one of the page may call.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Its name, and its page.
    pub link: Link,
    /// Its URL.
    pub uri: String,
    /// The configuration lists the pair: it is changed there.
    pub fixed: bool,
}

/// Whom a server may call, and who may call it.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// Whom it may call.
    pub targets: Vec<Target>,
    /// Who may call it.
    pub callers: Vec<Link>,
    /// Whom it might call, too.
    pub others: Vec<Pick>,
}

/// What the page needs to know: the pairs, and the names of all servers.
pub(super) struct Known {
    pairs: Vec<calls::Entry>,
    names: Vec<(ResourceUri, String)>,
}

pub(super) fn read(reader: &mut Reader<'_>) -> StoreResult<Known> {
    let names = resources::all(reader)?.into_iter().map(|entry| (entry.resource.uri, entry.resource.name)).collect();
    Ok(Known { pairs: calls::all(reader)?, names })
}

impl Known {
    /// What of it is about one server.
    pub(super) fn of(self, admin: &Admin, uri: &ResourceUri) -> Calls {
        let name = |of: &ResourceUri| self.names.iter().find(|(known, _)| known == of).map(|(_, name)| name.as_str());
        let link = |of: &ResourceUri| Link::new(name(of).unwrap_or(of.as_str()), admin.at(&page_of(of)));
        let own = self.pairs.iter().filter(|entry| entry.call.caller == *uri);
        let targets: Vec<_> = own
            .map(|entry| Target {
                link: link(&entry.call.target),
                uri: entry.call.target.to_string(),
                fixed: entry.configured,
            })
            .collect();
        let calling = self.pairs.iter().filter(|entry| entry.call.target == *uri);
        let left = self.names.iter().filter(|(other, _)| {
            !other.names_same_as(uri) && !targets.iter().any(|target| target.uri == other.as_str())
        });
        Calls {
            callers: calling.map(|entry| link(&entry.call.caller)).collect(),
            others: left.map(|(other, name)| Pick::new(other.as_str(), &format!("{name}, {other}"), "")).collect(),
            targets,
        }
    }
}

/// `POST /admin/resources/calls/allow`, with `uri` and `target`.
pub async fn allow(admin: Admin) -> Answer {
    let call = call(&admin);
    let allowed = flow::allow(&admin.desk, &admin.call, &admin.actor(), call.clone()).await;
    admin.take(allowed).await?;
    admin.done(&format!("It may call {} from now on.", call.target), &page_of(&call.caller))
}

/// `POST /admin/resources/calls/forbid`, with `uri` and `target`.
pub async fn forbid(admin: Admin) -> Answer {
    let call = call(&admin);
    let forbidden = flow::forbid(&admin.desk, &admin.call, &admin.actor(), call.clone()).await;
    admin.take(forbidden).await?;
    let words = format!("It may no longer call {}. Tokens that it was given go on until they run out.", call.target);
    admin.done(&words, &page_of(&call.caller))
}

fn call(admin: &Admin) -> Call {
    let uri = |name: &str| ResourceUri::stored(admin.one(name).to_owned());
    Call { caller: uri("uri"), target: uri("target") }
}
