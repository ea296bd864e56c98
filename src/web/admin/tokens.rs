//! Initial access tokens: what lets their holders register clients, what came of each, and the form for a new one.
use std::collections::HashMap;

use actix_web::http::StatusCode;
use askama::Template;

use super::{
    confirm::ConfirmPage,
    guard::{Admin, Answer, Numbers},
    links::{Column, Columns, Compare, View, counted, segment},
};
use crate::{
    base::{
        client::{Client, GrantType},
        id::{InitialTokenId, UserId},
        initial_token::{InitialToken, TokenState},
        registration::RegistrationMode,
        scope::ScopeSet,
        time::{Span, Time},
    },
    config::parse,
    flows::initial_tokens::{self as flow, LONGEST_LIFE, Made, Wanted},
    oauth::why::Why,
    store::{Reader, StoreResult, clients, initial_tokens, users},
    web::{
        pages::authorize::html,
        view::{
            Ago, Code, Field, Heads, Hidden, Link, Note, OnceValue, Phrase, Pick, SecretOnce, Section, Shape, Shell,
            State, Tone,
        },
    },
};

/// How many clients of one token are named in the list.
const NAMED: i64 = 5;

/// One initial access token.
#[derive(Clone, Debug, Default)]
pub struct TokenRow {
    /// Its id, for the page that asks (`token_id`).
    pub id: String,
    /// When it was last used.
    pub used: Ago,
    /// Its name for people.
    pub label: String,
    /// Who made it, and when.
    pub made: Phrase,
    /// What may be registered by it.
    pub terms: String,
    /// "2 of 5", "3".
    pub uses: String,
    /// Until when it works.
    pub until: Ago,
    /// Whether it works.
    pub state: State,
    /// The clients that came with it.
    pub clients: Phrase,
    /// It can be revoked.
    pub live: bool,
}

/// `GET /admin/tokens`. A new one posts to `/admin/tokens`; Revoke leads to `/admin/tokens/revoke?token_id=...`.
#[derive(Template)]
#[template(path = "admin/tokens.html")]
pub struct TokensPage {
    /// The frame.
    pub shell: Shell,
    /// What they are for here.
    pub lede: Phrase,
    /// One that was just made, this once.
    pub secret_once: Option<SecretOnce>,
    /// What sorts them.
    pub heads: Heads,
    /// The tokens, in their order.
    pub rows: Vec<TokenRow>,
    /// Links to the fields that are wrong.
    pub problems: Vec<Link>,
    /// Its name.
    pub label: Field,
    /// How long it works, as in `7d`.
    pub life: Field,
    /// How often it may be used.
    pub uses: Field,
    /// The most that its clients may ask for.
    pub scopes: Field,
    /// The only sites.
    pub hosts: Field,
    /// The grants.
    pub grants: Vec<Pick>,
    /// What is wrong with them.
    pub grants_error: Option<String>,
}

/// A token with what came of it.
struct Listed {
    token: InitialToken,
    clients: Vec<Client>,
    all: i64,
}

const ENDS: [&str; 2] = ["Before", "After"];
const COLUMNS: Columns<Compare<Listed>> = Columns {
    usual: Column { name: "made", by: |a, b| b.token.created_at.cmp(&a.token.created_at), falls: true, ends: ENDS },
    others: &[
        Column { name: "used", by: |a, b| b.token.last_used_at.cmp(&a.token.last_used_at), falls: true, ends: ENDS },
        Column { name: "label", by: |a, b| a.label().cmp(&b.label()), falls: false, ends: ENDS },
        Column { name: "uses", by: |a, b| b.token.uses.cmp(&a.token.uses), falls: true, ends: ENDS },
        Column { name: "until", by: |a, b| a.until().cmp(&b.until()), falls: false, ends: ENDS },
    ],
};

impl Listed {
    fn label(&self) -> String {
        self.token.label.to_lowercase()
    }

    /// What has no end comes after all that have one.
    fn until(&self) -> (bool, Option<Time>) {
        (self.token.expires_at.is_none(), self.token.expires_at)
    }
}

