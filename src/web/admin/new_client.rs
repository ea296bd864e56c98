//! The form for a client that is written into the book by hand, with presets for the clients people have.
use actix_web::http::StatusCode;
use askama::Template;

use super::{
    client_actions::{once, page_of},
    guard::{Admin, Answer, Numbers},
};
use crate::{
    base::{
        client::{AuthMethod, GrantType},
        scope::ScopeSet,
    },
    flows::clients as flow,
    oauth::{error::OAuthError, params::Params, registration::Request, why::Why},
    store::Stop,
    web::{
        pages::authorize::html,
        view::{Field, Link, Pick, Section, Shell},
    },
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
    /// What it may do: one box a grant.
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
    grants: &'static [GrantType],
}

const PRESETS: [Preset; 7] = [
    Preset {
        name: "cli",
        label: "Command line",
        words: "A program on somebody's own computer. It keeps no secret; any port on loopback will do.",
        client_name: "",
        redirect_uris: "http://127.0.0.1/callback\nhttp://localhost/callback",
        method: AuthMethod::None,
        grants: &GrantType::DEFAULT,
    },
    Preset {
        name: "web",
        label: "Web app",
        words: "A site with a server of its own, which can keep a secret.",
        client_name: "",
        redirect_uris: "https://",
        method: AuthMethod::ClientSecretBasic,
        grants: &GrantType::DEFAULT,
    },
    Preset {
        name: "service",
        label: "Service account",
        words: "A program without a person, such as a nightly job. It shows its secret and gets a token in its own name: \
                nobody is asked, so anybody with the secret may do what it may do.",
        client_name: "",
        redirect_uris: "",
        method: AuthMethod::ClientSecretBasic,
        grants: &[GrantType::ClientCredentials],
    },
    Preset {
        name: "claude",
        label: "Claude",
        words: "Put the id and the secret under Advanced settings of the connector.",
        client_name: "Claude",
        redirect_uris: "https://claude.ai/api/mcp/auth_callback\nhttps://claude.com/api/mcp/auth_callback",
        method: AuthMethod::ClientSecretPost,
        grants: &GrantType::DEFAULT,
    },
    Preset {
        name: "chatgpt",
        label: "ChatGPT",
        words: "Each connector of ChatGPT has an address of its own: copy it from the form where you make the connector.",
        client_name: "ChatGPT",
        redirect_uris: "https://chatgpt.com/connector/oauth/",
        method: AuthMethod::None,
        grants: &GrantType::DEFAULT,
    },
    Preset {
        name: "cursor",
        label: "Cursor",
        words: "Cursor sends people to three places: to itself, to its site, and to your computer.",
        client_name: "Cursor",
        redirect_uris: "cursor://anysphere.cursor-mcp/oauth/callback\n\
                        https://www.cursor.com/agents/mcp/oauth/callback\nhttp://localhost:8787/callback",
        method: AuthMethod::None,
        grants: &GrantType::DEFAULT,
    },
    Preset {
        name: "vscode",
        label: "VS Code",
        words: "VS Code listens on your computer, or comes back through its site.",
        client_name: "VS Code",
        redirect_uris: "http://127.0.0.1/\nhttp://127.0.0.1:33418/\nhttps://vscode.dev/redirect\n\
                        https://insiders.vscode.dev/redirect",
        method: AuthMethod::None,
        grants: &GrantType::DEFAULT,
    },
];

const METHODS: [(&str, &str); 3] = [
    ("none", "Nothing: PKCE alone, for programs on people's own computers"),
    ("client_secret_basic", "A secret in the header, for servers"),
    ("client_secret_post", "A secret in the form, for servers that cannot send headers"),
];
const GRANTS: [(GrantType, &str); 5] = [
    (GrantType::AuthorizationCode, "Ask people to let it in"),
    (GrantType::RefreshToken, "Go on while they are away"),
    (GrantType::DeviceCode, "Sign in on devices without a browser, by a code"),
    (GrantType::ClientCredentials, "Act in its own name, with no person behind it"),
    (GrantType::JwtBearer, "Bring people whom a trusted identity provider vouches for"),
];

/// `GET /admin/clients/new`.
pub async fn get(admin: Admin) -> Answer {
    let ((), numbers) = admin.read(|_| Ok(())).await?;
    let wanted = admin.one("preset");
    let preset = PRESETS.iter().find(|preset| preset.name == wanted);
    let mut page = form(&admin, &numbers, wanted);
    let method = preset.map_or(AuthMethod::None, |preset| preset.method);
    let grants = preset.map_or(&GrantType::DEFAULT[..], |preset| preset.grants);
    page.methods = METHODS.iter().map(|(value, label)| Pick::new(value, label, method.as_str())).collect();
    page.grants = picked(&admin, &grants.iter().map(|grant| grant.as_str()).collect::<Vec<_>>());
    page.scope.value = admin.desk.config.policy.scopes.to_string();
    if let Some(preset) = preset {
        page.preset_words = preset.words.into();
        page.name.value = preset.client_name.into();
        page.redirect_uris.value = preset.redirect_uris.into();
    }
    admin.page(&page)
}

