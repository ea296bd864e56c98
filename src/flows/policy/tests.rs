//! Changing the policy, looking at what a change would do, and taking it back.

use serde_json::json;

use super::*;
use crate::{
    base::registration::RegistrationMode,
    flows::{
        register,
        scratch::{Scratch, call, refusal},
    },
};

const ACTOR: Actor = Actor::CommandLine;

fn draft(set: Value) -> Draft {
    let Value::Object(set) = set else { panic!("a draft is an object") };
    Draft { set, ..Draft::default() }
}

fn in_force(scratch: &Scratch) -> String {
    json!(*scratch.desk.store.standing().registration()).to_string()
}

async fn flow_plan(desk: &Desk, set: Value) -> Plan {
    plan(desk, &draft(set)).await.unwrap()
}

async fn tries(scratch: &Scratch, name: &str, uri: &str) {
    let body = json!({ "client_name": name, "redirect_uris": [uri], "token_endpoint_auth_method": "none" });
    drop(register::sign(&scratch.desk, &call(), None, body.to_string().as_bytes()).await);
}

#[tokio::test]
async fn a_change_is_in_force_at_once_and_can_be_undone() {
    let scratch = Scratch::new(&[]).await;
    let desk = &scratch.desk;
    let before = in_force(&scratch);
    let first = change(desk, &call(), &ACTOR, draft(json!({ "registration": "closed" }))).await.unwrap();
    assert_eq!(desk.store.standing().registration().mode, RegistrationMode::Closed);
    let closed = in_force(&scratch);
    change(desk, &call(), &ACTOR, draft(json!({ "look_alikes": "refuse", "redirect_schemes": ["zed"] })))
        .await
        .unwrap();

    assert_eq!(undo(desk, &call(), &ACTOR).await.unwrap(), first + 2);
    assert_eq!(in_force(&scratch), closed);
    restore(desk, &call(), &ACTOR, 0).await.unwrap();
    assert_eq!(in_force(&scratch), before);
    assert_eq!(scratch.last(4).await, ["command_line policy_changed"; 4]);
    assert_eq!(refusal(restore(desk, &call(), &ACTOR, 99).await), (Why::NotFound, 404));
}

#[tokio::test]
async fn what_was_not_changed_here_goes_on_as_it_is_configured() {
    let scratch = Scratch::new(&[("DOORBOOK_MOST_CLIENTS", "7"), ("DOORBOOK_LOOK_ALIKES", "refuse")]).await;
    let desk = &scratch.desk;
    let everything = Draft { set: desk.store.standing().registration().members(), ..Draft::default() };
    assert_eq!(change(desk, &call(), &ACTOR, everything).await.unwrap(), 0);
    change(desk, &call(), &ACTOR, draft(json!({ "most_clients": 8, "look_alikes": "refuse" }))).await.unwrap();
    let last = scratch.finds(policies::last).await.unwrap();
    assert_eq!(json!(last.changes), json!({ "most_clients": 8 }));
    assert_eq!((last.before.most_clients, last.after.most_clients), (7, 8));

    let back = Draft { reset: vec!["most_clients".into()], ..Draft::default() };
    change(desk, &call(), &ACTOR, back).await.unwrap();
    assert!(scratch.finds(policies::last).await.unwrap().changes.is_empty());
    assert_eq!(desk.store.standing().registration().most_clients, 7);
}

#[tokio::test]
async fn what_cannot_be_a_policy_is_refused() {
    let scratch = Scratch::new(&[]).await;
    let desk = &scratch.desk;
    for wrong in [
        json!({ "registration": "ajar" }),
        json!({ "most_clients": 0 }),
        json!({ "idle_client_lifetime": 1 }),
        json!({ "allowed_redirect_hosts": ["https://claude.ai"] }),
        json!({ "redirect_schemes": ["cursor, vscode"] }),
        json!({ "unheard_of": true }),
    ] {
        let refused = change(desk, &call(), &ACTOR, draft(wrong.clone())).await;
        assert_eq!(refusal(refused), (Why::PolicyMember, 400), "{wrong}");
    }
    change(desk, &call(), &ACTOR, draft(json!({ "denied_redirect_hosts": ["Evil.Example"] }))).await.unwrap();
    assert_eq!(desk.store.standing().registration().denied_redirect_hosts, ["evil.example"]);
    let late = Draft { seen: Some(0), ..draft(json!({ "registration": "closed" })) };
    assert_eq!(refusal(change(desk, &call(), &ACTOR, late).await), (Why::PolicyOutdated, 409));
}

