//! The register of protected resources, and the sentences for scopes: what is added here and taken out here. Entries of the
//! configuration are its own.

use crate::{
    base::{
        call::Call,
        event::{Actor, Ended, Event},
        grant::GrantEnd,
        register::{Flaw, Resource, sentence_flaw},
        resource::ResourceUri,
        secret::Plain,
        token::TokenKind,
        user::{Provider, Who},
    },
    crypto::{digest, random},
    flows::{Desk, FlowResult},
    oauth::{
        authorize::consent,
        error::{OAuthError, invalid_request, not_found},
        why::Why,
    },
    store::{
        StoreResult, Tx, allowlist, audit, consents,
        grants::{self, Of},
        resources::{self, Entry},
        sentences::{self, Sentence},
        users,
    },
};

/// Adds a resource, or writes over the one of the same URL. `true` when it is new.
pub async fn add(desk: &Desk, call: &Call, actor: &Actor, resource: Resource) -> FlowResult<bool> {
    sound(resource.flaw())?;
    let (call, actor) = (call.clone(), actor.clone());
    desk.store
        .write(move |tx| {
            let all = resources::all(tx)?;
            let Some(there) = all.into_iter().find(|entry| entry.resource.uri.names_same_as(&resource.uri)) else {
                enter(tx, &call, &actor, &resource, false)?;
                return Ok(true);
            };
            if there.resource.uri != resource.uri {
                return Err(invalid_request(Why::ResourceSpelling).with_status(409).into());
            }
            ours(&there)?;
            rewrite(tx, &call, &actor, &there.resource, &resource, false)?;
            Ok(false)
        })
        .await
}

/// Writes over a resource that is there. `true` when that changes it.
pub async fn edit(desk: &Desk, call: &Call, actor: &Actor, resource: Resource) -> FlowResult<bool> {
    sound(resource.flaw())?;
    let (call, actor) = (call.clone(), actor.clone());
    desk.store
        .write(move |tx| {
            let there = resources::find(tx, &resource.uri)?.ok_or_else(not_found)?;
            ours(&there)?;
            Ok(rewrite(tx, &call, &actor, &there.resource, &resource, false)?)
        })
        .await
}

/// Takes a resource out, and ends what people allowed for it.
pub async fn remove(desk: &Desk, call: &Call, actor: &Actor, uri: &ResourceUri) -> FlowResult<Ended> {
    let (call, actor, uri) = (call.clone(), actor.clone(), uri.clone());
    desk.store
        .write(move |tx| {
            ours(&resources::find(tx, &uri)?.ok_or_else(not_found)?)?;
            let ended = grants::end_all(tx, &Of::Audience(uri.clone()), GrantEnd::ResourceLeft, call.now)?;
            consents::forget_audience(tx, &uri)?;
            resources::remove(tx, &uri, call.now)?;
            audit::record(tx, &call, &actor, &Event::ResourceRemoved { resource: uri, ended })?;
            Ok(ended)
        })
        .await
}

