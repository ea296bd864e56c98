//! The list of options, one by one, and how the sources lie on top of each other.

use std::collections::BTreeMap;

use super::{
    options::{ALL, Facts},
    report::Source,
    *,
};
use crate::base::{time::Span, trusted::IssuerKeys};

/// A GitHub application, so that neither list nor address decides about local mode.
const APP: [(&str, &str); 2] =
    [("GITHUB_CLIENT_ID", "Iv1.a"), ("GITHUB_CLIENT_SECRET", "0123456789abcdef0123456789abcdef")];

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load(pairs: &[(&str, &str)]) -> Result<Loaded, Box<Refused>> {
    Config::load(&Overrides::default(), &Sources { env: env(pairs), ..Sources::default() })
}

fn good(pairs: &[(&str, &str)]) -> Loaded {
    load(pairs).unwrap_or_else(|refused| panic!("{pairs:?}: {:?}", refused.errors))
}

fn bad(pairs: &[(&str, &str)]) -> Vec<String> {
    load(pairs).err().map(|r| r.errors.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

fn with_file(toml: &str) -> Result<Loaded, Box<Refused>> {
    Config::load(&Overrides::default(), &Sources { toml: Some(toml.into()), ..Sources::default() })
}

fn facts(key: &str) -> &'static Facts {
    ALL.into_iter().find(|facts| facts.key == key).unwrap()
}

fn shown(report: &Report, key: &str) -> (String, Source) {
    let line = report.understood.iter().find(|u| u.facts.key == key).unwrap();
    (line.shown.clone(), line.source.clone())
}

const LONG_NAME: &str =
    "a name that goes on and on and on and on and on and on and on and on and on and on and on and on and on";

/// For every option: a value it takes, and one it does not. The list and this table have the same length.
const EXAMPLES: [(&str, &str, &str); 58] = [
    ("public_url", "https://door.example/auth", "http://door.example"),
    ("bind", "[::1]:9000", "8000"),
    ("workers", "2", "0"),
    ("database", "sqlite:///srv/doorbook.db", "postgres://h/d"),
    ("master_key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "hunter2"),
    ("master_key_file", "/run/secrets/key", "/run/secrets/"),
    ("backup_folder", "/var/backups/doorbook", "backups"),
    ("github_client_id", "Iv1.b", "two words"),
    ("github_client_secret", "fedcba9876543210", "hunter2 hunter2"),
    ("github_url", "https://git.example/hub/", "git.example"),
    ("github_api_url", "http://127.0.0.1:9999/api", "ftp://git.example"),
    ("allowed_users", "Ada, id:583231 *", "a;b"),
    ("admin_users", "ada", "*"),
    ("registration", "closed", "maybe"),
    ("most_clients", "500", "0"),
    ("allowed_redirect_hosts", "claude.ai, *.vscode.dev", "https://claude.ai"),
    ("denied_redirect_hosts", "evil.example", "evil.example/cb"),
    ("redirect_schemes", "cursor, vscode://", "1password"),
    ("refused_names", "Bank of Ada, Root", LONG_NAME),
    ("look_alikes", "refuse", "perhaps"),
    ("client_documents", "ask", "perhaps"),
    ("client_document_hosts", "claude.ai, *.vscode.dev", "https://claude.ai"),
    ("reuse_registrations", "on", "perhaps"),
    ("out_of_band", "on", "perhaps"),
    ("allowed_clients", "desk, phone|https://phone.example/cb", "https://a.example/client"),
    ("require_pushed_authorization_requests", "on", "perhaps"),
    ("scopes", "mcp notes:read", "a\\b"),
    ("default_scope", "mcp", "notes:read"),
    ("signing_algorithm", "eddsa", "HS256"),
    ("dpop_nonces", "on", "perhaps"),
    ("access_token_lifetime", "15m", "5s"),
    ("refresh_token_lifetime", "90d", "1m"),
    ("refresh_grace", "0", "1h"),
    ("code_lifetime", "2m", "1h"),
    ("request_lifetime", "600", "2h"),
    ("session_lifetime", "3600", "1"),
    ("client_secret_lifetime", "7776000", "1s"),
    ("secret_overlap", "1h", "31d"),
    ("unused_client_lifetime", "2d", "1m"),
    ("idle_client_lifetime", "365d", "1h"),
    ("tombstone_lifetime", "30d", "1h"),
    ("audit_lifetime", "30d", "1h"),
    ("trusted_proxies", "10.0.0.5, 172.16.0.0/12,::1", "proxy"),
    ("proxy_headers", "nginx", "apache"),
    ("gate_sends_bearer", "on", "both"),
    ("rate_limit", "off", "never"),
    ("shared_egress", "none", "claude"),
    ("outbound_exceptions", "apps.internal=10.0.0.0/8,other.internal", "apps.internal=ten"),
    ("outbound_ca_file", "/etc/ssl/ours.pem", "/etc/ssl/"),
    ("log_format", "json", "xml"),
    ("log_level", "WARNING", "loud"),
    ("log_file", "/var/log/doorbook.log", "/var/log/"),
    ("metrics_token", "0123456789abcdef", "hunter2"),
    ("webhook_url", "https://ntfy.example/doorbook", "ntfy.example"),
    ("webhook_secret", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "whsec_AAAA"),
    ("documentation_url", "https://door.example/docs", "http://door.example/docs"),
    ("policy_url", "https://door.example/policy", "javascript:alert(1)"),
    ("terms_url", "https://door.example/terms", "terms"),
];

#[test]
fn every_option_is_read_from_every_source_and_refuses_nonsense() {
    let keys: Vec<_> = EXAMPLES.iter().map(|(key, ..)| *key).collect();
    assert_eq!(keys, ALL.map(|facts| facts.key));
    for (key, value, nonsense) in EXAMPLES {
        let facts = facts(key);
        let expected = if facts.secret { "(set)" } else { value };
        let mut sources = Sources { env: env(&APP), ..Sources::default() };

        sources.toml = Some(format!("{key} = {value:?}\n"));
        sources.env.remove(facts.env);
        let loaded = Config::load(&Overrides::default(), &sources);
        let report = loaded.map(|l| l.report).unwrap_or_else(|r| r.report);
        assert_eq!(shown(&report, key), (expected.into(), Source::File("doorbook.toml".into())));

        sources.dotenv = Some(format!("{}='{value}'", facts.env));
        let report = Config::load(&Overrides::default(), &sources)
            .map(|l| l.report)
            .unwrap_or_else(|r| panic!("{:?}", r.errors));
        assert_eq!(shown(&report, key), (expected.into(), Source::EnvFile(facts.env, ".env".into())));

        sources.env.insert(facts.env.into(), value.into());
        let report = Config::load(&Overrides::default(), &sources)
            .map(|l| l.report)
            .unwrap_or_else(|r| panic!("{:?}", r.errors));
        assert_eq!(shown(&report, key), (expected.into(), Source::Environment(facts.env)));

        if let Some(flag) = facts.flag {
            let overrides =
                Overrides { flags: BTreeMap::from([(facts.key, value.to_owned())]), ..Overrides::default() };
            let report =
                Config::load(&overrides, &sources).map(|l| l.report).unwrap_or_else(|r| panic!("{:?}", r.errors));
            assert_eq!(shown(&report, key), (expected.into(), Source::Flag(flag)));
        }

        sources.env.insert(facts.env.into(), nonsense.into());
        let refused =
            Config::load(&Overrides::default(), &sources).err().unwrap_or_else(|| panic!("{key} took {nonsense}"));
        let error = refused
            .errors
            .iter()
            .find(|e| e.name == facts.env)
            .unwrap_or_else(|| panic!("{key}: {:?}", refused.errors));
        assert!(!facts.secret || !error.to_string().contains("hunter2"), "{error}");
        assert!(facts.secret || key == "default_scope" || error.problem.contains(nonsense), "{error}");
    }
}

#[test]
fn every_default_is_good_and_every_name_is_unique() {
    good(&[]);
    let mut names: Vec<_> = ALL.iter().flat_map(|f| f.aliases.iter().chain([&f.env])).collect();
    names.sort();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    for facts in ALL {
        assert!(facts.doc.ends_with('.'), "{}", facts.key);
        assert!(
            predecessors::ignored(facts.env).is_none()
                && facts.aliases.iter().all(|a| predecessors::ignored(a).is_none())
        );
    }
}

#[test]
fn a_newcomer_gets_local_mode_on_loopback() {
    let loaded = good(&[]);
    let config = loaded.config;
    assert_eq!((config.issuer.as_str(), config.bind.to_string().as_str()), ("http://127.0.0.1:8000", "127.0.0.1:8000"));
    assert_eq!(config.database, Backend::Sqlite("doorbook.db".into()));
    assert!(matches!(config.master_key, MasterKey::File(path) if path.ends_with("doorbook.key")));
    assert!(config.sign_in.is_local() && config.access.is_empty());
    assert_eq!(config.policy.scopes.to_string(), "mcp offline_access");
    assert_eq!(config.policy.default_scope.to_string(), "mcp");
    assert_eq!(config.policy.lifetimes.access_token, crate::base::time::Span::hours(1));
    assert_eq!(config.policy.lifetimes.client_secret, None);
    assert!(config.network.trusted_proxies.iter().all(|net| net.addr().is_loopback()));
    assert!(config.network.rate_limit && !config.gate.sends_bearer && config.metrics_token.is_none());
    assert!(loaded.report.ignored.is_empty() && loaded.report.dangers.is_empty());
}

#[test]
fn the_public_url_follows_the_address_until_it_is_set() {
    for (bind, url) in [
        ("127.0.0.1:9001", "http://127.0.0.1:9001"),
        ("[::1]:9001", "http://[::1]:9001"),
        ("localhost:80", "http://127.0.0.1"),
    ] {
        assert_eq!(good(&[("DOORBOOK_BIND", bind)]).config.issuer.as_str(), url);
    }
    assert_eq!(bad(&[("DOORBOOK_BIND", "127.0.0.1:0")]).len(), 1);
}

#[test]
fn without_github_nobody_elsewhere_can_reach_it() {
    for open in [
        [("DOORBOOK_BIND", "0.0.0.0:8000"), ("DOORBOOK_PUBLIC_URL", "http://localhost:8000")],
        [("DOORBOOK_BIND", "127.0.0.1:8000"), ("DOORBOOK_PUBLIC_URL", "https://door.example")],
    ] {
        let loaded = good(&open);
        assert!(matches!(loaded.config.sign_in, SignIn::Unset), "{open:?}");
        assert!(loaded.report.notes.iter().any(|note| note.name.contains("GITHUB_CLIENT_ID")), "{open:?}");
    }
    for half in APP {
        let told = bad(&[half]);
        assert!(matches!(told.as_slice(), [one] if one.contains("set both")), "{told:?}");
    }
    let unfilled = good(&[("GITHUB_CLIENT_ID", ""), ("GITHUB_CLIENT_SECRET", " "), ("ALLOWED_GITHUB_USERS", "ada")]);
    assert!(unfilled.config.sign_in.is_local() && unfilled.config.access.is_empty());
    assert_eq!(unfilled.report.ignored.len(), 1);
}

#[test]
fn with_github_the_lists_decide() {
    let with = |more: &[(&str, &str)]| good(&[&APP[..], more].concat());
    let loaded = with(&[
        ("ALLOWED_GITHUB_USERS", " Ada ,BOB,id:7"),
        ("ADMIN_GITHUB_USERS", "ada"),
        ("DOORBOOK_BIND", "0.0.0.0:80"),
    ]);
    let who: Vec<_> = loaded.config.access.iter().map(|(who, role)| format!("{who} {}", role.as_str())).collect();
    assert_eq!(who, ["ada administrator", "bob member", "id:7 member"]);
    assert!(loaded.report.dangers.iter().any(|r| r.name == "DOORBOOK_BIND" && r.text.contains("without TLS")));
    assert!(loaded.report.notes.iter().any(|r| r.name == "DOORBOOK_TRUSTED_PROXIES"));
    let SignIn::GitHub(github) = loaded.config.sign_in else { panic!("local") };
    assert_eq!((github.site.web.as_str(), github.site.api.as_str()), ("https://github.com", "https://api.github.com"));
    assert!(!format!("{github:?}").contains("0123456789abcdef"));

    let nobody = with(&[("ALLOWED_GITHUB_USERS", " , ")]);
    assert!(nobody.config.access.is_empty() && nobody.report.dangers.iter().any(|r| r.text.contains("nobody")));
    let everybody = with(&[("ALLOWED_GITHUB_USERS", "ada,*")]);
    assert!(everybody.report.dangers.iter().any(|r| r.text.starts_with("* lets everybody in")));

    let enterprise = with(&[("GITHUB_URL", "https://git.example/hub/")]).config.sign_in;
    assert!(
        matches!(enterprise, SignIn::GitHub(g) if g.site.web == "https://git.example/hub" && g.site.api == "https://git.example/hub/api/v3")
    );
    let https = with(&[("DOORBOOK_PUBLIC_URL", "https://door.example"), ("ADMIN_GITHUB_USERS", "ada")]);
    assert!(https.report.dangers.is_empty() && https.report.notes.is_empty());
    let clear = with(&[("GITHUB_URL", "http://git.example"), ("ADMIN_GITHUB_USERS", "ada")]);
    assert_eq!(clear.report.dangers.iter().filter(|r| r.text.contains("without TLS")).count(), 2);
}

#[test]
fn all_errors_come_at_once() {
    let told = bad(&[
        ("DOORBOOK_BIND", "8000"),
        ("DATABASE_URL", "mysql://root:hunter2@h/d"),
        ("DOORBOOK_WORKERS", "many"),
        ("DOORBOOK_PUBLICURL", "https://door.example"),
        ("DOORBOOK_PUBLIC_URL", "door.example"),
        ("ACCESS_TOKEN_LIFETIME", "soon"),
        ("GITHUB_CLIENT_ID", "Iv1.a"),
        ("DOORBOOK_MASTER_KEY", "hunter2"),
        ("DOORBOOK_SCOPES", "notes"),
        ("DOORBOOK_DEFAULT_SCOPE", "mcp"),
    ]);
    for part in [
        "DOORBOOK_BIND (environment): `8000` cannot be used; write address:port",
        "DATABASE_URL (environment): `mysql://***@h/d` cannot be used",
        "DOORBOOK_WORKERS",
        "DOORBOOK_PUBLIC_URL (environment): `door.example`",
        "DOORBOOK_PUBLICURL (environment): no option has this name; write DOORBOOK_PUBLIC_URL",
        "ACCESS_TOKEN_LIFETIME (environment): `soon`",
        "GITHUB_CLIENT_SECRET (not set)",
        "DOORBOOK_MASTER_KEY (environment): write 32 bytes",
        "mcp is not on offer",
    ] {
        assert!(told.iter().any(|line| line.contains(part)), "{part}: {told:#?}");
    }
    assert!(told.iter().all(|line| !line.contains("hunter2")), "{told:#?}");
    assert_eq!(told.len(), 9, "{told:#?}");
}

#[test]
fn a_predecessors_file_is_understood() {
    let dotenv = "\
BASE_DOMAIN=gate.example          # the domain
GITHUB_CLIENT_ID=Iv1.a
GITHUB_CLIENT_SECRET='0123456789abcdef0123456789abcdef'
ALLOWED_GITHUB_USERS=someone, user1
GATEWAY_JWT_SECRET=short
JWT_SECRET=${GATEWAY_JWT_SECRET}
JWT_ALGORITHM=HS256
JWT_PRIVATE_KEY_B64=aHVudGVyMg==
ACCESS_TOKEN_LIFETIME=86400
REFRESH_TOKEN_LIFETIME=2592000
SESSION_TIMEOUT=3600
CLIENT_LIFETIME=0
MCP_CORS_ORIGINS=*
MCP_PROTOCOL_VERSION=2025-06-18
REDIS_URL=redis://:hunter2@redis:6379/0
REDIS_PASSWORD=hunter2
MCP_FETCH_ENABLED=true
LOG_LEVEL=DEBUG
LOG_FILE=/logs/auth.log
ENABLE_DCR=true
EDITOR=vi
";
    let sources = Sources { dotenv: Some(dotenv.into()), ..Sources::default() };
    let loaded = Config::load(&Overrides::default(), &sources).unwrap_or_else(|r| panic!("{:?}", r.errors));
    let (config, report) = (loaded.config, loaded.report);
    assert_eq!(config.issuer.as_str(), "https://auth.gate.example");
    assert_eq!(config.algorithm, SigningAlgorithm::Es256);
    assert_eq!(config.access.len(), 2);
    assert_eq!(config.policy.lifetimes.client_secret, None);
    assert_eq!(config.policy.lifetimes.access_token.as_seconds(), 86_400);
    assert_eq!(config.policy.lifetimes.session.as_seconds(), 3_600);
    assert_eq!((config.log.level, config.log.file), (log::LevelFilter::Debug, Some("/logs/auth.log".into())));
    let ignored: Vec<_> = report.ignored.iter().map(|r| r.name.as_str()).collect();
    for name in [
        "GATEWAY_JWT_SECRET",
        "JWT_ALGORITHM",
        "JWT_PRIVATE_KEY_B64",
        "MCP_CORS_ORIGINS",
        "MCP_FETCH_ENABLED",
        "REDIS_URL",
    ] {
        assert!(ignored.contains(&name), "{name}: {ignored:?}");
    }
    assert!(!ignored.contains(&"EDITOR"));
    assert!(report.dangers.iter().any(|r| r.name == "JWT_ALGORITHM" && r.text.starts_with("HS256")));
    assert!(report.dangers.iter().any(|r| r.name == "GATEWAY_JWT_SECRET"));
    assert!(report.notes.iter().any(|r| r.name == "CLIENT_LIFETIME" && r.text.contains("harmless")));
    let (text, json) = (check::text(&report, &[]), check::json(&report, &[]).to_string());
    for secret in ["hunter2", "0123456789abcdef", "aHVudGVyMg"] {
        assert!(!text.contains(secret) && !json.contains(secret), "{text}");
    }
    assert!(text.contains("BASE_DOMAIN in .env") && json.contains("BASE_DOMAIN in .env"));
}

#[test]
fn the_first_name_that_is_set_wins() {
    let loaded = good(&[
        ("CLIENT_LIFETIME", "7776000"),
        ("OAUTH_CLIENT_LIFETIME", "0"),
        ("DOORBOOK_LOG_LEVEL", ""),
        ("LOG_LEVEL", "warn"),
    ]);
    assert_eq!(loaded.config.policy.lifetimes.client_secret, Some(crate::base::time::Span::days(90)));
    assert_eq!(loaded.report.ignored.len(), 1);
    assert_eq!(loaded.config.log.level, log::LevelFilter::Warn);
}

#[test]
fn an_orchestrators_variables_are_no_typing_errors() {
    let loaded = good(&[
        ("DOORBOOK_SERVICE_HOST", "10.0.0.1"),
        ("DOORBOOK_SERVICE_PORT", "8000"),
        ("DOORBOOK_PORT", "tcp://10.0.0.1:8000"),
        ("DOORBOOK_PORT_8000_TCP_ADDR", "10.0.0.1"),
    ]);
    assert_eq!(loaded.report.ignored.len(), 4);
    assert_eq!(bad(&[("DOORBOOK_PORT", "8000")]).len(), 1);
}

#[test]
fn the_file_has_texts_numbers_switches_lists_and_tables() {
    let loaded = with_file(
        r#"
        workers = 2
        rate_limit = false
        scopes = ["mcp", "notes:write"]
        trusted_proxies = []
        shared_egress = ""

        [[resources]]
        url = "https://notes.example/mcp"
        name = "Notes"
        scopes = ["mcp", "notes:read=Read your notes"]
        required_scopes = "mcp"
        people = ["Octavia", "id:1"]
        token_lifetime = "15m"
        allow_preflight = true
        require_dpop = true
        calls = ["http://127.0.0.1:9000"]

        [[resources]]
        url = "http://127.0.0.1:9000"

        [scope_sentences]
        "notes:write" = "Change your notes"
        "#,
    );
    let config = loaded.unwrap_or_else(|r| panic!("{:?}", r.errors)).config;
    assert_eq!((config.workers, config.network.rate_limit), (Some(2), false));
    assert!(config.network.trusted_proxies.is_empty() && config.network.shared_egress.len() == 1);
    assert_eq!(config.policy.default_scope.to_string(), "mcp");
    let [notes, plain] = config.resources.as_slice() else { panic!("two") };
    assert_eq!((notes.name.as_str(), notes.required_scopes.to_string().as_str()), ("Notes", "mcp"));
    let said = [("mcp", ""), ("notes:read", "Read your notes")].map(|(s, w)| (s.to_owned(), w.to_owned()));
    assert_eq!((notes.scopes.as_slice(), notes.token_life), (&said[..], Some(Span::minutes(15))));
    assert_eq!(notes.people, [Who::Login("octavia".into()), Who::Number("1".into())]);
    assert!(
        notes.allow_preflight
            && !plain.allow_preflight
            && notes.require_dpop
            && !plain.require_dpop
            && plain.scopes.is_empty()
            && plain.people.is_empty()
    );
    assert_eq!((plain.name.as_str(), plain.token_life), ("127.0.0.1:9000", None));
    assert_eq!(config.calls, [Call { caller: notes.uri.clone(), target: plain.uri.clone() }]);
    assert_eq!(config.scope_sentences["notes:write"], "Change your notes");
}

#[test]
fn a_trusted_issuer_has_a_name_keys_and_people_on_the_access_list() {
    let toml = r#"
        [[trusted_issuers]]
        name = "acme"
        issuer = "https://login.acme.example/"
        jwks_uri = "https://login.acme.example/keys"
        people = ["00u1", "a/b"]

        [[trusted_issuers]]
        name = "beta"
        issuer = "https://beta.example"
        keys = [{ kty = "OKP", crv = "Ed25519", x = "AA" }]
        people = ["*"]
        "#;
    let config = with_file(toml).unwrap_or_else(|r| panic!("{:?}", r.errors)).config;
    let [acme, beta] = config.trusted_issuers.as_slice() else { panic!("two") };
    assert_eq!((acme.name.as_str(), acme.issuer.as_str()), ("acme", "https://login.acme.example/"));
    assert_eq!(acme.keys, IssuerKeys::At("https://login.acme.example/keys".into()));
    let keys = serde_json::json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}]});
    assert_eq!(beta.keys, IssuerKeys::Given(keys));
    let people: Vec<_> = config.access.iter().map(|(who, role)| (who.to_string(), *role)).collect();
    let member = |who: &str| (who.to_owned(), Role::Member);
    assert_eq!(people, ["idp:acme:00u1", "idp:acme:a%2Fb", "idp:beta:*"].map(member));
    assert!(config.policy.identity_assertions);
    let twice = toml.replace("beta", "acme");
    assert!(with_file(&twice).err().unwrap().errors[0].to_string().contains("twice"));
}

