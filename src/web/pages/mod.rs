//! Pages for everyone: what opens in the tab of a person whose client asks to be let in.
pub mod about;
pub mod authorize;
pub mod consent;
pub mod home;
pub mod login;
pub mod message;
pub mod sign_in;

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