struct Facts {
    tokens: Vec<Listed>,
    logins: HashMap<UserId, String>,
}

fn facts(reader: &mut Reader<'_>) -> StoreResult<Facts> {
    let tokens = initial_tokens::all(reader)?;
    let counts = initial_tokens::clients_of_each(reader)?;
    let makers: Vec<UserId> = tokens.iter().filter_map(|token| token.created_by.clone()).collect();
    let logins = users::logins(reader, &makers)?;
    let mut listed = Vec::new();
    for token in tokens {
        let all = counts.get(&token.id).copied().unwrap_or_default();
        let clients = if all > 0 { clients::made_by(reader, &token.id, NAMED)? } else { Vec::new() };
        listed.push(Listed { token, clients, all });
    }
    Ok(Facts { tokens: listed, logins })
}

/// `GET /admin/tokens`
pub async fn get(admin: Admin) -> Answer {
    let page = page(&admin, &Typed::default()).await?;
    admin.page(&page)
}

/// `POST /admin/tokens`: makes one, and shows it this once.
pub async fn post(admin: Admin) -> Answer {
    let wanted = match Typed::read(&admin) {
        Ok(wanted) => wanted,
        Err(typed) => {
            let page = page(&admin, &typed).await?;
            return Ok(html(StatusCode::BAD_REQUEST, &page, Some(Why::InitialTokenMember)));
        }
    };
    let made = flow::create(&admin.desk, &admin.call, &admin.actor(), wanted).await;
    let made = admin.take(made).await?;
    admin.reveal(once(&admin, &made), "/tokens")
}

/// `GET /admin/tokens/revoke?token_id=...`: asks.
pub async fn ask_revoke(admin: Admin) -> Answer {
    let id = InitialTokenId::new(admin.one("token_id"));
    let wanted = id.clone();
    let (found, numbers) = admin
        .read(move |reader| {
            let count = initial_tokens::clients_of_each(reader)?.get(&wanted).copied().unwrap_or_default();
            Ok((initial_tokens::find(reader, &wanted)?, count))
        })
        .await?;
    let back = Link::new("Initial access tokens", admin.at("/tokens"));
    let (Some(token), count) = found else {
        return Err(admin.missing(Section::Tokens, &numbers, "No initial access token has this id", back));
    };
    let milder = match count {
        0 => "Nobody registers by it any more. No client in the book came with it.".into(),
        n => format!(
            "Nobody registers by it any more. {} by it; they stay.",
            counted(n, "client was registered", "clients were registered")
        ),
    };
    ConfirmPage {
        milder: milder.into(),
        hidden: vec![Hidden::new("token_id", id.as_str())],
        final_act: true,
        submit: format!("Revoke {}", token.label),
        ..ConfirmPage::ask(&admin, &numbers, Section::Tokens, "/tokens/revoke", format!("Revoke {}?", token.label))
    }
    .answer()
}

/// `POST /admin/tokens/revoke`
pub async fn revoke(admin: Admin) -> Answer {
    if !admin.is_sure() {
        return ask_revoke(admin).await;
    }
    let id = InitialTokenId::new(admin.one("token_id"));
    let done = flow::revoke(&admin.desk, &admin.call, &admin.actor(), &id).await;
    admin.take(done).await?;
    admin.done("The initial access token is revoked.", "/tokens")
}

/// What was typed into the form, and what is wrong with it.
#[derive(Default)]
struct Typed {
    label: Field,
    life: Field,
    uses: Field,
    scopes: Field,
    hosts: Field,
    grants: Vec<GrantType>,
    grants_error: Option<String>,
}