/// `POST /admin/clients`: writes it into the book, and shows what is shown once.
pub async fn post(admin: Admin) -> Answer {
    let request = match read(&admin) {
        Ok(request) => request,
        Err(problem) => return again(&admin, problem).await,
    };
    match flow::create(&admin.desk, &admin.call, &admin.actor(), request).await {
        Ok(made) => {
            let panel = once(&admin, &made.client, made.secret.as_ref(), made.registration_token.as_ref());
            admin.reveal(panel, &page_of(&made.client.id))
        }
        Err(Stop::Refuse(error)) => again(&admin, Problem::of(&error)).await,
        Err(stop) => admin.take(Err(stop)).await,
    }
}

/// What is wrong with the form, and where.
struct Problem {
    place: &'static str,
    words: String,
}

impl Problem {
    fn of(error: &OAuthError) -> Self {
        let place = match error.why() {
            Why::AuthMethodUnsupported | Why::GrantNeedsSecret => "method",
            Why::GrantTypesUnsupported | Why::GrantResponseDiffer => "grants",
            why if why.slug().starts_with("redirect_") => "uris",
            _ => "name",
        };
        let words = match error.value() {
            Some(value) => format!("{}: {value}", error.description()),
            None => error.description().to_owned(),
        };
        Self { place, words }
    }
}

/// The form as a registration. What registration would drop without a word is told to an administrator.
fn read(admin: &Admin) -> Result<Request, Problem> {
    let text = |name: &str| Some(admin.one(name).trim().to_owned()).filter(|text| !text.is_empty());
    let problem = |place, words: String| Err(Problem { place, words });
    if text("client_name").is_none() {
        return problem("name", "Give it a name: people read it when they are asked.".into());
    }
    let scope = ScopeSet::parse(admin.one("scope"));
    let unknown = scope.difference(&admin.desk.config.policy.scopes);
    if !unknown.is_empty() {
        return problem("scope", format!("This server does not offer {unknown}."));
    }
    let grants = admin.sent.many("grant_types");
    if grants.is_empty() {
        return problem("grants", "It must be able to ask people, or nobody can let it in.".into());
    }
    Ok(Request {
        client_name: text("client_name"),
        redirect_uris: admin.one("redirect_uris").split_whitespace().map(str::to_owned).collect(),
        token_endpoint_auth_method: text("token_endpoint_auth_method"),
        grant_types: grants.into_iter().map(str::to_owned).collect(),
        scope: text("scope"),
        ..Request::default()
    })
}

/// The form again, with what was typed and what is wrong with it.
async fn again(admin: &Admin, problem: Problem) -> Answer {
    let ((), numbers) = admin.read(|_| Ok(())).await?;
    let mut page = sent(admin, &numbers);
    page.problems = vec![Link::new(&*problem.words, format!("#{}", problem.place))];
    let error = Some(problem.words);
    match problem.place {
        "uris" => page.redirect_uris.error = error,
        "method" => page.method_error = error,
        "grants" => page.grants_error = error,
        "scope" => page.scope.error = error,
        _ => page.name.error = error,
    }
    Ok(html(StatusCode::BAD_REQUEST, &page, None))
}

/// The form as it was sent, for when something in it is wrong.
fn sent(admin: &Admin, numbers: &Numbers) -> NewClientPage {
    let sent: &Params = &admin.sent;
    let field = |name: &str| Field { value: sent.text(name).into(), error: None };
    let method = admin.one("token_endpoint_auth_method");
    NewClientPage {
        name: field("client_name"),
        redirect_uris: field("redirect_uris"),
        methods: METHODS.iter().map(|(value, label)| Pick::new(value, label, method)).collect(),
        grants: picked(admin, &sent.many("grant_types")),
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

/// The boxes of the grants that this server serves.
fn picked(admin: &Admin, chosen: &[&str]) -> Vec<Pick> {
    let served = GRANTS.iter().filter(|(grant, _)| admin.desk.config.policy.serves(*grant));
    let pick = |(grant, label): &(GrantType, &str)| Pick {
        value: grant.as_str().into(),
        label: (*label).into(),
        chosen: chosen.contains(&grant.as_str()),
    };
    served.map(pick).collect()
}
