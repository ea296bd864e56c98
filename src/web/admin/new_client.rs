//! The form for a client that is written into the book by hand, with presets for the clients people have.
use actix_web::http::StatusCode;
use askama::Template;

use super::{
    client_actions::{once, page_of},
    client_form::{ClientForm, Problem, read},
    guard::{Admin, Answer, Numbers},
};
use crate::{
    base::{
        client::{AuthMethod, GrantType, Metadata},
        scope::ScopeSet,
    },
    flows::clients as flow,
    oauth::registration::Request,
    store::Stop,
    web::{
        pages::authorize::html,
        view::{Pick, Section, Shell},
    },
};

/// `GET /admin/clients/new`; posts to `/admin/clients` with the fields of [`ClientForm`].
#[derive(Template)]
#[template(path = "admin/new_client.html")]
pub struct NewClientPage {
    /// The frame.
    pub shell: Shell,
    /// Presets as links (`?preset=cli`).
    pub presets: Vec<Pick>,
    /// What the chosen preset is for; may be empty.
    pub preset_words: String,
    /// What is filled in.
    pub form: ClientForm,
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

/// `GET /admin/clients/new`.
pub async fn get(admin: Admin) -> Answer {
    let ((), numbers) = admin.read(|_| Ok(())).await?;
    let wanted = admin.one("preset");
    let preset = PRESETS.iter().find(|preset| preset.name == wanted);
    let start = Metadata {
        token_endpoint_auth_method: preset.map_or(AuthMethod::None, |preset| preset.method),
        grant_types: preset.map_or(&GrantType::DEFAULT[..], |preset| preset.grants).to_vec(),
        scope: admin.desk.config.policy.scopes.clone(),
        ..Metadata::default()
    };
    let mut form = ClientForm::of(&admin, &start);
    if let Some(preset) = preset {
        form.name.value = preset.client_name.into();
        form.redirect_uris.value = preset.redirect_uris.into();
    }
    admin.page(&page(&admin, &numbers, preset, form))
}

/// `POST /admin/clients`: writes it into the book, and shows what is shown once.
pub async fn post(admin: Admin) -> Answer {
    let members = match read(&admin, &ScopeSet::empty()) {
        Ok(members) => members,
        Err(problem) => return again(&admin, problem).await,
    };
    let request = match Request::of(members) {
        Ok(request) => request,
        Err(error) => return again(&admin, Problem::of(&error)).await,
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

/// The form again, with what was typed and what is wrong with it.
async fn again(admin: &Admin, problem: Problem) -> Answer {
    let ((), numbers) = admin.read(|_| Ok(())).await?;
    let page = page(admin, &numbers, None, ClientForm::again(admin, problem));
    Ok(html(StatusCode::BAD_REQUEST, &page, None))
}

fn page(admin: &Admin, numbers: &Numbers, preset: Option<&Preset>, form: ClientForm) -> NewClientPage {
    let chosen = preset.map(|preset| preset.name);
    let start = |p: &Preset| Pick {
        value: format!("{}?preset={}", admin.at("/clients/new"), p.name),
        label: p.label.into(),
        chosen: chosen == Some(p.name),
    };
    NewClientPage {
        shell: admin.shell(Section::Clients, numbers),
        presets: PRESETS.iter().map(start).collect(),
        preset_words: preset.map_or("", |preset| preset.words).into(),
        form,
    }
}
