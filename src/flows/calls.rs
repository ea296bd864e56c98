//! Which protected server may call which other one: decided by an administrator, pair by pair. Pairs of the configuration are
//! its own.

use crate::{
    base::{
        call::Call as Request,
        event::{Actor, Event},
        register::Call,
        resource::ResourceUri,
    },
    flows::{Desk, FlowResult},
    oauth::{
        error::{invalid_request, not_found},
        why::Why,
    },
    store::{Reader, StoreResult, Tx, audit, calls, resources},
};

/// Lets one server call another. `true` when it is new; both must stand in the register.
pub async fn allow(desk: &Desk, request: &Request, actor: &Actor, call: Call) -> FlowResult<bool> {
    if call.caller.names_same_as(&call.target) {
        return Err(invalid_request(Why::CallItself).into());
    }
    let (request, actor) = (request.clone(), actor.clone());
    desk.store
        .write(move |tx| {
            both_stand(tx, &call)?;
            if calls::all(tx)?.iter().any(|entry| entry.call == call) {
                return Ok(false);
            }
            calls::put(tx, &call, false, request.now)?;
            let Call { caller, target } = call;
            audit::record(tx, &request, &actor, &Event::CallAllowed { caller, target })?;
            Ok(true)
        })
        .await
}

/// Lets it call no more; one that may not is left at that. Tokens that it was given go on until they run out, or until what
/// they hang on ends.
pub async fn forbid(desk: &Desk, request: &Request, actor: &Actor, call: Call) -> FlowResult<()> {
    let (request, actor) = (request.clone(), actor.clone());
    desk.store
        .write(move |tx| {
            let all = calls::all(tx)?;
            let Some(entry) = all.iter().find(|entry| entry.call == call) else { return both_stand(tx, &call) };
            if entry.configured {
                return Err(invalid_request(Why::ResourceConfigured).with_status(409).into());
            }
            calls::remove(tx, &call, request.now)?;
            let Call { caller, target } = call;
            Ok(audit::record(tx, &request, &actor, &Event::CallForbidden { caller, target })?)
        })
        .await
}

/// Both must stand in the register: a name that was mistyped is said.
fn both_stand(reader: &mut Reader<'_>, call: &Call) -> FlowResult<()> {
    let all = resources::all(reader)?;
    let stands = |uri: &ResourceUri| all.iter().any(|entry| entry.resource.uri == *uri);
    if stands(&call.caller) && stands(&call.target) { Ok(()) } else { Err(not_found().into()) }
}

/// Makes the register hold the pairs that the configuration lists, and no more of those that it listed before.
pub(super) fn take_up(tx: &mut Tx<'_>, request: &Request, listed: &[Call]) -> StoreResult<()> {
    let known = calls::all(tx)?;
    for call in listed.iter().filter(|call| !known.iter().any(|entry| entry.configured && entry.call == **call)) {
        if calls::put(tx, call, true, request.now)? {
            let Call { caller, target } = call.clone();
            audit::record(tx, request, &Actor::System, &Event::CallAllowed { caller, target })?;
        }
    }
    for entry in known.into_iter().filter(|entry| entry.configured && !listed.contains(&entry.call)) {
        calls::remove(tx, &entry.call, request.now)?;
        let Call { caller, target } = entry.call;
        audit::record(tx, request, &Actor::System, &Event::CallForbidden { caller, target })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::register::Resource,
        flows::scratch::{NOW, Scratch, call, refusal},
    };

    fn uri(text: &str) -> ResourceUri {
        ResourceUri::parse(text).unwrap()
    }

    fn pair(caller: &str, target: &str) -> Call {
        Call { caller: uri(caller), target: uri(target) }
    }

    async fn registered(scratch: &Scratch, uris: &[&str]) {
        for uri in uris {
            let resource = Resource::new(self::uri(uri));
            scratch.wrote(move |tx| resources::put(tx, &resource, false, NOW).map(drop)).await;
        }
    }

    #[tokio::test]
    async fn a_pair_is_allowed_once_and_forbidden_again() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, Actor::CommandLine);
        let (a, b) = ("https://a.example", "https://b.example");
        assert_eq!(refusal(allow(desk, &call(), &ada, pair(a, b)).await), (Why::NotFound, 404));
        registered(&scratch, &[a, b]).await;
        assert_eq!(refusal(allow(desk, &call(), &ada, pair(a, "https://a.example/")).await), (Why::CallItself, 400));
        assert!(allow(desk, &call(), &ada, pair(a, b)).await.unwrap());
        assert!(!allow(desk, &call(), &ada, pair(a, b)).await.unwrap());
        let called = |caller| desk.store.standing().register().called_by(&uri(caller)).count();
        assert_eq!((called(a), called(b)), (1, 0));
        forbid(desk, &call(), &ada, pair(a, b)).await.unwrap();
        forbid(desk, &call(), &ada, pair(a, b)).await.unwrap();
        let mistyped = forbid(desk, &call(), &ada, pair(a, "https://bb.example")).await;
        assert_eq!(refusal(mistyped), (Why::NotFound, 404));
        assert_eq!(called(a), 0);
        assert_eq!(scratch.last(2).await, ["command_line call_allowed", "command_line call_forbidden"]);
    }

    #[tokio::test]
    async fn a_resource_that_leaves_takes_its_pairs_with_it() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, Actor::CommandLine);
        let (a, b) = ("https://a.example", "https://b.example");
        registered(&scratch, &[a, b]).await;
        allow(desk, &call(), &ada, pair(a, b)).await.unwrap();
        let gone = uri(b);
        scratch.wrote(move |tx| resources::remove(tx, &gone, NOW).map(drop)).await;
        registered(&scratch, &[b]).await;
        assert!(!desk.store.standing().register().has_calls());
    }

    #[tokio::test]
    async fn pairs_of_the_configuration_are_its_own() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, Actor::CommandLine);
        let (a, b, c) = ("https://a.example", "https://b.example", "https://c.example");
        registered(&scratch, &[a, b, c]).await;
        allow(desk, &call(), &ada, pair(c, a)).await.unwrap();
        let take_up = |listed: Vec<Call>| scratch.wrote(move |tx| super::take_up(tx, &call(), &listed));
        take_up(vec![pair(a, b), pair(a, c)]).await;
        assert_eq!(refusal(forbid(desk, &call(), &ada, pair(a, b)).await), (Why::ResourceConfigured, 409));
        take_up(vec![pair(a, c)]).await;
        let all = desk.store.read(calls::all).await.unwrap();
        let pairs: Vec<_> = all.into_iter().map(|entry| (entry.call, entry.configured)).collect();
        assert_eq!(pairs, [(pair(a, c), true), (pair(c, a), false)]);
    }
}
