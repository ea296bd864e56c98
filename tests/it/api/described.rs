//! The description of the API is true: it has every route of the table, and no other.

use std::{collections::BTreeSet, fs, path::Path};

use doorbook::{
    base::api_token::ApiRole,
    web::{
        api::describe,
        routes::{Door, Verb, table},
    },
};
use serde_json::Value;

use super::program::Program;
use crate::support::app::TestApp;

/// `get /admin/api/v1/clients` of every line of the table.
fn mounted() -> BTreeSet<String> {
    let behind = table().into_iter().filter(|entry| entry.door == Door::Api);
    let lines = behind.flat_map(|entry| {
        let verbs = entry.verbs.iter().filter(|(verb, _)| *verb != Verb::Any);
        let name = |verb: Verb| verb.methods().split(',').next().unwrap_or_default().to_lowercase();
        verbs.map(|(verb, _)| format!("{} {}", name(*verb), entry.paths[0])).collect::<Vec<_>>()
    });
    lines.collect()
}

/// The same of the description.
fn described(description: &Value) -> BTreeSet<String> {
    let paths = description["paths"].as_object().unwrap();
    let lines = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(move |method| format!("{method} {path}")).collect::<Vec<_>>()
    });
    lines.collect()
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let description = serde_json::to_value(describe::description()).unwrap();
    assert_eq!(described(&description), mounted());
    assert_eq!(description["openapi"], "3.1.0");
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_how_it_refuses() {
    let description = serde_json::to_value(describe::description()).unwrap();
    let mut names = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} is the name of two");
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path}");
            for status in ["400", "401", "403", "429", "500", "503"] {
                let place = operation["responses"][status]["$ref"].as_str().unwrap().trim_start_matches('#');
                let content = &description.pointer(place).unwrap()["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(content, "#/components/schemas/Problem", "{method} {path} {status}");
            }
        }
    }
}

#[test]
fn no_two_shapes_go_by_one_name() {
    let (mut names, mut seen) = (BTreeSet::new(), 0);
    for room in ["src/facts", "src/web/api"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(room);
        for file in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            for shape in
                text.split("#[derive(").filter(|part| part.lines().next().unwrap_or_default().contains("ToSchema"))
            {
                let own = shape.split(['{', ';']).next().unwrap_or_default();
                let name = match own.split_once("schema(as = ") {
                    Some((_, rest)) => rest.split(')').next(),
                    None => own.split_once("pub struct ").or(own.split_once("pub enum ")).map(|(_, rest)| rest),
                };
                let name = name.unwrap().split(['<', '(']).next().unwrap().trim().to_owned();
                assert!(names.insert(name.clone()), "{name} is the name of two");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "only {seen} shapes were found");
}

#[actix_web::test]
async fn it_is_served_for_whoever_may_ask() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Read).await;
    let description = program.get("/openapi.json").await.body();
    assert_eq!(description["servers"][0]["url"], "https://auth.example");
    assert_eq!(described(&description), mounted());
}
