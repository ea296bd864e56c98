//! The resources and the sentences for scopes that the configuration lists: in the register as listed, and out of it when they
//! are not listed any more. What people allowed for one that left stays, should it come back: a file that was not found ends
//! nothing.

use std::collections::{BTreeMap, HashSet};

use crate::{
    base::{
        call::Call,
        event::{Actor, Ended, Event},
        register::Resource,
    },
    flows::resources::{enter, keep, rewrite},
    store::{
        StoreResult, Tx, audit, resources,
        sentences::{self, Sentence},
    },
};

/// Makes the register hold what the configuration lists, and no more of what it listed before.
pub(super) fn take_up(
    tx: &mut Tx<'_>,
    call: &Call,
    listed: &[Resource],
    said: &BTreeMap<String, String>,
) -> StoreResult<()> {
    let known = resources::all(tx)?;
    for resource in listed {
        match known.iter().find(|entry| entry.resource.uri == resource.uri) {
            // It was added by hand before the file listed it: from now on it is the file's.
            Some(entry) if entry.resource == *resource && !entry.configured => {
                keep(tx, call, resource, true)?;
            }
            Some(entry) => {
                rewrite(tx, call, &Actor::System, &entry.resource, resource, true)?;
            }
            None => enter(tx, call, &Actor::System, resource, true)?,
        }
    }
    let still: HashSet<_> = listed.iter().map(|resource| &resource.uri).collect();
    for entry in known.iter().filter(|entry| entry.configured && !still.contains(&entry.resource.uri)) {
        let uri = entry.resource.uri.clone();
        resources::remove(tx, &uri, call.now)?;
        audit::record(tx, call, &Actor::System, &Event::ResourceRemoved { resource: uri, ended: Ended::default() })?;
    }
    words(tx, call, said)
}

fn words(tx: &mut Tx<'_>, call: &Call, said: &BTreeMap<String, String>) -> StoreResult<()> {
    let known = sentences::all(tx)?;
    for (scope, words) in said {
        let sentence = Sentence { scope: scope.clone(), words: words.clone(), configured: true };
        if !known.contains(&sentence) {
            sentences::put(tx, &sentence, call.now)?;
        }
    }
    for gone in known.iter().filter(|sentence| sentence.configured && !said.contains_key(&sentence.scope)) {
        sentences::remove(tx, &gone.scope, call.now)?;
    }
    Ok(())
}
