//! What the environment of a system that Doorbook replaces holds: names that are known and not read, and values that
//! mean something else here. The other names of options stand with the options.

/// Names of other programs and of predecessors that are known and not read, and why. A `*` at an end stands for anything.
pub const IGNORED: [(&str, &str); 19] = [
    ("REDIS_*", "data is in the database of DATABASE_URL; no Redis is needed"),
    ("JWT_PRIVATE_KEY_B64", "Doorbook makes its own signing keys, keeps them encrypted and rotates them"),
    ("OAUTH_JWT_PRIVATE_KEY_B64", "Doorbook makes its own signing keys, keeps them encrypted and rotates them"),
    ("GATEWAY_RSA_PRIVATE_KEY", "Doorbook makes its own signing keys, keeps them encrypted and rotates them"),
    ("GATEWAY_JWT_SECRET", "tokens are never signed with a shared secret"),
    ("JWT_SECRET", "tokens are never signed with a shared secret"),
    ("OAUTH_JWT_SECRET", "tokens are never signed with a shared secret"),
    ("GATEWAY_JWT_EXPIRE_MINUTES", "it was never read; set DOORBOOK_ACCESS_TOKEN_LIFETIME"),
    (
        "MCP_CORS_ORIGINS",
        "protocol endpoints answer any origin without credentials, pages answer none; nothing is left to choose",
    ),
    ("MCP_PROTOCOL_VERSION*", "every version of the protocol is served at once"),
    ("OAUTH_MCP_PROTOCOL_VERSION*", "every version of the protocol is served at once"),
    ("ACME_EMAIL", "it is the proxy's"),
    ("GITHUB_PAT", "no token of a person is needed"),
    ("GATEWAY_OAUTH_*", "it is a test client's"),
    ("MCP_CLIENT_*", "it is a client's"),
    ("MCP_*_ENABLED", "it is the gateway's"),
    ("MCP_*_URLS", "protected servers are the resources of the file, the command line and the dashboard"),
    ("TEST_*", "it is a test's"),
    ("HEALTH_CHECK_*", "it is the gateway's"),
];

/// Why a name is known and not read.
pub fn ignored(name: &str) -> Option<&'static str> {
    let fits = |pattern: &str| match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
    };
    IGNORED.iter().find(|(pattern, _)| fits(pattern)).map(|(_, why)| *why)
}

/// What a predecessor's value is in our words.
pub fn translated(name: &str, value: &str) -> String {
    match name {
        "BASE_DOMAIN" => format!("https://auth.{value}"),
        _ => value.to_owned(),
    }
}
