//! What the API shows.

use doorbook::base::api_token::ApiRole;
use serde_json::{Value, json};

use super::program::{Program, refused};
use crate::support::{app::TestApp, client::public_client};

/// The values of a member in a list.
fn each(list: &Value, member: &str) -> Vec<Value> {
    list["items"].as_array().unwrap().iter().map(|item| item[member].clone()).collect()
}

#[actix_web::test]
async fn clients_are_searched_filtered_sorted_and_read_page_by_page() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Read).await;
    for name in ["Anvil", "Bellows", "Crucible"] {
        let mut body = public_client();
        body["client_name"] = name.into();
        app.registers(body).await;
        app.later(doorbook::base::time::Span::minutes(1));
    }
    let first = program.get("/clients?limit=2").await.body();
    assert_eq!(each(&first, "name"), ["Crucible", "Bellows"]);
    let cursor = first["next"].as_str().unwrap();
    let rest = program.get(&format!("/clients?limit=2&cursor={cursor}")).await.body();
    assert_eq!((each(&rest, "name"), &rest["next"]), (vec![json!("Anvil")], &Value::Null));

    let found = program.get("/clients?q=bell").await.body();
    assert_eq!(each(&found, "name"), ["Bellows"]);
    let id = found["items"][0]["client_id"].as_str().unwrap();
    let one = program.get(&format!("/clients/{id}")).await.body();
    assert_eq!(one, found["items"][0]);
    assert_eq!((&one["state"], &one["origin"], &one["secret"]), (&json!("unused"), &json!("dynamic"), &Value::Null));
    assert_eq!(one["registered"], "2027-01-15T08:01:00Z");

    assert_eq!(each(&program.get("/clients?state=disabled").await.body(), "name"), Vec::<Value>::new());
    assert_eq!(each(&program.get("/clients?origin=dynamic&sort=created").await.body(), "name").len(), 3);
    assert_eq!(each(&program.get(&format!("/clients?alike={id}")).await.body(), "name"), ["Bellows"]);
    assert_eq!(each(&program.get("/clients?proof=nobody").await.body(), "proof"), ["nobody"; 3]);
    assert_eq!(each(&program.get("/clients?proof=administrator").await.body(), "name"), Vec::<Value>::new());
    for wrong in ["?proof=odd", "?state=odd", "?limit=0", "?limit=501", "?cursor=x", "?sate=live", "?limit=1&limit=2"] {
        refused(&program.get(&format!("/clients{wrong}")).await, 400, "DB-730");
    }
}

#[actix_web::test]
async fn people_grants_and_timelines_tell_who_let_in_whom() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Read).await;
    let client = app.client().await;
    app.ada().connects(&client).await;

    let people = program.get("/people?q=ad").await.body();
    assert_eq!((each(&people, "login"), each(&people, "role")), (vec![json!("ada")], vec![json!("member")]));
    assert_eq!(program.get("/people/github:1").await.body(), people["items"][0]);
    assert_eq!((&people["items"][0]["clients"], &people["items"][0]["grants"]), (&json!(1), &json!(1)));

    for (query, logins) in [("", ["grace", "ada"]), ("?sort=login", ["ada", "grace"])] {
        let join = if query.is_empty() { "?" } else { "&" };
        let list = async |more: &str| each(&program.get(&format!("/people{query}{more}")).await.body(), "login");
        assert_eq!(list("").await, logins, "{query}");
        let turned: Vec<_> = logins.into_iter().rev().collect();
        assert_eq!(list(&format!("{join}reverse=true")).await, turned, "{query}");
    }
    assert_eq!(program.get("/grants?sort=given&reverse=true").await.body()["items"].as_array().unwrap().len(), 1);
    let first = program.get("/audit?reverse=true&limit=1").await.body();
    assert_eq!(each(&first, "line"), [json!(1)]);
    for wrong in ["/people?sort=name", "/grants?sort=login", "/audit?sort=line"] {
        refused(&program.get(wrong).await, 400, "DB-730");
    }

    let grants = program.get(&format!("/grants?client={}&user=github:1", client.id)).await.body();
    assert_eq!((each(&grants, "login"), each(&grants, "tokens")), (vec![json!("ada")], vec![json!(1)]));
    let id = grants["items"][0]["grant_id"].as_str().unwrap();
    assert_eq!(program.get(&format!("/grants/{id}")).await.body(), grants["items"][0]);

    let ends = json!({ "people": 1, "grants": 1, "tokens": 1 });
    assert_eq!(program.get(&format!("/clients/{}/effect", client.id)).await.body(), ends);
    assert_eq!(program.get("/people/github:1/effect").await.body(), ends);
    let tried = program.get(&format!("/clients/{}/timeline?limit=500", client.id)).await.body();
    assert!(each(&tried, "event").contains(&json!("consent_given")), "{tried}");
    let did = program.get("/people/github:1/timeline?event=consent_given").await.body();
    assert_eq!(each(&did, "client"), [json!(client.id)]);
    for path in ["/clients/none", "/people/none", "/grants/none", "/clients/none/effect", "/people/none/effect"] {
        refused(&program.get(path).await, 404, "DB-804");
    }
}

