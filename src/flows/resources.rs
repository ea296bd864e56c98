//! The register of protected resources: what is added here and taken out here. Entries of the configuration are its own.

use crate::{
    base::{
        call::Call,
        event::{Actor, Event},
        register::Resource,
        resource::ResourceUri,
        secret::Plain,
        token::TokenKind,
    },
    crypto::{digest, random},
    flows::{Desk, FlowResult},
    oauth::{
        error::{invalid_request, not_found},
        why::Why,
    },
    store::{audit, resources},
};

/// Adds a resource, or writes over the one of the same URL. `true` when it is new.
pub async fn add(desk: &Desk, call: &Call, actor: &Actor, resource: Resource) -> FlowResult<bool> {
    let (call, actor) = (call.clone(), actor.clone());
    desk.store
        .write(move |tx| {
            let all = resources::all(tx)?;
            if let Some(there) = all.iter().find(|entry| entry.resource.uri.names_same_as(&resource.uri)) {
                if there.resource.uri != resource.uri {
                    return Err(invalid_request(Why::ResourceSpelling).with_status(409).into());
                }
                if there.configured {
                    return Err(invalid_request(Why::ResourceConfigured).with_status(409).into());
                }
                if there.resource == resource {
                    return Ok(false);
                }
            }
            let new = resources::put(tx, &resource, false, call.now)?;
            let Resource { uri, name, .. } = resource;
            let event = match new {
                true => Event::ResourceAdded { resource: uri, name },
                false => Event::ResourceChanged { resource: uri, name },
            };
            audit::record(tx, &call, &actor, &event)?;
            Ok(new)
        })
        .await
}

/// Takes a resource out. Its tokens pass the gate no longer.
pub async fn remove(desk: &Desk, call: &Call, actor: &Actor, uri: &ResourceUri) -> FlowResult<()> {
    let (call, actor, uri) = (call.clone(), actor.clone(), uri.clone());
    desk.store
        .write(move |tx| {
            let all = resources::all(tx)?;
            let entry = all.iter().find(|entry| entry.resource.uri == uri).ok_or_else(not_found)?;
            if entry.configured {
                return Err(invalid_request(Why::ResourceConfigured).with_status(409).into());
            }
            resources::remove(tx, &uri, call.now)?;
            Ok(audit::record(tx, &call, &actor, &Event::ResourceRemoved { resource: uri })?)
        })
        .await
}

/// Gives a resource a credential of its own, with which its server asks about its tokens; the one before it is good for
/// nothing from now on. Resources of the configuration have theirs here too: a file of settings is no place for it.
pub async fn credential(desk: &Desk, call: &Call, actor: &Actor, uri: &ResourceUri) -> FlowResult<Plain> {
    let credential = random::token(TokenKind::ResourceSecret);
    let (call, actor, uri, key) = (call.clone(), actor.clone(), uri.clone(), digest::of(&credential));
    desk.store
        .write(move |tx| {
            if !resources::set_secret(tx, &uri, &key)? {
                return Err(not_found().into());
            }
            Ok(audit::record(tx, &call, &actor, &Event::ResourceSecretIssued { resource: uri })?)
        })
        .await?;
    Ok(credential)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::scope::ScopeSet,
        flows::scratch::{NOW, Scratch, call, refusal},
    };

    fn resource(uri: &str, name: &str) -> Resource {
        Resource {
            uri: ResourceUri::parse(uri).unwrap(),
            name: name.into(),
            scopes: vec![("mcp".into(), "Use it".into())],
            required_scopes: ScopeSet::parse("mcp"),
            people: Vec::new(),
            allow_preflight: false,
        }
    }

    #[tokio::test]
    async fn a_resource_is_added_changed_and_removed() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, Actor::CommandLine);
        let uri = ResourceUri::parse("https://mcp.example").unwrap();
        assert!(add(desk, &call(), &ada, resource("https://mcp.example", "Notes")).await.unwrap());
        assert!(!add(desk, &call(), &ada, resource("https://mcp.example", "Notes")).await.unwrap());
        assert!(!add(desk, &call(), &ada, resource("https://mcp.example", "Books")).await.unwrap());
        assert_eq!(desk.store.standing().register().find(&uri).unwrap().name, "Books");

        let twice = add(desk, &call(), &ada, resource("https://mcp.example/", "Books")).await;
        assert_eq!(refusal(twice), (Why::ResourceSpelling, 409));

        remove(desk, &call(), &ada, &uri).await.unwrap();
        assert!(desk.store.standing().register().find(&uri).is_none());
        assert_eq!(refusal(remove(desk, &call(), &ada, &uri).await), (Why::NotFound, 404));
        let lines = ["resource_added", "resource_changed", "resource_removed"].map(|e| format!("command_line {e}"));
        assert_eq!(scratch.last(3).await, lines);
    }

    #[tokio::test]
    async fn a_credential_ends_the_one_before_it_and_outlives_a_change() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, Actor::CommandLine);
        let uri = ResourceUri::parse("https://mcp.example").unwrap();
        assert_eq!(refusal(credential(desk, &call(), &ada, &uri).await), (Why::NotFound, 404));
        add(desk, &call(), &ada, resource("https://mcp.example", "Notes")).await.unwrap();
        let first = credential(desk, &call(), &ada, &uri).await.unwrap();
        let second = credential(desk, &call(), &ada, &uri).await.unwrap();
        add(desk, &call(), &ada, resource("https://mcp.example", "Books")).await.unwrap();

        let (first, second) = (digest::of(&first), digest::of(&second));
        let named = |key| desk.store.read(move |reader| resources::by_secret(reader, &key));
        assert_eq!(named(first).await.unwrap(), None);
        assert_eq!(named(second).await.unwrap(), Some(uri));
        let lines = ["resource_added", "resource_secret_issued", "resource_secret_issued", "resource_changed"];
        assert_eq!(scratch.last(4).await, lines.map(|event| format!("command_line {event}")));
    }

    #[tokio::test]
    async fn what_the_configuration_names_is_left_to_it() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, Actor::CommandLine);
        let configured = resource("https://mcp.example", "Notes");
        let uri = configured.uri.clone();
        scratch.wrote(move |tx| resources::put(tx, &configured, true, NOW).map(|_| ())).await;
        let changed = add(desk, &call(), &ada, resource("https://mcp.example", "Mine")).await;
        assert_eq!(refusal(changed), (Why::ResourceConfigured, 409));
        assert_eq!(refusal(remove(desk, &call(), &ada, &uri).await), (Why::ResourceConfigured, 409));
        assert_eq!(desk.store.standing().register().find(&uri).unwrap().name, "Notes");
    }
}
