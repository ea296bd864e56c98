//! Tokens of the API: what programs show that do an administrator's work. One is shown once, when it is made.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use askama::Template;

use super::{
    confirm::ConfirmPage,
    guard::{Admin, Answer, Numbers},
    links::{Column, Columns, Compare, SIZE, View, segment},
};
use crate::{
    base::{
        api_token::{ApiRole, ApiToken},
        id::{ApiTokenId, UserId},
        time::{Span, Time},
        user::Role,
    },
    facts::every,
    flows::api_tokens::{self as flow, Made, Wanted},
    oauth::why::Why,
    store::{Stop, api_tokens, page::Page, users},
    web::{
        pages::authorize::html,
        view::{
            Ago, Code, Field, Heads, Hidden, Ident, Link, Note, OnceValue, Pager, Phrase, Pick, SecretOnce, Section,
            Shape, Shell, State, Tone,
        },
    },
};

/// One token.
#[derive(Clone, Debug, Default)]
pub struct ApiTokenRow {
    /// What it is called, for the page that asks.
    pub id: String,
    /// The same to copy.
    pub ident: Ident,
    /// When it was made.
    pub made: Ago,
    /// What it is for.
    pub label: String,
    /// "look", "look and change".
    pub may: String,
    /// The login of its administrator.
    pub person: String,
    /// Their page.
    pub person_href: String,
    /// When it was last used.
    pub used: Ago,
    /// From where; may be empty.
    pub used_from: String,
    /// When it ends.
    pub until: Ago,
    /// Whether it works.
    pub state: State,
    /// It is neither revoked nor over.
    pub live: bool,
}

/// `GET /admin/api-tokens`. Make posts to the same address with `label`, `role` (`read`, `write`) and `life` in days.
#[derive(Template)]
#[template(path = "admin/api_tokens.html")]
pub struct ApiTokensPage {
    /// The frame.
    pub shell: Shell,
    /// What they open.
    pub lede: Phrase,
    /// A new one, this once.
    pub secret_once: Option<SecretOnce>,
    /// What sorts them.
    pub heads: Heads,
    /// The tokens, in their order.
    pub rows: Vec<ApiTokenRow>,
    /// Foot of the list.
    pub pager: Pager,
    /// What was typed as label, and what is wrong with it.
    pub label: Field,
    /// `read` and `write`.
    pub roles: Vec<Pick>,
    /// How long it lives, in days.
    pub lives: Vec<Pick>,
}

const ROLES: [(&str, &str); 2] = [("read", "Look at everything"), ("write", "Look, and do everything that you may")];
const LIVES: [(&str, &str); 4] = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("366", "a year")];

/// Administrators make them one by one, and those that are over go after a while: all of them fit into memory.
const COLUMNS: Columns<Compare<ApiToken>> = Columns {
    usual: Column { name: "made", by: |a, b| b.created_at.cmp(&a.created_at), falls: true, ends: ["Newer", "Older"] },
    others: &[
        Column {
            name: "label",
            by: |a, b| a.label.to_lowercase().cmp(&b.label.to_lowercase()),
            falls: false,
            ends: ["Before", "After"],
        },
        Column {
            name: "used",
            by: |a, b| b.last_used_at.cmp(&a.last_used_at),
            falls: true,
            ends: ["Later used", "Earlier used"],
        },
        Column { name: "until", by: |a, b| end(a).cmp(&end(b)), falls: false, ends: ["Earlier", "Later"] },
    ],
};

/// When it ends, or ended.
fn end(token: &ApiToken) -> Time {
    token.revoked_at.unwrap_or(token.expires_at)
}

/// The list as it is kept.
struct Facts {
    page: Page<ApiToken>,
    people: HashMap<UserId, String>,
}

/// What was chosen in the form.
struct Chosen {
    label: Field,
    role: String,
    life: String,
}

impl Default for Chosen {
    fn default() -> Self {
        Self { label: Field::default(), role: "read".into(), life: "90".into() }
    }
}

/// `GET /admin/api-tokens`.
pub async fn get(admin: Admin) -> Answer {
    admin.page(&show(&admin, Chosen::default()).await?)
}

/// `POST /admin/api-tokens`: makes one for the administrator who asks.
pub async fn post(admin: Admin) -> Answer {
    let one = |name: &str| admin.one(name).to_owned();
    let (label, role, life) = (one("label"), one("role"), one("life"));
    let wanted = Wanted {
        label: label.clone(),
        role: ApiRole::parse(&role).unwrap_or(ApiRole::Read),
        life: life.parse().map_or(flow::USUAL, Span::days),
        user: admin.user.clone(),
    };
    match flow::create(&admin.desk, &admin.call, &admin.actor(), wanted).await {
        Err(Stop::Refuse(error)) if error.why() == Why::ApiTokenLabel => {
            let label = Field { value: label, error: Some("Say in a few words what it is for.".into()) };
            let page = show(&admin, Chosen { label, role, life }).await?;
            Ok(html(StatusCode::BAD_REQUEST, &page, Some(error.why())))
        }
        made => {
            let made = admin.take(made).await?;
            admin.reveal(once(&admin, &made), "/api-tokens")
        }
    }
}

