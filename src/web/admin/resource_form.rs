//! The form of a resource: a new one, or one that changes.
use actix_web::http::StatusCode;
use askama::Template;

use super::{
    guard::{Admin, Answer, Numbers},
    resource::read,
    resource_actions::shown,
    resources::page_of,
};
use crate::{
    base::{register::Resource, resource::ResourceUri, scope::ScopeSet, user::Who},
    config::parse,
    flows::resources as flow,
    oauth::{error::invalid_request, why::Why},
    store::Stop,
    web::{
        pages::authorize::html,
        view::{Field, Link, Section, Shell},
    },
};

/// `GET /admin/resources/new` and `GET /admin/resources/edit?uri=...`; posts to `/admin/resources` or `/admin/resources/edit` with
/// `uri`, `name`, `scopes` (one a line, `scope = sentence`), `required_scopes`, `people`, `token_lifetime` and
/// `allow_preflight`, `require_dpop`.
#[derive(Template)]
#[template(path = "admin/resource_form.html")]
pub struct ResourceFormPage {
    /// The frame.
    pub shell: Shell,
    /// It changes one that is there.
    pub edits: bool,
    /// Where "Leave it" leads.
    pub back: String,
    /// Links to the wrong fields.
    pub problems: Vec<Link>,
    /// Its URL.
    pub uri: Field,
    /// Its name.
    pub name: Field,
    /// Its scopes with their sentences, one a line.
    pub scopes: Field,
    /// The scopes that every request needs.
    pub required: Field,
    /// Who may use it.
    pub people: Field,
    /// How long its tokens work.
    pub life: Field,
    /// How long the server's own do.
    pub server_life: String,
    /// `OPTIONS` passes without a token.
    pub preflight: bool,
    /// Only tokens pass that are bound to a key.
    pub bound: bool,
}

/// `GET /admin/resources/new`
pub async fn new(admin: Admin) -> Answer {
    let ((), numbers) = admin.read(|_| Ok(())).await?;
    admin.page(&form(&admin, &numbers, None))
}

/// `GET /admin/resources/edit?uri=...`
pub async fn edit(admin: Admin) -> Answer {
    let uri = ResourceUri::stored(admin.one("uri").to_owned());
    let (facts, numbers) = read(&admin, &uri).await?;
    if facts.entry.configured {
        return Err(admin.not_done(&invalid_request(Why::ResourceConfigured).with_status(409)).await);
    }
    admin.page(&form(&admin, &numbers, Some(&facts.entry.resource)))
}

/// `POST /admin/resources`: writes a new one, and shows its credential.
pub async fn create(admin: Admin) -> Answer {
    let resource = match typed(&admin) {
        Ok(resource) => resource,
        Err(problem) => return again(&admin, false, problem).await,
    };
    let uri = resource.uri.clone();
    if admin.desk.store.standing().register().find(&uri).is_some() {
        let words = "This server is in the register already: change it on its page.".to_owned();
        return again(&admin, false, Problem { place: "uri", words }).await;
    }
    match flow::add(&admin.desk, &admin.call, &admin.actor(), resource).await {
        Ok(_) => {
            let made = flow::credential(&admin.desk, &admin.call, &admin.actor(), &uri).await;
            let made = admin.take(made).await?;
            admin.reveal(shown(&admin, &uri, &made), &page_of(&uri))
        }
        Err(Stop::Refuse(error)) if error.status() == 400 => again(&admin, false, Problem::of(error.why())).await,
        Err(stop) => admin.take(Err(stop)).await,
    }
}

/// `POST /admin/resources/edit`
pub async fn save(admin: Admin) -> Answer {
    let resource = match typed(&admin) {
        Ok(resource) => resource,
        Err(problem) => return again(&admin, true, problem).await,
    };
    let to = page_of(&resource.uri);
    match flow::edit(&admin.desk, &admin.call, &admin.actor(), resource).await {
        Ok(true) => admin.done("Saved. It is in force at the gate.", &to),
        Ok(false) => admin.done("Nothing was changed.", &to),
        Err(Stop::Refuse(error)) if error.status() == 400 => again(&admin, true, Problem::of(error.why())).await,
        Err(stop) => admin.take(Err(stop)).await,
    }
}

/// What is wrong with the form, and where.
struct Problem {
    place: &'static str,
    words: String,
}

impl Problem {
    fn of(why: Why) -> Self {
        let place = match why {
            Why::ResourceScope | Why::ScopeSentence => "scopes",
            Why::ResourceLife => "life",
            _ => "name",
        };
        Self { place, words: why.fix().to_owned() }
    }
}