#[test]
fn a_wrong_file_is_told_line_by_line() {
    for (toml, part) in [
        ("a = \n", "line 1"),
        ("workers = 1\nmaster_key = \"hunter2\nx", "not TOML"),
        ("publc_url = 'x'", "write public_url"),
        ("DOORBOOK_BIND = 'x'", "write bind"),
        ("[github]\nclient_id = 'x'", "docs/CONFIG.md"),
        ("bind = 1.5", "write a text"),
        ("workers = [1]", "write a text"),
        ("workers = 0", "workers (doorbook.toml): `0` cannot be used; write a number"),
        ("bind = {}", "write a text"),
        ("resources = 'x'", "[[resources]]"),
        ("[[resources]]\nurl = 'http://notes.example'", "resources[0].url"),
        ("[[resources]]\nurl = 'https://a.example'\nscope = 'x'", "write scopes"),
        ("[[resources]]\nurl = 'https://a.example'\n[[resources]]\nurl = 'https://a.example/'", "twice"),
        ("[[resources]]\nurl = 'https://a.example'\ncalls = ['b']", "resources[0].calls"),
        ("[[resources]]\nurl = 'https://a.example'\nname = ''", "resources[0].name"),
        ("[[resources]]\nurl = 'https://a.example'\nscopes = ['a b']", "resources[0].scopes"),
        ("[[resources]]\nurl = 'https://a.example'\nscopes = ['a', 'a=Again']", "resources[0].scopes"),
        ("[[resources]]\nurl = 'https://a.example'\npeople = ['a b']", "resources[0].people"),
        ("[[resources]]\nurl = 'https://a.example'\ntoken_lifetime = '31d'", "resources[0].token_lifetime"),
        ("clients = 'x'", "[[clients]]"),
        ("[[clients]]\nid = 'a b'", "clients[0].id"),
        ("[[clients]]\nid = 'desk'\nredirect_uris = ['http://a.example/cb']", "clients[0].redirect_uris"),
        ("[[clients]]\nid = 'desk'\nredirect_uri = 'x'", "write redirect_uris"),
        ("[[clients]]\nid = 'desk'\nscope = 'admin'", "clients[0].scope"),
        ("allowed_clients = 'desk'\n[[clients]]\nid = 'desk'", "twice"),
        ("[scope_sentences]\nmcp = 1", "scope_sentences.mcp"),
        ("trusted_issuers = 'x'", "[[trusted_issuers]]"),
        ("[[trusted_issuers]]\nname = 'Acme'", "trusted_issuers[0].name"),
        ("[[trusted_issuers]]\nname = 'acme'\nissuer = 'http://a.example'", "trusted_issuers[0].issuer"),
        ("[[trusted_issuers]]\nname = 'acme'\nissuer = 'https://a.example'", "jwks_uri, or keys"),
        ("[[trusted_issuers]]\njwks_uri = 'http://a.example'", "trusted_issuers[0].jwks_uri"),
        ("[[trusted_issuers]]\nkeys = [{ kty = 'oct', k = 'hunter2' }]", "trusted_issuers[0].keys"),
        ("[[trusted_issuers]]\nkeys = [{ kty = 'EC', d = 'hunter2' }]", "trusted_issuers[0].keys"),
        ("[[trusted_issuers]]\nname = 'acme'\npeople = 'ada'", "trusted_issuers[0].people"),
        ("[[trusted_issuers]]\nname = 'acme'\nkey = []", "write keys"),
        ("statement_issuers = 'x'", "[[statement_issuers]]"),
        ("[[statement_issuers]]\nname = 'vendor'\nissuer = 'https://a.example'", "jwks_uri, or keys"),
        ("[[statement_issuers]]\npeople = ['ada']", "one of name, issuer, jwks_uri, keys"),
        ("admin_users = 'idp:acme:1'", "cannot sign in"),
    ] {
        let errors = with_file(toml).err().map(|r| r.errors).unwrap_or_default();
        let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|line| line.contains(part)), "{toml}: {told:?}");
        assert!(told.iter().all(|line| !line.contains("hunter2")), "{told:?}");
    }
}