/// `GET /admin/api-tokens/revoke?token_id=...`: asks.
pub async fn ask(admin: Admin) -> Answer {
    let (token, numbers) = read(&admin).await?;
    let page = ConfirmPage::ask(
        &admin,
        &numbers,
        Section::ApiTokens,
        "/api-tokens/revoke",
        format!("Revoke the API token {}?", token.label),
    );
    let page = ConfirmPage {
        milder: "The program that has it is refused from its next request on. What it did stays done.".into(),
        hidden: vec![Hidden::new("token_id", token.id.as_str())],
        submit: format!("Revoke {}", token.label),
        ..page
    };
    page.for_good().answer()
}

/// `POST /admin/api-tokens/revoke`
pub async fn revoke(admin: Admin) -> Answer {
    if !admin.is_sure() {
        return ask(admin).await;
    }
    let done = flow::revoke(&admin.desk, &admin.call, &admin.actor(), &token_id(&admin)).await;
    admin.take(done).await?;
    admin.done("Revoked. The program that has it is refused from now on.", "/api-tokens")
}

fn token_id(admin: &Admin) -> ApiTokenId {
    ApiTokenId::new(admin.one("token_id"))
}

async fn read(admin: &Admin) -> Result<(ApiToken, Numbers), actix_web::Error> {
    let id = token_id(admin);
    let (found, numbers) = admin.read(move |reader| api_tokens::find(reader, &id)).await?;
    let back = Link::new("All API tokens", admin.at("/api-tokens"));
    let missing = || admin.missing(Section::ApiTokens, &numbers, "There is no such API token", back);
    Ok((found.ok_or_else(missing)?, numbers))
}

async fn show(admin: &Admin, chosen: Chosen) -> Result<ApiTokensPage, actix_web::Error> {
    let view = View::of(admin, "/api-tokens", &["sort"]);
    let (seek, sort) = (view.seek(), view.sort(&COLUMNS));
    let (facts, numbers) = admin
        .read(move |reader| {
            let mut all = every(usize::MAX, |seek, size| api_tokens::page(reader, seek, size))?;
            sort.arrange(&mut all);
            let page = Page::of_all(all, SIZE, seek.as_ref());
            let people: Vec<UserId> = page.rows.iter().map(|token| token.user.clone()).collect();
            Ok(Facts { people: users::logins(reader, &people)?, page })
        })
        .await?;
    Ok(ApiTokensPage {
        shell: admin.shell(Section::ApiTokens, &numbers),
        lede: Phrase::from("With one of these a program does at ")
            .code(admin.at("/api/v1"))
            .text(" what you do here, under your name."),
        secret_once: admin.revealed(),
        heads: view.heads(&COLUMNS),
        rows: facts.page.rows.iter().map(|token| row(admin, &facts.people, token)).collect(),
        pager: view.pager(&facts.page, ["token", "tokens"], view.ends(&COLUMNS)),
        label: chosen.label,
        roles: ROLES.iter().map(|(value, label)| Pick::new(value, label, &chosen.role)).collect(),
        lives: LIVES.iter().map(|(value, label)| Pick::new(value, label, &chosen.life)).collect(),
    })
}

fn row(admin: &Admin, people: &HashMap<UserId, String>, token: &ApiToken) -> ApiTokenRow {
    let now = admin.call.now;
    let ago = |at: crate::base::time::Time| Ago::of(at.unix(), now.unix());
    ApiTokenRow {
        id: token.id.to_string(),
        ident: Ident::new("token id", token.id.as_str()),
        made: ago(token.created_at),
        label: token.label.clone(),
        may: match token.role {
            ApiRole::Read => "look".into(),
            ApiRole::Write => "look and change".into(),
        },
        person: people.get(&token.user).cloned().unwrap_or_else(|| token.user.to_string()),
        person_href: admin.at(&format!("/people/{}", segment(token.user.as_str()))),
        used: token.last_used_at.map_or_else(|| Ago::never("never"), ago),
        used_from: token.last_used_ip.clone().unwrap_or_default(),
        until: ago(end(token)),
        state: state(admin, token),
        live: token.is_live(now),
    }
}

/// Whether it works, and if not, why.
fn state(admin: &Admin, token: &ApiToken) -> State {
    match token {
        token if token.revoked_at.is_some() => State::new(Tone::Final, Shape::Cross, "Revoked"),
        token if !token.is_live(admin.call.now) => State::new(Tone::Past, Shape::Clock, "Over"),
        token if admin.desk.store.standing().role(&token.user) != Some(Role::Administrator) => {
            State::new(Tone::Amber, Shape::Bars, "No administrator")
        }
        _ => State::live("Works"),
    }
}

/// The panel with the new token, and a command that shows whether it works.
fn once(admin: &Admin, made: &Made) -> SecretOnce {
    let Made { token, secret } = made;
    let at = admin.desk.config.issuer.url("/admin/api/v1/clients");
    let note = Phrase::from("It works until ")
        .time(Ago::exact(token.expires_at.unix()))
        .text(", and as long as you are an administrator.");
    SecretOnce {
        title: format!("The new API token {}", token.label),
        values: vec![OnceValue { label: "API token".into(), value: secret.expose().into() }],
        file: format!("{}.txt", token.id),
        download: SecretOnce::download_of(secret.expose()),
        notes: vec![Note { shape: Shape::Clock, words: note }],
        ready: vec![Code::new(
            "To see that it works: the answer is 200",
            "ready",
            &["curl -i -H 'Authorization: Bearer ", secret.expose(), "' \\\n  ", &at],
        )],
        saved: admin.at("/api-tokens"),
    }
}
