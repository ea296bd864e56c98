//! Clients before the gate: a real proxy stands before the protected server and asks Doorbook. Local mode lets no proxy in, so
//! people come from GitHub here.

use serde_json::json;

use super::{
    beside::{Beside, beside},
    door::{Door, Runtime},
};
use crate::{
    proxies::{
        guarded::Guarded,
        recipe::{Kind, Place, Proxy, free_port},
    },
    support::github::GitHub,
};

/// Doorbook, a proxy that asks it, and a server behind the two that tells what came through.
pub(crate) struct Gate {
    pub(crate) door: Door,
    pub(crate) guarded: Guarded,
    _proxy: Proxy,
    _github: GitHub,
    _beside: Beside,
}

impl Gate {
    pub(crate) fn open(kind: Kind) -> Self {
        Self::start(kind, None)
    }

    /// Before another server: whatever listens, or will, at that address.
    fn before(kind: Kind, server: &str) -> Self {
        Self::start(kind, Some(server))
    }

    fn start(kind: Kind, server: Option<&str>) -> Self {
        let ((github, guarded), beside) = beside(async || (GitHub::start(1, "ada"), Guarded::start()));
        let port = free_port();
        let door = Door::open_to(&github, kind, port);
        let doorbook = door.issuer.trim_start_matches("http://");
        let place = Place { port, doorbook, guarded: server.unwrap_or(&guarded.at), tls: false };
        let proxy = Proxy::start(kind, &place);
        Self { door, guarded, _proxy: proxy, _github: github, _beside: beside }
    }
}

#[tokio::test]
async fn fastmcp_gets_through_the_gate_to_a_server_that_knows_nothing_of_it() {
    fastmcp(Runtime::Python, Kind::Caddy).await;
}

#[tokio::test]
async fn the_older_fastmcp_gets_through_the_gate_too() {
    fastmcp(Runtime::Python1, Kind::Nginx).await;
}

async fn fastmcp(runtime: Runtime, kind: Kind) {
    let port = free_port().to_string();
    let gate = Gate::before(kind, &format!("127.0.0.1:{port}"));
    let door = gate.door;
    let _server = door.protect_with(&runtime.program("gated_server.py"), &[&port]);
    let story = door.story(&runtime.program("fast_client.py"), &[&door.resource]);

    let registered = story.step("registered");
    let text = format!("github:1 through {}", registered["client"].as_str().unwrap());
    assert_eq!(registered["again"], true);
    assert_eq!(story.step("called"), &json!({ "step": "called", "tools": ["whoami"], "text": text }));
    let refreshed = json!({ "step": "refreshed", "text": text, "new_access": true, "new_refresh": true });
    assert_eq!(story.step("refreshed"), &refreshed);
    let events = door.book().await.events;
    assert_eq!(events, ["client_registered", "signed_in", "consent_given", "token_issued", "token_refreshed"]);
}