#[tokio::test]
async fn a_rehearsal_names_whom_a_change_would_refuse() {
    let scratch = Scratch::new(&[]).await;
    let desk = &scratch.desk;
    for _ in 0..3 {
        tries(&scratch, "Cursor", "https://www.cursor.com/agents/mcp/oauth/callback").await;
    }
    tries(&scratch, "Claude", "https://claude.ai/api/mcp/auth_callback").await;
    tries(&scratch, "Notes", "notes://callback").await;
    tries(&scratch, "Broken", "javascript:alert(1)").await;

    let wanted = draft(json!({ "allowed_redirect_hosts": ["claude.ai"], "redirect_schemes": ["notes"] }));
    let plan = plan(desk, &wanted).await.unwrap();
    let rehearsal = rehearse(desk, &plan.after).await.unwrap();
    assert_eq!(rehearsal.tried, 5);
    let named = |effects: &[Effect]| -> Vec<(usize, String, &str)> {
        effects.iter().map(|e| (e.times, e.last.attempt.names.concat(), e.reason().unwrap_or_default())).collect()
    };
    assert_eq!(named(&rehearsal.refuses), [(3, "Cursor".to_owned(), "redirect_host_unlisted")]);
    assert_eq!(named(&rehearsal.admits), [(1, "Notes".to_owned(), "redirect_unknown_scheme")]);
    let asked = flow_plan(desk, json!({ "registration": "approval" })).await;
    let rehearsal = rehearse(desk, &asked.after).await.unwrap();
    assert_eq!(named(&rehearsal.waits), [(1, "Claude".to_owned(), ""), (3, "Cursor".to_owned(), "")]);
    let same = rehearse(desk, &plan.before).await.unwrap();
    assert_eq!((same.refuses.len(), same.admits.len()), (0, 0));
}

#[tokio::test]
async fn a_refused_value_is_one_step_from_being_allowed() {
    let scratch = Scratch::new(&[("DOORBOOK_ALLOWED_REDIRECT_HOSTS", "claude.ai")]).await;
    let desk = &scratch.desk;
    for value in [
        Allow::Scheme("notes".into()),
        Allow::RedirectHost("www.cursor.com".into()),
        Allow::DocumentHost("app.example".into()),
    ] {
        let version = allow(desk, &call(), &ACTOR, &value).await.unwrap();
        assert_eq!(allow(desk, &call(), &ACTOR, &value).await.unwrap(), version, "{value:?}");
    }
    let rules = desk.store.standing().registration();
    assert!(rules.redirects.schemes.contains(&"notes".into()) && rules.redirects.schemes.contains(&"cursor".into()));
    assert_eq!(rules.allowed_redirect_hosts, ["claude.ai", "www.cursor.com"]);
    assert_eq!(rules.client_document_hosts, ["app.example"]);
}

#[tokio::test]
async fn only_the_last_thousand_attempts_are_kept() {
    let scratch = Scratch::new(&[]).await;
    let tried = |n: usize| {
        let attempt = crate::base::attempt::Attempt {
            way: crate::base::attempt::Way::Stranger,
            names: vec![n.to_string()],
            redirect_uris: Vec::new(),
        };
        Tried { attempt, at: call().now, refused: None }
    };
    let many: Vec<Tried> = (0..1_200).map(tried).collect();
    scratch.wrote(move |tx| attempts::add(tx, &many)).await;
    let kept = scratch.finds(attempts::all).await;
    assert_eq!((kept.len(), kept[0].attempt.names.concat()), (1_000, "1199".to_owned()));
}