impl Typed {
    fn read(admin: &Admin) -> Result<Wanted, Box<Self>> {
        let field = |name: &str| Field { value: admin.one(name).trim().to_owned(), error: None };
        let grants: Vec<GrantType> =
            admin.sent.many("grant_types").iter().filter_map(|name| GrantType::parse(name)).collect();
        let mut typed = Self {
            label: field("label"),
            life: field("expires"),
            uses: field("uses"),
            scopes: field("scopes"),
            hosts: field("redirect_hosts"),
            grants_error: (grants == [GrantType::RefreshToken])
                .then(|| "Tick one more: this one goes with another.".into()),
            grants,
        };
        let offered = &admin.desk.config.policy.scopes;
        let life = |text: &str| parse::span(text, Span::minutes(1), LONGEST_LIFE).map(Some);
        let count = |text: &str| match text.parse() {
            Ok(n) if (1..=flow::MOST_USES).contains(&n) => Ok(Some(n)),
            _ => Err("write a number from 1 on".to_owned()),
        };
        let scopes = |text: &str| match ScopeSet::parse(text) {
            scopes if scopes.is_subset_of(offered) => Ok(scopes),
            scopes => Err(format!("{} is not on offer here", scopes.difference(offered))),
        };
        let label = |text: &str| match text.chars().count() {
            0 => Err("give it a name".to_owned()),
            n if n > flow::LONGEST_LABEL => Err(format!("write at most {} characters", flow::LONGEST_LABEL)),
            _ => Ok(text.to_owned()),
        };
        let wanted = Wanted {
            label: take(&mut typed.label, label),
            life: or_none(&mut typed.life, life),
            most_uses: or_none(&mut typed.uses, count),
            scopes: take(&mut typed.scopes, scopes),
            redirect_hosts: take(&mut typed.hosts, parse::hosts),
            grant_types: typed.grants.clone(),
        };
        if typed.problems().is_empty() { Ok(wanted) } else { Err(Box::new(typed)) }
    }

    fn problems(&self) -> Vec<Link> {
        let fields = [
            ("Name", "#label", &self.label.error),
            ("Works for", "#life", &self.life.error),
            ("Uses", "#uses", &self.uses.error),
            ("Scopes", "#scopes", &self.scopes.error),
            ("Sites", "#hosts", &self.hosts.error),
            ("Grants", "#grants", &self.grants_error),
        ];
        fields.iter().filter(|(_, _, error)| error.is_some()).map(|(label, at, _)| Link::new(*label, *at)).collect()
    }
}

fn take<T: Default>(field: &mut Field, read: impl Fn(&str) -> Result<T, String>) -> T {
    match read(&field.value) {
        Ok(value) => value,
        Err(advice) => {
            field.error = Some(advice);
            T::default()
        }
    }
}

fn or_none<T>(field: &mut Field, read: impl Fn(&str) -> Result<Option<T>, String>) -> Option<T> {
    if field.value.is_empty() { None } else { take(field, read) }
}

async fn page(admin: &Admin, typed: &Typed) -> Result<TokensPage, actix_web::Error> {
    let (mut facts, numbers) = admin.read(facts).await?;
    view(admin).sort(&COLUMNS).arrange(&mut facts.tokens);
    Ok(written(admin, &numbers, facts, typed))
}

fn view(admin: &Admin) -> View {
    View::of(admin, "/tokens", &["sort"])
}

fn written(admin: &Admin, numbers: &Numbers, facts: Facts, typed: &Typed) -> TokensPage {
    let begin = Phrase::from("Whoever has one may register clients with it, within what it says. ");
    let elsewhere = |words: &str| begin.clone().text(words).link("registration policy", admin.at("/policy")).text(".");
    let lede = match admin.desk.store.standing().registration().mode {
        RegistrationMode::Token => begin.text("Without one nobody may."),
        RegistrationMode::Approval => elsewhere("Others wait until an administrator approves them: see the "),
        RegistrationMode::Open => elsewhere("Registration is open, so others may too: see the "),
        RegistrationMode::Closed => elsewhere("Registration is closed, so they open nothing now: see the "),
    };
    TokensPage {
        shell: admin.shell(Section::Tokens, numbers),
        lede,
        secret_once: admin.revealed(),
        heads: view(admin).heads(&COLUMNS),
        rows: facts.tokens.iter().map(|listed| row(admin, listed, &facts.logins)).collect(),
        problems: typed.problems(),
        label: typed.label.clone(),
        life: typed.life.clone(),
        uses: typed.uses.clone(),
        scopes: typed.scopes.clone(),
        hosts: typed.hosts.clone(),
        grants: GRANTS
            .iter()
            .map(|(grant, words)| Pick {
                value: grant.as_str().to_owned(),
                label: (*words).to_owned(),
                chosen: typed.grants.contains(grant),
            })
            .collect(),
        grants_error: typed.grants_error.clone(),
    }
}

