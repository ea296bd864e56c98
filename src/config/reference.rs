//! `docs/CONFIG.md`, made from the list of options. A test compares the file with it; the test `write_the_reference` (run
//! with `--ignored`) writes it anew.

use super::{
    options::{ALL, Facts, Section},
    predecessors::IGNORED,
};

/// The whole file.
pub fn markdown() -> String {
    let mut out = String::from(HEAD);
    for section in Section::ALL {
        out.push_str(&format!("\n## {}\n", section.title()));
        for facts in ALL.into_iter().filter(|facts| facts.section == section) {
            out.push_str(&option(facts));
        }
    }
    out.push_str(TABLES);
    out.push_str("\n## Names that are known and not read\n\nThey belong to predecessors and their neighbours. `doorbook config check` lists those it meets.\n\n");
    out.push_str("| name | why |\n|---|---|\n");
    for (name, why) in IGNORED {
        out.push_str(&format!("| `{name}` | {why} |\n"));
    }
    out
}

fn option(facts: &Facts) -> String {
    let flag = match facts.flag {
        Some(flag) => format!("`--{flag} {}`", facts.value.replace('|', "\\|")),
        None => "no flag: other users of a machine see command lines".into(),
    };
    let mut out = format!("\n### `{}`\n\n{}\n\n", facts.key, facts.doc);
    out.push_str(&format!("| environment | flag | default |\n|---|---|---|\n| `{}`", facts.env));
    for alias in facts.aliases {
        out.push_str(&format!(", `{alias}`"));
    }
    out.push_str(&format!(" | {flag} | {} |\n", facts.default_for_people().replace('|', "\\|")));
    out
}

const HEAD: &str = "\
# Configuration

<!-- Made from src/config/options.rs; a test compares. -->

Every option can be set in four places. Later ones win:

1. the default,
2. the file: `doorbook.toml` in the working folder, or `--config FILE`; the option's name is the key,
3. the environment: variables of the process, and below them the lines of `.env` in the working folder or of `--env-file FILE`,
4. the flags of the command line.

Where several environment names are given, the first one that is set wins. An empty variable counts as not set. A variable
that begins with `DOORBOOK_` and a key of the file must be known, else the server does not start: it says which name was
probably meant. All errors are told at once. `doorbook config check` shows what is in force and where it came from, what was
ignored, and what is dangerous; it shows no secret. It also looks, as the user who runs it, whether files, folders and the
address are there and can be used, and makes none of them; its exit code is 2 when a server would not start or could not take
backups.

Lists have commas or spaces between their parts; in the file they may be lists of texts. Lengths of time are seconds, or a
number with `s`, `m`, `h` or `d` behind it, as in `15m`. Switches are `on` or `off` (also `true` and `false`, `yes` and `no`,
`1` and `0`).

The syntax of `.env`: `NAME=value`, also after `export`; a comment on its own line or behind a value after white space;
`'literal'` and `\"with \\n escapes\"`; `${OTHER}` and `${OTHER:-default}`, which find the process environment first, then the
lines above.
";

const TABLES: &str = "
## Tables of the file

### `[[resources]]`

A protected MCP server. As soon as one was registered, here or elsewhere, unknown ones are refused.

```toml
[[resources]]
url = \"https://notes.example.com/mcp\"   # byte for byte what clients name
name = \"Notes\"                          # for people
scopes = [\"mcp\", \"notes:write=Change your notes\"]  # what it knows, with sentences for consent; left out: all on offer
required_scopes = [\"mcp\"]               # what every request at the gate needs
people = [\"octavia\", \"id:583231\"]     # who may use it; left out: everybody on the access list
token_lifetime = \"15m\"                  # how long its access tokens work, at most as long as the server's
allow_preflight = false                 # whether OPTIONS passes the gate without a token
require_dpop = false                    # whether only tokens pass that are bound to a key (RFC 9449)
calls = [\"https://files.example.com/mcp\"]  # others of this file that its server may call (token exchange, RFC 8693)
```

### `[[clients]]`

A public client that is in the book from the start, also while registration is closed. No door changes it, and no registration
takes its place; what is no longer listed leaves the book at the next start. Clients with a secret are made in the dashboard or
with `doorbook clients create`.

```toml
[[clients]]
id = \"phone\"                                          # what it calls itself: letters, digits, . _ ~ -
name = \"Phone\"                                        # for people
redirect_uris = [\"https://phone.example.com/callback\"]  # left out: programs on people's computers
scope = [\"mcp\"]                                       # the most it may ask for; left out: all on offer
```

### `[[trusted_issuers]]`

A company's identity provider whose word about its people counts (enterprise-managed authorization, ID-JAG): it says who may use
which resource through which client, and nobody is asked here. Only people on the access list get tokens: those listed in
`people`, and those whom the dashboard or `doorbook access add idp:acme:00u1` (`idp:acme:*` for all of them) puts there. They
cannot open the dashboard. A provider that is no longer listed ends what it gave at the next start.

```toml
[[trusted_issuers]]
name = \"acme\"                                    # lower-case letters, digits, -; ids of its people begin idp:acme:
issuer = \"https://login.acme.example\"            # its `iss`, byte for byte
jwks_uri = \"https://login.acme.example/keys\"     # its keys; fetched through the guard, see outbound_exceptions
# keys = [{ kty = \"EC\", crv = \"P-256\", x = \"...\", y = \"...\", kid = \"1\" }]   # or the keys themselves
people = [\"00u1\"]                                # by `sub`; [\"*\"]: all of them; left out: whom the dashboard adds
```

### `[[statement_issuers]]`

Somebody whose software statements count (RFC 7591 section 2.3): what a statement says of a client wins over what the client says
itself. A client whose statement says where it sends people (`redirect_uris`) does not wait for an administrator where `registration`
is `approval`, and people see who vouches for it. Statements of others are refused.

```toml
[[statement_issuers]]
name = \"vendor\"                                  # lower-case letters, digits, -
issuer = \"https://statements.vendor.example\"     # its `iss`, byte for byte
jwks_uri = \"https://statements.vendor.example/keys\"   # its keys; fetched through the guard, see outbound_exceptions
# keys = [{ kty = \"EC\", crv = \"P-256\", x = \"...\", y = \"...\", kid = \"1\" }]   # or the keys themselves
```

### `[scope_sentences]`

What a scope of the server means, in a sentence for the consent page. A resource may say it in its own words.

```toml
[scope_sentences]
\"notes:write\" = \"Change your notes\"
```

## Pages and their switches

| path | what it is | switch |
|---|---|---|
| `/callback` | where GitHub sends people back; the callback URL of the application | `github_client_id` |
| `/success` | shows a code to copy | `out_of_band` |
| `/error` | what went wrong, in words | |
| `/docs` | about this server | `documentation_url` names another page to clients |
| `/register` | registration of clients | `registration` |
| `/verify` | the gate | `proxy_headers`, `gate_sends_bearer` |
| `/health`, `/healthz`, `/readyz` | for monitors | |
| `/metrics` | for Prometheus: on loopback, or with a bearer token | `metrics_token` |
";

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/CONFIG.md");

    #[test]
    fn docs_config_md_is_the_list_of_options() {
        let committed = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(committed == markdown(), "docs/CONFIG.md is old: cargo test --lib write_the_reference -- --ignored");
    }

    #[test]
    #[ignore = "writes docs/CONFIG.md"]
    fn write_the_reference() {
        std::fs::write(FILE, markdown()).unwrap();
    }
}
