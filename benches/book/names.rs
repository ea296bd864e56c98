//! What things are called in the book: the clients that everybody has, tools that somebody wrote, names that try something,
//! and people.

/// Clients of MCP as they register: weight, name, where they send people (`{}` is a port or a number).
pub(super) const EVERYBODYS: [(u64, &str, &str); 12] = [
    (30, "Claude Code", "http://localhost:{}/callback"),
    (18, "Claude", "https://claude.ai/api/mcp/auth_callback"),
    (14, "Cursor", "cursor://anysphere.cursor-retrieval/oauth/user-server-{}/callback"),
    (12, "Visual Studio Code", "http://127.0.0.1:{}/"),
    (8, "ChatGPT", "https://chatgpt.com/connector_platform_oauth_redirect"),
    (6, "MCP Inspector", "http://localhost:6274/oauth/callback"),
    (5, "MCP CLI Proxy", "http://127.0.0.1:{}/oauth/callback"),
    (4, "Gemini CLI", "http://localhost:{}/oauth/callback"),
    (3, "Codex", "http://127.0.0.1:{}/callback"),
    (3, "Goose", "http://localhost:{}/oauth_callback"),
    (2, "LibreChat", "https://chat-{}.example.org/api/mcp/oauth/callback"),
    (2, "n8n", "https://n8n-{}.example.org/rest/oauth2-credential/callback"),
];

const KINDS: [&str; 24] = [
    "Amber", "Brisk", "Copper", "Dapper", "Early", "Faithful", "Gentle", "Hollow", "Idle", "Jolly", "Keen", "Lucid",
    "Mellow", "Nimble", "Olive", "Patient", "Quiet", "Rustic", "Silver", "Tidy", "Umber", "Velvet", "Wary", "Young",
];
const THINGS: [&str; 24] = [
    "Almanac",
    "Beacon",
    "Cabinet",
    "Drawer",
    "Envelope",
    "Ferry",
    "Garden",
    "Harbour",
    "Index",
    "Journal",
    "Kettle",
    "Ledger",
    "Mirror",
    "Notebook",
    "Orchard",
    "Parcel",
    "Quill",
    "Register",
    "Signal",
    "Teapot",
    "Umbrella",
    "Vault",
    "Window",
    "Yardstick",
];

/// The name of the nth tool that somebody wrote, and its host.
pub(super) fn tool(n: usize) -> (String, String) {
    let (kind, thing) = (word(&KINDS, n), word(&THINGS, n / KINDS.len()));
    let round = n / (KINDS.len() * THINGS.len());
    let name = if round == 0 { format!("{kind} {thing}") } else { format!("{kind} {thing} {}", round + 1) };
    (name, format!("{}-{}-{n}.example.net", kind.to_lowercase(), thing.to_lowercase()))
}

/// The one client of its name, for whoever searches for a rare word.
pub(super) const RARE: &str = "Zanzibar Ledger";

/// Names that are long, run from right to left, look like another, or try to be more than a name.
pub(super) const STRANGE: [&str; 14] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "Robert'); DROP TABLE clients;--",
    "{{ 7 * 7 }} ${jndi:ldap://example.org/a}",
    "Сlaude Code",
    "Claude  Code (official) ✓",
    "عميل الملفات والرسائل",
    "לקוח הקבצים של הצוות",
    "会議の議事録を整理する道具",
    "🗝️🚪📖",
    "=HYPERLINK(\"https://example.org\",\"open\")",
    "A client with a name that goes on for rather longer than anybody who drew the table of clients had thought of, \
     and then some more, because nobody told its author to stop",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftswerkzeug",
    "../../admin/clients?confirm=yes&csrf=",
];

const FIRST: [&str; 40] = [
    "Octavia",
    "Ada",
    "Grace",
    "Alan",
    "Barbara",
    "Edsger",
    "Frances",
    "Guido",
    "Hedy",
    "Ivan",
    "Joan",
    "Katherine",
    "Leslie",
    "Margaret",
    "Niklaus",
    "Olga",
    "Peter",
    "Radia",
    "Sophie",
    "Tim",
    "Ursula",
    "Vint",
    "Wendy",
    "Xenia",
    "Yukihiro",
    "Zita",
    "Anders",
    "Bjarne",
    "Carol",
    "Dennis",
    "Evelyn",
    "Fernando",
    "Gladys",
    "Hari",
    "Irena",
    "Jean",
    "Kristen",
    "Lynn",
    "Mary",
    "Noor",
];
const LAST: [&str; 25] = [
    "Kern",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quist",
    "Rossi",
    "Silva",
    "Tanaka",
    "Ueda",
    "Vogel",
    "Weber",
    "Yilmaz",
    "Zhang",
    "Abara",
    "Brandt",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ivanova",
    "Jensen",
];
/// People whose names are not like the others'.
const OTHERS: [&str; 4] =
    ["نور حداد", "田中 花子", "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh", "<b>Bold</b> Person"];

/// The login and the name of the nth person.
pub(super) fn person(n: usize) -> (String, Option<String>) {
    // 40 and 25 have a factor in common: the round moves one of them on, so that nobody comes twice.
    let (first, last) = (word(&FIRST, n), word(&LAST, n / FIRST.len()));
    let round = n / (FIRST.len() * LAST.len());
    let more = if round == 0 { String::new() } else { format!("-{round}") };
    let login = format!("{}-{}{more}", first.to_lowercase(), last.to_lowercase());
    let name = match n % 50 {
        17 => None,
        33 => Some(word(&OTHERS, n / 50).to_owned()),
        _ => Some(format!("{first} {last}")),
    };
    (login, name)
}

/// The protected servers: where, what it is called, what its own scopes allow.
pub(super) const SERVERS: [(&str, &str, &[(&str, &str)]); 12] = [
    ("https://files.example.com/mcp", "Files", &[("files:write", "Change and delete your files")]),
    ("https://notes.example.com/mcp", "Notes", &[("notes:write", "Write into your notes")]),
    ("https://mail.example.com/mcp", "Mail", &[("mail:send", "Send mail in your name")]),
    ("https://calendar.example.com/mcp", "Calendar", &[("calendar:write", "Make and move appointments")]),
    ("https://tickets.example.com/mcp", "Tickets", &[]),
    ("https://search.example.com/mcp", "Search", &[]),
    ("https://warehouse.example.com/mcp", "Data warehouse", &[("query:run", "Run queries that cost money")]),
    ("https://build.example.com/mcp", "Build and release", &[("release:publish", "Publish a release")]),
    ("https://people.example.com/mcp", "People directory", &[]),
    ("https://wiki.example.com/mcp", "Wiki", &[("wiki:edit", "Edit pages")]),
    ("https://monitor.example.com/mcp", "Monitoring", &[]),
    ("https://crm.example.com/mcp", "Customers", &[("crm:write", "Change what is known of customers")]),
];

/// The nth of these, round and round.
fn word<'w>(words: &[&'w str], n: usize) -> &'w str {
    words.get(n % words.len().max(1)).copied().unwrap_or_default()
}
