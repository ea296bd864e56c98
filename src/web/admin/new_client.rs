//! The form for a client that is written into the book by hand, with presets for the clients people have.
use askama::Template;

use super::guard::{Admin, Answer, Numbers};
use crate::{
    base::client::{AuthMethod, GrantType},
    oauth::params::Params,
    web::view::{Field, Link, Pick, Section, Shell},
};

/// `GET /admin/clients/new`; posts to `/admin/clients` with the names of RFC 7591 (`client_name`, `redirect_uris` one a
/// line, `token_endpoint_auth_method`, `grant_types` repeated, `scope`).
#[derive(Template)]
#[template(path = "admin/new_client.html")]
pub struct NewClientPage {
    /// The frame.
    pub shell: Shell,
    /// Presets as links (`?preset=cli`).
    pub presets: Vec<Pick>,
    /// What the chosen preset is for; may be empty.
    pub preset_words: String,
    /// Links to the wrong fields: `#name`, `#uris`, `#method`, `#grants`, `#scope`.
    pub problems: Vec<Link>,
    /// Its name.
    pub name: Field,
    /// Its redirect addresses, one a line.
    pub redirect_uris: Field,
    /// `none`, `client_secret_basic`, `client_secret_post`.
    pub methods: Vec<Pick>,
    /// What is wrong with the method.
    pub method_error: Option<String>,
    /// `authorization_code`, `refresh_token`.
    pub grants: Vec<Pick>,
    /// What is wrong with the grants.
    pub grants_error: Option<String>,
    /// Its scopes.
    pub scope: Field,
}

/// A start for the form.
struct Preset {
    name: &'static str,
    label: &'static str,
    words: &'static str,
    client_name: &'static str,
    redirect_uris: &'static str,
    method: AuthMethod,
}

const PRESETS: [Preset; 6] = [
    Preset {
        name: "cli",
        label: "Command line",
        words: "A program on somebody's own computer. It keeps no secret; any port on loopback will do.",
        client_name: "",
        redirect_uris: "http://127.0.0.1/callback\nhttp://localhost/callback",
        method: AuthMethod::None,
    },
    Preset {
        name: "web",
        label: "Web app",
        words: "A site with a server of its own, which can keep a secret.",
        client_name: "",
        redirect_uris: "https://",
        method: AuthMethod::ClientSecretBasic,
    },
    Preset {
        name: "claude",
        label: "Claude",
        words: "Put the id and the secret under Advanced settings of the connector.",
        client_name: "Claude",
        redirect_uris: "https://claude.ai/api/mcp/auth_callback\nhttps://claude.com/api/mcp/auth_callback",
        method: AuthMethod::ClientSecretPost,
    },
    Preset {
        name: "chatgpt",
        label: "ChatGPT",
        words: "Each connector of ChatGPT has an address of its own: copy it from the form where you make the connector.",
        client_name: "ChatGPT",
        redirect_uris: "https://chatgpt.com/connector/oauth/",
        method: AuthMethod::None,
    },
    Preset {
        name: "cursor",
        label: "Cursor",
        words: "Cursor sends people to three places: to itself, to its site, and to your computer.",
        client_name: "Cursor",
        redirect_uris: "cursor://anysphere.cursor-mcp/oauth/callback\n\
                        https://www.cursor.com/agents/mcp/oauth/callback\nhttp://localhost:8787/callback",
        method: AuthMethod::None,
    },
    Preset {
        name: "vscode",
        label: "VS Code",
        words: "VS Code listens on your computer, or comes back through its site.",
        client_name: "VS Code",
        redirect_uris: "http://127.0.0.1/\nhttp://127.0.0.1:33418/\nhttps://vscode.dev/redirect\n\
                        https://insiders.vscode.dev/redirect",
        method: AuthMethod::None,
    },
];

const METHODS: [(&str, &str); 3] = [
    ("none", "Nothing: PKCE alone, for programs on people's own computers"),
    ("client_secret_basic", "A secret in the header, for servers"),
    ("client_secret_post", "A secret in the form, for servers that cannot send headers"),
];
const GRANTS: [(&str, &str); 2] =
    [("authorization_code", "Ask people to let it in"), ("refresh_token", "Go on while they are away")];

/// `GET /admin/clients/new`.
pub async fn get(admin: Admin) -> Answer {
    let ((), numbers) = admin.read(|_| Ok(())).await?;
    let wanted = admin.one("preset");
    let preset = PRESETS.iter().find(|preset| preset.name == wanted);
    let mut page = form(&admin, &numbers, wanted);
    let method = preset.map_or(AuthMethod::None, |preset| preset.method);
    page.methods = METHODS.iter().map(|(value, label)| Pick::new(value, label, method.as_str())).collect();
    page.grants = picked(&GrantType::ALL.map(GrantType::as_str));
    page.scope.value = admin.desk.config.policy.scopes.to_string();
    if let Some(preset) = preset {
        page.preset_words = preset.words.into();
        page.name.value = preset.client_name.into();
        page.redirect_uris.value = preset.redirect_uris.into();
    }
    admin.page(&page)
}

/// The form as it was sent, for when something in it is wrong.
pub(super) fn sent(admin: &Admin, numbers: &Numbers) -> NewClientPage {
    let sent: &Params = &admin.sent;
    let field = |name: &str| Field { value: sent.one(name).ok().flatten().unwrap_or_default().into(), error: None };
    let method = admin.one("token_endpoint_auth_method");
    NewClientPage {
        name: field("client_name"),
        redirect_uris: field("redirect_uris"),
        methods: METHODS.iter().map(|(value, label)| Pick::new(value, label, method)).collect(),
        grants: picked(&sent.many("grant_types")),
        scope: field("scope"),
        ..form(admin, numbers, "")
    }
}

fn form(admin: &Admin, numbers: &Numbers, preset: &str) -> NewClientPage {
    let start = |p: &Preset| Pick {
        value: format!("{}?preset={}", admin.at("/clients/new"), p.name),
        label: p.label.into(),
        chosen: p.name == preset,
    };
    NewClientPage {
        shell: admin.shell(Section::Clients, numbers),
        presets: PRESETS.iter().map(start).collect(),
        preset_words: String::new(),
        problems: Vec::new(),
        name: Field::default(),
        redirect_uris: Field::default(),
        methods: Vec::new(),
        method_error: None,
        grants: Vec::new(),
        grants_error: None,
        scope: Field::default(),
    }
}

fn picked(chosen: &[&str]) -> Vec<Pick> {
    let pick = |(value, label): &(&str, &str)| Pick {
        value: (*value).into(),
        label: (*label).into(),
        chosen: chosen.contains(value),
    };
    GRANTS.iter().map(pick).collect()
}