const GRANTS: [(GrantType, &str); 4] = [
    (GrantType::AuthorizationCode, "Ask people to let them in"),
    (GrantType::RefreshToken, "Go on while they are away"),
    (GrantType::DeviceCode, "Sign in on devices without a browser, by a code"),
    (GrantType::ClientCredentials, "Act in their own name, with no person behind them"),
];

fn row(admin: &Admin, listed: &Listed, logins: &HashMap<UserId, String>) -> TokenRow {
    let (token, now) = (&listed.token, admin.call.now);
    let ago = |at: Time| Ago::of(at.unix(), now.unix());
    let by = token.created_by.as_ref().map_or("command line", |id| logins.get(id).map_or(id.as_str(), String::as_str));
    let state = token.state(now);
    let mut clients = Phrase::default();
    for (n, client) in listed.clients.iter().enumerate() {
        let between = if n == 0 { "" } else { ", " };
        let href = admin.at(&format!("/clients/{}", segment(client.id.as_str())));
        clients = clients.text(between).client(client.name(), href);
    }
    let more = listed.all - listed.clients.len() as i64;
    TokenRow {
        id: token.id.to_string(),
        used: token.last_used_at.map_or_else(|| Ago::never("never"), ago),
        label: token.label.clone(),
        made: Phrase::from("made by ").strong(by).text(", ").time(ago(token.created_at)),
        terms: terms(token),
        uses: match token.most_uses {
            Some(most) => format!("{} of {most}", token.uses),
            None => token.uses.to_string(),
        },
        until: token.expires_at.map_or_else(|| Ago::never("for ever"), ago),
        state: match state {
            TokenState::Good => State::live("Good"),
            TokenState::Spent => State::new(Tone::Calm, Shape::Tick, "Spent"),
            TokenState::Expired => State::new(Tone::Calm, Shape::Clock, "Expired"),
            TokenState::Revoked => State::new(Tone::Past, Shape::Cross, "Revoked"),
        },
        clients: if more > 0 { clients.text(format!(" and {more} more")) } else { clients },
        live: state != TokenState::Revoked,
    }
}

/// What may be registered by a token, in a line.
fn terms(token: &InitialToken) -> String {
    let mut said = Vec::new();
    if !token.scopes.is_empty() {
        said.push(format!("for {}", token.scopes));
    }
    if !token.redirect_hosts.is_empty() {
        said.push(format!("to {}", token.redirect_hosts.join(", ")));
    }
    if token.grant_types.contains(&GrantType::ClientCredentials) {
        said.push("in their own name".to_owned());
    }
    if said.is_empty() { "whatever the policy allows".to_owned() } else { said.join("; ") }
}

/// The panel with the token, which is shown once.
fn once(admin: &Admin, made: &Made) -> SecretOnce {
    let secret = made.secret.expose();
    let at = admin.desk.config.issuer.url("/register");
    let body = "'{\"redirect_uris\":[\"http://127.0.0.1/callback\"],\"token_endpoint_auth_method\":\"none\"}'";
    let until = match made.token.expires_at {
        Some(end) => Phrase::from("It works until ").time(Ago::exact(end.unix())).text("."),
        None => "It works until it is revoked.".into(),
    };
    SecretOnce {
        title: format!("The initial access token {}", made.token.label),
        values: vec![OnceValue { label: "Initial access token".into(), value: secret.into() }],
        file: format!("{}.txt", made.token.id),
        download: SecretOnce::download_of(secret),
        notes: vec![Note { shape: Shape::Clock, words: until }],
        ready: vec![Code::new(
            "To register a client with it",
            "ready",
            &[
                "curl -i -H 'Authorization: Bearer ",
                secret,
                "' \\\n  -H 'Content-Type: application/json' -d ",
                body,
                " \\\n  ",
                &at,
            ],
        )],
        saved: admin.at("/tokens"),
    }
}
