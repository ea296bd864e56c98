//! The description of the API (OpenAPI 3.1), made from its types. What every operation may answer besides its own is written
//! in here, from what it takes. It is the same at every server but for the address, so it is served from `docs/openapi.json`:
//! a test compares the file with the types, and the test `write_the_description` (run with `--ignored`) writes it anew.

use actix_web::http::StatusCode;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, Ref, RefOr, ResponseBuilder, Server,
        path::{Operation, PathItem},
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

use super::{
    access, api_tokens, approvals, audit, backups,
    caller::{Answer, Caller},
    calls, client_actions, clients, grants, health, hosts, initial_tokens, keys, people, policy,
    problem::Problem,
    resources, scopes, server,
};
use crate::web::reply;

/// The operations and what they speak of.
#[derive(OpenApi)]
#[openapi(
    info(title = "Doorbook", description = "What an administrator does in the dashboard, done by a program with a token of theirs."),
    security(("api_token" = [])),
    components(schemas(Problem<'static>)),
    modifiers(&Common),
    paths(
        get,
        server::get, health::get, health::check, health::settings,
        backups::list, backups::take, backups::check,
        clients::list, clients::create, clients::one, clients::change, clients::rehearse, clients::effect,
        clients::timeline,
        clients::tombstones, clients::tombstone,
        client_actions::disable, client_actions::enable, client_actions::trust, client_actions::untrust,
        client_actions::approve,
        client_actions::rotate_secret, client_actions::end_old_secret,
        client_actions::rotate_registration_token, client_actions::revoke_registration_token,
        client_actions::revoke_tokens, client_actions::revoke, client_actions::revive,
        people::list, people::one, people::effect, people::timeline,
        people::suspend, people::restore, people::revoke_all,
        grants::list, grants::one, grants::revoke,
        access::list, access::add, access::rehearse, access::remove, access::effect,
        resources::list, resources::one, resources::add, resources::remove, resources::effect, resources::credential,
        calls::list, calls::allow, calls::forbid,
        scopes::list, scopes::say,
        keys::list, keys::rotate, keys::retire, keys::revoke,
        policy::get, policy::change, policy::rehearse, policy::history, policy::restore, policy::undo,
        approvals::list, approvals::approve, approvals::deny, approvals::decided, approvals::take_back,
        initial_tokens::list, initial_tokens::one, initial_tokens::create, initial_tokens::revoke,
        hosts::list, hosts::approve, hosts::remove,
        audit::list, audit::verify,
        api_tokens::list, api_tokens::revoke,
    )
)]
struct Description;

/// This description.
#[utoipa::path(get, path = "/admin/api/v1/openapi.json", tag = "server", operation_id = "description",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn get(caller: Caller) -> Answer {
    // The public URL was parsed: it has nothing in it that JSON would have to escape.
    let text = TEXT.replacen(EXAMPLE, caller.desk.config.issuer.as_str(), 1);
    Ok(reply::written(StatusCode::OK, text.into_bytes()))
}

/// The description, of the server of the examples, as its types have it.
pub fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// The same as it is kept.
const TEXT: &str = include_str!("../../../docs/openapi.json");
/// The server of the examples.
const EXAMPLE: &str = "https://auth.example.com";

/// What holds for every operation.
struct Common;

impl Modify for Common {
    fn modify(&self, all: &mut utoipa::openapi::OpenApi) {
        all.servers = Some(vec![Server::new(EXAMPLE)]);
        if let Some(components) = &mut all.components {
            let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
            components.add_security_scheme("api_token", scheme);
        }
        for (path, item) in &mut all.paths.paths {
            let has_id = path.contains('{');
            for (operation, changes) in operations(item) {
                finish(operation, changes, has_id);
            }
        }
    }
}

/// The operations of a path, and whether they change something.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&mut Operation, bool)> {
    let changing = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
    let changing = changing.into_iter().flatten().map(|one| (one, true));
    item.get.as_mut().map(|one| (one, false)).into_iter().chain(changing)
}

/// Gives an operation a name of its own, and the refusals that what it takes can lead to.
fn finish(operation: &mut Operation, changes: bool, has_id: bool) {
    let tag = operation.tags.iter().flatten().next().cloned().unwrap_or_default();
    operation.operation_id = operation.operation_id.take().map(|name| format!("{tag}_{name}"));
    let mut may = vec![
        ("400", "A parameter or the body cannot be used"),
        ("401", "No API token, or one that opens nothing"),
        ("403", "The token may only look, or the request came from where it may not"),
        ("429", "Too many requests; Retry-After says when to come back"),
        ("500", "Something of ours broke; the log has it"),
        ("503", "The server is busy; Retry-After says when to come back"),
    ];
    if has_id {
        may.push(("404", "There is no such thing"));
    }
    if changes {
        may.extend([
            ("408", "The body did not arrive in time"),
            ("409", "It cannot be done as things are; the reason says why"),
            ("413", "The body is larger than 64 KiB"),
            ("415", "The body is not JSON"),
        ]);
    }
    for (status, words) in may {
        let refusal = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let refusal = ResponseBuilder::new().description(words).content("application/json", refusal).build();
        operation.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(refusal));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{EXAMPLE, TEXT, description};

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

    fn text() -> String {
        lines(&serde_json::to_value(description()).unwrap(), 3) + "\n"
    }

    /// A line for each operation and for each part of a shape: short enough to compare, and half of what one a value takes.
    fn lines(value: &Value, depth: u8) -> String {
        let Value::Object(members) = value else { return value.to_string() };
        if depth == 0 {
            return value.to_string();
        }
        let line = |(name, value): (&String, &Value)| format!("{}:{}", Value::from(&**name), lines(value, depth - 1));
        format!("{{\n{}\n}}", members.iter().map(line).collect::<Vec<_>>().join(",\n"))
    }

    #[test]
    fn the_description_is_what_the_types_say() {
        assert!(TEXT == text(), "docs/openapi.json is old: cargo test --lib write_the_description -- --ignored");
        assert_eq!(TEXT.matches(EXAMPLE).count(), 1);
    }

    #[test]
    #[ignore = "writes docs/openapi.json"]
    fn write_the_description() {
        std::fs::write(FILE, text()).unwrap();
    }
}