/// What taking it out would end.
pub async fn effect_of_removal(desk: &Desk, call: &Call, uri: &ResourceUri) -> FlowResult<Ended> {
    let (of, now) = (Of::Audience(uri.clone()), call.now);
    Ok(desk.store.read(move |reader| grants::weigh(reader, &of, now)).await?)
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

/// A scope of the server as consent shows it.
pub struct Worded {
    /// The scope.
    pub scope: String,
    /// The sentence.
    pub words: String,
    /// Who says it; `None`: the words are Doorbook's own.
    pub said: Option<Sentence>,
}

/// The scopes that the server offers.
pub async fn scopes(desk: &Desk) -> StoreResult<Vec<Worded>> {
    let said = desk.store.read(sentences::all).await?;
    Ok(desk.config.policy.scopes.iter().map(|scope| worded(desk, &said, scope)).collect())
}

/// One scope, whether or not the server offers it itself.
pub async fn scope(desk: &Desk, scope: &str) -> StoreResult<Worded> {
    let said = desk.store.read(sentences::all).await?;
    Ok(worded(desk, &said, scope))
}

fn worded(desk: &Desk, said: &[Sentence], scope: &str) -> Worded {
    Worded {
        scope: scope.to_owned(),
        words: consent::sentence(scope, None, &desk.store.standing().register()),
        said: said.iter().find(|sentence| sentence.scope == scope).cloned(),
    }
}

/// Says in a sentence what a scope of the server means; an empty one takes the sentence out, and ours stands again.
pub async fn say(desk: &Desk, call: &Call, actor: &Actor, scope: &str, words: &str) -> FlowResult<()> {
    let words = words.trim().to_owned();
    if !words.is_empty() {
        sound(sentence_flaw(scope, &words))?;
    }
    let (call, actor, scope) = (call.clone(), actor.clone(), scope.to_owned());
    desk.store
        .write(move |tx| {
            let there = sentences::all(tx)?.into_iter().find(|sentence| sentence.scope == scope);
            if there.as_ref().is_some_and(|sentence| sentence.configured) {
                return Err(invalid_request(Why::SentenceConfigured).with_status(409).into());
            }
            let before = there.map(|sentence| sentence.words).unwrap_or_default();
            if before == words {
                return Ok(());
            }
            if words.is_empty() {
                sentences::remove(tx, &scope, call.now)?;
            } else {
                let sentence = Sentence { scope: scope.clone(), words: words.clone(), configured: false };
                sentences::put(tx, &sentence, call.now)?;
            }
            Ok(audit::record(tx, &call, &actor, &Event::ScopeWorded { scope, before, after: words })?)
        })
        .await
}

/// Writes a new resource into the register.
pub(super) fn enter(
    tx: &mut Tx<'_>,
    call: &Call,
    actor: &Actor,
    resource: &Resource,
    configured: bool,
) -> StoreResult<()> {
    keep(tx, call, resource, configured)?;
    let event = Event::ResourceAdded { resource: resource.uri.clone(), name: resource.name.clone() };
    audit::record(tx, call, actor, &event)
}

/// Writes over one that is there. `true` when that changes it.
pub(super) fn rewrite(
    tx: &mut Tx<'_>,
    call: &Call,
    actor: &Actor,
    before: &Resource,
    after: &Resource,
    configured: bool,
) -> StoreResult<bool> {
    if before == after {
        return Ok(false);
    }
    keep(tx, call, after, configured)?;
    let event = Event::ResourceChanged {
        resource: after.uri.clone(),
        name: after.name.clone(),
        before: before.facts(),
        after: after.facts(),
    };
    audit::record(tx, call, actor, &event)?;
    Ok(true)
}

/// Writes it down, and binds each login that it is for to the person who has it here: a login changes hands.
pub(super) fn keep(tx: &mut Tx<'_>, call: &Call, resource: &Resource, configured: bool) -> StoreResult<()> {
    resources::put(tx, resource, configured, call.now)?;
    for who in &resource.people {
        let Who::Login(login) = who else { continue };
        let known = users::by_login(tx, login)?.into_iter().find(|person| Provider::GitHub.knows(&person.id));
        if let Some(person) = known
            && allowlist::bind(tx, login, &person.id, call.now)?
        {
            let event = Event::LoginBound { user: person.id, login: login.clone() };
            audit::record(tx, call, &Actor::System, &event)?;
        }
    }
    Ok(())
}

/// What the configuration lists is changed there.
fn ours(entry: &Entry) -> Result<(), OAuthError> {
    match entry.configured {
        true => Err(invalid_request(Why::ResourceConfigured).with_status(409)),
        false => Ok(()),
    }
}

fn sound(flaw: Option<Flaw>) -> Result<(), OAuthError> {
    let why = match flaw {
        None => return Ok(()),
        Some(Flaw::Name) => Why::ResourceName,
        Some(Flaw::Scope) => Why::ResourceScope,
        Some(Flaw::Sentence) => Why::ScopeSentence,
        Some(Flaw::Life) => Why::ResourceLife,
    };
    Err(invalid_request(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{scope::ScopeSet, time::Span},
        flows::scratch::{NOW, Scratch, call, refusal},
        store::standing::Verdict,
    };

    fn resource(uri: &str, name: &str) -> Resource {
        Resource {
            name: name.into(),
            scopes: vec![("mcp".into(), "Use it".into())],
            required_scopes: ScopeSet::parse("mcp"),
            ..Resource::new(ResourceUri::parse(uri).unwrap())
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

    #[tokio::test]
    async fn what_cannot_stand_in_the_register_is_refused() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, Actor::CommandLine);
        let sound = || resource("https://mcp.example", "Notes");
        let scope = |name: &str, words: &str| vec![(name.to_owned(), words.to_owned())];
        for (wrong, why) in [
            (Resource { name: " ".into(), ..sound() }, Why::ResourceName),
            (Resource { name: "x".repeat(101), ..sound() }, Why::ResourceName),
            (Resource { name: "a\u{202e}b".into(), ..sound() }, Why::ResourceName),
            (Resource { scopes: scope("a b", ""), ..sound() }, Why::ResourceScope),
            (Resource { scopes: [scope("a", ""), scope("a", "Again")].concat(), ..sound() }, Why::ResourceScope),
            (Resource { scopes: scope("a", &"x".repeat(301)), ..sound() }, Why::ScopeSentence),
            (Resource { token_life: Some(Span::seconds(59)), ..sound() }, Why::ResourceLife),
            (Resource { token_life: Some(Span::days(31)), ..sound() }, Why::ResourceLife),
        ] {
            assert_eq!(refusal(add(desk, &call(), &ada, wrong.clone()).await), (why, 400), "{wrong:?}");
            assert_eq!(refusal(edit(desk, &call(), &ada, wrong).await).0, why);
        }
        assert!(desk.store.standing().register().entries().is_empty());
        assert_eq!(refusal(edit(desk, &call(), &ada, sound()).await), (Why::NotFound, 404));
    }

    #[tokio::test]
    async fn an_edit_leaves_what_was_before_in_the_log() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, Actor::CommandLine);
        let before = resource("https://mcp.example", "Notes");
        add(desk, &call(), &ada, before.clone()).await.unwrap();
        let after = Resource { token_life: Some(Span::minutes(15)), ..before.clone() };
        assert!(edit(desk, &call(), &ada, after.clone()).await.unwrap());
        assert!(!edit(desk, &call(), &ada, after.clone()).await.unwrap());
        assert_eq!(desk.store.standing().register().entries(), [after]);
        assert_eq!(scratch.last(2).await, ["command_line resource_added", "command_line resource_changed"]);
    }

    #[tokio::test]
    async fn what_people_allowed_ends_with_the_resource() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, Actor::CommandLine);
        let uri = ResourceUri::parse("https://mcp.example").unwrap();
        add(desk, &call(), &ada, Resource::new(uri.clone())).await.unwrap();
        assert_eq!(effect_of_removal(desk, &call(), &uri).await.unwrap(), Ended::default());
        let body = serde_json::json!({ "redirect_uris": ["https://app.example/cb"] });
        let (client, user) = (scratch.registers(body).await.0, scratch.meets("grace").await);
        let given = scratch.allows(&user, &client).await;
        let effect = effect_of_removal(desk, &call(), &uri).await.unwrap();
        assert_eq!(effect, Ended { people: 1, grants: 1, tokens: 1 });
        assert_eq!(remove(desk, &call(), &ada, &uri).await.unwrap(), effect);
        assert!(!scratch.stands(&given).await && !scratch.remembers(&given).await);
        assert_eq!(scratch.verdict(&given), Verdict::Ended);
    }

    #[tokio::test]
    async fn a_scope_of_the_server_is_put_into_words() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, Actor::CommandLine);
        let said = || desk.store.standing().register().sentence("mcp", None).map(str::to_owned);
        assert_eq!(refusal(say(desk, &call(), &ada, "a b", "Words").await), (Why::ResourceScope, 400));
        assert_eq!(refusal(say(desk, &call(), &ada, "mcp", &"x".repeat(301)).await), (Why::ScopeSentence, 400));
        say(desk, &call(), &ada, "mcp", " Do the work ").await.unwrap();
        assert_eq!(said().as_deref(), Some("Do the work"));
        say(desk, &call(), &ada, "mcp", "").await.unwrap();
        say(desk, &call(), &ada, "mcp", "").await.unwrap();
        assert_eq!(said(), None);
        assert_eq!(scratch.last(2).await, ["command_line scope_worded", "command_line scope_worded"]);
        let configured = Sentence { scope: "mcp".into(), words: "As the file says".into(), configured: true };
        scratch.wrote(move |tx| sentences::put(tx, &configured, NOW)).await;
        let refused = say(desk, &call(), &ada, "mcp", "Otherwise").await;
        assert_eq!(refusal(refused), (Why::SentenceConfigured, 409));
    }
}
