//! Pages for everyone: what opens in the tab of a person whose client asks to be let in.
pub mod about;
pub mod authorize;
pub mod consent;
pub mod device;
pub mod home;
pub mod login;
pub mod message;
pub mod sign_in;
pub mod waiting;

use actix_web::web;

use super::{
    assets,
    headers::Kind,
    limit::LimitName,
    routes::{Door, Entry, Verb},
};

/// Their part of the table. What ends at another origin (a client, GitHub) is [`Kind::Leaving`].
pub fn routes() -> Vec<Entry> {
    vec![
        Entry::new("home", "/", Door::Browser, Kind::Page)
            .limited(LimitName::Page)
            .on(Verb::Get, || web::to(about::home)),
        Entry::new("docs", "/docs", Door::Open, Kind::Page)
            .limited(LimitName::Page)
            .on(Verb::Get, || web::to(about::docs)),
        Entry::new("success", "/success", Door::Open, Kind::Page)
            .limited(LimitName::Page)
            .on(Verb::Get, || web::to(about::success)),
        Entry::new("error", "/error", Door::Open, Kind::Page)
            .limited(LimitName::Page)
            .on(Verb::Get, || web::to(about::error)),
        Entry::new("authorize", "/authorize", Door::Browser, Kind::Leaving)
            .also("/oauth/authorize")
            .limited(LimitName::Authorize)
            .on(Verb::Get, || web::to(authorize::authorize_get))
            .on(Verb::Post, || web::to(authorize::authorize_post)),
        Entry::new("callback", "/callback", Door::Browser, Kind::Leaving)
            .also("/oauth/callback")
            .limited(LimitName::Authorize)
            .on(Verb::Get, || web::to(authorize::callback)),
        Entry::new("consent", "/consent", Door::Browser, Kind::Leaving)
            .limited(LimitName::Authorize)
            .on(Verb::Get, || web::to(authorize::consent_get))
            .on(Verb::Post, || web::to(authorize::consent_post)),
        Entry::new("consent-state", "/consent/state", Door::Browser, Kind::Answer)
            .limited(LimitName::Page)
            .on(Verb::Get, || web::to(waiting::state)),
        Entry::new("device", "/device", Door::Browser, Kind::Page)
            .limited(LimitName::Page)
            .on(Verb::Get, || web::to(device::device_get))
            .on(Verb::Post, || web::to(device::device_post)),
        Entry::new("sign-in", "/sign-in", Door::Browser, Kind::Leaving)
            .limited(LimitName::Page)
            .on(Verb::Get, || web::to(sign_in::sign_in_get)),
        Entry::new("login-github", "/login/github", Door::Browser, Kind::Leaving)
            .limited(LimitName::Authorize)
            .on(Verb::Post, || web::to(sign_in::github_post)),
        Entry::new("login-local", "/login/local", Door::Browser, Kind::Leaving)
            .limited(LimitName::Authorize)
            .on(Verb::Get, || web::to(sign_in::local_get))
            .on(Verb::Post, || web::to(sign_in::local_post)),
        Entry::new("claim", "/claim", Door::Browser, Kind::Leaving)
            .limited(LimitName::Guess)
            .on(Verb::Get, || web::to(sign_in::claim_get))
            .on(Verb::Post, || web::to(sign_in::claim_post)),
        Entry::new("sign-out", "/sign-out", Door::Browser, Kind::Leaving)
            .limited(LimitName::Page)
            .on(Verb::Post, || web::to(sign_in::sign_out)),
        Entry::new("asset", "/assets/{name}", Door::Open, Kind::Asset).on(Verb::Get, || web::to(assets::serve)),
    ]
}

#[cfg(test)]
mod tests {
    use super::message::{MessagePage, SuccessPage};
    use crate::web::view::{Line, Phrase};

    #[test]
    fn what_strangers_send_stays_text_and_nothing_is_inline() {
        let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
        let page = MessagePage {
            title: evil.to_owned(),
            lede: evil.into(),
            lines: vec![Line::new("Id it showed", Phrase::default().code(evil).strong(evil).client(evil, evil))],
            ..MessagePage::default()
        };
        let success = SuccessPage { error: evil.to_owned(), description: evil.to_owned(), ..SuccessPage::default() };
        for html in [page.to_string(), success.to_string()] {
            assert!(!html.contains("<script>") && !html.contains("<img"));
            assert!(!html.contains(" style=") && !html.contains("<style"));
        }
    }

    #[test]
    fn the_three_words_of_the_success_page_stay() {
        let done = SuccessPage { code: "dbc_1".to_owned(), ..SuccessPage::default() }.to_string();
        assert!(done.contains("OAuth Success") && done.contains("Authorization Code:") && done.contains("dbc_1"));
        let failed = SuccessPage { error: "access_denied".to_owned(), ..SuccessPage::default() }.to_string();
        assert!(failed.contains("OAuth Error") && failed.contains("access_denied"));
        let waiting = SuccessPage::default().to_string();
        assert!(waiting.contains("OAuth Flow") && waiting.contains("No authorization code received yet"));
    }
}
