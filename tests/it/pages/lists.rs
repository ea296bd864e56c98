//! What an administrator does to people, to what they allowed, and to the access list.

use doorbook::{
    base::user::{Role, Who},
    store::{Tx, allowlist},
};

use crate::support::{
    answer::Answer,
    app::{NOW, TestApp},
    form::form,
    person::Person,
};

async fn done(person: &Person<'_>, answer: Answer, words: &str) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let html = person.follows(answer).await.page().text();
    assert!(html.contains("role=\"status\"") && html.contains(words), "{words} is not in\n{html}");
    html
}

#[actix_web::test]
async fn a_suspended_person_is_out_at_once_and_back_when_restored() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let grace = app.grace();
    let list = grace.goes("/admin/people").await.page().page(200);
    assert!(list.contains("/admin/people/suspend?user_id=github%3A1"), "{list}");
    assert!(!list.contains("/admin/people/suspend?user_id=github%3A2"), "nobody suspends themself from the list");
    let question = grace.opens("/admin/people/suspend?user_id=github%3A1").await.page(200);
    assert!(question.contains("Suspend ada?") && question.contains("Notebook"));
    app.gate(&tokens.access).await.is(200);
    let sure = form(&question, "/people/suspend");
    let html = done(&grace, grace.posts(&sure, None).await, "ada is suspended. This stopped 1 person").await;
    app.gate(&tokens.access).await.is(403);
    let log = app.audit().await;
    log.has("user_suspended");
    done(&grace, grace.posts(&form(&html, "/people/restore"), None).await, "Restored.").await;
    app.gate(&tokens.access).await.is(200);
    app.audit().await.ends_with(["user_restored"]);
}

#[actix_web::test]
async fn the_last_administrator_is_not_suspended() {
    let app = TestApp::start().await;
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    let question = grace.opens("/admin/people/suspend?user_id=github%3A2").await.page(200);
    let answer = grace.posts(&form(&question, "/people/suspend"), None).await;
    assert!(answer.page(409).contains("Not done"));
    grace.opens("/admin").await.page(200);
}

#[actix_web::test]
async fn everything_that_a_person_allowed_is_revoked() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let grace = app.grace();
    let page = grace.goes("/admin/people/github%3A1").await.page().page(200);
    let question = grace.posts(&form(&page, "/people/revoke-all"), None).await.page(200);
    assert!(question.contains("Revoke all grants of ada?"));
    let sure = form(&question, "/people/revoke-all");
    done(&grace, grace.posts(&sure, None).await, "1 person, 1 grant, 1 token").await;
    app.gate(&tokens.access).await.is(401);
    app.audit().await.has("tokens_revoked");
}

#[actix_web::test]
async fn one_grant_is_revoked_and_the_others_stay() {
    let app = TestApp::start().await;
    let (one, two) = (app.client().await, app.client().await);
    let (first, second) = (app.ada().connects(&one).await, app.ada().connects(&two).await);
    let grace = app.grace();
    let page = grace.goes(&format!("/admin/clients/{}", one.id)).await.page().page(200);
    let (_, after) = page.split_once("/admin/grants/revoke?grant_id=").unwrap();
    let grant = after.split_once('"').unwrap().0;
    let question = grace.opens(&format!("/admin/grants/revoke?grant_id={grant}")).await.page(200);
    assert!(question.contains("Revoke 1 grant?") && question.contains("ada"));
    let sure = form(&question, "/grants/revoke");
    done(&grace, grace.posts(&sure, None).await, "1 person, 1 grant, 1 token").await;
    app.gate(&first.access).await.is(401);
    app.gate(&second.access).await.is(200);
    app.audit().await.has("grant_revoked");
    grace.posts(&sure, None).await.page(404);
    let list = grace.opens("/admin/grants?q=ada").await.page(200);
    assert!(list.contains("1 grant alive.") && list.contains(&two.id) && !list.contains(&one.id));
    assert!(grace.opens("/admin/grants?state=all").await.page(200).contains("class=\"gone\""));
    let mut bulk = form(&list, "/grants/revoke");
    let (_, after) = list.split_once("name=\"grant_id\" value=\"").unwrap();
    bulk.fields.push(("grant_id".into(), after.split_once('"').unwrap().0.into()));
    let question = grace.posts(&bulk, None).await.page(200);
    done(&grace, grace.posts(&form(&question, "/grants/revoke"), None).await, "Revoked.").await;
    app.gate(&second.access).await.is(401);
}