#[test]
fn the_master_key_is_in_one_place_only() {
    let key = ("DOORBOOK_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    assert!(matches!(good(&[key]).config.master_key, MasterKey::Given(_)));
    assert_eq!(bad(&[key, ("DOORBOOK_MASTER_KEY_FILE", "k")]).len(), 1);
    assert_eq!(bad(&[("DATABASE_URL", "same"), ("DOORBOOK_MASTER_KEY_FILE", "same")]).len(), 1);
}

#[test]
fn the_default_scope_follows_the_scopes() {
    for (scopes, default) in
        [("mcp read", "mcp"), ("offline_access read write", "read"), ("offline_access", "offline_access")]
    {
        assert_eq!(good(&[("DOORBOOK_SCOPES", scopes)]).config.policy.default_scope.to_string(), default);
    }
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| Some(folder.path().join(name));
    std::fs::write(folder.path().join("door.env"), "DOORBOOK_BIND=127.0.0.1:9001").unwrap();
    std::fs::write(folder.path().join("latin1.toml"), b"a = '\xe9'").unwrap();
    let missing = Overrides { config: path("latin1.toml"), env_file: path("missing.env"), ..Overrides::default() };
    let told: Vec<_> = Sources::read(&missing).err().unwrap().iter().map(ToString::to_string).collect();
    assert!(matches!(told.as_slice(), [a, b] if a.contains("missing.env") && b.contains("latin1.toml")), "{told:?}");
    let there = Overrides { env_file: path("door.env"), ..Overrides::default() };
    assert_eq!(Sources::read(&there).ok().unwrap().dotenv.as_deref(), Some("DOORBOOK_BIND=127.0.0.1:9001"));
}