/// The resource as it was typed.
fn typed(admin: &Admin) -> Result<Resource, Problem> {
    let wrong = |place: &'static str, words: String| Problem { place, words };
    let text = |name: &str| admin.one(name).trim().to_owned();
    let uri = ResourceUri::parse(&text("uri")).ok_or_else(|| {
        wrong("uri", "Write an absolute https URL (http for this computer only), without a fragment.".into())
    })?;
    let new = Resource::new(uri);
    let lines = admin.one("scopes").lines().map(str::trim).filter(|line| !line.is_empty());
    let scopes = lines.map(scope).collect::<Result<Vec<_>, _>>().map_err(|words| wrong("scopes", words))?;
    let words = text("people");
    let people = words.split([',', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty());
    let local = admin.desk.config.sign_in.is_local();
    let people = people.map(|word| who(word, local)).collect::<Result<Vec<_>, _>>();
    let required = text("required_scopes");
    let required = if required.is_empty() { Ok(ScopeSet::empty()) } else { parse::scopes(&required) };
    let life = text("token_lifetime");
    let life = if life.is_empty() { Ok(None) } else { parse::token_life(&life).map(Some) };
    Ok(Resource {
        name: Some(text("name")).filter(|name| !name.is_empty()).unwrap_or_else(|| new.name.clone()),
        scopes,
        required_scopes: required.map_err(|words| wrong("required", sentence(&words)))?,
        people: people.map_err(|words| wrong("people", words))?,
        token_life: life.map_err(|words| wrong("life", sentence(&words)))?,
        allow_preflight: admin.one("allow_preflight") == "on",
        require_dpop: admin.one("require_dpop") == "on",
        ..new
    })
}

/// A line of the scopes: `notes:read = Read your notes`.
fn scope(line: &str) -> Result<(String, String), String> {
    let (name, words) = line.split_once(" = ").or_else(|| line.split_once('=')).unwrap_or((line, ""));
    parse::scope_in_words(name.trim())
        .map(|(name, _)| (name, words.trim().to_owned()))
        .map_err(|_| format!("“{line}” does not begin with a scope: no white space, quotes or backslashes in it."))
}

fn who(word: &str, local: bool) -> Result<Who, String> {
    match Who::parse(word) {
        Some(Who::Login(name)) if local => Ok(Who::Local(name)),
        Some(who) => Ok(who),
        None => Err(format!("{word} is neither a login nor id: with a number.")),
    }
}

/// Advice of the command line as a sentence of a page.
fn sentence(advice: &str) -> String {
    let mut letters = advice.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    format!("{}.", first.chain(letters).collect::<String>())
}

/// The form again, with what was typed and what is wrong with it.
async fn again(admin: &Admin, edits: bool, Problem { place, words }: Problem) -> Answer {
    let ((), numbers) = admin.read(|_| Ok(())).await?;
    let field = |name: &str| Field { value: admin.one(name).to_owned(), error: None };
    let mut page = ResourceFormPage {
        edits,
        problems: vec![Link::new(words.clone(), format!("#{place}"))],
        uri: field("uri"),
        name: field("name"),
        scopes: field("scopes"),
        required: field("required_scopes"),
        people: field("people"),
        life: field("token_lifetime"),
        preflight: admin.one("allow_preflight") == "on",
        bound: admin.one("require_dpop") == "on",
        ..form(admin, &numbers, None)
    };
    if edits {
        page.back = admin.at(&page_of(&ResourceUri::stored(admin.one("uri").to_owned())));
    }
    let wrong = match place {
        "uri" => &mut page.uri,
        "scopes" => &mut page.scopes,
        "required" => &mut page.required,
        "people" => &mut page.people,
        "life" => &mut page.life,
        _ => &mut page.name,
    };
    wrong.error = Some(words);
    Ok(html(StatusCode::BAD_REQUEST, &page, None))
}

fn form(admin: &Admin, numbers: &Numbers, resource: Option<&Resource>) -> ResourceFormPage {
    let field = |value: String| Field { value, error: None };
    let line = |(name, words): &(String, String)| match words.as_str() {
        "" => name.clone(),
        words => format!("{name} = {words}"),
    };
    let of = |value: fn(&Resource) -> String| field(resource.map(value).unwrap_or_default());
    ResourceFormPage {
        shell: admin.shell(Section::Resources, numbers),
        edits: resource.is_some(),
        back: admin.at(&resource.map_or_else(|| "/resources".to_owned(), |r| page_of(&r.uri))),
        problems: Vec::new(),
        uri: resource.map_or_else(|| field("https://".into()), |r| field(r.uri.to_string())),
        name: of(|r| r.name.clone()),
        scopes: field(resource.map(|r| r.scopes.iter().map(line).collect::<Vec<_>>().join("\n")).unwrap_or_default()),
        required: of(|r| r.required_scopes.to_string()),
        people: of(|r| r.people.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
        life: of(|r| r.token_life.map(parse::in_words).unwrap_or_default()),
        server_life: parse::in_words(admin.desk.config.policy.lifetimes.access_token),
        preflight: resource.is_some_and(|r| r.allow_preflight),
        bound: resource.is_some_and(|r| r.require_dpop),
    }
}
