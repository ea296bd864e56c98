//! Signing keys: what signs, what still verifies, until when; a new one, and the way out when one leaked.

use askama::Template;

use super::{
    confirm::{ConfirmPage, is_typed},
    guard::{Admin, Answer, Numbers},
    links::{Column, Columns, Compare, View, segment},
};
use crate::{
    base::{
        event::Ended,
        id::KeyId,
        key::{KeyPurpose, KeyRecord, KeyState},
        time::Time,
    },
    facts::key::{self, Key, MOST_COUNTED, Purpose, State as Stage},
    flows::keys as flow,
    store::keys,
    web::view::{
        Ago, Heads, Hidden, Ident, Link, Note, Phrase, Pick, Section, Shape, Shell, State, Tone, cut, grouped,
    },
};

/// A key, as a line of the page.
#[derive(Clone, Debug, Default)]
pub struct KeyRow {
    /// When it was made.
    pub made: Ago,
    /// Its `kid`, to copy.
    pub ident: Ident,
    /// "signs access tokens with ES256"
    pub what: String,
    /// Where it is in its life.
    pub state: State,
    /// "since 3 days ago", "until in 1 h": what comes of its state.
    pub when: Phrase,
    /// Live tokens that it signed; may be empty.
    pub tokens: String,
    /// What can be done with it: words, address.
    pub acts: Vec<Link>,
    /// It is gone.
    pub gone: bool,
}

/// `GET /admin/keys`. A new one posts to `/admin/keys/rotate` with `signs` and `when`.
#[derive(Template)]
#[template(path = "admin/keys.html")]
pub struct KeysPage {
    /// The frame.
    pub shell: Shell,
    /// What they are, and where they are published.
    pub lede: Phrase,
    /// What sorts them.
    pub heads: Heads,
    /// The keys, in their order; those that are gone last.
    pub rows: Vec<KeyRow>,
    /// What a new one is for; fewer than two: not asked.
    pub purposes: Vec<Pick>,
    /// When it signs.
    pub moments: Vec<Pick>,
}

const MOMENTS: [(&str, &str); 2] =
    [("later", "In 24 hours, when everybody who keeps the key set knows it"), ("now", "At once")];

const COLUMNS: Columns<Compare<Key>> = Columns {
    usual: Column { name: "made", by: |a, b| b.made.at().cmp(&a.made.at()), falls: true, ends: ["Newer", "Older"] },
    others: &[Column { name: "tokens", by: |a, b| b.tokens.cmp(&a.tokens), falls: true, ends: ["More", "Fewer"] }],
};

/// The word that is typed before a key goes.
const WORD: &str = "revoke";

/// `GET /admin/keys`
pub async fn get(admin: Admin) -> Answer {
    let now = admin.call.now;
    let view = View::of(&admin, "/keys", &["sort"]);
    let (mut all, numbers) = admin.read(move |reader| key::all(reader, now)).await?;
    view.sort(&COLUMNS).arrange(&mut all);
    all.sort_by_key(|key| is_gone(key.state));
    let openid = flow::needed(&admin.desk.config).len() > 1;
    let pick = |purpose: KeyPurpose, label: &str| Pick::new(purpose.as_str(), label, KeyPurpose::AccessTokens.as_str());
    admin.page(&KeysPage {
        shell: admin.shell(Section::Keys, &numbers),
        lede: Phrase::from("Each token carries the signature of one of them. Their public halves are at ")
            .code(admin.desk.config.issuer.url("/jwks"))
            .text(", where protected servers look."),
        heads: view.heads(&COLUMNS),
        rows: all.iter().map(|key| row(&admin, key)).collect(),
        purposes: if openid {
            vec![pick(KeyPurpose::AccessTokens, "Access tokens"), pick(KeyPurpose::IdTokens, "id_tokens")]
        } else {
            Vec::new()
        },
        moments: MOMENTS.iter().map(|(value, label)| Pick::new(value, label, "later")).collect(),
    })
}