#[actix_web::test]
async fn the_audit_log_is_filtered_and_names_the_token_that_acted() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let client = app.client().await;
    program.does(&format!("/clients/{}/disable", client.id)).await.is(200);
    let lines = program.get(&format!("/audit?client={}&event=client_disabled", client.id)).await.body();
    let line = &lines["items"][0];
    assert_eq!((&line["actor_kind"], &line["actor"]), (&json!("api_token"), &json!(program.id)));
    program.does("/clients/none/disable").await.is(404);
    app.audit().await.has("not_found");
    let timeline = format!("/clients/{}/timeline?event=client_disabld", client.id);
    for (path, problem) in [
        ("/audit?event=client_disabld", "event: no event has this name; write client_disabled"),
        (&timeline, "event: no event has this name; write client_disabled"),
        ("/audit?reason=not_fuond", "reason: no reason has this code or name; write not_found"),
    ] {
        let odd = program.get(path).await;
        refused(&odd, 400, "DB-730");
        assert_eq!(odd.json()["value"], problem);
    }
    let refused = program.get("/audit?reason=not_found").await.body();
    assert_eq!((each(&refused, "reason"), each(&refused, "user")), (vec![json!("DB-804")], vec![json!("github:2")]));
}

#[actix_web::test]
async fn the_rest_of_the_book_is_shown_too() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Read).await;
    app.protects("https://tools.example/mcp").await;

    let access = program.get("/access").await.body();
    assert_eq!(each(&access, "entry_id"), ["administrator.grace", "member.ada"]);
    assert_eq!(each(&access, "from"), ["configuration", "configuration"]);
    let resources = program.get("/resources").await.body();
    assert_eq!(each(&resources, "url"), ["https://tools.example/mcp"]);
    let one = program.get("/resources/https%3A%2F%2Ftools.example%2Fmcp").await.body();
    assert_eq!(one, resources["items"][0]);
    refused(&program.get("/resources/https%3A%2F%2Fother.example").await, 404, "DB-804");
    assert_eq!(each(&program.get("/keys").await.body(), "state"), ["signing"]);

    let tokens = program.get("/api-tokens").await.body();
    assert_eq!((each(&tokens, "label"), each(&tokens, "state")), (vec![json!("Tests")], vec![json!("live")]));
    assert!(!tokens.to_string().contains("dbt_"), "{tokens}");
    let server = program.get("/server").await.body();
    assert_eq!((&server["issuer"], &server["local_mode"]), (&json!("https://auth.example"), &json!(false)));
    assert_eq!((&server["token"]["token_id"], &server["counts"]["people"]), (&json!(program.id), &json!(1)));
    assert_eq!(server["token"]["last_used"], "2027-01-15T08:00:00Z");
}