#[actix_web::test]
async fn people_are_added_to_the_list_and_taken_off_it() {
    let app = TestApp::start().await;
    let mallory = app.mallory();
    mallory.goes("/admin").await.page().page(403);
    app.audit().await.has("not_on_access_list");
    let grace = app.grace();
    let page = grace.goes("/admin/access").await.page().page(200);
    assert!(page.contains("grace") && page.contains("configuration") && page.contains("nobody yet"), "{page}");
    let typed = form(&page, "/access/add").fill("entries", "Mallory, id:42").fill("role", "user");
    let question = grace.posts(&typed, None).await.page(200);
    assert!(question.contains("Add 2 entries to the list?") && question.contains("mallory, id:42"), "{question}");
    assert!(question.contains("not let in, refused once lately"), "who asked before is named:\n{question}");
    assert!(question.contains("has not been here lately"), "and so is who did not:\n{question}");
    assert!(!app.audit().await.names.contains(&"access_added".to_owned()), "nothing is saved before it was seen");
    let page =
        done(&grace, grace.posts(&form(&question, "/access/add"), None).await, "2 new entries are on the list.").await;
    assert!(page.contains("dashboard, grace"));
    app.audit().await.ends_with(["access_added", "access_added"]);
    let client = app.client().await;
    let tokens = mallory.connects(&client).await;
    let again = grace.posts(&typed, None).await.page(200);
    assert!(again.contains("on the list already: get tokens"), "{again}");
    let question = grace.opens("/admin/access/remove?entry_id=member.mallory").await.page(200);
    assert!(question.contains("Take mallory off the list?") && question.contains("This cuts off"), "{question}");
    let sure = form(&question, "/access/remove");
    done(&grace, grace.posts(&sure, None).await, "This cut off 1 person, 1 grant, 1 token.").await;
    app.gate(&tokens.access).await.is(403);
    app.audit().await.has("access_removed");
    grace.posts(&sure, None).await.page(404);
    let back = grace.posts(&typed, None).await.page(200);
    assert!(back.contains("</span>grant works again") && back.contains("</span>token works again"), "{back}");
}

#[actix_web::test]
async fn what_cannot_be_on_the_list_is_said_beside_the_field() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let page = grace.goes("/admin/access").await.page().page(200);
    for (entries, role, words) in [
        ("", "user", "Name somebody."),
        ("a/b", "user", "neither a login"),
        ("id:x", "user", "neither a login"),
        ("*", "admin", "Not everybody may administer."),
        ("local:ada", "user", "local mode"),
        ("\"><script>", "user", "neither a login"),
    ] {
        let typed = form(&page, "/access/add").fill("entries", entries).fill("role", role);
        let html = grace.posts(&typed, None).await.page(400);
        assert!(html.contains(words) && html.contains("aria-invalid") && !html.contains("<script>"), "{words}\n{html}");
    }
}

#[actix_web::test]
async fn what_the_configuration_names_stays() {
    let app = TestApp::start().await;
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    let question = grace.opens("/admin/access/remove?entry_id=member.ada").await.page(200);
    let answer = grace.posts(&form(&question, "/access/remove"), None).await;
    assert!(answer.page(409).contains("Not done"));
    for unknown in ["", "member", "nonsense.ada", "member.%3Cscript%3E"] {
        grace.opens(&format!("/admin/access/remove?entry_id={unknown}")).await.page(404);
    }
}