/// `POST /admin/keys/rotate`
pub async fn rotate(admin: Admin) -> Answer {
    let purpose = KeyPurpose::parse(admin.one("signs")).unwrap_or(KeyPurpose::AccessTokens);
    let now = admin.one("when") == "now";
    let made = flow::rotate(&admin.desk, &admin.call, admin.actor(), purpose, now).await;
    let made = admin.take(made).await?;
    let kid = cut(made.id.as_str());
    let words = match now {
        true => format!("The key {kid} signs from now on. The one before verifies until its last token has ended."),
        false => format!("The key {kid} is published, and signs in 24 hours."),
    };
    admin.done(&words, "/keys")
}

/// `GET /admin/keys/retire?kid=...`: asks.
pub async fn ask_retire(admin: Admin) -> Answer {
    let (key, _, numbers) = read(&admin).await?;
    let milder = match key.state {
        KeyState::Next => "It has not signed anything, and never will. The key that signs goes on.",
        _ => "No live token is signed by it. It would go by itself a little later.",
    };
    ConfirmPage { milder: milder.into(), ..about(&admin, &numbers, &key, "Retire") }.answer()
}

/// `POST /admin/keys/retire`
pub async fn retire(admin: Admin) -> Answer {
    if !admin.is_sure() {
        return ask_retire(admin).await;
    }
    let done = flow::retire(&admin.desk, &admin.call, admin.actor(), &kid(&admin)).await;
    admin.take(done).await?;
    admin.done("Retired. It is out of the key set.", "/keys")
}

/// `GET /admin/keys/revoke?kid=...`: asks, and says what ends.
pub async fn ask_revoke(admin: Admin) -> Answer {
    let (key, ended, numbers) = read(&admin).await?;
    let page = about(&admin, &numbers, &key, "Revoke");
    let page = ConfirmPage {
        milder: Phrase::from("For when its private half may be known to somebody. To change keys in peace, ")
            .link("make a new one", format!("{}#rotate", admin.at("/keys")))
            .text(": then nothing ends."),
        when: notes(&admin, &key),
        ask_reason: true,
        ..page.for_good()
    };
    let page = if ended.tokens > 0 { page.ending(&ended) } else { page };
    page.typing(&admin, WORD, "To go on, type").answer()
}

/// `POST /admin/keys/revoke`
pub async fn revoke(admin: Admin) -> Answer {
    if !admin.is_sure() || !is_typed(&admin, WORD) {
        return ask_revoke(admin).await;
    }
    let done = flow::revoke(&admin.desk, &admin.call, admin.actor(), &kid(&admin), admin.one("reason")).await;
    let done = admin.take(done).await?;
    let after = done.successor.map_or_else(String::new, |next| format!(" The key {} signs now.", cut(next.as_str())));
    let words = format!("Revoked. What it signed is refused: {}.{after}", super::confirm::words(&done.ended));
    admin.done(&words, "/keys")
}

fn kid(admin: &Admin) -> KeyId {
    KeyId::new(admin.one("kid"))
}

async fn read(admin: &Admin) -> Result<(KeyRecord, Ended, Numbers), actix_web::Error> {
    let (id, now) = (kid(admin), admin.call.now);
    let (found, numbers) = admin
        .read(move |reader| {
            let Some(key) = keys::find(reader, &id)? else { return Ok(None) };
            let ended = flow::effect(reader, &key, now)?;
            Ok(Some((key, ended)))
        })
        .await?;
    let back = Link::new("All keys", admin.at("/keys"));
    let missing = || admin.missing(Section::Keys, &numbers, "There is no such key", back);
    let (key, ended) = found.ok_or_else(missing)?;
    Ok((key, ended, numbers))
}

