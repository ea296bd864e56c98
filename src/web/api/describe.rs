//! The description of the API (OpenAPI 3.1), made from its types. What every operation may answer besides its own is written
//! in here, from what it takes.

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
    caller::{Answer, Caller, ok},
    calls, client_actions, clients, grants, health, hosts, initial_tokens, keys, people, policy,
    problem::Problem,
    resources, scopes, server,
};

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
    let mut all = description();
    all.servers = Some(vec![Server::new(caller.desk.config.issuer.as_str())]);
    ok(&all)
}

/// The description, of whatever server.
pub fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// What holds for every operation.
struct Common;

impl Modify for Common {
    fn modify(&self, all: &mut utoipa::openapi::OpenApi) {
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