#[actix_web::test]
async fn local_mode_has_names_and_no_numbers() {
    let app = TestApp::local().await;
    let ada = Who::Local("ada".into());
    let claimed = move |tx: &mut Tx<'_>| allowlist::add(tx, &ada, Role::Administrator, None, NOW);
    app.desk.store.record(claimed).await.unwrap();
    let ada = app.ada();
    let page = ada.goes("/admin/access").await.page().page(200);
    assert!(page.contains("local:ada") && page.contains("any name gets tokens"), "{page}");
    let typed = form(&page, "/access/add").fill("entries", "id:7");
    assert!(ada.posts(&typed, None).await.page(400).contains("in local mode people have names"));
    let typed = typed.fill("entries", "Bob").fill("role", "admin");
    let question = ada.posts(&typed, None).await.page(200);
    done(&ada, ada.posts(&form(&question, "/access/add"), None).await, "1 new entry is on the list.").await;
    Person::new(&app, 9, "bob").goes("/admin").await.page().page(200);
}

/// What stands in the first column of the rows of a page, as far as one of these words is in it.
fn order(html: &str, words: &[&str]) -> Vec<String> {
    let rows = html.split("<tbody").skip(1).flat_map(|body| body.split("<tr role=\"row\"").skip(1));
    let found =
        |row: &str| words.iter().find(|word| row.contains(&format!("<bdi>{word}</bdi>"))).map(|w| (*w).to_owned());
    rows.filter_map(found).collect()
}

#[actix_web::test]
async fn lists_are_sorted_by_the_heads_of_their_columns() {
    let app = TestApp::start().await;
    let client = app.client().await;
    app.ada().connects(&client).await;
    app.protects("https://b.example/mcp").await;
    app.protects("https://a.example/mcp").await;
    app.clock.forward(doorbook::base::time::Span::minutes(5));
    let grace = app.grace();
    let page = grace.goes("/admin/people").await.page().page(200);
    assert_eq!(order(&page, &["ada", "grace"]), ["grace", "ada"]);
    assert!(
        page.contains("aria-sort=\"descending\"><a href=\"/admin/people?sort=-seen\">Last seen\u{a0}↓</a>"),
        "{page}"
    );
    for (sort, sorted, head) in [
        ("login", ["ada", "grace"], "aria-sort=\"ascending\"><a href=\"/admin/people?sort=-login\">Person\u{a0}↑</a>"),
        ("-login", ["grace", "ada"], "aria-sort=\"descending\"><a href=\"/admin/people?sort=login\">Person\u{a0}↓</a>"),
        ("-seen", ["ada", "grace"], "aria-sort=\"ascending\"><a href=\"/admin/people\">Last seen\u{a0}↑</a>"),
        ("nonsense", ["grace", "ada"], "Last seen\u{a0}↓"),
    ] {
        let page = grace.opens(&format!("/admin/people?sort={sort}")).await.page(200);
        assert_eq!(order(&page, &["ada", "grace"]), sorted, "{sort}");
        assert!(page.contains(head), "{head} is not in {page}");
    }
    let file = grace.opens("/admin/people.csv?sort=login").await.text();
    assert!(file.find("\"ada\"") < file.find("\"grace\""), "a file is sorted as the list is: {file}");
    let (a, b) = ("https://a.example/mcp", "https://b.example/mcp");
    for (sort, sorted) in [("", [a, b]), ("-name", [b, a])] {
        let page = grace.opens(&format!("/admin/resources?sort={sort}")).await.page(200);
        assert_eq!(order(&page, &[a, b]), sorted, "{sort}");
    }
    let first = grace.opens("/admin/audit?sort=-at").await.page(200);
    assert!(first.find("id=\"l1\"") < first.find("id=\"l2\"") && first.contains("aria-sort=\"ascending\""), "{first}");
    // Each head leads to a page that is sorted by it, and says so.
    for path in
        ["clients", "people", "grants", "access", "tokens", "api-tokens", "audit", "keys", "resources", "approvals"]
    {
        let page = grace.opens(&format!("/admin/{path}")).await.page(200);
        let heads = page.split("<thead").skip(1).flat_map(|head| head.split("</thead>").next());
        let links = heads.flat_map(|head| head.split("href=\"").skip(1)).filter_map(|rest| rest.split('"').next());
        for link in links.map(|link| link.replace("&#38;", "&")) {
            assert!(link.starts_with(&format!("/admin/{path}")), "{link}");
            let sorted = grace.opens(&link).await.page(200);
            assert_eq!(sorted.matches("aria-sort=").count(), 1, "{link}");
        }
    }
}