fn about(admin: &Admin, numbers: &Numbers, key: &KeyRecord, verb: &str) -> ConfirmPage {
    let named = cut(key.id.as_str());
    let path = format!("/keys/{}", verb.to_lowercase());
    let page = ConfirmPage::ask(admin, numbers, Section::Keys, &path, format!("{verb} the key {named}?"));
    ConfirmPage { hidden: vec![Hidden::new("kid", key.id.as_str())], submit: format!("{verb} the key {named}"), ..page }
}

/// What happens here and elsewhere, and what comes after.
fn notes(admin: &Admin, key: &KeyRecord) -> Vec<Note> {
    let note = |shape: Shape, words: &str| Note { shape, words: words.into() };
    let jwks = admin.desk.config.issuer.url("/jwks");
    let elsewhere = |who: &str| Note {
        shape: Shape::Clock,
        words: Phrase::from(who).code(jwks).text(" again. Restart those that matter."),
    };
    let mut notes = match key.purpose {
        KeyPurpose::AccessTokens => vec![
            note(Shape::Dot, "Here, at the gate and in introspection: what it signed is refused at once."),
            elsewhere("At servers that check tokens by themselves: when they fetch "),
            note(
                Shape::Half,
                "Clients that hold a refresh token come back by themselves. The others ask their person again.",
            ),
        ],
        KeyPurpose::IdTokens => {
            vec![elsewhere("Programs that look at id_tokens take those of this key until they fetch ")]
        }
    };
    if key.state == KeyState::Signing {
        notes.push(note(Shape::Ring, "Another key signs from the same moment on: the next one, or one made for it."));
    }
    notes
}

const fn is_gone(stage: Stage) -> bool {
    matches!(stage, Stage::Retired | Stage::Revoked)
}

fn row(admin: &Admin, key: &Key) -> KeyRow {
    let ago = |at: Time| Ago::of(at.unix(), admin.call.now.unix());
    let act = |words: &str, path: &str| {
        Link::new(words, admin.at(&format!("/keys/{path}?kid={}", segment(key.kid.as_str()))))
    };
    let since = |words: &str, at: Option<Time>| match at {
        Some(at) => Phrase::from(words).time(ago(at)),
        None => Phrase::default(),
    };
    let (retires, may_retire) = (key.retires.map(|at| at.at()), key.signs == Purpose::AccessTokens && key.tokens == 0);
    let (state, when) = match key.state {
        Stage::Next => (State::new(Tone::Accent, Shape::Half, "Next"), since("signs ", Some(key.signs_from.at()))),
        Stage::Signing => (State::live("Signs"), since("since ", Some(key.signs_from.at()))),
        Stage::Verifying => (State::new(Tone::Calm, Shape::Clock, "Verifies"), since("goes ", retires)),
        Stage::Retired => (State::new(Tone::Calm, Shape::Tick, "Retired"), since("", retires)),
        Stage::Revoked => (State::new(Tone::Final, Shape::Cross, "Revoked"), since("", retires)),
    };
    let mut acts = Vec::new();
    if key.state == Stage::Next || (key.state == Stage::Verifying && may_retire) {
        acts.push(act("Retire…", "retire"));
    }
    if !is_gone(key.state) {
        acts.push(act("Revoke…", "revoke"));
    }
    let signs = match key.signs {
        Purpose::AccessTokens => "access tokens",
        Purpose::IdTokens => "id_tokens",
    };
    KeyRow {
        made: ago(key.made.at()),
        ident: Ident::short("key id", key.kid.as_str()),
        what: format!("{}, for {signs}", key.algorithm),
        state,
        when,
        tokens: match (key.signs, key.state) {
            (Purpose::AccessTokens, Stage::Signing | Stage::Verifying) if key.tokens >= MOST_COUNTED => {
                format!("{} or more", grouped(MOST_COUNTED.unsigned_abs()))
            }
            (Purpose::AccessTokens, Stage::Signing | Stage::Verifying) => grouped(key.tokens.unsigned_abs()),
            _ => String::new(),
        },
        acts,
        gone: is_gone(key.state),
    }
}
